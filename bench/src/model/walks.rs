//! Walks by chance through a world in which everything is at work and anything may go wrong: too
//! large to see all of it, and so seen often.

use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use stateright::Model as _;

use super::protocol::{Action, Messaging};
use super::world::{Left, Play, Scenario, World};

/// The longest walk.
const STEPS: usize = 400;

/// A walk that broke a promise.
#[derive(Debug)]
pub(crate) struct Caught {
    /// Which walk it was, from 1.
    pub(crate) walk: usize,
    pub(crate) promise: &'static str,
    /// The world, and what happened in it.
    pub(crate) path: Vec<String>,
}

/// A world with everything in it; what is in it more than once is drawn from `rng`.
fn everything(rng: &mut ChaCha8Rng) -> Scenario {
    let mut scenario = Scenario::named("everything");
    scenario.before = (0..rng.random_range(1..4)).map(|_| rng.random_range(0..3)).collect();
    let keys = |rng: &mut ChaCha8Rng| {
        (0..rng.random_range(1..4)).map(|_| rng.random_range(0..3)).collect()
    };
    scenario.publishers = (0..2).map(|_| keys(rng)).collect();
    scenario.consumers = 2;
    scenario.unwanted = Some(2);
    scenario.leaders = 2;
    scenario.operators = 2;
    // By the stream or directly: on half of the walks each.
    scenario.copiers = if rng.random_bool(0.5) { 2 } else { 0 };
    scenario.batch = rng.random_range(1..4);
    scenario.broken =
        rng.random_bool(0.4).then(|| (rng.random_range(0..2), rng.random_range(0..3)));
    scenario.killer = rng.random_bool(0.3).then(|| rng.random_range(0..3));
    let mut some = |most: u8| rng.random_range(0..=most);
    scenario.left = Left {
        crashes: some(3),
        rollbacks: some(2),
        breaks: some(2),
        repeats: some(2),
        gaps: some(2),
        uncertain: some(2),
        unavailable: some(2),
        restores: some(1),
        accidents: some(2),
    };
    scenario
}

/// Walks so many times, each through another world; gives the first that broke a promise.
pub(crate) fn walk<R: Play>(rules: &R, seed: u64, walks: usize) -> Option<Caught> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (1..=walks).find_map(|walk| {
        let model = Messaging::new(rules.clone(), everything(&mut rng));
        let (promise, path) = walk_once(&model, &mut rng)?;
        let begin = std::iter::once(format!("{:?}", model.scenario));
        let path = begin.chain(path.iter().map(|action| format!("{action:?}"))).collect();
        Some(Caught { walk, promise, path })
    })
}

fn walk_once<R: Play>(
    model: &Messaging<R>,
    rng: &mut ChaCha8Rng,
) -> Option<(&'static str, Vec<Action>)> {
    let mut world = model.scenario.world(&model.rules);
    let mut path = Vec::new();
    // Where it may end is looked at now and then; what must always hold, at each step.
    let looks = rng.random_range(10..60);
    loop {
        let next = step(model, &world, rng);
        let ends = next.is_none() || path.len() == STEPS;
        let end = if ends || path.len() % looks == 0 { model.ends_well(&world) } else { true };
        let broken = model.properties().into_iter().find(|property| {
            property.name != super::protocol::ENDS_WELL && !(property.condition)(model, &world)
        });
        let broken = broken.map(|property| property.name);
        if let Some(promise) = broken.or_else(|| (!end).then_some(super::protocol::ENDS_WELL)) {
            return Some((promise, path));
        }
        let (action, after) = next.filter(|_| !ends)?;
        path.push(action);
        world = after;
    }
}

/// Anything that can happen next.
fn step<R: Play>(
    model: &Messaging<R>,
    world: &World<R>,
    rng: &mut ChaCha8Rng,
) -> Option<(Action, World<R>)> {
    let mut actions = Vec::new();
    model.actions(world, &mut actions);
    while let Some(action) = actions.choose(rng).copied() {
        if let Some(after) = model.next_state(world, action) {
            return Some((action, after));
        }
        actions.retain(|other| *other != action);
    }
    None
}
