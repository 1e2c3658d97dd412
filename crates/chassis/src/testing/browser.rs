//! A browser for slice tests: cookies, forms, and what a page shows.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Response;
use tower::ServiceExt as _;

use crate::app::Site;
use crate::form::{CSRF_COOKIE, CSRF_FIELD, KEY_FIELD};

/// Somebody's browser.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    site: Site,
    cookies: BTreeMap<String, String>,
    from: [u8; 4],
}

/// Idempotency keys are of no browser: each form that a test sends has another.
static KEYS: AtomicU32 = AtomicU32::new(1);

#[expect(clippy::unwrap_used, reason = "a harness that cannot go on fails its test")]
#[expect(clippy::missing_panics_doc, reason = "a harness panics to fail its test")]
impl Browser {
    pub(super) fn new(router: Router, site: Site) -> Self {
        let csrf = (site.cookie_name(CSRF_COOKIE), "a-browser-of-a-test".to_owned());
        Self { router, site, cookies: BTreeMap::from([csrf]), from: [127, 0, 0, 1] }
    }

    /// The browser in another network than this machine's.
    #[must_use]
    pub fn in_network(self, from: [u8; 4]) -> Self {
        Self { from, ..self }
    }

    /// The browser with one more cookie of ours.
    #[must_use]
    pub fn with_cookie(mut self, name: &str, value: &str) -> Self {
        self.cookies.insert(self.site.cookie_name(name), value.to_owned());
        self
    }

    /// A cookie of ours.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(&self.site.cookie_name(name)).map(String::as_str)
    }

    /// Reads a page.
    pub async fn get(&mut self, path: &str) -> Answered {
        self.send(Request::get(path), Body::empty()).await
    }

    /// Asks for what never ends, and reads only how it begins.
    pub async fn begin(&mut self, path: &str) -> Answered {
        let answer = self.answer(Request::get(path), Body::empty()).await;
        let (parts, _) = answer.into_parts();
        Answered {
            status: parts.status,
            headers: parts.headers,
            text: String::new(),
            body: Vec::new(),
        }
    }

    /// Sends a form as our pages do, with a fresh idempotency key.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answered {
        let key = format!("key-{}", KEYS.fetch_add(1, Ordering::Relaxed));
        self.post_with_key(path, &key, fields).await
    }

    /// Sends a form with this idempotency key: the same key twice is a double click.
    pub async fn post_with_key(
        &mut self,
        path: &str,
        key: &str,
        fields: &[(&str, &str)],
    ) -> Answered {
        let csrf = self.cookies[&self.site.cookie_name(CSRF_COOKIE)].clone();
        let mut all = vec![(CSRF_FIELD, csrf.as_str()), (KEY_FIELD, key)];
        all.extend_from_slice(fields);
        let body = serde_urlencoded::to_string(&all).unwrap();
        self.post_raw(path, "application/x-www-form-urlencoded", body).await
    }

    /// Sends the form with this action that stands on a page: its hidden fields, and these.
    pub async fn submit(
        &mut self,
        page: &Answered,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Answered {
        let hidden = page.hidden(action);
        let own = |name: &str| name == CSRF_FIELD || fields.iter().any(|(field, _)| *field == name);
        let key = hidden.iter().find(|(name, _)| name == KEY_FIELD).map(|(_, key)| key.clone());
        let mut all: Vec<(&str, &str)> = hidden
            .iter()
            .filter(|(name, _)| !own(name) && name != KEY_FIELD)
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        all.extend_from_slice(fields);
        self.post_with_key(action, &key.unwrap_or_default(), &all).await
    }

    /// Sends whatever body, with nothing added to it.
    pub async fn post_raw(
        &mut self,
        path: &str,
        content_type: &str,
        body: impl Into<Body>,
    ) -> Answered {
        self.send(Request::post(path).header(CONTENT_TYPE, content_type), body.into()).await
    }

    /// Sends any request with this browser's cookies, and keeps those of the answer.
    pub async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Answered {
        let (parts, body) = self.answer(request, body).await.into_parts();
        let body = to_bytes(body, 64 << 20).await.unwrap();
        let text = String::from_utf8_lossy(&body).into_owned();
        Answered { status: parts.status, headers: parts.headers, text, body: body.into() }
    }

    async fn answer(&mut self, request: axum::http::request::Builder, body: Body) -> Response {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let here = std::net::SocketAddr::from((self.from, 1));
        let request = request
            .header(COOKIE, cookies.join("; "))
            .header("host", self.site.origin.split("//").last().unwrap_or_default())
            .extension(ConnectInfo(here));
        let answer = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        for set in answer.headers().get_all(SET_COOKIE) {
            if let Ok(cookie) = cookie::Cookie::parse(set.to_str().unwrap_or_default()) {
                let gone = cookie.max_age().is_some_and(cookie::time::SignedDuration::is_zero);
                if gone {
                    self.cookies.remove(cookie.name());
                } else {
                    self.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
                }
            }
        }
        answer
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answered {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
    body: Vec<u8>,
}

#[expect(clippy::must_use_candidate, reason = "they assert; the page is given back for more")]
#[expect(clippy::missing_panics_doc, reason = "a harness panics to fail its test")]
impl Answered {
    /// The status code as a number.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The body.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The body, when it is no text.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// A header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Where it redirects to.
    #[must_use]
    pub fn location(&self) -> &str {
        let location = self.headers.get(LOCATION).and_then(|value| value.to_str().ok());
        location.unwrap_or_else(|| panic!("no redirect but {}: {}", self.status, self.text))
    }

    /// The status must be this.
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status(), status, "{}", self.text);
        self
    }

    /// The page must say this; entities of the HTML count as what they stand for.
    pub fn shows(&self, text: &str) -> &Self {
        assert!(plain(&self.text).contains(text), "`{text}` is not on: {}", self.text);
        self
    }

    /// The page must not say this.
    pub fn lacks(&self, text: &str) -> &Self {
        assert!(!plain(&self.text).contains(text), "`{text}` is on: {}", self.text);
        self
    }

    /// The hidden fields of the form with this action.
    #[must_use]
    pub fn hidden(&self, action: &str) -> Vec<(String, String)> {
        let start = self.text.find(&format!("action=\"{action}\""));
        let start = start.unwrap_or_else(|| panic!("no form for {action} on: {}", self.text));
        let form = &self.text[start..];
        let form = &form[..form.find("</form>").unwrap_or(form.len())];
        let inputs = form.split("<input ").skip(1);
        inputs
            .filter_map(|input| input.split_once('>').map(|(tag, _)| tag))
            .filter(|tag| tag.contains("type=\"hidden\""))
            .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)))
            .collect()
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| plain(value))
}

/// The text with the entities that our templates write replaced by what they stand for.
fn plain(html: &str) -> String {
    let entities =
        [("&#39;", "'"), ("&#x27;", "'"), ("&quot;", "\""), ("&#34;", "\""), ("&lt;", "<")];
    let more = [("&gt;", ">"), ("&#60;", "<"), ("&#62;", ">"), ("&amp;", "&"), ("&#38;", "&")];
    let mut text = html.to_owned();
    for (entity, stands_for) in entities.into_iter().chain(more) {
        text = text.replace(entity, stands_for);
    }
    text
}
