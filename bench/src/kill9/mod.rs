//! `proof kill9`: real processes under load are killed at random instants, started again, and what
//! they left behind is checked offline. Read [`checker`] for what is promised.

pub mod checker;
pub mod evidence;
mod load;
mod victim;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chassis::run::Databases;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use serde::Serialize;

use checker::{Anomaly, Kind};
use load::{Load, Told};
use victim::Victim;

use crate::outcome::{Failed, Outcome, cluster, folder, print, sibling};
use crate::place::{Engine, fresh_database};
use crate::pulse;

/// How many anomalies are printed; all are counted.
const SHOWN: usize = 20;

/// What to prove.
#[derive(Debug, Clone)]
pub struct Asked {
    /// How often to kill.
    pub kills: u32,
    /// From which all chance comes.
    pub seed: u64,
    /// On what.
    pub engine: Engine,
}

/// What came of it; written as JSON.
#[derive(Debug, Serialize)]
struct Report {
    seed: u64,
    engine: Engine,
    kills: u32,
    messages: usize,
    requests: usize,
    lost: usize,
    duplicated: usize,
    order_breaks: usize,
    gaps: usize,
    states_that_differ: usize,
    cursors_wrong: usize,
    parked: usize,
    longest_stall_ms: u128,
    drained_after_ms: u128,
    seconds: f64,
    anomalies: Vec<String>,
}

/// Kills, checks, prints and writes `target/proof/kill9.json`.
///
/// # Errors
/// When anything is wrong with what was left behind, or the proof could not be run.
pub async fn prove(asked: &Asked) -> Outcome {
    let began = Instant::now();
    print(format!("kill9: seed {}, {} kills, {:?}", asked.seed, asked.kills, asked.engine));
    let proof = folder("proof")?;
    let place = Place::make(&proof, asked).await?;
    let mut victim = Victim::new("pulse", sibling("pulse")?, place.args.clone(), &place.log);
    victim.start_and_wait().await?;
    let load = Load::start(&victim.origin(), asked.seed)?;
    let killed = kill(&mut victim, asked).await;
    let told = load.finish().await?;
    killed?;
    let drained = drain(&victim.origin()).await?;
    victim.stop().await?;
    let mut evidence = evidence::of_pulse(&place.databases).await?;
    evidence.acknowledged.clone_from(&told.acknowledged);
    let messages = evidence.feeds.values().map(|feed| feed.published.len()).sum();
    let anomalies = checker::check(&evidence);
    let report = report(asked, &told, messages, &anomalies, (drained, began.elapsed()));
    write(&proof, &report)?;
    if anomalies.is_empty() {
        return Ok(());
    }
    for anomaly in anomalies.iter().take(SHOWN) {
        print(format!("  {anomaly}"));
    }
    Err(Failed::because(format!(
        "{} anomalies; run it again with --seed {}; the databases are kept in {}",
        anomalies.len(),
        asked.seed,
        place.kept
    )))
}

/// Where the processes keep their data.
struct Place {
    databases: Databases,
    args: Vec<String>,
    log: PathBuf,
    kept: String,
}

impl Place {
    async fn make(proof: &Path, asked: &Asked) -> Outcome<Self> {
        let data = proof.join("kill9");
        if data.exists() {
            std::fs::remove_dir_all(&data)?;
        }
        std::fs::create_dir_all(&data)?;
        let log = data.join("pulse.log");
        if asked.engine == Engine::Sqlite {
            let args = vec!["--data".to_owned(), data.display().to_string()];
            let kept = data.display().to_string();
            return Ok(Self { databases: Databases::Files(data), args, log, kept });
        }
        let mut template = String::new();
        for service in pulse::NAMES {
            let url = fresh_database(&cluster()?, &format!("kill9_{service}")).await?;
            template = url.replacen(&format!("kill9_{service}"), "kill9_{service}", 1);
        }
        let args = vec!["--postgres".to_owned(), template.clone()];
        Ok(Self { databases: Databases::Postgres(template.clone()), args, log, kept: template })
    }
}

/// Kills the process at random instants, now and then before it is even ready, and starts it again.
async fn kill(victim: &mut Victim, asked: &Asked) -> Outcome {
    let mut rng = ChaCha20Rng::seed_from_u64(asked.seed);
    let mut ready = None;
    for kill in 1..=asked.kills {
        let early = rng.random_bool(0.2);
        let wait = Duration::from_micros(rng.random_range(0..if early { 250_000 } else { 1_200_000 }));
        if let Some(ready) = ready.take_if(|_| !early) {
            victim.wait(ready).await?;
        }
        tokio::time::sleep(wait).await;
        victim.kill().await?;
        if kill % 20 == 0 {
            print(format!("  {kill} kills"));
        }
        ready = Some(victim.start()?);
    }
    match ready {
        Some(ready) => victim.wait(ready).await,
        None => Ok(()),
    }
}

/// Waits until every cursor stands at the head it reads; says how long that took.
async fn drain(origin: &str) -> Outcome<Duration> {
    let began = Instant::now();
    let http = reqwest::Client::new();
    let mut seen = BTreeMap::new();
    let mut changed = Instant::now();
    loop {
        let mut standing = BTreeMap::new();
        for service in pulse::NAMES {
            let answer = http.get(format!("{origin}/{service}/standing")).send().await?;
            standing.insert(service, answer.json::<serde_json::Value>().await?);
        }
        let at = |who: &str, pointer: &str| standing[who].pointer(pointer).cloned();
        let caught_up = |who: &str, other: &str| {
            at(other, "/head") == at(who, &format!("/cursors/{other}"))
        };
        if caught_up("echo", "pulse") && caught_up("pulse", "echo") {
            return Ok(began.elapsed());
        }
        if standing != seen {
            seen = standing;
            changed = Instant::now();
        }
        if changed.elapsed() > Duration::from_secs(20) {
            return Err(Failed::because(format!("nothing moves any more: {seen:?}")));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn report(
    asked: &Asked,
    told: &Told,
    messages: usize,
    anomalies: &[Anomaly],
    (drained, took): (Duration, Duration),
) -> Report {
    let count = |kind: Kind| anomalies.iter().filter(|anomaly| anomaly.kind == kind).count();
    Report {
        seed: asked.seed,
        engine: asked.engine,
        kills: asked.kills,
        messages,
        requests: told.acknowledged.len(),
        lost: count(Kind::Lost),
        duplicated: count(Kind::Doubled),
        order_breaks: count(Kind::OrderBreak),
        gaps: count(Kind::Gap),
        states_that_differ: count(Kind::StateDiffers),
        cursors_wrong: count(Kind::CursorWrong),
        parked: count(Kind::Parked),
        longest_stall_ms: told.longest_stall.as_millis(),
        drained_after_ms: drained.as_millis(),
        seconds: took.as_secs_f64(),
        anomalies: anomalies.iter().map(ToString::to_string).collect(),
    }
}

fn write(proof: &Path, report: &Report) -> Outcome {
    let file = proof.join("kill9.json");
    std::fs::write(&file, serde_json::to_string_pretty(report)?)?;
    print(format!(
        "kill9: {} kills, {} messages, {} requests: {} lost, {} doubled, {} order breaks, {} gaps, \
         {} states differ, {} cursors wrong, {} parked; longest stall {} ms; {:.1} s",
        report.kills,
        report.messages,
        report.requests,
        report.lost,
        report.duplicated,
        report.order_breaks,
        report.gaps,
        report.states_that_differ,
        report.cursors_wrong,
        report.parked,
        report.longest_stall_ms,
        report.seconds
    ));
    Ok(())
}
