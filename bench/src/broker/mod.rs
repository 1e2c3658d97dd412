//! `proof broker`: the broker's copies are deleted, lost, set back and written into by somebody else
//! while visitors join and pay. Services work on, everything catches up, and in the end each stream
//! is its feed again, message for message.

mod harm;
mod streams;

use std::time::{Duration, Instant};

use cluster::Shape;
use serde::Serialize;

use harm::{Harm, Harms};
use streams::Compared;

use crate::kill9::checker::Anomaly;
use crate::kill9::evidence;
use crate::network::bed::Bed;
use crate::network::probe::{Probe, Shown};
use crate::network::report::Counts;
use crate::outcome::{Failed, Outcome, folder, print};

/// How many anomalies are printed; all are counted.
const SHOWN: usize = 20;

/// How long catching up may take before it counts as never.
const PATIENCE: Duration = Duration::from_mins(1);

/// What to prove.
#[derive(Debug, Clone)]
pub struct Asked {
    /// From which all chance comes.
    pub seed: u64,
    /// How long harm goes on; without it each is done once.
    pub minutes: Option<f64>,
}

/// Written as `target/proof/broker.json`.
#[derive(Debug, Serialize)]
struct Report {
    seed: u64,
    seconds: f64,
    harms: Vec<Done>,
    longest_catch_up_ms: u128,
    streams: Vec<Compared>,
    messages: usize,
    requests: usize,
    members: usize,
    pages: Shown,
    #[serde(flatten)]
    counts: Counts,
    anomalies: Vec<String>,
}

/// A harm and what became of it.
#[derive(Debug, Serialize)]
struct Done {
    harm: String,
    took_ms: u128,
    caught_up_ms: u128,
}

/// Harms, checks, prints and writes `target/proof/broker.json`.
///
/// # Errors
/// When anything is wrong with what was left behind or shown, or the proof could not be run.
pub async fn prove(asked: &Asked) -> Outcome {
    print(format!("broker: seed {}", asked.seed));
    let place = crate::network::place("broker")?;
    let mut bed = Box::pin(Bed::start(Shape::AtScale, &place, asked.seed)).await?;
    let report = Box::pin(prove_on(&mut bed, asked)).await;
    let stopped = Box::pin(bed.stop()).await;
    let report = report?;
    stopped?;
    let text = serde_json::to_string_pretty(&report)?;
    std::fs::write(folder("proof")?.join("broker.json"), text)?;
    report.print();
    for anomaly in report.anomalies.iter().take(SHOWN) {
        print(format!("  {anomaly}"));
    }
    if report.anomalies.is_empty() {
        return Ok(());
    }
    Err(Failed::because(format!("{} anomalies with seed {}", report.anomalies.len(), asked.seed)))
}

async fn prove_on(bed: &mut Bed, asked: &Asked) -> Outcome<Report> {
    let began = Instant::now();
    let crowd = Box::pin(bed.crowd(asked.seed)).await?;
    let probe = Probe::start(bed.cluster.origin(), &crowd.member)?;
    let mut harms = Harms::new(asked.seed);
    let mut opening = harms.opening().into_iter();
    let (mut done, mut anomalies) = (Vec::new(), Vec::new());
    loop {
        let next = opening.next();
        let over =
            asked.minutes.is_none_or(|minutes| began.elapsed().as_secs_f64() > minutes * 60.0);
        let harm = match next {
            Some(harm) => harm,
            None if over => break,
            None => harms.next(),
        };
        let service = harms.service();
        match Box::pin(endure(bed, harm, service)).await {
            Ok(endured) => done.push(endured),
            // What goes on from here would only tell the same again.
            Err(why) => {
                let what = format!("after \"{harm}\" ({service}): {why}");
                print(format!("  {what}"));
                anomalies.push(what);
                break;
            }
        }
    }
    let mut pages = probe.finish().await?;
    anomalies.append(&mut pages.faults);
    let rested = Box::pin(bed.rest(crowd)).await?;
    copied(bed).await?;
    let found = Box::pin(bed.left(rested)).await?;
    let streams = Box::pin(compared(bed)).await?;
    anomalies.extend(found.anomalies.iter().map(Anomaly::to_string));
    anomalies.extend(streams.iter().filter_map(Compared::fault));
    Ok(Report {
        seed: asked.seed,
        seconds: began.elapsed().as_secs_f64(),
        longest_catch_up_ms: done.iter().map(|one| one.caught_up_ms).max().unwrap_or_default(),
        harms: done,
        streams,
        messages: found.messages,
        requests: found.requests,
        members: found.members,
        pages,
        counts: Counts::of(&found.anomalies),
        anomalies,
    })
}

/// One harm, and how everybody catches up.
async fn endure(bed: &mut Bed, harm: Harm, service: &str) -> Outcome<Done> {
    let began = Instant::now();
    Box::pin(harm::done(bed, harm, service)).await?;
    let took = began.elapsed();
    let caught_up = bed.catch_up(PATIENCE).await.map_err(Failed::because)?;
    let (took_ms, caught_up_ms) = (took.as_millis(), caught_up.after.as_millis());
    print(format!(
        "  {harm} ({service}): {took_ms} ms, caught up after {caught_up_ms} ms (last: {})",
        caught_up.last
    ));
    Ok(Done { harm: format!("{harm} ({service})"), took_ms, caught_up_ms })
}

/// The streams of the website and of the pair, with whose feed each copies.
fn names() -> impl Iterator<Item = (String, &'static str)> {
    let site = contracts::catalogue::SERVICES.iter().copied();
    let pair = crate::pulse::NAMES.into_iter();
    site.map(|name| (format!("scte-{name}"), name))
        .chain(pair.map(|name| (format!("pulse-{name}"), name)))
}

/// Waits until every feed is copied to its end.
async fn copied(bed: &Bed) -> Outcome {
    let context = harm::context(bed).await?;
    let heads = bed.standing().await.heads;
    for (stream, service) in names() {
        let head = heads.get(service).copied().unwrap_or_default();
        harm::soon(&format!("{stream} is copied to its end"), async || {
            streams::last(&context, &stream).await.is_some_and(|last| last >= head)
        })
        .await?;
    }
    Ok(())
}

/// Every stream beside its feed, when nobody publishes any more.
async fn compared(bed: &Bed) -> Outcome<Vec<Compared>> {
    let context = harm::context(bed).await?;
    let mut all = Vec::new();
    for (stream, service) in names() {
        let databases = if crate::pulse::NAMES.contains(&service) {
            bed.pair.databases().clone()
        } else {
            bed.database(service)
        };
        let db = evidence::open(&databases, service).await?;
        all.push(streams::compare(&context, &stream, &db).await?);
        db.close().await;
    }
    Ok(all)
}

impl Report {
    fn print(&self) {
        let copied: i64 = self.streams.iter().map(|one| one.last).sum();
        let (streams, different) =
            (self.streams.len(), self.streams.iter().map(|one| one.different).sum::<i64>());
        print(format!(
            "broker: {} harms, {} messages, {} members joined: {}; {copied} messages in {streams} \
             streams, {different} differ from their feeds; longest catch-up {} ms; {} pages, {} \
             refused, slowest {} ms; seed {}, {:.1} s",
            self.harms.len(),
            self.messages,
            self.members,
            self.counts,
            self.longest_catch_up_ms,
            self.pages.usual.asked,
            self.pages.usual.refused,
            self.pages.usual.slowest_ms,
            self.seed,
            self.seconds
        ));
    }
}
