//! Somebody's browser: cookies, redirects, forms with what stands hidden in them.

use std::collections::BTreeMap;

use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;

/// A browser of its own.
#[derive(Clone)]
pub(crate) struct Browser {
    client: reqwest::Client,
    origin: String,
    cookies: BTreeMap<String, String>,
}

/// What a browser shows after it followed where it was sent.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) status: u16,
    /// The path it ended on.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Browser {
    pub(crate) fn new(origin: &str) -> Self {
        let client = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build();
        Self { client: client.unwrap(), origin: origin.to_owned(), cookies: BTreeMap::new() }
    }

    /// Reads a page, and those it is sent on to.
    pub(crate) async fn get(&mut self, path: &str) -> Shown {
        let mut path = path.to_owned();
        for _ in 0..10 {
            let shown = self.once(self.client.get(self.url(&path)), &path).await;
            match shown.goes_to() {
                Some(next) => path = next,
                None => return shown,
            }
        }
        panic!("{path} leads in circles");
    }

    /// Sends pairs to a path, as a form does, and goes where it is sent.
    pub(crate) async fn post(&mut self, path: &str, pairs: &[(String, String)]) -> Shown {
        let request = self.client.post(self.url(path)).form(pairs);
        let shown = self.once(request, path).await;
        match shown.goes_to() {
            Some(next) => self.get(&next).await,
            None => shown,
        }
    }

    /// Sends any body with any content type.
    pub(crate) async fn send(&mut self, path: &str, kind: &str, body: &str) -> Shown {
        let request = self.client.post(self.url(path)).header(CONTENT_TYPE, kind);
        self.once(request.body(body.to_owned()), path).await
    }

    /// Asks by any method.
    pub(crate) async fn ask(&mut self, method: &str, path: &str) -> Shown {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.client.request(method, self.url(path));
        self.once(request, path).await
    }

    /// The browser after a moment in which it forgot who is signed in.
    pub(crate) fn without(mut self, cookie: &str) -> Self {
        self.cookies.remove(cookie);
        self
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    async fn once(&mut self, request: reqwest::RequestBuilder, path: &str) -> Shown {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = request.header(COOKIE, cookies.join("; ")).send().await;
        let answer = answer.unwrap_or_else(|error| panic!("{path}: {error:?}"));
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        for set in headers.get_all(SET_COOKIE) {
            let set = set.to_str().unwrap();
            let (pair, attributes) = set.split_once(';').unwrap_or((set, ""));
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let text = answer.text().await.unwrap();
        let local = headers
            .get(LOCATION)
            .and_then(|to| to.to_str().ok())
            .map(|to| to.strip_prefix(&self.origin).unwrap_or(to).to_owned());
        let mut headers = headers;
        if let Some(local) = local {
            headers.insert(LOCATION, local.parse().unwrap());
        }
        Shown { status, path: path.to_owned(), headers, text }
    }
}

impl Shown {
    fn goes_to(&self) -> Option<String> {
        let redirects = (300..400).contains(&self.status);
        let to = self.headers.get(LOCATION)?.to_str().ok()?;
        // Another website is not ours to show: what sends there is the end.
        (redirects && to.starts_with('/')).then(|| to.to_owned())
    }

    /// The status must be this.
    pub(crate) fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}: {}", self.path, self.text);
        self
    }

    /// Whether the page says this.
    pub(crate) fn says(&self, text: &str) -> bool {
        plain(&self.text).contains(text)
    }

    /// The page must say this.
    pub(crate) fn shows(&self, text: &str) -> &Self {
        assert!(self.says(text), "`{text}` is not on {}: {}", self.path, self.text);
        self
    }

    /// The page must not say this.
    pub(crate) fn lacks(&self, text: &str) -> &Self {
        assert!(!self.says(text), "`{text}` is on {}: {}", self.path, self.text);
        self
    }

    /// A header.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The form whose action begins with `action`: where it goes, and its hidden fields.
    pub(crate) fn form(&self, action: &str) -> (String, Vec<(String, String)>) {
        self.form_with(action, "")
    }

    /// As [`Self::form`], the one in which `text` stands too.
    pub(crate) fn form_with(&self, action: &str, text: &str) -> (String, Vec<(String, String)>) {
        let forms = self.text.split("<form ").skip(1);
        let mut forms = forms.map(|form| form.split("</form>").next().unwrap_or_default());
        let start = format!("action=\"{action}");
        let form = forms.find(|form| form.contains(&start) && form.contains(text));
        let form =
            form.unwrap_or_else(|| panic!("no form {action} on {}: {}", self.path, self.text));
        let hidden = form.split("<input ").skip(1).filter(|tag| tag.contains("type=\"hidden\""));
        let pair = |tag: &str| Some((attribute(tag, "name")?, attribute(tag, "value")?));
        (attribute(form, "action").unwrap(), hidden.filter_map(pair).collect())
    }

    /// The path of the link that says `text`.
    pub(crate) fn link(&self, text: &str) -> String {
        let before = self.text.split(&format!(">{text}</a>")).next().unwrap_or_default();
        assert!(before.len() < self.text.len(), "no link `{text}` on {}: {}", self.path, self.text);
        attribute(before.rsplit("<a ").next().unwrap_or_default(), "href").unwrap()
    }

    /// The value of the choice of `name` whose label begins with `label`.
    pub(crate) fn choice(&self, name: &str, label: &str) -> String {
        let radio = self.text.split("<input ").skip(1).find(|input| {
            attribute(input, "name").as_deref() == Some(name)
                && input.split("<span>").nth(1).is_some_and(|text| text.starts_with(label))
        });
        let option = || {
            let select = self
                .text
                .split("<select ")
                .skip(1)
                .find(|select| attribute(select, "name").as_deref() == Some(name))?;
            select.split("<option ").skip(1).find(|option| {
                option.split_once('>').is_some_and(|(_, text)| text.starts_with(label))
            })
        };
        let found = radio.or_else(option).and_then(|tag| attribute(tag, "value"));
        found.unwrap_or_else(|| {
            panic!("no choice {label} of {name} on {}: {}", self.path, self.text)
        })
    }
}

/// The first value of an attribute in a piece of HTML.
fn attribute(html: &str, name: &str) -> Option<String> {
    let (_, rest) = html.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| plain(value))
}

/// The text with the entities that our templates write replaced by what they stand for.
fn plain(html: &str) -> String {
    let entities = [("&#39;", "'"), ("&#x27;", "'"), ("&quot;", "\""), ("&#34;", "\"")];
    let more = [
        ("&lt;", "<"),
        ("&#60;", "<"),
        ("&gt;", ">"),
        ("&#62;", ">"),
        ("&amp;", "&"),
        ("&#38;", "&"),
    ];
    let all = entities.into_iter().chain(more);
    all.fold(html.to_owned(), |text, (entity, stands_for)| text.replace(entity, stands_for))
}
