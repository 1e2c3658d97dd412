//! `proof model`: every order of events in small worlds, by the rules that run in earnest.
//!
//! Read in this order: `world` for what there is, `publishing`, `consuming` and `operating` for what
//! happens, `promises` for what must hold, `protocol` for how the checker sees it all, `scenarios`.

mod world;
mod publishing;
mod consuming;
mod operating;
mod promises;
mod protocol;
mod scenarios;

use std::time::Instant;

use messaging::flaw::Sound;
use serde::Serialize;
use stateright::{Checker as _, HasDiscoveries, Model as _};

pub(crate) use protocol::Messaging;
pub(crate) use scenarios::{Size, all};
pub(crate) use world::{Play, Scenario};

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

/// Explores all scenarios by the sound rules; prints and writes `target/proof/model.json`.
///
/// # Errors
/// When a promise is broken.
pub fn prove(large: bool) -> Outcome {
    let size = if large { Size::Large } else { Size::Small };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let began = Instant::now();
    let mut all_explored = Vec::new();
    for scenario in all(size) {
        let explored = explore(Sound, scenario, threads);
        let Explored { scenario, states, depth, seconds, broken } = &explored;
        print(format!("{scenario}: {states} states, depth {depth}, {seconds:.1} s"));
        for (promise, path) in broken {
            print(format!("  broken: {promise}, after {}", path.join(", ")));
        }
        all_explored.push(explored);
    }
    let states: usize = all_explored.iter().map(|explored| explored.states).sum();
    let depth = all_explored.iter().map(|explored| explored.depth).max().unwrap_or(0);
    let broken: usize = all_explored.iter().map(|explored| explored.broken.len()).sum();
    let seconds = began.elapsed().as_secs_f64();
    print(format!(
        "in all {states} states, depth {depth}, {seconds:.1} s, {broken} promises broken"
    ));
    let document = serde_json::json!({
        "states": states, "depth": depth, "seconds": seconds, "broken": broken,
        "size": if large { "large" } else { "small" }, "scenarios": all_explored,
    });
    let file = folder("proof")?.join("model.json");
    std::fs::write(file, serde_json::to_string_pretty(&document)?)?;
    if broken > 0 {
        return Err(Failed::because(format!("{broken} promises are broken")));
    }
    Ok(())
}
