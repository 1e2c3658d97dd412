//! The world of a story: the real binary in one of its shapes, and the hands that stop, kill and
//! start it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ::cluster::{Cluster, Plan};
use chrono::TimeDelta;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::browser::{Browser, Shown};
use crate::fault::Fault;
use crate::guide::Guide;
use crate::mail::{self, Mail};
use crate::one::One;
use crate::{databases, many, together};

/// A story that waits longer than this for anything has failed.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// Where nobody can be asked whether all rests, what is awaited is looked for again after this.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// How much of the log a story shows that failed.
const LINES: usize = 100;

/// The binary under test.
pub(crate) const SCTE: &str = env!("CARGO_BIN_EXE_scte");

/// The password of everybody in the demonstration.
pub(crate) const PASSWORD: &str = "sample-demo-2027";

/// Where the services work and where their databases are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    /// All in one process, on SQLite files.
    Sqlite,
    /// All in one process, on PostgreSQL.
    Postgres,
    /// A process for each, on SQLite files, feeds over HTTP, nginx in front.
    Apart,
    /// Two processes for each, on PostgreSQL, feeds over NATS JetStream, nginx in front.
    AtScale,
}

/// What runs.
pub(crate) enum Site {
    One(Box<One>),
    /// Several processes, and how far their clock was moved on, in seconds.
    Many(Box<Cluster>, i64),
    /// What a how-to started, as far as it was followed.
    Guided(Box<Guide>),
    /// Processes that are not ours to stop or to hurry, by their data directories.
    Outside(Vec<PathBuf>),
}

/// The system and everything around it.
pub(crate) struct World {
    directory: tempfile::TempDir,
    pub(crate) origin: String,
    pub(crate) seed: u64,
    /// What the last start printed.
    pub(crate) greeting: Vec<String>,
    pub(crate) random: ChaCha8Rng,
    pub(crate) site: Site,
    pub(crate) fault: Fault,
    pub(crate) checkpoint: u32,
    pub(crate) stopped: Option<&'static str>,
    began: Instant,
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
        if let Some(shape) = many::shape(engine) {
            return Self::of_many(shape, twice, |_| {}).await;
        }
        let mut world = Self::unstarted(engine, twice).await;
        world.start_at("127.0.0.1:0").await;
        world
    }

    /// Several processes, their plan changed at will.
    pub(crate) async fn of_many(
        shape: ::cluster::Shape,
        twice: bool,
        change: impl FnOnce(&mut Plan),
    ) -> Self {
        let (seed, directory) = (seed(), tempfile::tempdir().unwrap());
        let mut plan = many::plan(shape, directory.path(), seed, twice).await;
        change(&mut plan);
        let cluster = Box::pin(Cluster::start(plan)).await;
        let cluster = cluster.unwrap_or_else(|why| panic!("{why}"));
        let origin = cluster.origin().to_owned();
        note(&format!("{shape:?}: {origin}"));
        Self::with(directory, seed, origin, Site::Many(Box::new(cluster), 0))
    }

    /// The system of a backup, put back on fresh databases and started.
    pub(crate) async fn restored_from(&self, backup: &Path, engine: Engine) -> Self {
        let mut world = Self::unstarted(engine, false).await;
        let (code, said) = world.run(&["restore", &backup.display().to_string()]).await;
        assert_eq!(code, 0, "{said}");
        world.start_at("127.0.0.1:0").await;
        world
    }

    async fn unstarted(engine: Engine, twice: bool) -> Self {
        let (seed, directory) = (seed(), tempfile::tempdir().unwrap());
        let url = match engine {
            Engine::Postgres => databases::make().await,
            _ => String::new(),
        };
        let config = format!(
            "[database]\nurl = \"{url}\"\n[outreach]\nsmtp = \"{}\"\n[log]\nfilter = \"info\"\n",
            mail::address()
        );
        std::fs::write(directory.path().join("scte.toml"), config).unwrap();
        let one = One::new(directory.path(), seed, twice);
        Self::with(directory, seed, String::new(), Site::One(Box::new(one)))
    }

    /// A world around what runs already.
    pub(crate) fn with(
        directory: tempfile::TempDir,
        seed: u64,
        origin: String,
        site: Site,
    ) -> Self {
        Self {
            directory,
            origin,
            seed,
            greeting: Vec::new(),
            random: ChaCha8Rng::seed_from_u64(seed),
            site,
            fault: Fault::None,
            checkpoint: 0,
            stopped: None,
            began: Instant::now(),
        }
    }

    /// The same website as somebody else sees it, who can neither stop nor hurry it.
    pub(crate) fn seen_by_another(&mut self) -> Self {
        let Site::Many(cluster, _) = &self.site else { panic!("several processes are seen") };
        let data = many::serving(cluster).iter().map(|part| cluster.data(part)).collect();
        let (origin, seed) = (self.origin.clone(), self.random.random());
        Self::with(tempfile::tempdir().unwrap(), seed, origin, Site::Outside(data))
    }

    fn one(&self) -> &One {
        match &self.site {
            Site::One(one) => one,
            _ => panic!("this story is about one process"),
        }
    }

    fn one_mut(&mut self) -> &mut One {
        match &mut self.site {
            Site::One(one) => one,
            _ => panic!("this story is about one process"),
        }
    }

    /// The processes, of a story that is about several.
    pub(crate) fn cluster(&mut self) -> &mut Cluster {
        match &mut self.site {
            Site::Many(cluster, _) => cluster,
            _ => panic!("this story is about several processes"),
        }
    }

    /// The how-to, of a story that follows one.
    pub(crate) fn guide(&mut self) -> &mut Guide {
        match &mut self.site {
            Site::Guided(guide) => guide,
            _ => panic!("this story follows no how-to"),
        }
    }

    /// The data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.one().data()
    }

    /// A path beside the data directory.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A command of the binary on this data directory.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        self.one().command(args)
    }

    /// Runs a command to its end: its exit code, and what it printed.
    pub(crate) async fn run(&self, args: &[&str]) -> (i32, String) {
        ran(self.command(args)).await
    }

    async fn start_at(&mut self, listen: &str) {
        (self.greeting, self.origin) = self.one_mut().start(listen).await;
        self.stopped = None;
    }

    /// Starts the process again where it was.
    pub(crate) async fn start(&mut self) {
        let listen = self.origin.trim_start_matches("http://").to_owned();
        self.start_at(&listen).await;
    }

    /// SIGKILL, at this very moment.
    pub(crate) async fn kill(&mut self) {
        self.one_mut().kill().await;
    }

    /// SIGTERM, and waits for the end; says the exit code.
    pub(crate) async fn end(&mut self) -> Option<i32> {
        self.one_mut().end().await
    }

    /// The process's id.
    pub(crate) fn process(&self) -> u32 {
        self.one().process()
    }

    /// What the processes logged.
    pub(crate) fn log(&self) -> String {
        match &self.site {
            Site::One(one) => one.log(),
            Site::Many(cluster, _) => many::log(cluster),
            Site::Guided(guide) => guide.screens(),
            Site::Outside(_) => String::new(),
        }
    }

    /// Asks over the control socket; of several processes each, for lists.
    pub(crate) async fn ask(&self, question: Value) -> Value {
        match &self.site {
            Site::One(one) => one.ask(&question).await,
            Site::Many(cluster, _) => many::ask(cluster, &question).await,
            Site::Guided(guide) => together::ask(&guide.data(), &question).await,
            Site::Outside(data) => together::ask_some(data, &question).await,
        }
    }

    /// What the services that run say of themselves, of every process.
    pub(crate) async fn services(&self) -> Vec<Value> {
        let statuses = match &self.site {
            Site::Many(cluster, _) => cluster.status().await.into_values().collect(),
            _ => vec![self.ask(json!({ "do": "status" })).await],
        };
        let lists = statuses.iter().filter_map(|status| status["services"].as_array());
        lists.flatten().cloned().collect()
    }

    /// Waits until nobody has anything left to do.
    pub(crate) async fn settle(&self) {
        match &self.site {
            Site::One(_) => drop(self.ask(json!({ "do": "settled" })).await),
            Site::Many(cluster, _) => {
                cluster.settle().await.unwrap_or_else(|why| panic!("{why}"));
            }
            Site::Guided(guide) => together::settle(&guide.data()).await,
            // Others are at work there: it never rests, so what is waited for is looked for again.
            Site::Outside(_) => tokio::time::sleep(LOOK_AGAIN).await,
        }
    }

    /// Moves the clock on; what is due happens.
    pub(crate) async fn advance(&mut self, step: TimeDelta) {
        match &mut self.site {
            Site::One(one) => together::advance(&one.data(), step).await,
            Site::Guided(guide) => {
                for data in guide.data() {
                    together::advance(&data, step).await;
                }
            }
            // Their clock is not ours.
            Site::Outside(_) => {}
            Site::Many(cluster, offset) => {
                *offset += step.num_seconds();
                cluster.set_clock(*offset).await.unwrap_or_else(|why| panic!("{why}"));
            }
        }
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
        // What a script would write into a hidden field takes the place of what stood there.
        pairs.retain(|(name, _)| !typed.iter().any(|(typed, _)| typed == name));
        pairs.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.post(browser, &action, &pairs).await
    }

    /// Waits for what must come by itself: until everything rests; then with every service running;
    /// then with the clock moved on, as a later try may be waiting.
    pub(crate) async fn looked<T>(
        &mut self,
        mut look: impl AsyncFnMut(&mut Self) -> Option<T>,
    ) -> Option<T> {
        // What another does cannot be hurried: only patience is left.
        let times = if matches!(self.site, Site::Outside(_)) { 120 } else { 6 };
        for _ in 0..times {
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
        note(&format!("{:.1} s in this world", self.began.elapsed().as_secs_f64()));
        if std::thread::panicking() {
            let log = self.log();
            let telling = |line: &&str| !line.contains("\"INFO\"");
            let lines: Vec<&str> = log.lines().filter(telling).collect();
            // The same is told again and again while somebody is away.
            let last = &lines[lines.len().saturating_sub(LINES)..];
            note(&format!("seed {}, the log beside INFO:\n{}", self.seed, last.join("\n")));
        }
    }
}

/// Runs a command to its end: its exit code, and what it printed.
pub(crate) async fn ran(mut command: Command) -> (i32, String) {
    let output = command.output().await.unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).into_owned())
}

/// Says what a reader of a failed run must know.
#[expect(clippy::print_stderr, reason = "a story prints its seed and what happened to it")]
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}

/// The seed of a world, printed so that a failing run can be repeated: `SCTE_TEST_SEED`.
#[expect(clippy::disallowed_methods, reason = "tests take their seed from the environment")]
pub(crate) fn seed() -> u64 {
    let given = std::env::var("SCTE_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| rand::rng().random());
    note(&format!("SCTE_TEST_SEED={seed}"));
    seed
}

/// The same stories, each in a module of the shape's name.
macro_rules! stories_on {
    ($engine:ident as $module:ident: $($story:ident),+ $(,)?) => {
        mod $module {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                Box::pin(super::$story(crate::world::Engine::$engine)).await;
            })+
        }
    };
}
pub(crate) use stories_on;

/// The same stories on both engines, in one process.
macro_rules! on_both_engines {
    ($($story:ident),+ $(,)?) => {
        crate::world::stories_on!(Sqlite as on_sqlite: $($story),+);
        crate::world::stories_on!(Postgres as on_postgres: $($story),+);
    };
}
pub(crate) use on_both_engines;

/// The same stories in all three shapes; in one process on both engines.
macro_rules! in_every_shape {
    ($($story:ident),+ $(,)?) => {
        crate::world::on_both_engines!($($story),+);
        crate::world::stories_on!(Apart as apart: $($story),+);
        crate::world::stories_on!(AtScale as at_scale: $($story),+);
    };
}
pub(crate) use in_every_shape;
