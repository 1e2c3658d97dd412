//! When what is killed: seeded, and every kind at least once. Pure.

use std::time::Duration;

use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use serde::Serialize;

/// What is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The process that leads a service: it consumes, fires timers, calls the outside and copies the
    /// feed to the stream, beside publishing and answering as each does.
    Leader,
    /// One that only publishes and answers.
    Follower,
    /// All processes of a service at once.
    Service,
    /// PostgreSQL, all its processes.
    Postgres,
    /// The broker.
    Nats,
    /// The proxy.
    Nginx,
}

/// Each kind and how often it comes, of 100.
const SHARES: [(Kind, u32); 6] = [
    (Kind::Leader, 45),
    (Kind::Follower, 15),
    (Kind::Service, 10),
    (Kind::Postgres, 12),
    (Kind::Nats, 12),
    (Kind::Nginx, 6),
];

/// A kill to come.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Planned {
    /// When, from the beginning.
    pub(crate) at: Duration,
    pub(crate) kind: Kind,
    /// Whether also one that is not ready yet may be hit.
    pub(crate) early: bool,
    /// After which time it is started again.
    pub(crate) away: Duration,
}

/// So many kills within so many seconds.
pub(crate) fn schedule(kills: u32, seconds: u64, seed: u64) -> Vec<Planned> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut kinds: Vec<Kind> = SHARES.iter().map(|(kind, _)| *kind).collect();
    kinds.shuffle(&mut rng);
    let kills = usize::try_from(kills).unwrap_or_default();
    while kinds.len() < kills {
        let at = rng.random_range(0..100);
        kinds.push(nth(at));
    }
    kinds.truncate(kills);
    kinds.shuffle(&mut rng);
    let micros = seconds * 1_000_000;
    let mut instants: Vec<u64> = (0..kills).map(|_| rng.random_range(0..micros)).collect();
    instants.sort_unstable();
    let planned = instants.into_iter().zip(kinds).map(|(at, kind)| Planned {
        at: Duration::from_micros(at),
        kind,
        early: rng.random_bool(0.2),
        away: Duration::from_micros(rng.random_range(0..600_000)),
    });
    planned.collect()
}

fn nth(mut at: u32) -> Kind {
    for (kind, share) in SHARES {
        if at < share {
            return kind;
        }
        at -= share;
    }
    Kind::Leader
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_and_another_another() {
        assert_eq!(schedule(40, 60, 7), schedule(40, 60, 7));
        assert_ne!(schedule(40, 60, 7), schedule(40, 60, 8));
    }

    #[test]
    fn every_kind_comes_and_none_outside_the_time() {
        assert_eq!(SHARES.iter().map(|(_, share)| share).sum::<u32>(), 100);
        let planned = schedule(12, 20, 1);
        assert_eq!(planned.len(), 12);
        for (kind, _) in SHARES {
            assert!(planned.iter().any(|one| one.kind == kind), "{kind:?}");
        }
        assert!(planned.is_sorted_by_key(|one| one.at));
        assert!(planned.iter().all(|one| one.at < Duration::from_secs(20)));
    }
}
