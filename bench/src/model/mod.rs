//! `proof model`: every order of events in small worlds, by the rules that run in earnest.
//!
//! Read in this order: `world` for what there is, `publishing`, `streaming`, `consuming` and
//! `operating` for what happens, `promises` for what must hold, `protocol` for how the checker sees it all, `scenarios`;
//! `walks` for a world too large to explore.

mod world;
mod publishing;
mod consuming;
mod operating;
mod streaming;
mod promises;
mod protocol;
mod scenarios;
mod walks;

use std::time::Instant;

use messaging::flaw::Sound;
use serde::Serialize;
use stateright::{Checker as _, HasDiscoveries, Model as _};

pub(crate) use scenarios::{Size, all};
pub(crate) use walks::{Caught, walk};

use protocol::Messaging;
use world::{Play, Scenario};

use crate::outcome::{Failed, Outcome, folder, print};

/// What came of exploring a scenario.
#[derive(Debug, Serialize)]
pub(crate) struct Explored {
    pub(crate) scenario: &'static str,
    /// Worlds that differ.
    pub(crate) states: usize,
    /// The longest chain of events.
    pub(crate) depth: usize,
    pub(crate) seconds: f64,
    /// Promises that were broken, each with the events that lead there.
    pub(crate) broken: Vec<(&'static str, Vec<String>)>,
}

/// Explores all that may happen in a scenario, or until a promise is broken.
pub(crate) fn explore<R: Play>(rules: R, scenario: Scenario, threads: usize) -> Explored {
    let (name, began) = (scenario.name, Instant::now());
    let checker = Messaging::new(rules, scenario).checker();
    let checker = checker.threads(threads).finish_when(HasDiscoveries::AnyFailures);
    let checker = checker.spawn_bfs().join();
    let discoveries = checker.discoveries();
    let broken = discoveries.into_iter().map(|(promise, path)| {
        (promise, path.into_actions().iter().map(|action| format!("{action:?}")).collect())
    });
    Explored {
        scenario: name,
        states: checker.unique_state_count(),
        depth: checker.max_depth(),
        broken: broken.collect(),
        seconds: began.elapsed().as_secs_f64(),
    }
}

/// What is asked for.
#[derive(Debug)]
pub struct Asked {
    /// Larger worlds, for minutes.
    pub large: bool,
    /// Only the world of this name.
    pub only: Option<String>,
    /// From which the walks by chance come.
    pub seed: u64,
}

/// Explores the small worlds and walks through a large one, by the sound rules; prints and, unless
/// only one world was asked for, writes `target/proof/model.json`.
///
/// # Errors
/// When a promise is broken, or a world was not explored.
pub fn prove(asked: &Asked) -> Outcome {
    let size = if asked.large { Size::Large } else { Size::Small };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let began = Instant::now();
    print(format!("seed {}", asked.seed));
    let wanted = |name: &str| asked.only.as_ref().is_none_or(|only| only == name);
    let mut explored = Vec::new();
    for scenario in all(size).into_iter().filter(|one| wanted(one.name)) {
        explored.push(explore(Sound, scenario, threads));
        explored.last().into_iter().for_each(tell);
    }
    let walks = if asked.large { 20_000 } else { 300 };
    let walks = if wanted("everything") { walks } else { 0 };
    let caught = walk(&Sound, asked.seed, walks);
    print(format!("everything: {walks} walks by chance"));
    if let Some(Caught { walk, promise, path }) = &caught {
        print(format!("  broken on walk {walk}: {promise}, after {}", path.join(", ")));
    }
    let states: usize = explored.iter().map(|explored| explored.states).sum();
    let depth = explored.iter().map(|explored| explored.depth).max().unwrap_or(0);
    let broken: usize = explored.iter().map(|explored| explored.broken.len()).sum();
    let (broken, seconds) = (broken + usize::from(caught.is_some()), began.elapsed().as_secs_f64());
    print(format!(
        "in all {states} states, depth {depth}, {seconds:.1} s, {broken} promises broken"
    ));
    let document = serde_json::json!({
        "states": states, "depth": depth, "seconds": seconds, "broken": broken, "walks": walks,
        "seed": asked.seed, "size": format!("{size:?}"), "scenarios": explored,
    });
    // What shows one world is no record of all.
    if asked.only.is_none() {
        let file = folder("proof")?.join("model.json");
        std::fs::write(file, serde_json::to_string_pretty(&document)?)?;
    }
    let empty = explored.iter().any(|explored| explored.states < 100);
    if empty || explored.is_empty() && walks == 0 {
        return Err(Failed::because("a world was not explored"));
    }
    if broken > 0 {
        return Err(Failed::because(format!("{broken} promises are broken")));
    }
    Ok(())
}

fn tell(explored: &Explored) {
    let Explored { scenario, states, depth, seconds, broken } = explored;
    print(format!("{scenario}: {states} states, depth {depth}, {seconds:.1} s"));
    for (promise, path) in broken {
        print(format!("  broken: {promise}, after {}", path.join(", ")));
    }
}
