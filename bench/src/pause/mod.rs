//! `proof pause`: leaders are stopped where they are with SIGSTOP, their connections open, until
//! another replica leads; then they go on. For a moment two lead, and neither knows it: the fences
//! in the data must bear that. Nothing may be lost, doubled or reordered, no mail sent twice but
//! one that was on its way.

pub(crate) mod mails;
mod report;

use std::path::Path;
use std::time::{Duration, Instant};

use chassis::run::Databases;
use cluster::{Plan, Shape};
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;

use mails::Mails;
use report::Report;

use crate::kill9::checker::{Anomaly, Kind};
use crate::kill9::visitors::Post;
use crate::network::bed::Bed;
use crate::outcome::{Failed, Outcome, folder, print, sibling};
use crate::pulse;

/// How many anomalies are printed; all are counted.
const SHOWN: usize = 20;

/// How long a hand-over may take before it counts as none. PostgreSQL ends the session of a leader
/// that says nothing after ten seconds.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long until it is asked again who leads.
const AGAIN: Duration = Duration::from_millis(100);

/// What to prove.
#[derive(Debug, Clone)]
pub struct Asked {
    /// How often leaders are stopped: in every other round all at once.
    pub rounds: u32,
    /// From which all chance comes.
    pub seed: u64,
}

/// A leader that was stopped, and who leads in its place.
struct HandOver {
    service: &'static str,
    stopped: String,
    took: Duration,
}

/// Pauses, checks, prints and writes `target/proof/pause.json`.
///
/// # Errors
/// When anything is wrong with what was left behind, or the proof could not be run.
pub async fn prove(asked: &Asked) -> Outcome {
    let began = Instant::now();
    print(format!("pause: seed {}, {} rounds", asked.seed, asked.rounds));
    let proof = folder("proof")?;
    let data = proof.join("pause");
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    let (mut report, anomalies) = Box::pin(run(asked, &data)).await?;
    report.seconds = began.elapsed().as_secs_f64();
    report.write(&proof)?;
    if anomalies.is_empty() {
        return Ok(());
    }
    for anomaly in anomalies.iter().take(SHOWN) {
        print(format!("  {anomaly}"));
    }
    let (found, seed) = (anomalies.len(), asked.seed);
    let kept = data.display();
    Err(Failed::because(format!("{found} anomalies with seed {seed}; what was left is in {kept}")))
}

async fn run(asked: &Asked, data: &Path) -> Outcome<(Report, Vec<Anomaly>)> {
    let mails = Mails::listen().await?;
    let plan = Plan {
        seed: asked.seed,
        smtp: Some(mails.address()),
        ..Plan::new(Shape::AtScale, data.to_owned(), sibling("scte")?)
    };
    let mut bed = Box::pin(Bed::of(plan)).await?;
    let crowd = Box::pin(bed.crowd_reading(asked.seed, &Post::Server(mails.clone()))).await?;
    let mut rng = ChaCha20Rng::seed_from_u64(asked.seed);
    let mut hand_overs = Vec::new();
    for round in 0..asked.rounds {
        hand_overs.extend(Box::pin(pause(&mut bed, round, &mut rng)).await?);
    }
    let found = Box::pin(bed.finish(crowd)).await?;
    let Databases::Postgres(outreach) = bed.database("outreach") else {
        return Err(Failed::because("no PostgreSQL"));
    };
    let (wrong_mails, repeated) = mails.check(&outreach).await?;
    let mut anomalies = found.anomalies;
    anomalies.extend(wrong_mails);
    anomalies.extend(Box::pin(crate::cluster::streams_of(&bed)).await?);
    Box::pin(bed.stop()).await?;
    let longest = hand_overs.iter().map(|one| one.took.as_millis()).max();
    let report = Report {
        seed: asked.seed,
        rounds: asked.rounds,
        pauses: hand_overs.len(),
        longest_hand_over_ms: longest.unwrap_or_default(),
        messages: found.messages,
        requests: found.requests,
        members: found.members,
        mails: mails.count(),
        mails_on_their_way_repeated: repeated,
        longest_stall_ms: found.longest_stall.as_millis(),
        ..Report::of(&anomalies)
    };
    Ok((report, anomalies))
}

/// One round: leaders are stopped at a random instant, others lead, the first go on.
async fn pause(bed: &mut Bed, round: u32, rng: &mut ChaCha20Rng) -> Outcome<Vec<HandOver>> {
    let mut services: Vec<&'static str> = contracts::catalogue::SERVICES.to_vec();
    services.extend(pulse::NAMES);
    services.shuffle(rng);
    // The one that sends mails and one that writes down what it hears, or all of them.
    if round.is_multiple_of(2) {
        services =
            vec!["outreach", pulse::NAMES[rng.random_range(0..pulse::NAMES.len())], services[0]];
        services.dedup();
    }
    tokio::time::sleep(Duration::from_millis(rng.random_range(0..1_500))).await;
    let mut stopped: Vec<(&'static str, String)> = Vec::new();
    for service in services {
        let leader = until_led(bed, service, None).await?;
        if !stopped.iter().any(|(_, known)| *known == leader) {
            signal(bed, &leader, true).await?;
            stopped.push((service, leader));
        }
    }
    let began = Instant::now();
    let mut hand_overs = Vec::new();
    for (service, leader) in stopped {
        until_led(bed, service, Some(&leader)).await?;
        hand_overs.push(HandOver { service, stopped: leader, took: began.elapsed() });
    }
    // The new ones work a while before the old ones wake up beside them.
    tokio::time::sleep(Duration::from_millis(rng.random_range(200..1_500))).await;
    for one in &hand_overs {
        signal(bed, &one.stopped, false).await?;
    }
    let told: Vec<String> = hand_overs
        .iter()
        .map(|one| {
            format!("{} from {} after {:.1} s", one.service, one.stopped, one.took.as_secs_f64())
        })
        .collect();
    print(format!("  handed over: {}", told.join(", ")));
    Ok(hand_overs)
}

/// Waits until a service is led by somebody else than `not`, and says by whom.
async fn until_led(bed: &Bed, service: &str, not: Option<&str>) -> Outcome<String> {
    let began = Instant::now();
    loop {
        let leader = if pulse::NAMES.contains(&service) {
            bed.pair.leader(service).await
        } else {
            bed.cluster.leader(service).await
        };
        if let Some(leader) = leader.filter(|leader| Some(leader.as_str()) != not) {
            return Ok(leader);
        }
        if began.elapsed() > PATIENCE {
            let why = format!("nobody leads {service} in place of {}", not.unwrap_or("nobody"));
            return Err(Failed::because(why));
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn signal(bed: &mut Bed, part: &str, stop: bool) -> Outcome {
    if bed.pair.names().iter().any(|name| name == part) {
        return bed.pair.process_mut(part)?.signal(if stop { "-STOP" } else { "-CONT" }).await;
    }
    let done = if stop { bed.cluster.pause(part).await } else { bed.cluster.go_on(part).await };
    Ok(done?)
}

/// What stands in the report for a kind of breach.
fn count(anomalies: &[Anomaly], kind: Kind) -> usize {
    anomalies.iter().filter(|anomaly| anomaly.kind == kind).count()
}
