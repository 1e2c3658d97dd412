//! The world of a story: the real binary on a data directory of its own, and the hands that stop,
//! kill and start it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::browser::{Browser, Shown};
use crate::fault::Fault;
use crate::mail::{self, Mail};
use crate::{control, databases};

/// A story that waits longer than this for anything has failed.
const PATIENCE: Duration = Duration::from_mins(2);

/// The binary under test.
pub(crate) const SCTE: &str = env!("CARGO_BIN_EXE_scte");

/// The password of everybody in the demonstration.
pub(crate) const PASSWORD: &str = "sample-demo-2027";

/// Where databases are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// The system and everything around it.
pub(crate) struct World {
    directory: tempfile::TempDir,
    pub(crate) origin: String,
    pub(crate) seed: u64,
    /// What the last start printed.
    pub(crate) greeting: Vec<String>,
    pub(crate) random: ChaCha8Rng,
    process: Option<(Child, Lines<BufReader<ChildStdout>>)>,
    twice: bool,
    pub(crate) fault: Fault,
    pub(crate) checkpoint: u32,
    pub(crate) stopped: Option<&'static str>,
}

impl World {
    /// An installation with demonstration data, without people of its own yet.
    pub(crate) async fn on(engine: Engine) -> Self {
        Self::begin(engine, false).await
    }

    /// As [`World::on`], with every reader handing over each batch twice.
    pub(crate) async fn twice_on(engine: Engine) -> Self {
        Self::begin(engine, true).await
    }

    async fn begin(engine: Engine, twice: bool) -> Self {
        let mut world = Self::unstarted(engine, twice).await;
        world.start_process("127.0.0.1:0").await;
        world
    }

    /// The system of a backup, put back on fresh databases and started.
    pub(crate) async fn restored_from(&self, backup: &Path, engine: Engine) -> Self {
        let mut world = Self::unstarted(engine, false).await;
        let (code, said) = world.run(&["restore", &backup.display().to_string()]).await;
        assert_eq!(code, 0, "{said}");
        world.start_process("127.0.0.1:0").await;
        world
    }

    async fn unstarted(engine: Engine, twice: bool) -> Self {
        let seed = seed();
        let directory = tempfile::tempdir().unwrap();
        let url = match engine {
            Engine::Sqlite => String::new(),
            Engine::Postgres => databases::make().await,
        };
        let config = format!(
            "[database]\nurl = \"{url}\"\n[outreach]\nsmtp = \"{}\"\n[log]\nfilter = \"info\"\n",
            mail::address()
        );
        std::fs::write(directory.path().join("scte.toml"), config).unwrap();
        Self {
            directory,
            origin: String::new(),
            seed,
            greeting: Vec::new(),
            random: ChaCha8Rng::seed_from_u64(seed),
            process: None,
            twice,
            fault: Fault::None,
            checkpoint: 0,
            stopped: None,
        }
    }

    /// The data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// A path beside the data directory.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A command of the binary on this data directory.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(SCTE);
        command.arg("--data").arg(self.data()).arg("--config").arg(self.beside("scte.toml"));
        command.args(args).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Runs a command to its end: whether it succeeded, and what it printed.
    pub(crate) async fn run(&self, args: &[&str]) -> (i32, String) {
        let output = self.command(args).output().await.unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).into_owned())
    }

    async fn start_process(&mut self, listen: &str) {
        let log = std::fs::File::options().create(true).append(true).open(self.beside("log"));
        let mut up = self.command(&["up", "--demo", "--test", "--listen", listen]);
        up.env("SCTE__TEST__SEED", (self.seed >> 1).to_string())
            .env("SCTE__TEST__TWICE", self.twice.to_string())
            .stdout(Stdio::piped())
            .stderr(log.unwrap());
        let mut child = up.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let greeting = async {
            let mut greeting = Vec::new();
            while let Some(line) = lines.next_line().await.unwrap() {
                if line.contains("Stop it with") {
                    return greeting;
                }
                greeting.push(line);
            }
            panic!("it did not start: {}", self.log());
        };
        let greeting = tokio::time::timeout(PATIENCE, greeting).await;
        self.greeting = greeting.unwrap_or_else(|_| panic!("it was never ready: {}", self.log()));
        let found = self.greeting.iter().find_map(|line| line.split("The website is at ").nth(1));
        let line = found.expect("it says where it is").to_owned();
        note(&line);
        self.origin = line.split(' ').next().unwrap().to_owned();
        self.process = Some((child, lines));
        self.stopped = None;
    }

    /// Starts the process again where it was.
    pub(crate) async fn start(&mut self) {
        let listen = self.origin.trim_start_matches("http://").to_owned();
        self.start_process(&listen).await;
    }

    /// SIGKILL, at this very moment.
    pub(crate) async fn kill(&mut self) {
        let (mut child, _lines) = self.process.take().expect("the process runs");
        child.kill().await.unwrap();
    }

    /// SIGTERM, and waits for the end; says the exit code.
    pub(crate) async fn end(&mut self) -> Option<i32> {
        let (mut child, _lines) = self.process.take().expect("the process runs");
        let id = child.id().unwrap().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().await.unwrap();
        assert!(told.success());
        let ended = tokio::time::timeout(PATIENCE, child.wait()).await;
        ended.expect("it ends when asked").unwrap().code()
    }

    /// The process's id.
    pub(crate) fn process(&self) -> u32 {
        self.process.as_ref().and_then(|(child, _)| child.id()).expect("the process runs")
    }

    /// What the process logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.beside("log")).unwrap_or_default()
    }

    /// Asks over the control socket.
    pub(crate) async fn ask(&self, question: Value) -> Value {
        let asked = tokio::time::timeout(PATIENCE, control::ask(&self.data(), &question)).await;
        let asked = asked.unwrap_or_else(|_| panic!("no answer to {question}"));
        asked.unwrap_or_else(|refusal| panic!("{question}: {refusal}"))
    }

    /// Waits until nobody has anything left to do.
    pub(crate) async fn settle(&self) {
        self.ask(json!({ "do": "settled" })).await;
    }

    /// Moves the clock on; what is due happens.
    pub(crate) async fn advance(&self, step: TimeDelta) {
        let file = self.data().join("clock.offset");
        let known = std::fs::read_to_string(&file).ok().and_then(|text| text.parse::<i64>().ok());
        let now = self.ask(json!({ "do": "clock", "until": null })).await;
        let now: DateTime<Utc> = now["now"].as_str().unwrap().parse().unwrap();
        let offset = known.unwrap_or(0) + step.num_seconds();
        std::fs::write(file, offset.to_string()).unwrap();
        self.ask(json!({ "do": "clock", "until": now + step })).await;
        self.settle().await;
    }

    /// A fresh browser.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.origin)
    }

    /// A browser in which somebody has just signed in.
    pub(crate) async fn signed_in(&mut self, address: &str, password: &str) -> Browser {
        let mut browser = self.browser();
        let page = self.get(&mut browser, "/account/sign-in").await;
        let typed = [("address", address), ("password", password)];
        let home = self.submit(&mut browser, &page, "/account/sign-in", &typed).await;
        home.is(200).shows(address);
        browser
    }

    /// Reads a page; when its service is stopped, the frame says so, and the visitor comes back
    /// when it runs again.
    pub(crate) async fn get(&mut self, browser: &mut Browser, path: &str) -> Shown {
        let shown = browser.get(path).await;
        if self.is_away(&shown).await { browser.get(path).await } else { shown }
    }

    /// As [`World::get`], for a form: the same form is sent again.
    pub(crate) async fn post(
        &mut self,
        browser: &mut Browser,
        path: &str,
        pairs: &[(String, String)],
    ) -> Shown {
        let shown = browser.post(path, pairs).await;
        if !self.is_away(&shown).await {
            return shown;
        }
        // What was sent to may have been done, and what was away is only where it led.
        if shown.path == path {
            browser.post(path, pairs).await
        } else {
            browser.get(&shown.path).await
        }
    }

    async fn is_away(&mut self, shown: &Shown) -> bool {
        if shown.status != 503 {
            return false;
        }
        shown.shows("away for a moment");
        assert!(!shown.header("retry-after").is_empty(), "it says when to come back");
        assert!(self.start_service().await, "nothing is stopped, but {} is away", shown.path);
        true
    }

    /// Sends a form of a page with what is typed into it.
    pub(crate) async fn submit(
        &mut self,
        browser: &mut Browser,
        page: &Shown,
        action: &str,
        typed: &[(&str, &str)],
    ) -> Shown {
        let (action, mut pairs) = page.form(action);
        pairs.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.post(browser, &action, &pairs).await
    }

    /// Waits for what must come by itself: until everything rests; then with every service running;
    /// then with the clock moved on, as a later try may be waiting.
    async fn looked<T>(&mut self, mut look: impl AsyncFnMut(&mut Self) -> Option<T>) -> Option<T> {
        for _ in 0..6 {
            self.settle().await;
            if let Some(found) = look(self).await {
                return Some(found);
            }
            if !self.start_service().await {
                self.advance(TimeDelta::seconds(30)).await;
            }
        }
        None
    }

    /// The page, once it shows this.
    pub(crate) async fn shows(&mut self, browser: &mut Browser, path: &str, text: &str) -> Shown {
        let mut last = String::new();
        let looked = self.looked(async |world: &mut Self| {
            let shown = world.get(browser, path).await;
            last.clone_from(&shown.text);
            shown.says(text).then_some(shown)
        });
        let found = looked.await;
        found.unwrap_or_else(|| panic!("`{text}` never came on {path}: {last}"))
    }

    /// The mail to an address whose subject begins so, once it is there.
    pub(crate) async fn mail(&mut self, address: &str, subject: &str) -> Mail {
        let looked = self.looked(async |_: &mut Self| {
            mail::to(address).into_iter().find(|mail| mail.subject.starts_with(subject))
        });
        let found = looked.await;
        found.unwrap_or_else(|| panic!("`{subject}` never came: {:#?}", mail::to(address)))
    }

    /// An address that no other story has.
    pub(crate) fn address(&mut self) -> String {
        format!("visitor-{:016x}@example.test", self.random.random::<u64>())
    }
}

/// A story that failed shows what the process said.
impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let telling = |line: &&str| !line.contains("\"INFO\"");
            let lines: Vec<&str> = log.lines().filter(telling).collect();
            note(&format!("seed {}, the log beside INFO:\n{}", self.seed, lines.join("\n")));
        }
    }
}

/// Says what a reader of a failed run must know.
#[expect(clippy::print_stderr, reason = "a story prints its seed and what happened to it")]
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}

/// The seed of a world, printed so that a failing run can be repeated: `SCTE_TEST_SEED`.
#[expect(clippy::disallowed_methods, reason = "tests take their seed from the environment")]
fn seed() -> u64 {
    let given = std::env::var("SCTE_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| rand::rng().random());
    note(&format!("SCTE_TEST_SEED={seed}"));
    seed
}

/// The same stories on both engines.
macro_rules! on_both_engines {
    ($($story:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                super::$story(crate::world::Engine::Sqlite).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                super::$story(crate::world::Engine::Postgres).await;
            })+
        }
    };
}
pub(crate) use on_both_engines;
