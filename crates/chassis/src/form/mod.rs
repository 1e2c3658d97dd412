//! Forms: what was typed, checked and kept. Read in this order: [`Form`] here, the typed readers,
//! [`Fields`] that write a form into a page, the markup of one control.

mod read;
mod fields;
mod control;

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_TYPE, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

pub use crate::ui::Markup;
pub use control::{Choice, Control};
pub(crate) use fields::sentence;
pub use fields::{Fields, Spoken};
pub use read::{Field, Read};

use crate::app::{App, Site};
use crate::http::{Failure, cookie_of};

/// The cookie whose value every form repeats (`__Host-` before it on https).
pub const CSRF_COOKIE: &str = "scte_csrf";
/// The hidden field that repeats it.
pub(crate) const CSRF_FIELD: &str = "_csrf";
/// The hidden field by which a repeated form is recognised.
pub(crate) const KEY_FIELD: &str = "_key";
/// The most bytes a form may have.
pub const MOST_BYTES: usize = 64 * 1024;

/// What a browser sent with a form of ours; the last parameter of a POST handler.
///
/// Getting one means: url-encoded, at most 64 KiB, sent from a page of this site by a browser that
/// holds the cookie which the form repeats.
pub struct Form {
    pairs: Vec<(String, String)>,
    key: String,
    request: String,
}

/// What was typed stays out of logs.
impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.pairs.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Form").field("names", &names).finish_non_exhaustive()
    }
}

impl FromRequest<App> for Form {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        is_ours(&parts.headers, app.site())?;
        let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !content_type.is_some_and(is_urlencoded) {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            let message = "a form is sent as application/x-www-form-urlencoded";
            return Err(Failure::http(status, "content_type", message));
        }
        let body = to_bytes(body, MOST_BYTES).await.map_err(|_| {
            let message = format!("a form has at most {} KiB", MOST_BYTES / 1024);
            Failure::http(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
        })?;
        let pairs = serde_urlencoded::from_bytes::<Vec<(String, String)>>(&body).map_err(|_| {
            Failure::http(StatusCode::BAD_REQUEST, "body", "the form could not be read")
        })?;
        let cookie = cookie_of(&parts.headers, &app.site().cookie_name(CSRF_COOKIE));
        Self::checked(pairs, cookie.as_deref(), parts.method.as_str(), parts.uri.path())
    }
}

impl Form {
    fn checked(
        mut pairs: Vec<(String, String)>,
        cookie: Option<&str>,
        method: &str,
        path: &str,
    ) -> Result<Self, Failure> {
        let csrf = take(&mut pairs, CSRF_FIELD);
        let repeats = cookie.is_some_and(|cookie| {
            !cookie.is_empty() && bool::from(cookie.as_bytes().ct_eq(csrf.as_bytes()))
        });
        if !repeats {
            return Err(foreign(
                "the form is too old, or cookies are switched off: \
                 go back, load the page again and send it once more",
            ));
        }
        let key = take(&mut pairs, KEY_FIELD);
        if key.len() > 100 || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            let message = "the form's key is not one of ours: load the page again";
            return Err(Failure::http(StatusCode::BAD_REQUEST, "key", message));
        }
        let mut parts: Vec<&[u8]> = vec![method.as_bytes(), path.as_bytes()];
        // The inbox keeps the hash; a quick hash over a password would give it away to a guesser.
        for (name, value) in pairs.iter().filter(|(name, _)| !is_secret(name)) {
            parts.extend([name.as_bytes(), value.as_bytes()]);
        }
        let request = hash(&parts);
        Ok(Self { pairs, key, request })
    }

    /// A reader of what was typed.
    #[must_use]
    pub fn read(&self) -> Read<'_> {
        Read::new(self)
    }

    /// What was typed into a field, as it came.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of a field that may stand several times, such as a group of checkboxes.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// By what a repeat is recognised; empty when the form carried no key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The hash of method, path and input without passwords; the page adds who sent it.
    pub(crate) fn request(&self) -> &str {
        &self.request
    }

    /// What may be shown again: everything but passwords.
    pub(crate) fn kept(&self) -> Vec<(String, String)> {
        self.pairs.iter().filter(|(name, _)| !is_secret(name)).cloned().collect()
    }
}

/// Whether a field of this name is never shown again.
fn is_secret(name: &str) -> bool {
    name.contains("password") || name.contains("secret")
}

fn take(pairs: &mut Vec<(String, String)>, name: &str) -> String {
    let value = pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    pairs.retain(|(key, _)| key != name);
    value.unwrap_or_default()
}

/// SHA-256 of several texts, each with its length, so that no two lists give the same bytes.
#[must_use]
pub fn hash(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

pub(crate) fn is_urlencoded(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn foreign(message: &str) -> Failure {
    Failure::http(StatusCode::FORBIDDEN, "csrf", message)
}

/// Whether a browser says that the request comes from a page of this site. A client that says
/// nothing is no browser that could be misled; the cookie is checked all the same.
fn is_ours(headers: &HeaderMap, site: &Site) -> Result<(), Failure> {
    let fetch_site = headers.get("sec-fetch-site").map(|value| value.to_str().unwrap_or_default());
    if fetch_site.is_some_and(|from| from != "same-origin" && from != "none") {
        return Err(foreign("the form was sent from another website"));
    }
    match headers.get(ORIGIN).map(|value| value.to_str().unwrap_or_default()) {
        Some(origin) if !same_origin(origin, site) => {
            Err(foreign(&format!("forms are taken from {} only", site.origin)))
        }
        _ => Ok(()),
    }
}

/// On a loopback listener `localhost` and `127.0.0.1` are the same site, whichever was typed.
fn same_origin(origin: &str, site: &Site) -> bool {
    let loopback = |origin: &str| {
        ["://localhost", "://127.0.0.1", "://[::1]"]
            .iter()
            .find_map(|host| origin.split_once(host))
            .map(|(scheme, port)| format!("{scheme} {port}"))
    };
    origin == site.origin
        || (site.loopback
            && loopback(origin).is_some()
            && loopback(origin) == loopback(&site.origin))
}

#[cfg(test)]
mod tests;
