//! `proof mutants`: the same worlds by rules that are broken on purpose, each in one way; each must
//! break a promise.

use std::time::Instant;

use messaging::flaw::Flaw;
use serde::Serialize;

use crate::model::{Explored, Size, all, explore, walk};
use crate::outcome::{Failed, Outcome, folder, print};

/// The most walks by chance through the large world, for each mutant.
const WALKS: usize = 2_000;

/// What caught a mutant.
#[derive(Debug, Serialize)]
struct Mutant {
    flaw: String,
    sentence: &'static str,
    caught: bool,
    /// `model`: every order of events of a small world; `walks`: by chance through a large one.
    tier: Option<&'static str>,
    scenario: Option<&'static str>,
    promise: Option<&'static str>,
    /// How many worlds were seen before it was caught, by the model.
    states: usize,
    /// How many walks it took.
    cases: usize,
    seconds: f64,
    /// The events that lead there.
    path: Vec<String>,
}

/// Lets every flaw be caught; prints and writes `target/proof/mutants.json`.
///
/// # Errors
/// When one is not caught.
pub fn prove(seed: u64) -> Outcome {
    let began = Instant::now();
    print(format!("seed {seed}"));
    let mutants: Vec<Mutant> = Flaw::ALL.iter().map(|flaw| catch(*flaw, seed)).collect();
    let caught = mutants.iter().filter(|mutant| mutant.caught).count();
    let (total, seconds) = (mutants.len(), began.elapsed().as_secs_f64());
    print(format!("{caught} of {total} mutants caught, {seconds:.1} s"));
    let document = serde_json::json!({
        "caught": caught, "total": total, "seed": seed, "seconds": seconds, "mutants": mutants,
    });
    let file = folder("proof")?.join("mutants.json");
    std::fs::write(file, serde_json::to_string_pretty(&document)?)?;
    if caught < total {
        return Err(Failed::because(format!("{} mutants were not caught", total - caught)));
    }
    Ok(())
}

/// Tries the model first, then walks.
fn catch(flaw: Flaw, seed: u64) -> Mutant {
    let began = Instant::now();
    let mut mutant = Mutant {
        flaw: format!("{flaw:?}"),
        sentence: flaw.sentence(),
        caught: false,
        tier: None,
        scenario: None,
        promise: None,
        states: 0,
        cases: 0,
        seconds: 0.0,
        path: Vec::new(),
    };
    let scenario = all(Size::Small).into_iter().find(|one| one.name == shows_in(flaw));
    if let Some(scenario) = scenario {
        let Explored { scenario, states, broken, .. } = explore(flaw, scenario, 1);
        mutant.states = states;
        if let Some((promise, path)) = broken.into_iter().min_by_key(|(_, path)| path.len()) {
            (mutant.caught, mutant.tier) = (true, Some("model"));
            (mutant.scenario, mutant.promise, mutant.path) = (Some(scenario), Some(promise), path);
        }
    }
    if !mutant.caught {
        mutant.cases = WALKS;
        if let Some(caught) = walk(&flaw, seed, WALKS) {
            (mutant.caught, mutant.tier, mutant.cases) = (true, Some("walks"), caught.walk);
            (mutant.promise, mutant.path) = (Some(caught.promise), caught.path);
        }
    }
    mutant.seconds = began.elapsed().as_secs_f64();
    print(line(&mutant));
    mutant
}

fn line(mutant: &Mutant) -> String {
    let Mutant { flaw, states, cases, seconds, .. } = mutant;
    let by = match (mutant.tier, mutant.promise) {
        (Some("model"), Some(promise)) => format!("{promise:?}, after {states} states"),
        (Some(_), Some(promise)) => format!("{promise:?}, on walk {cases}"),
        _ => "NOT CAUGHT".to_owned(),
    };
    format!("{flaw:<22} {by}, {seconds:.1} s")
}

/// The world in which a flaw shows soonest. The others are not tried: what does not show there is
/// left to the walks.
fn shows_in(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::NumberedBySequence
        | Flaw::NumberedByTransaction
        | Flaw::HeadLetGo
        | Flaw::HeadKept => "publishers",
        Flaw::MoveAtFetch | Flaw::CursorApart | Flaw::NoCompare => "leaders",
        Flaw::TakeOld | Flaw::IgnoreGap | Flaw::SkipUnavailable => "transport",
        Flaw::SkipBlocked
        | Flaw::DropBroken
        | Flaw::NoRollback
        | Flaw::RetryUnlocked
        | Flaw::RetryPassesFailure => "parking",
        Flaw::NeverAlone | Flaw::TrustUncertain => "killer",
        Flaw::IgnoreEpoch | Flaw::HaltLate => "restore",
        Flaw::NoExpectedSequence | Flaw::AcceptForeign => "stream",
        Flaw::AckBeforePublish | Flaw::NoExpectedId | Flaw::IgnoreStreamFall => {
            "stream of a growing feed"
        }
        Flaw::IgnoreStreamEpoch => "stream of a restored feed",
    }
}
