//! The real binary with its demonstration, on a free port of this machine.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::control;
use crate::kept::Kept;
use crate::note;
use crate::reader::{Browser, Shown};

/// The password of everybody in the demonstration.
pub(crate) const PASSWORD: &str = "sample-demo-2027";

/// A website of its own.
pub(crate) struct Site {
    kept: Kept,
    /// Where browsers find it.
    pub(crate) origin: String,
}

impl Site {
    /// Starts one and waits until it is ready.
    pub(crate) fn start() -> Self {
        Self::start_with("")
    }

    /// The same with more in its configuration.
    pub(crate) fn start_with(more: &str) -> Self {
        let folder = Kept::folder();
        let config = folder.join("scte.toml");
        // Nobody reads as many pages in a minute as a test.
        std::fs::write(&config, format!("[server]\nrequests_per_minute = 0\n{more}")).unwrap();
        let (config, data) = (config.display().to_string(), folder.join("data"));
        let data = data.display().to_string();
        let up = ["--data", &data, "--config", &config, "up", "--demo", "--listen", "127.0.0.1:0"];
        let mut kept = Kept::start(folder, env!("CARGO_BIN_EXE_scte"), &up);
        let said = kept.says("Stop it with");
        let found = said.iter().find_map(|line| line.split("The website is at ").nth(1));
        let found = found.expect("it says where it is");
        let origin = found.split(' ').next().unwrap_or_default().to_owned();
        Self { kept, origin }
    }

    /// The data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.kept.path().join("data")
    }

    /// Moves its clock on by some seconds.
    pub(crate) fn advance(&self, seconds: i64) {
        std::fs::write(self.data().join("clock.offset"), seconds.to_string()).unwrap();
    }

    /// Waits until nobody has anything left to do.
    pub(crate) async fn settle(&self) {
        control::ask(&self.data(), &json!({ "do": "settled" })).await.unwrap();
    }

    /// Somebody of the demonstration, signed in.
    pub(crate) async fn signed_in(&self, name: &str) -> Browser {
        let mut reader = Browser::new(&self.origin);
        self.signs_in(&mut reader, &format!("{name}@demo.scte.test"), PASSWORD).await;
        reader
    }

    /// Signs somebody in.
    pub(crate) async fn signs_in(&self, reader: &mut Browser, address: &str, password: &str) {
        let page = reader.get("/account/sign-in").await;
        let typed = [("address", address), ("password", password)];
        submit(reader, &page, "/account/sign-in", &typed).await.is(200);
    }

    /// Stops a service by its switch, or starts it.
    pub(crate) async fn switch(&self, service: &str, act: &str) {
        let mut operator = self.signed_in("admin").await;
        let path = match act {
            "stop" => format!("/ops/{service}/stop"),
            _ => format!("/ops/{service}"),
        };
        let page = operator.get(&path).await;
        submit(&mut operator, &page, &format!("/ops/{service}/{act}"), &[]).await.is(200);
    }

    /// What went wrong in it, as it logged it.
    fn trouble(&self) -> Vec<String> {
        let log = self.kept.log();
        let bad = |line: &&str| {
            let level = serde_json::from_str::<Value>(line).map(|line| line["level"].clone());
            level.is_ok_and(|level| level == "ERROR" || level == "WARN")
        };
        log.lines().filter(bad).map(str::to_owned).collect()
    }
}

/// A test that failed shows what went wrong inside.
impl Drop for Site {
    fn drop(&mut self) {
        let trouble = self.trouble();
        if std::thread::panicking() && !trouble.is_empty() {
            note(&format!("the website logged:\n{}", trouble.join("\n")));
        }
    }
}

/// Sends a form of a page with what is typed into it.
pub(crate) async fn submit(
    reader: &mut Browser,
    page: &Shown,
    action: &str,
    typed: &[(&str, &str)],
) -> Shown {
    let (action, mut pairs) = page.form(action);
    pairs.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    reader.post(&action, &pairs).await
}
