//! `proof network`: connections between the processes of a whole installation are cut, delayed, left
//! half open or let through one way only, singly and together, while visitors join and pay. Pages
//! still answer, everything catches up by itself, nothing is lost, doubled or out of order.

pub(crate) mod bed;
mod faults;
pub(crate) mod pair;
pub(crate) mod probe;
pub(crate) mod report;

use std::time::{Duration, Instant};

use clap::ValueEnum;
use cluster::Shape;

use bed::{Bed, CaughtUp, Line};
use faults::{Faults, Step};
use probe::{Phase, Probe};
use report::{Counts, Report, Section, Taken};

use crate::outcome::{Failed, Outcome, folder, print};

/// How many anomalies are printed; all are counted.
const SHOWN: usize = 20;

/// How long catching up may take before it counts as never. Far longer than it takes: a connection
/// that died without a word is noticed by time-outs.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long pages may still be refused after a database is back.
const RECOVERY: Duration = Duration::from_secs(15);

/// Which shape is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Which {
    /// A process per service, feeds over HTTP.
    Apart,
    /// Two processes per service, PostgreSQL, NATS.
    AtScale,
    /// One after the other.
    Both,
}

/// What to prove.
#[derive(Debug, Clone)]
pub struct Asked {
    /// In which shape.
    pub shape: Which,
    /// From which all chance comes.
    pub seed: u64,
    /// How long faults go on in each shape; without it only the opening is played.
    pub minutes: Option<f64>,
}

/// Breaks, checks, prints and writes `target/proof/network.json`.
///
/// # Errors
/// When anything is wrong with what was left behind or shown, or the proof could not be run.
pub async fn prove(asked: &Asked) -> Outcome {
    let began = Instant::now();
    print(format!("network: seed {}", asked.seed));
    let proof = folder("proof")?;
    let shapes = match asked.shape {
        Which::Apart => vec![Shape::Apart],
        Which::AtScale => vec![Shape::AtScale],
        Which::Both => vec![Shape::Apart, Shape::AtScale],
    };
    let mut sections = Vec::new();
    for shape in shapes {
        sections.push(Box::pin(prove_in(shape, asked)).await?);
    }
    let seconds = began.elapsed().as_secs_f64();
    let report = Report { seed: asked.seed, seconds, shapes: sections };
    report.write(&proof)?;
    let anomalies: Vec<&String> = report.shapes.iter().flat_map(|one| &one.anomalies).collect();
    for anomaly in anomalies.iter().take(SHOWN) {
        print(format!("  {anomaly}"));
    }
    if anomalies.is_empty() {
        return Ok(());
    }
    Err(Failed::because(format!("{} anomalies with seed {}", anomalies.len(), asked.seed)))
}

/// Where a shape keeps what it has; short, as sockets lie in it.
pub(crate) fn place(name: &str) -> Outcome<std::path::PathBuf> {
    let place = folder("proof")?.join(name);
    if place.exists() {
        std::fs::remove_dir_all(&place)?;
    }
    Ok(place)
}

async fn prove_in(shape: Shape, asked: &Asked) -> Outcome<Section> {
    let place = place(if shape == Shape::Apart { "net-a" } else { "net-s" })?;
    let mut bed = Box::pin(Bed::start(shape, &place, asked.seed)).await?;
    let crowd = Box::pin(bed.crowd(asked.seed)).await?;
    let probe = Probe::start(bed.cluster.origin(), &crowd.member)?;
    let mut section = Section {
        shape: format!("{shape:?}"),
        steps: Vec::new(),
        cut_connections: 0,
        swallowed_bytes: 0,
        longest_catch_up_ms: 0,
        longest_stall_ms: 0,
        messages: 0,
        requests: 0,
        members: 0,
        pages: probe::Shown::default(),
        counts: Counts::default(),
        anomalies: Vec::new(),
    };
    let lines = bed.lines();
    let mut faults = Faults::new(lines.iter().map(|line| line.behind).collect(), asked.seed);
    let began = Instant::now();
    let mut opening = faults.opening().into_iter();
    loop {
        let step = opening.next();
        let over =
            asked.minutes.is_none_or(|minutes| began.elapsed().as_secs_f64() > minutes * 60.0);
        let step = match step {
            Some(step) => step,
            None if over => break,
            None => faults.next(),
        };
        Box::pin(take(&bed, &lines, &step, &probe, &mut section)).await;
    }
    for line in &lines {
        let carried = line.wire.carried();
        section.cut_connections += carried.broken;
        section.swallowed_bytes += carried.swallowed;
    }
    drop(lines);
    section.pages = probe.finish().await?;
    section.anomalies.append(&mut section.pages.faults);
    match Box::pin(bed.finish(crowd)).await {
        Ok(found) => section.found(&found),
        // What was seen until then is told all the same.
        Err(why) => section.anomalies.push(format!("in the end: {why}")),
    }
    Box::pin(bed.stop()).await?;
    Ok(section)
}

/// One step: breaks, waits, heals, and lets everybody catch up.
async fn take(bed: &Bed, lines: &[Line<'_>], step: &Step, probe: &Probe, section: &mut Section) {
    let named = |(number, fault): &(usize, faults::Fault)| {
        lines.get(*number).map(|line| format!("{} {fault}", line.name))
    };
    let words: Vec<String> = step.faults.iter().filter_map(named).collect();
    let words = if step.name.is_empty() { words.join(", ") } else { step.name.clone() };
    if step.database {
        probe.phase(Phase::NoDatabase);
    }
    step.begin(lines).await;
    if step.apart {
        probe.phase(Phase::Apart);
    }
    let began = Instant::now();
    tokio::time::sleep(step.lasts).await;
    let lasted_ms = began.elapsed().as_millis();
    if !step.database {
        probe.phase(Phase::Usual);
    }
    step.end(lines).await;
    let healed = Instant::now();
    let caught_up = bed.catch_up(PATIENCE).await.unwrap_or_else(|behind| {
        section.anomalies.push(format!("after \"{words}\" nobody catches up: {behind}"));
        CaughtUp { after: healed.elapsed(), last: behind }
    });
    let CaughtUp { after, last } = caught_up;
    let caught_up = after.as_millis();
    print(format!("  {words}: {lasted_ms} ms, caught up after {caught_up} ms (last: {last})"));
    if step.database {
        recovered(bed, RECOVERY.saturating_sub(healed.elapsed())).await;
    }
    probe.phase(Phase::Usual);
    section.longest_catch_up_ms = section.longest_catch_up_ms.max(caught_up);
    section.steps.push(Taken { faults: words, lasted_ms, caught_up_ms: caught_up });
}

/// Waits until a page of every service is shown again, or the time is over: from then on one that
/// is refused counts.
async fn recovered(bed: &Bed, patience: Duration) {
    let all = async {
        while !probe::all_answer(bed.cluster.origin()).await {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    drop(tokio::time::timeout(patience, all).await);
}
