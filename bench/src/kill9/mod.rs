//! `proof kill9`: real processes under load are killed at random instants, started again, and what
//! they left behind is checked offline. Read [`checker`] and `website` for what is promised.

pub mod checker;
pub(crate) mod evidence;
pub(crate) mod load;
mod report;
mod subject;
pub(crate) mod visitors;
pub(crate) mod website;

use std::time::{Duration, Instant};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use tokio::sync::watch;

use load::{Load, Pace};
use report::Report;
use subject::{Pulse, Website};
use visitors::{Post, Visitors};

use crate::outcome::{Failed, Outcome, folder, print};
use crate::place::Engine;
use crate::process::Process;

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

/// Kills, checks, prints and writes `target/proof/kill9.json`.
///
/// # Errors
/// When anything is wrong with what was left behind, or the proof could not be run.
pub async fn prove(asked: &Asked) -> Outcome {
    let began = Instant::now();
    print(format!("kill9: seed {}, {} kills, {:?}", asked.seed, asked.kills, asked.engine));
    let proof = folder("proof")?;
    let data = proof.join("kill9");
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    let mut pulse = Pulse::start(&data.join("pulse"), asked.engine).await?;
    let mut website = Website::start(&data.join("website"), asked.engine).await?;
    let load = Load::start(&pulse.victim.origin(), asked.seed, Pace::BRISK)?;
    let visitors = Visitors::start(&website.victim.origin(), asked.seed, &Post::Page);
    kill(&mut pulse.victim, &mut website.victim, asked).await?;
    let told = load.finish().await?;
    let joined = visitors.finish().await?;
    let drained = Instant::now();
    pulse.drain().await?;
    website.drain().await?;
    let drained = drained.elapsed();
    pulse.victim.stop().await?;
    website.victim.stop().await?;

    let mut left = pulse.evidence().await?;
    left.acknowledged.clone_from(&told.acknowledged);
    let (site, journeys) = website.evidence().await?;
    let mut anomalies = checker::check(&left);
    anomalies.extend(checker::check(&site));
    anomalies.extend(journeys.check(&joined));
    let feeds = left.feeds.values().chain(site.feeds.values());
    let report = Report {
        messages: feeds.map(|feed| feed.published.len()).sum(),
        requests: told.acknowledged.len(),
        members: joined.len(),
        longest_stall_ms: told.longest_stall.as_millis(),
        drained_after_ms: drained.as_millis(),
        seconds: began.elapsed().as_secs_f64(),
        ..Report::of(asked, &anomalies)
    };
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

/// A process and whether it is known to answer.
struct Target<'a> {
    victim: &'a mut Process,
    ready: Option<watch::Receiver<Option<String>>>,
}

/// Kills one or the other at random instants, now and then before it is even ready, and starts it
/// again.
async fn kill(pulse: &mut Process, website: &mut Process, asked: &Asked) -> Outcome {
    let mut rng = ChaCha20Rng::seed_from_u64(asked.seed);
    let mut targets = [pulse, website].map(|victim| Target { victim, ready: None });
    for kill in 1..=asked.kills {
        let target = &mut targets[rng.random_range(0..2)];
        let early = rng.random_bool(0.2);
        let most = if early { 300_000 } else { 1_500_000 };
        let wait = Duration::from_micros(rng.random_range(0..most));
        if let Some(ready) = target.ready.take_if(|_| !early) {
            target.victim.wait(ready).await?;
        }
        tokio::time::sleep(wait).await;
        target.victim.kill().await?;
        if kill % 20 == 0 {
            print(format!("  {kill} kills"));
        }
        target.ready = Some(target.victim.start()?);
    }
    for target in targets {
        if let Some(ready) = target.ready {
            target.victim.wait(ready).await?;
        }
    }
    Ok(())
}
