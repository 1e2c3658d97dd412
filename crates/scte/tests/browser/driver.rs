//! Chromium, driven by chromedriver. What it is told is JSON over HTTP (`WebDriver`): this file is
//! all of it that is used.

use std::sync::OnceLock;

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::PATIENCE;
use crate::kept::Kept;

/// The name under which `WebDriver` hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

static DRIVER: OnceLock<Driver> = OnceLock::new();

struct Driver {
    url: String,
    /// Its input ends with this process, and it with that.
    _kept: Kept,
}

/// The one chromedriver of the tests.
fn driver() -> &'static Driver {
    DRIVER.get_or_init(|| {
        let mut kept = Kept::start(Kept::folder(), "chromedriver", &["--port=0"]);
        let said = kept.says("started successfully on port");
        let port: String = said.last().unwrap().chars().filter(char::is_ascii_digit).collect();
        Driver { url: format!("http://127.0.0.1:{port}"), _kept: kept }
    })
}

/// A browser of its own, with cookies of its own.
pub(crate) struct Session {
    client: Client,
    url: String,
}

/// Something on the page.
#[derive(Debug, Clone)]
pub(crate) struct Element(String);

impl From<Element> for Value {
    fn from(element: Element) -> Self {
        json!({ ELEMENT: element.0 })
    }
}

impl Session {
    pub(crate) async fn begin() -> Self {
        let client = Client::builder().no_proxy().timeout(PATIENCE * 2).build().unwrap();
        let mut session = Self { client, url: driver().url.clone() };
        // The pipe ends with chromedriver, and the browser with the pipe. Only our own pages are
        // opened in it: it needs no sandbox, which root is refused.
        let args = [
            "--headless=new",
            "--no-sandbox",
            "--remote-debugging-pipe",
            "--hide-scrollbars",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--force-color-profile=srgb",
            "--font-render-hinting=none",
            "--lang=en-US",
        ];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": { "args": args },
            "goog:loggingPrefs": { "browser": "ALL" },
        } } });
        let begun = session.ask("/session", wanted).await;
        let begun = begun.unwrap_or_else(|why| panic!("Chromium did not start: {why}"));
        session.url = format!("{}/session/{}", session.url, begun["sessionId"].as_str().unwrap());
        session
    }

    /// Ends it; what is not ended ends with the tests.
    pub(crate) async fn end(self) {
        self.call(Method::DELETE, "", None).await.unwrap();
    }

    /// Sends a command; the error is its word and sentence.
    pub(crate) async fn ask(&self, path: &str, body: Value) -> Result<Value, String> {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Forgets something.
    pub(crate) async fn delete(&self, path: &str) -> Result<Value, String> {
        self.call(Method::DELETE, path, None).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, String> {
        let request = self.client.request(method, format!("{}{path}", self.url));
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = request.send().await.map_err(|error| format!("{path}: {error:?}"))?;
        let mut told: Value = answer.json().await.map_err(|error| format!("{path}: {error:?}"))?;
        let value = told["value"].take();
        match value["error"].as_str() {
            Some(word) => Err(format!("{word}: {}", value["message"].as_str().unwrap_or_default())),
            None => Ok(value),
        }
    }

    /// A command of Chromium's own protocol.
    pub(crate) async fn chromium(&self, command: &str, params: Value) -> Value {
        let asked =
            self.ask("/goog/cdp/execute", json!({ "cmd": command, "params": params })).await;
        asked.unwrap_or_else(|why| panic!("{command}: {why}"))
    }

    /// The elements that a CSS selector finds.
    pub(crate) async fn all(&self, css: &str) -> Result<Vec<Element>, String> {
        let found = self.ask("/elements", json!({ "using": "css selector", "value": css })).await?;
        let ids = found.as_array().into_iter().flatten().filter_map(|one| one[ELEMENT].as_str());
        Ok(ids.map(|id| Element(id.to_owned())).collect())
    }

    /// Clicks on the middle of an element, as a pointer does.
    pub(crate) async fn click(&self, element: &Element) -> Result<(), String> {
        self.ask(&format!("/element/{}/click", element.0), json!({})).await.map(drop)
    }

    /// Types into a field.
    pub(crate) async fn write(&self, element: &Element, text: &str) -> Result<(), String> {
        self.ask(&format!("/element/{}/value", element.0), json!({ "text": text })).await.map(drop)
    }

    /// Presses keys one after the other, wherever the focus is.
    pub(crate) async fn keys(&self, keys: &str) {
        let strokes = keys.chars().flat_map(|key| {
            ["keyDown", "keyUp"].map(|act| json!({ "type": act, "value": key.to_string() }))
        });
        let keyboard =
            json!({ "type": "key", "id": "keys", "actions": strokes.collect::<Vec<_>>() });
        self.ask("/actions", json!({ "actions": [keyboard] })).await.unwrap();
    }
}
