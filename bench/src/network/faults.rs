//! What goes wrong with which wire, in which order: drawn from a seed. Pure.

use std::fmt::{self, Display};
use std::time::Duration;

use cluster::Direction;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;

use super::bed::{Behind, Line};

/// The shortest and the longest delay, each way.
const DELAYS_MS: std::ops::RangeInclusive<u64> = 50..=2_000;

/// What is wrong with a wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Cut,
    Delay(Duration),
    HalfOpen,
    OneWay(Direction),
}

impl Fault {
    async fn befall(self, line: Line<'_>) {
        match self {
            Self::Cut => line.wire.cut().await,
            Self::Delay(average) => line.wire.delay(average),
            Self::HalfOpen => line.wire.half_open(),
            Self::OneWay(swallowed) => line.wire.one_way(swallowed),
        }
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut => f.write_str("cut"),
            Self::Delay(average) => write!(f, "{} ms late", average.as_millis()),
            Self::HalfOpen => f.write_str("half open"),
            Self::OneWay(Direction::ToTarget) => f.write_str("deaf"),
            Self::OneWay(Direction::FromTarget) => f.write_str("dumb"),
        }
    }
}

/// Some wires are broken for a while and then healed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// In words.
    pub(crate) name: String,
    /// By the number of the wire.
    pub(crate) faults: Vec<(usize, Fault)>,
    /// How long it lasts.
    pub(crate) lasts: Duration,
    /// Whether no process can reach another one or the broker any more.
    pub(crate) apart: bool,
    /// Whether a database is concerned, without which a page cannot be shown.
    pub(crate) database: bool,
}

impl Step {
    /// Breaks the wires.
    pub(crate) async fn begin(&self, lines: &[Line<'_>]) {
        for (number, fault) in &self.faults {
            if let Some(line) = lines.get(*number) {
                fault.befall(*line).await;
            }
        }
    }

    /// Heals them.
    pub(crate) async fn end(&self, lines: &[Line<'_>]) {
        for (number, _) in &self.faults {
            if let Some(line) = lines.get(*number) {
                line.wire.heal().await;
            }
        }
    }
}

/// Draws steps for wires of these kinds.
pub(crate) struct Faults {
    behind: Vec<Behind>,
    chance: ChaCha20Rng,
}

impl Faults {
    pub(crate) fn new(behind: Vec<Behind>, seed: u64) -> Self {
        Self { behind, chance: ChaCha20Rng::seed_from_u64(seed) }
    }

    /// What every run begins with: each kind of fault on everything between processes, and on the
    /// databases where there are wires before them.
    pub(crate) fn opening(&mut self) -> Vec<Step> {
        let between = self.numbers(|behind| behind != Behind::Database);
        let databases = self.numbers(|behind| behind == Behind::Database);
        let (late, later) = (self.delay(), self.delay());
        let one_way = |number: &usize| {
            let swallowed =
                if number.is_multiple_of(2) { Direction::ToTarget } else { Direction::FromTarget };
            (*number, Fault::OneWay(swallowed))
        };
        let mut steps = vec![
            self.step("all cut", each(&between, Fault::Cut)),
            self.step("all half open", each(&between, Fault::HalfOpen)),
            self.step("all one way", between.iter().map(one_way).collect()),
            self.step("all late", each(&between, Fault::Delay(late))),
        ];
        if !databases.is_empty() {
            steps.extend([
                self.step("databases cut", each(&databases, Fault::Cut)),
                self.step("databases half open", each(&databases, Fault::HalfOpen)),
                self.step("databases one way", databases.iter().map(one_way).collect()),
                self.step("databases late", each(&databases, Fault::Delay(later / 10))),
            ]);
        }
        steps
    }

    /// What comes then: one to three wires, one or two faults each.
    pub(crate) fn next(&mut self) -> Step {
        let all: Vec<usize> = (0..self.behind.len()).collect();
        let many = self.chance.random_range(1..=3);
        let chosen: Vec<usize> = all.sample(&mut self.chance, many).copied().collect();
        let mut faults = Vec::new();
        for number in chosen {
            let fault = self.fault(number);
            faults.push((number, fault));
            if self.chance.random_bool(0.3) {
                let fault = self.fault(number);
                faults.push((number, fault));
            }
        }
        self.step("", faults)
    }

    fn fault(&mut self, number: usize) -> Fault {
        let delay = self.delay();
        // A page makes many questions of its database, one after the other.
        let database = self.behind.get(number) == Some(&Behind::Database);
        let delay = if database { delay / 10 } else { delay };
        match self.chance.random_range(0..5) {
            0 => Fault::Cut,
            1 => Fault::Delay(delay),
            2 => Fault::HalfOpen,
            3 => Fault::OneWay(Direction::ToTarget),
            _ => Fault::OneWay(Direction::FromTarget),
        }
    }

    fn delay(&mut self) -> Duration {
        Duration::from_millis(self.chance.random_range(DELAYS_MS))
    }

    fn numbers(&self, which: impl Fn(Behind) -> bool) -> Vec<usize> {
        let numbered = self.behind.iter().enumerate();
        numbered.filter(|(_, behind)| which(**behind)).map(|(number, _)| number).collect()
    }

    fn step(&mut self, name: &str, faults: Vec<(usize, Fault)>) -> Step {
        let cut = |number: &usize| faults.contains(&(*number, Fault::Cut));
        let apart = self.numbers(|behind| behind != Behind::Database).iter().all(cut);
        let hit = |number: &usize| faults.iter().any(|(one, _)| one == number);
        let database = self.numbers(|behind| behind == Behind::Database).iter().any(hit);
        let lasts = Duration::from_millis(self.chance.random_range(1_500..4_000));
        Step { name: name.to_owned(), faults, lasts, apart, database }
    }
}

fn each(numbers: &[usize], fault: Fault) -> Vec<(usize, Fault)> {
    numbers.iter().map(|number| (*number, fault)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(seed: u64) -> Faults {
        Faults::new(vec![Behind::Broker, Behind::Database, Behind::Broker], seed)
    }

    #[test]
    fn a_run_begins_with_every_fault_on_everything_between_processes_and_on_databases() {
        let steps = faults(1).opening();

        assert_eq!(steps.len(), 8);
        assert_eq!(steps[0].faults, [(0, Fault::Cut), (2, Fault::Cut)]);
        assert!(steps[0].apart && !steps[0].database);
        assert_eq!(steps[5].faults, [(1, Fault::HalfOpen)]);
        assert!(steps[5].database && !steps[5].apart);
        assert_eq!(Faults::new(vec![Behind::Process; 4], 1).opening().len(), 4);
    }

    #[test]
    fn a_seed_gives_the_same_steps_again_and_another_gives_others() {
        let drawn = |seed| {
            let mut faults = faults(seed);
            (0..20).map(|_| faults.next()).collect::<Vec<_>>()
        };
        assert_eq!(drawn(3), drawn(3));
        assert_ne!(drawn(3), drawn(4));
    }

    #[test]
    fn every_fault_befalls_every_wire_in_time() {
        let mut faults = faults(5);
        let drawn: Vec<_> = (0..300).flat_map(|_| faults.next().faults).collect();
        for wire in 0..3 {
            let of_wire = || drawn.iter().filter(|(number, _)| *number == wire);
            assert!(of_wire().any(|(_, fault)| *fault == Fault::Cut));
            assert!(of_wire().any(|(_, fault)| *fault == Fault::HalfOpen));
            assert!(of_wire().any(|(_, fault)| matches!(fault, Fault::Delay(_))));
            for swallowed in [Direction::ToTarget, Direction::FromTarget] {
                assert!(of_wire().any(|(_, fault)| *fault == Fault::OneWay(swallowed)));
            }
        }
    }
}
