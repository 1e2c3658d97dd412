//! Passkeys on the running binary, given by devices that others wrote (soft-webauthn).

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::browser::Shown;
use crate::journey::Visitor;
use crate::world::{Engine, World};

const ADD: &str = "/account/factors/passkey";
const SIGN_IN: &str = "/account/sign-in/passkey";
const SECOND: &str = "/account/sign-in/second/passkey";

/// The devices of everybody in a story; they end with it.
struct Devices {
    process: Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// A Python that has soft-webauthn: the one of the test run, or the one it installed.
fn python() -> PathBuf {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/python/bin/python3");
    let has_it = |python: &PathBuf| {
        let asked = Command::new(python)
            .args(["-c", "import soft_webauthn"])
            .stderr(Stdio::null())
            .status();
        asked.is_ok_and(|status| status.success())
    };
    let found = [PathBuf::from("python3"), installed].into_iter().find(has_it);
    found.expect("soft-webauthn: `cargo xtask test` installs it")
}

impl Devices {
    fn new() -> Self {
        let mut process = Command::new(python())
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stories/passkey.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let asks = process.stdin.take().unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap());
        Self { process, asks, answers }
    }

    /// What the browser sends when a device is asked as the page asks.
    fn answer(&mut self, question: &Value) -> String {
        writeln!(self.asks, "{question}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        assert!(!answer.is_empty(), "the devices ended: {:?}", self.process.try_wait());
        answer.trim().to_owned()
    }
}

impl Drop for Devices {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// What the page asks of passkeys with the form that goes to `action`.
fn asked(page: &Shown, action: &str) -> Value {
    let start = page.text.find(&format!("action=\"{action}\""));
    let form = &page.text[start.unwrap_or_else(|| panic!("no form for {action}: {}", page.text))..];
    let (_, rest) = form.split_once("data-options=\"").unwrap();
    let (options, _) = rest.split_once('"').unwrap();
    serde_json::from_str(&options.replace("&#34;", "\"").replace("&quot;", "\"")).unwrap()
}

/// The address of the site as passkeys know it.
fn origin(world: &World) -> String {
    world.origin.replace("127.0.0.1", "localhost")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stock_passkey_signs_in_and_thieves_do_not() {
    let mut world = World::on(Engine::Sqlite).await;
    let (origin, mut devices) = (origin(&world), Devices::new());
    let mut people = Vec::new();
    for device in [1, 2] {
        let mut visitor = Visitor::arrives(&mut world).await;
        visitor.registers(&mut world).await;
        visitor.signs_in(&mut world).await;
        let page = world.get(&mut visitor.browser, ADD).await;
        let options = asked(&page, ADD);
        assert_eq!(options["publicKey"]["rp"]["id"], "localhost");
        let made = json!({ "device": device, "options": options, "origin": origin });
        let made = devices.answer(&made);
        let typed = [("name", "Phone"), ("credential", &*made)];
        let codes = world.submit(&mut visitor.browser, &page, ADD, &typed).await;
        codes.is(200).shows("Your recovery codes");
        people.push(visitor);
    }

    // Without address and password, and the session is one that all services know.
    let mut browser = world.browser();
    let page = world.get(&mut browser, "/account/sign-in").await;
    let given = json!({ "device": 1, "options": asked(&page, SIGN_IN), "origin": origin });
    let given = devices.answer(&given);
    let sent = [("credential", &*given)];
    let home = world.submit(&mut browser, &page, SIGN_IN, &sent).await;
    home.is(200).shows(&people[0].address);

    // Overheard and sent again, from another browser that saw the page too.
    let again = world.submit(&mut browser.clone(), &page, SIGN_IN, &sent).await;
    again.is(409).shows("seems to have been copied");

    let evil = "http://localhost.evil.example";
    for (device, from, rewind, why) in
        [(1, evil, 0, "could not be checked"), (1, origin.as_str(), 2, "seems to have been copied")]
    {
        let mut thief = world.browser();
        let page = world.get(&mut thief, "/account/sign-in").await;
        let options = asked(&page, SIGN_IN);
        let question =
            json!({ "device": device, "options": options, "origin": from, "rewind": rewind });
        let stolen = devices.answer(&question);
        let sent = [("credential", &*stolen)];
        world.submit(&mut thief, &page, SIGN_IN, &sent).await.is(409).shows(why);
        world.get(&mut thief, "/account").await.shows("Sign in");
    }

    // Who knows the password and has a passkey, but another's.
    let mut thief = Visitor {
        browser: world.browser(),
        address: people[0].address.clone(),
        ..people.remove(1)
    };
    let page = thief.gives_the_password(&mut world).await;
    page.is(200).shows("One more step");
    let question = json!({ "device": 2, "options": asked(&page, SECOND), "origin": origin });
    let foreign = devices.answer(&question);
    let sent = [("credential", &*foreign)];
    let refused = world.submit(&mut thief.browser, &page, SECOND, &sent).await;
    refused.is(409).shows("belongs to another account");
    let question =
        json!({ "device": 1, "options": asked(&refused, SECOND), "origin": origin, "rewind": -5 });
    let own = devices.answer(&question);
    let sent = [("credential", &*own)];
    let home = world.submit(&mut thief.browser, &refused, SECOND, &sent).await;
    home.is(200).shows(&people[0].address);
    // The owner was told by mail when the passkey was added.
    world.mail(&people[0].address, "A passkey was added").await;
}
