//! The feed endpoint, `GET /feeds/<service>`, and the tokens by which readers are known.
//!
//! A token is the reader's name and a signature of it by a key that the processes of an installation
//! share: nobody has to be registered, and a name can be refused.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Query;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use hmac::{Hmac, KeyInit, Mac};
use messaging::http_feed::{self, HEAD, MOST, Page};
use messaging::reader::FeedReader;
use messaging::{Error, Position, Result, cloudevents};
use serde::Deserialize;
use serde_json::json;
use sha2::Sha256;
use tokio_util::sync::CancellationToken;

/// Issues and checks readers' tokens. Cheap to clone.
#[derive(Clone)]
pub struct ReaderKey(Arc<Inner>);

struct Inner {
    mac: Hmac<Sha256>,
    refused: Vec<String>,
}

impl std::fmt::Debug for ReaderKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReaderKey").field("refused", &self.0.refused).finish_non_exhaustive()
    }
}

impl ReaderKey {
    /// The key derived from `secret`, which all processes of an installation share; tokens of the
    /// names in `refused` are worth nothing.
    ///
    /// # Errors
    /// [`Error::Internal`] when no key can be derived.
    pub fn new(secret: &[u8], refused: Vec<String>) -> Result<Self> {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret);
        let mac = mac.map_err(|cause| Error::internal(cause.to_string()))?;
        Ok(Self(Arc::new(Inner { mac, refused })))
    }

    fn signed(&self, name: &str) -> Hmac<Sha256> {
        let mut mac = self.0.mac.clone();
        mac.update(b"scte feed reader\0");
        mac.update(name.as_bytes());
        mac
    }

    /// The token of the reader `name`.
    ///
    /// # Errors
    /// `reader_name` when it is no name for a reader.
    pub fn token(&self, name: &str) -> Result<String> {
        if !is_name(name) {
            let why = "a reader's name is 1 to 64 small letters, digits and hyphens";
            return Err(Error::refused("reader_name", why));
        }
        Ok(format!("{name}.{}", hex::encode(self.signed(name).finalize().into_bytes())))
    }

    /// Whose token this is, if it is one.
    #[must_use]
    pub fn reader<'a>(&self, token: &'a str) -> Option<&'a str> {
        let (name, signature) = token.split_once('.')?;
        let signature = hex::decode(signature).ok()?;
        let known = is_name(name) && !self.0.refused.iter().any(|refused| refused == name);
        // Compared in constant time.
        (known && self.signed(name).verify_slice(&signature).is_ok()).then_some(name)
    }

    /// Which reader a request comes from, by its `Authorization: Bearer …`.
    #[must_use]
    pub fn of_request<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| self.reader(token.trim())).flatten()
    }
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=64).contains(&name.len()) && name.chars().all(fits)
}

/// What a reader asks.
#[derive(Debug, Deserialize)]
struct Asked {
    /// The id of the last event it has; none: from the very first on.
    #[serde(default, rename = "lastEventId")]
    last_event_id: String,
    /// How many seconds to wait when there is nothing yet.
    #[serde(default)]
    timeout: u64,
    /// The most events wanted.
    #[serde(default = "most")]
    max: usize,
}

fn most() -> usize {
    MOST
}

/// Answers `GET /feeds/<service>` from the feed of a service in this process; `feed` is none where
/// it has no such service. A waiting reader is let go when `stopping` is cancelled.
pub async fn answer(
    feed: Option<Arc<dyn FeedReader>>,
    name: &str,
    key: &ReaderKey,
    request: &Parts,
    stopping: &CancellationToken,
) -> Response {
    if key.of_request(&request.headers).is_none() {
        let mut refused = problem(StatusCode::UNAUTHORIZED, "reader", "a reader's token is needed");
        let scheme = axum::http::HeaderValue::from_static("Bearer realm=\"feeds\"");
        refused.headers_mut().insert(WWW_AUTHENTICATE, scheme);
        return refused;
    }
    let Some(feed) = feed else {
        let why = format!("the feed of {name} is not published by this process");
        return problem(StatusCode::NOT_FOUND, "not_found", &why);
    };
    if request.method != Method::GET {
        return problem(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "a feed is read");
    }
    let (asked, at) = match asked(request) {
        Ok(asked) => asked,
        Err(why) => return problem(StatusCode::BAD_REQUEST, "bad_request", &why),
    };
    let wait = Duration::from_secs(asked.timeout);
    let page = tokio::select! {
        page = http_feed::page(feed.as_ref(), &at, asked.max, wait) => page,
        () = stopping.cancelled() => Page::Unavailable("this process is stopping".to_owned()),
    };
    shown(page, name)
}

fn asked(request: &Parts) -> Result<(Asked, Position), String> {
    let asked = Query::<Asked>::try_from_uri(&request.uri).map_err(|wrong| wrong.body_text())?.0;
    let at = match asked.last_event_id.as_str() {
        "" => Position::default(),
        id => id.parse()?,
    };
    if at.pos < 0 {
        return Err(format!("{at} is no id of an event"));
    }
    Ok((asked, at))
}

fn shown(page: Page, name: &str) -> Response {
    match page {
        Page::Events(events, head) => match cloudevents::to_batch(&events, name) {
            Ok(body) => {
                let head = (axum::http::HeaderName::from_static(HEAD), head.to_string());
                let kind = (CONTENT_TYPE, cloudevents::BATCH.to_owned());
                let store = (CACHE_CONTROL, "no-store".to_owned());
                ([head, kind, store], body).into_response()
            }
            Err(error) => {
                tracing::error!(feed = name, %error, "a feed cannot be written as CloudEvents");
                problem(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the feed is damaged")
            }
        },
        Page::Changed(changed) => {
            let body = json!({
                "type": "about:blank",
                "title": "Gone",
                "status": 410,
                "detail": "the feed was restored to a place before this; read on from there",
                "code": changed.code,
                "epoch": changed.epoch,
                "starts_after": changed.starts_after,
            });
            with_json(StatusCode::GONE, &body)
        }
        Page::Unavailable(why) => {
            let mut away = problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable", &why);
            let later = axum::http::HeaderValue::from_static("1");
            away.headers_mut().insert(axum::http::header::RETRY_AFTER, later);
            away
        }
    }
}

fn problem(status: StatusCode, code: &str, detail: &str) -> Response {
    let title = status.canonical_reason().unwrap_or("Error");
    let status_code = status.as_u16();
    let body = json!({ "type": "about:blank", "title": title, "status": status_code,
                       "detail": detail, "code": code });
    with_json(status, &body)
}

fn with_json(status: StatusCode, body: &serde_json::Value) -> Response {
    let headers = [(CONTENT_TYPE, "application/problem+json"), (CACHE_CONTROL, "no-store")];
    (status, headers, body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_name_and_key_alone() {
        let key = ReaderKey::new(b"one installation", vec!["gone".to_owned()]).unwrap();
        let token = key.token("outreach").unwrap();
        assert_eq!(key.reader(&token), Some("outreach"));

        let signature = token.split_once('.').unwrap().1;
        for wrong in [
            format!("content.{signature}"),
            format!("outreach.{}", &signature[2..]),
            "outreach.".to_owned(),
            "outreach".to_owned(),
            key.token("gone").unwrap(),
        ] {
            assert_eq!(key.reader(&wrong), None, "{wrong}");
        }
        let other = ReaderKey::new(b"another", Vec::new()).unwrap();
        assert_eq!(other.reader(&token), None);
        assert!(key.token("Out.Reach").is_err() && key.token("").is_err());
        assert!(!format!("{key:?}").contains("installation"));
    }

    #[test]
    fn the_token_comes_as_bearer() {
        let key = ReaderKey::new(b"one installation", Vec::new()).unwrap();
        let with = |value: String| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            key.of_request(&headers).map(str::to_owned)
        };
        let token = key.token("outreach").unwrap();
        assert_eq!(with(format!("bearer {token}")).as_deref(), Some("outreach"));
        assert_eq!(with(format!("Basic {token}")), None);
        assert_eq!(with(token), None);
    }
}
