//! A window of the browser: how large, in what scheme, with scripts or without; what it shows.

use serde_json::{Value, json};

use crate::PATIENCE;
use crate::driver::{Element, Session};

/// How a window is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Desktop,
    Phone,
    /// The narrowest that everything must fit into.
    Narrowest,
}

impl Size {
    /// Width, height, and whether it is a phone.
    fn measures(self) -> (u32, u32, bool) {
        match self {
            Self::Desktop => (1280, 900, false),
            Self::Phone => (390, 844, true),
            Self::Narrowest => (320, 640, true),
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Desktop => "1280",
            Self::Phone => "390",
            Self::Narrowest => "320",
        }
    }
}

/// The two colour schemes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Light,
    Dark,
}

impl Scheme {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A window on one website.
pub(crate) struct Window {
    pub(crate) session: Session,
    pub(crate) origin: String,
}

impl Window {
    /// A window of a desktop, in a browser that was never here.
    pub(crate) async fn open(origin: &str) -> Self {
        let window = Self { session: Session::begin().await, origin: origin.to_owned() };
        window.sized(Size::Desktop).await;
        window
    }

    /// Makes it as large as this.
    pub(crate) async fn sized(&self, size: Size) {
        let (width, height, phone) = size.measures();
        self.tall(width, height, phone).await;
    }

    /// Makes it exactly as large as this.
    pub(crate) async fn tall(&self, width: u32, height: u32, phone: bool) {
        let measures = json!({
            "width": width, "height": height, "mobile": phone, "deviceScaleFactor": 1,
        });
        self.session.chromium("Emulation.setDeviceMetricsOverride", measures).await;
        let touch = json!({ "enabled": phone });
        self.session.chromium("Emulation.setTouchEmulationEnabled", touch).await;
    }

    /// Shows pages as somebody who asked for this scheme sees them; without motion, so that nothing
    /// is looked at on its way.
    pub(crate) async fn seen_in(&self, scheme: Scheme) {
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme.word() },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        let media = json!({ "media": "", "features": features });
        self.session.chromium("Emulation.setEmulatedMedia", media).await;
    }

    /// Runs no script of the pages from now on.
    pub(crate) async fn without_scripts(&self) {
        let off = json!({ "value": true });
        self.session.chromium("Emulation.setScriptExecutionDisabled", off).await;
    }

    /// Opens a path, or a whole address.
    pub(crate) async fn go(&self, to: &str) {
        let url = if to.starts_with('/') { format!("{}{to}", self.origin) } else { to.to_owned() };
        let gone = self.session.ask("/url", json!({ "url": url })).await;
        gone.unwrap_or_else(|why| panic!("{to}: {why}"));
    }

    /// Runs a script of ours in the page.
    pub(crate) async fn try_run(&self, script: &str, args: Value) -> Result<Value, String> {
        self.session.ask("/execute/sync", json!({ "script": script, "args": args })).await
    }

    /// As [`Self::try_run`], for what cannot fail.
    pub(crate) async fn run(&self, script: &str, args: Value) -> Value {
        let ran = self.try_run(script, args).await;
        ran.unwrap_or_else(|why| panic!("{why}\n{script}"))
    }

    /// As [`Self::run`], for a script that calls its last argument when it is done.
    pub(crate) async fn run_and_wait(&self, script: &str, args: Value) -> Value {
        let ran = self.session.ask("/execute/async", json!({ "script": script, "args": args }));
        match ran.await {
            Ok(value) => value,
            Err(why) => panic!("on {}: {why}\n{script}", self.path().await),
        }
    }

    /// Waits until the script gives something that is neither nothing nor false.
    pub(crate) async fn until(&self, what: &str, script: &str, args: Value) -> Value {
        let mut last = String::new();
        let found = cluster::found(PATIENCE, async || {
            // A page that is just left runs nothing.
            let given = self.try_run(script, args.clone()).await;
            last = given.as_ref().err().cloned().unwrap_or_default();
            given.ok().filter(|value| !matches!(value, Value::Null | Value::Bool(false)))
        });
        if let Some(found) = found.await {
            return found;
        }
        let (path, text) = (self.path().await, self.text().await);
        panic!("{what} never came on {path}. {last}\n{text}");
    }

    /// Waits until the page says this.
    pub(crate) async fn shows(&self, text: &str) {
        let script = "return document.readyState === 'complete' && \
                      document.body.innerText.includes(arguments[0]);";
        self.until(&format!("`{text}`"), script, json!([text])).await;
    }

    /// Waits until the path begins so.
    pub(crate) async fn is_at(&self, path: &str) {
        let script = "return document.readyState === 'complete' && \
                      location.pathname.startsWith(arguments[0]);";
        self.until(&format!("the page {path}"), script, json!([path])).await;
    }

    /// Waits until a selector finds something.
    pub(crate) async fn has(&self, css: &str) {
        let script = "return document.readyState === 'complete' && \
                      document.querySelector(arguments[0]) !== null;";
        self.until(&format!("`{css}`"), script, json!([css])).await;
    }

    /// Whether a selector finds something now.
    pub(crate) async fn holds(&self, css: &str) -> bool {
        self.run("return document.querySelector(arguments[0]) !== null;", json!([css])).await
            == true
    }

    /// The path with what is asked in it.
    pub(crate) async fn path(&self) -> String {
        let path = self.run("return location.pathname + location.search;", json!([])).await;
        path.as_str().unwrap_or_default().to_owned()
    }

    /// What stands on the page.
    pub(crate) async fn text(&self) -> String {
        let text = self.run("return document.body.innerText;", json!([])).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// The first element of a selector that can be seen.
    pub(crate) async fn element(&self, css: &str) -> Element {
        self.has(css).await;
        let seen = "return [...document.querySelectorAll(arguments[0])]\
                    .findIndex((one) => one.checkVisibility());";
        let at = self.run(seen, json!([css])).await;
        let at = at.as_u64().and_then(|at| usize::try_from(at).ok());
        let at = at.unwrap_or_else(|| panic!("`{css}` cannot be seen"));
        self.session.all(css).await.unwrap().swap_remove(at)
    }

    /// Goes on inside a frame of the page.
    pub(crate) async fn enter(&self, css: &str) {
        let frame = self.element(css).await;
        self.session.ask("/frame", json!({ "id": Value::from(frame) })).await.unwrap();
    }

    /// Goes back to the page around all frames.
    pub(crate) async fn leave(&self) {
        self.session.ask("/frame", json!({ "id": null })).await.unwrap();
    }

    /// What the browser complained of since it was asked last: scripts, policies, what did not load.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.session.ask("/se/log", json!({ "type": "browser" })).await.unwrap();
        let entries = log.as_array().into_iter().flatten();
        let serious = |entry: &&Value| entry["level"] == "SEVERE" || entry["level"] == "WARNING";
        let said = entries.filter(serious).filter_map(|entry| entry["message"].as_str());
        // A browser that is busy leaves the change from page to page out, and says so.
        said.filter(|text| !text.contains("Transition was ")).map(str::to_owned).collect()
    }
}
