//! The worlds that are explored: each small enough to see every order of events in it.

use super::world::{Left, Scenario};

/// How large the worlds are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// All of them together in about a minute.
    Small,
    /// More messages, more that goes wrong.
    Large,
}

/// All scenarios of a size.
pub(crate) fn all(size: Size) -> Vec<Scenario> {
    let more = u8::from(size == Size::Large);
    vec![
        publishing(more),
        competing(more),
        faulty(more),
        parking(more),
        killing(more),
        restoring(more),
        copying(more),
        succeeding(more),
        displacing(more),
    ]
}

/// Publishers whose transactions cross each other at every step, and one who reads along.
fn publishing(more: u8) -> Scenario {
    let mut scenario = Scenario::named("publishers");
    scenario.publishers = vec![vec![0, 1], vec![0]];
    if more > 0 {
        scenario.publishers[1].push(1);
        scenario.publishers.push(vec![0]);
    }
    scenario.left = Left { rollbacks: 2, crashes: 1, ..Left::default() };
    scenario
}

/// Two leaders at once over a feed that stands, one key of which nobody wants.
fn competing(more: u8) -> Scenario {
    let mut scenario = Scenario::named("leaders");
    scenario.before = vec![0, 2, 1, 0];
    scenario.before.extend(vec![0; usize::from(more)]);
    scenario.unwanted = Some(2);
    scenario.leaders = 2;
    scenario.left = Left { crashes: 2 + more, uncertain: 1, ..Left::default() };
    scenario
}

/// Two leaders, a transport and databases that fail in every way, while messages are published.
fn faulty(more: u8) -> Scenario {
    let mut scenario = Scenario::named("transport");
    scenario.before = vec![0, 1];
    scenario.publishers = vec![vec![0]];
    scenario.leaders = 2;
    scenario.left = Left {
        crashes: more,
        breaks: 1,
        repeats: 1,
        gaps: 1,
        uncertain: more,
        unavailable: 1,
        ..Left::default()
    };
    scenario
}

/// A message that one of two consumers cannot take; operators retry it while leaders go on.
fn parking(more: u8) -> Scenario {
    let mut scenario = Scenario::named("parking");
    scenario.before = vec![0, 1, 0];
    scenario.consumers = 1 + usize::from(more);
    scenario.leaders = 2;
    scenario.operators = 2;
    scenario.broken = Some((0, 0));
    scenario.left = Left { crashes: 1 + more, ..Left::default() };
    scenario
}

/// A message that kills whoever takes it, behind batches of which nobody wants anything.
fn killing(more: u8) -> Scenario {
    let mut scenario = Scenario::named("killer");
    scenario.before = vec![2, 2, 0, 0];
    scenario.unwanted = Some(2);
    scenario.batch = 1;
    scenario.leaders = 1 + usize::from(more);
    scenario.killer = Some(2);
    scenario.left = Left { crashes: 2, uncertain: 1, ..Left::default() };
    scenario
}

/// The producer is restored from a backup, to any earlier place, at any moment, and goes on.
fn restoring(more: u8) -> Scenario {
    let mut scenario = Scenario::named("restore");
    scenario.before = vec![0, 1];
    scenario.publishers = vec![vec![0; 1 + usize::from(more)]];
    scenario.leaders = 2;
    scenario.left = Left { restores: 1, crashes: more, ..Left::default() };
    scenario
}

/// Two leaders copy a feed to a stream that is lost, falls back, or is written by somebody else.
fn copying(more: u8) -> Scenario {
    let mut scenario = Scenario::named("stream");
    scenario.before = vec![0; 1 + usize::from(more)];
    scenario.copiers = 2;
    scenario.strides = true;
    scenario.left = Left { accidents: 1, crashes: more, ..Left::default() };
    scenario
}

/// One leader at a time copies a growing feed, its processes die and its connections break.
fn succeeding(more: u8) -> Scenario {
    let mut scenario = Scenario::named("stream of a growing feed");
    scenario.before = vec![0];
    scenario.publishers = vec![vec![0; 1 + usize::from(more)]];
    scenario.copiers = 1;
    scenario.strides = true;
    scenario.left = Left { accidents: 1, crashes: 1, breaks: more, ..Left::default() };
    scenario
}

/// One leader copies the feed of a producer that is restored.
fn displacing(more: u8) -> Scenario {
    let mut scenario = Scenario::named("stream of a restored feed");
    scenario.before = vec![0];
    scenario.publishers = vec![vec![0; 2]];
    scenario.copiers = 1;
    scenario.strides = true;
    scenario.left = Left { restores: 1, crashes: more, accidents: more, ..Left::default() };
    scenario
}
