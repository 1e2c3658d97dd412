//! `proof cluster`: the website at scale under load, with everything in it killed at random
//! instants and started again: processes of services, leaders among them, PostgreSQL, NATS, nginx.
//! What they left behind is checked offline: by [`crate::kill9::checker`], by comparing each stream
//! with its feed, and by replaying every copy.

mod kills;
mod replays;
mod report;
mod schedule;
pub(crate) mod streams;

use std::path::Path;
use std::time::Instant;

use cluster::{Plan, Shape};

use kills::Hand;
use report::{Report, Run};

use crate::kill9::checker::Anomaly;
use crate::network::bed::Bed;
use crate::outcome::{Failed, Outcome, folder, print, sibling};

/// How many anomalies are printed; all are counted.
const SHOWN: usize = 20;

/// What to prove.
#[derive(Debug, Clone)]
pub struct Asked {
    /// How many installations, one after the other.
    pub runs: u32,
    /// For how long each is under load and killed, in seconds.
    pub seconds: u64,
    /// How often in each.
    pub kills: u32,
    /// From which all chance comes.
    pub seed: u64,
}

/// Kills, checks, prints and writes `target/proof/cluster.json`.
///
/// # Errors
/// When anything is wrong with what was left behind, or the proof could not be run.
pub async fn prove(asked: &Asked) -> Outcome {
    let Asked { runs, seconds, kills, seed } = asked;
    let began = Instant::now();
    print(format!("cluster: seed {seed}, {runs} runs of {seconds} s with {kills} kills"));
    let proof = folder("proof")?;
    let mut report = Report::of(asked);
    for n in 0..*runs {
        let data = proof.join(format!("cluster-{n}"));
        if data.exists() {
            std::fs::remove_dir_all(&data)?;
        }
        let seed = seed.wrapping_add(u64::from(n));
        let run = Box::pin(run(asked, seed, &data)).await;
        let run = run.map_err(|why| Failed::because(format!("{why} (seed {seed})")))?;
        if !run.anomalies.is_empty() {
            print(format!("  what was left is in {}", data.display()));
        }
        report.add(run);
    }
    report.seconds = began.elapsed().as_secs_f64();
    report.write(&proof)?;
    if report.anomalies.is_empty() {
        return Ok(());
    }
    for anomaly in report.anomalies.iter().take(SHOWN) {
        print(format!("  {anomaly}"));
    }
    Err(Failed::because(format!("{} anomalies with seed {seed}", report.anomalies.len())))
}

async fn run(asked: &Asked, seed: u64, data: &Path) -> Outcome<Run> {
    let began = Instant::now();
    let plan = Plan { seed, ..Plan::new(Shape::AtScale, data.to_owned(), sibling("scte")?) };
    let mut bed = Box::pin(Bed::of(plan)).await?;
    let crowd = Box::pin(bed.crowd(seed)).await?;
    let planned = schedule::schedule(asked.kills, asked.seconds, seed);
    let killed = Box::pin(Hand::on(&mut bed, seed).go(&planned)).await?;
    std::fs::write(data.join("kills.log"), &killed.history)?;
    let drained = Instant::now();
    let found = Box::pin(bed.finish(crowd)).await?;
    let drained = drained.elapsed();
    let mut anomalies = found.anomalies;
    anomalies.extend(Box::pin(streams_of(&bed)).await?);
    anomalies.extend(Box::pin(replays::compare(&mut bed.cluster)).await?);
    Box::pin(bed.stop()).await?;
    Ok(Run {
        seed,
        kills: killed.by_kind.values().sum(),
        kills_by_kind: killed.by_kind,
        gave_up_while_starting: killed.gave_up,
        ended_by_themselves: killed.ended,
        messages: found.messages,
        requests: found.requests,
        members: found.members,
        longest_stall_ms: found.longest_stall.as_millis(),
        drained_after_ms: drained.as_millis(),
        seconds: began.elapsed().as_secs_f64(),
        anomalies,
    })
}

/// What differs between feeds and streams, of the website and of the pair beside it.
pub(crate) async fn streams_of(bed: &Bed) -> Outcome<Vec<Anomaly>> {
    let broker = bed.cluster.broker().ok_or_else(|| Failed::because("no broker"))?;
    let mut found = Vec::new();
    for service in contracts::catalogue::SERVICES {
        let (stream, databases) = (format!("scte-{service}"), bed.database(service));
        found.extend(streams::compare(&broker, &stream, service, &databases).await?);
    }
    for service in crate::pulse::NAMES {
        let stream = format!("{}-{service}", crate::pulse::PREFIX);
        let databases = bed.pair.databases();
        found.extend(streams::compare(&broker, &stream, service, databases).await?);
    }
    Ok(found)
}
