//! The two programs that are killed: `pulse`, whose services write down all they hear, and the
//! website itself, `scte up`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chassis::run::Databases;
use serde_json::Value;
use tokio::process::Command;

use super::checker::Evidence;
use super::evidence;
use super::website::Journeys;
use crate::outcome::{Failed, Outcome, cluster, sibling};
use crate::place::{Engine, fresh_database};
use crate::process::Process;
use crate::pulse;

/// How long nothing may move before it counts as standing still.
const STILL: Duration = Duration::from_secs(30);

/// The services of `pulse`.
pub(crate) struct Pulse {
    pub(crate) victim: Process,
    databases: Databases,
}

impl Pulse {
    pub(crate) async fn start(data: &Path, engine: Engine) -> Outcome<Self> {
        std::fs::create_dir_all(data)?;
        let databases = databases(data, engine, &pulse::NAMES.map(str::to_owned)).await?;
        let args = match &databases {
            Databases::Files(files) => vec!["--data".to_owned(), files.display().to_string()],
            Databases::Postgres(url) => vec!["--postgres".to_owned(), url.clone()],
        };
        let mut victim = Process::new("pulse", sibling("pulse")?, args, &data.join("pulse.log"));
        victim.start_and_wait().await?;
        Ok(Self { victim, databases })
    }

    /// Waits until every cursor stands at the head it reads.
    pub(crate) async fn drain(&self) -> Outcome {
        let http = reqwest::Client::new();
        let mut still = Still::new();
        loop {
            let mut standing = BTreeMap::new();
            for service in pulse::NAMES {
                let url = format!("{}/{service}/standing", self.victim.origin());
                standing.insert(service, http.get(url).send().await?.json::<Value>().await?);
            }
            let caught_up =
                |who: &str, other: &str| standing[other]["head"] == standing[who]["cursors"][other];
            if caught_up("echo", "pulse") && caught_up("pulse", "echo") {
                return Ok(());
            }
            still.look(&format!("{standing:?}"))?;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) async fn evidence(&self) -> Outcome<Evidence> {
        evidence::of_pulse(&self.databases).await
    }
}

/// The website.
pub(crate) struct Website {
    pub(crate) victim: Process,
    program: PathBuf,
    data: PathBuf,
    config: PathBuf,
    databases: Databases,
}

impl Website {
    /// Fills it with the demonstration, so that there is something to join.
    pub(crate) async fn start(data: &Path, engine: Engine) -> Outcome<Self> {
        std::fs::create_dir_all(data)?;
        let program = sibling("scte")?;
        let databases = databases(data, engine, &names()).await?;
        let config = data.with_extension("toml");
        let text = match &databases {
            Databases::Files(_) => String::new(),
            Databases::Postgres(url) => format!("[database]\nurl = \"{url}\"\n"),
        };
        std::fs::write(&config, text)?;
        let words = ["up", "--demo", "--test", "--data", &data.display().to_string(), "--config"];
        let mut args: Vec<String> = words.map(str::to_owned).to_vec();
        args.push(config.display().to_string());
        let log = data.with_extension("log");
        let mut victim = Process::new("the website", program.clone(), args, &log);
        victim.start_and_wait().await?;
        Ok(Self { victim, program, data: data.to_owned(), config, databases })
    }

    /// Waits until every cursor stands at the head it reads.
    pub(crate) async fn drain(&self) -> Outcome {
        let mut still = Still::new();
        loop {
            let mut status = Command::new(&self.program);
            status.arg("--data").arg(&self.data).arg("--config").arg(&self.config);
            let said = status.args(["status", "--json"]).output().await?;
            let status: Value = serde_json::from_slice(&said.stdout)
                .map_err(|why| Failed::because(format!("`scte status` says no JSON: {why}")))?;
            let services = status["services"].as_array().cloned().unwrap_or_default();
            let feeds = services.iter().filter_map(|service| service["feeds"].as_array()).flatten();
            if feeds.clone().count() > 0 && feeds.clone().all(|feed| feed["pos"] == feed["head"]) {
                return Ok(());
            }
            still.look(&status.to_string())?;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn evidence(&self) -> Outcome<(Evidence, Journeys)> {
        evidence::of_website(|_| self.databases.clone()).await
    }
}

fn names() -> Vec<String> {
    contracts::catalogue::SERVICES.iter().map(ToString::to_string).collect()
}

async fn databases(data: &Path, engine: Engine, services: &[String]) -> Outcome<Databases> {
    if engine == Engine::Sqlite {
        return Ok(Databases::Files(data.to_owned()));
    }
    let mut template = String::new();
    for service in services {
        let name = format!("kill9_{service}");
        template = fresh_database(&cluster()?, &name).await?.replacen(&name, "kill9_{service}", 1);
    }
    Ok(Databases::Postgres(template))
}

/// Notices when nothing moves any more.
struct Still {
    seen: String,
    since: Instant,
}

impl Still {
    fn new() -> Self {
        Self { seen: String::new(), since: Instant::now() }
    }

    fn look(&mut self, now: &str) -> Outcome {
        if self.seen != now {
            *self = Self { seen: now.to_owned(), since: Instant::now() };
        }
        if self.since.elapsed() > STILL {
            return Err(Failed::because(format!("nothing moves any more: {now}")));
        }
        Ok(())
    }
}
