//! The rules of consuming against a model that crashes, repeats, reorders, competes and lies; and
//! broken rules, each of which the same model must catch.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use super::*;

const CONSUMERS: usize = 2;
const KEYS: u128 = 3;

/// A message of the model; its id tells it from another at the same place in another epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    id: u64,
    item: Item,
}

/// What the consumer's database holds.
#[derive(Debug, Clone, Default)]
struct Store {
    cursor: Cursor,
    /// Every effect, in the order it took place: consumer, key, message.
    applied: Vec<(usize, Uuid, u64)>,
    parked: BTreeMap<(usize, i64), Uuid>,
}

/// One leader at work, with what its transaction would change.
struct Leader<R> {
    core: Core<R>,
    batch: Vec<Said>,
    staged: Option<Staged>,
}

#[derive(Default)]
struct Staged {
    applied: Vec<(usize, Uuid, u64)>,
    parked: Vec<(usize, i64, Uuid)>,
    to: Option<Position>,
    savepoint: usize,
}

struct Model<R> {
    rng: ChaCha8Rng,
    rules: R,
    said: Vec<Said>,
    lives: Vec<(String, i64)>,
    store: Store,
    leaders: [Leader<R>; 2],
    /// Which (consumer, message) cannot be taken until somebody mends the bug.
    broken: BTreeSet<(usize, u64)>,
    /// The message that kills the process.
    killer: Option<u64>,
    next_id: u64,
    calm: bool,
}

impl<R: Rules> Leader<R> {
    fn new(rules: &R) -> Self {
        Self { core: Core::with(rules.clone()), batch: Vec::new(), staged: None }
    }
}

impl<R: Rules> Model<R> {
    fn new(seed: u64, rules: R) -> Self {
        let mut model = Self {
            rng: ChaCha8Rng::seed_from_u64(seed),
            said: Vec::new(),
            lives: vec![("a".to_owned(), 0)],
            store: Store::default(),
            leaders: [Leader::new(&rules), Leader::new(&rules)],
            rules,
            broken: BTreeSet::new(),
            killer: None,
            next_id: 0,
            calm: false,
        };
        for _ in 0..model.rng.random_range(3..12) {
            model.say();
        }
        if model.rng.random_bool(0.3) {
            model.killer = Some(model.rng.random_range(0..model.next_id));
        }
        model
    }

    fn say(&mut self) {
        let pos = i64::try_from(self.said.len()).unwrap() + 1;
        let key = Uuid::from_u128(self.rng.random_range(0..KEYS));
        let wants = (0..CONSUMERS).filter(|_| self.rng.random_bool(0.6)).collect();
        let id = self.next_id;
        self.next_id += 1;
        if self.rng.random_bool(0.15) {
            self.broken.insert((self.rng.random_range(0..CONSUMERS), id));
        }
        self.said.push(Said { id, item: Item { pos, key, wants } });
    }

    /// The producer lost its last messages and begins a new life.
    fn restore(&mut self) {
        let keep = self.rng.random_range(0..=self.said.len());
        self.said.truncate(keep);
        let keep = i64::try_from(keep).unwrap();
        self.lives.push((format!("life {}", self.lives.len()), keep));
        for _ in 0..self.rng.random_range(0..5) {
            self.say();
        }
    }

    fn chance(&mut self, probability: f64) -> bool {
        !self.calm && self.rng.random_bool(probability)
    }

    fn crash(&mut self, leader: usize) {
        self.leaders[leader] = Leader::new(&self.rules);
        self.store.cursor.started += 1;
    }

    /// One step of one leader.
    fn step(&mut self, leader: usize) {
        if self.chance(0.02) {
            return self.crash(leader);
        }
        let told = match self.leaders[leader].core.next() {
            Ask::Load => {
                self.leaders[leader].staged = None;
                Told::Loaded(self.store.cursor.clone())
            }
            Ask::Read(at) => self.read(leader, &at),
            Ask::Rest { lagging, .. } => {
                if lagging {
                    Told::Due
                } else {
                    Told::News
                }
            }
            Ask::Pause(_) | Ask::Lost => Told::Rested,
            Ask::Mark(pos) => {
                let tries = self.store.cursor.alone.filter(|(at, _)| *at == pos);
                self.store.cursor.alone = Some((pos, tries.map_or(0, |(_, tries)| tries) + 1));
                Told::Marked
            }
            Ask::Begin => self.begin(leader),
            Ask::Apply { item, consumer, careful } => {
                match self.apply(leader, item, consumer, careful) {
                    Some(told) => told,
                    None => return self.crash(leader),
                }
            }
            Ask::Park { item, consumer, .. } => {
                let Item { pos, key, .. } = self.leaders[leader].batch[item].item;
                self.staged(leader).parked.push((consumer, pos, key));
                Told::Parked
            }
            Ask::Move { from, to } => {
                // The row of the cursor is locked by whoever moved it and has not committed.
                let other = &self.leaders[1 - leader].staged;
                let taken = other.as_ref().is_some_and(|staged| staged.to.is_some());
                if taken && !self.rules.broken(Flaw::NoCompare) {
                    return;
                }
                let stands = self.store.cursor.position == from;
                self.staged(leader).to = Some(to);
                Told::Moved(stands || self.rules.broken(Flaw::NoCompare))
            }
            Ask::Commit => self.commit(leader),
            Ask::Rollback => {
                self.leaders[leader].staged = None;
                Told::RolledBack
            }
            Ask::Halt { noted: true, .. } => return,
            Ask::Halt { why, at, .. } => {
                if self.store.cursor.position == at {
                    self.store.cursor.halted = Some(why);
                }
                Told::Resumed
            }
        };
        self.leaders[leader].core.told(told);
    }

    fn staged(&mut self, leader: usize) -> &mut Staged {
        self.leaders[leader].staged.get_or_insert_default()
    }

    fn read(&mut self, leader: usize, at: &Position) -> Told {
        if self.chance(0.05) {
            return Told::Unavailable("away".to_owned());
        }
        let present = self.lives.last().unwrap().clone();
        if at.epoch != present.0 {
            let known = self.lives.iter().position(|(name, _)| *name == at.epoch);
            let next = match known {
                Some(place) => self.lives[place + 1].clone(),
                None => self.lives[0].clone(),
            };
            return Told::EpochChanged { epoch: next.0, starts_after: next.1 };
        }
        let mut from = usize::try_from(at.pos).unwrap().min(self.said.len());
        if self.chance(0.1) {
            // An older answer comes again.
            from = self.rng.random_range(0..=from);
        }
        let to = (from + self.rng.random_range(1..6)).min(self.said.len());
        let mut batch = self.said[from..to].to_vec();
        if batch.len() > 1 && self.chance(0.1) {
            let hole = self.rng.random_range(0..batch.len() - 1);
            batch.remove(hole);
        }
        if !self.rules.broken(Flaw::TakeOld) {
            // As the driver does, so that indices agree.
            batch.retain(|said| said.item.pos > at.pos);
        }
        if self.rules.broken(Flaw::MoveAtFetch)
            && let Some(last) = batch.last()
        {
            self.store.cursor.position.pos = last.item.pos;
        }
        let items = batch.iter().map(|said| said.item.clone()).collect();
        self.leaders[leader].batch = batch;
        Told::Batch(items)
    }

    fn begin(&mut self, leader: usize) -> Told {
        self.leaders[leader].staged = Some(Staged::default());
        let open = self.store.parked.iter();
        Told::Begun { blocked: open.map(|((consumer, _), key)| (*consumer, *key)).collect() }
    }

    /// One effect; nothing when the process died of it.
    fn apply(
        &mut self,
        leader: usize,
        item: usize,
        consumer: usize,
        careful: bool,
    ) -> Option<Told> {
        let Said { id, item } = self.leaders[leader].batch[item].clone();
        if self.killer == Some(id) && !self.calm {
            return None;
        }
        let savepoint = self.staged(leader).applied.len();
        self.staged(leader).savepoint = savepoint;
        // The effect happens first: a fault must undo it.
        self.staged(leader).applied.push((consumer, item.key, id));
        let fault = if self.broken.contains(&(consumer, id)) {
            Some(Fault::Broken("a bug".to_owned()))
        } else if self.chance(0.05) {
            Some(Fault::Unavailable("later".to_owned()))
        } else {
            None
        };
        let Some(fault) = fault else { return Some(Told::Applied) };
        let undone =
            self.rules.broken(Flaw::SkipUnavailable) || self.rules.broken(Flaw::DropBroken);
        if careful || undone {
            self.staged(leader).applied.truncate(savepoint);
        }
        Some(Told::Fault(fault))
    }

    fn commit(&mut self, leader: usize) -> Told {
        let staged = self.leaders[leader].staged.take().unwrap_or_default();
        let uncertain = self.chance(0.05);
        if uncertain && self.rng.random_bool(0.5) {
            return Told::Uncertain("the connection broke before".to_owned());
        }
        self.store.applied.extend(staged.applied);
        let parked = staged.parked.into_iter();
        self.store.parked.extend(parked.map(|(consumer, pos, key)| ((consumer, pos), key)));
        if let Some(to) = staged.to {
            let halted = self.store.cursor.halted.take();
            self.store.cursor = Cursor { position: to, started: 0, alone: None, halted };
        }
        if uncertain {
            return Told::Uncertain("the connection broke after".to_owned());
        }
        Told::Committed
    }

    /// An operator retries the parked keys, in order, as far as the bugs are mended.
    fn retry(&mut self) {
        // Positions of an earlier life are not read any more.
        let present = &self.lives.last().unwrap().0;
        if *present != self.store.cursor.position.epoch {
            return;
        }
        let keys: BTreeSet<(usize, Uuid)> =
            self.store.parked.iter().map(|((consumer, _), key)| (*consumer, *key)).collect();
        for (consumer, key) in keys {
            let waiting: Vec<i64> = self
                .store
                .parked
                .iter()
                .filter(|((of, _), other)| *of == consumer && **other == key)
                .map(|((_, pos), _)| *pos)
                .collect();
            for pos in waiting {
                let Some(said) = self.said.get(usize::try_from(pos).unwrap() - 1) else { break };
                if self.broken.contains(&(consumer, said.id)) {
                    break;
                }
                self.store.applied.push((consumer, key, said.id));
                self.store.parked.remove(&(consumer, pos));
            }
        }
    }

    /// Everything is mended and nobody disturbs: what then stands must be what was said.
    fn come_to_rest(&mut self) {
        self.calm = true;
        self.broken.clear();
        self.killer = None;
        for leader in 0..2 {
            self.crash(leader);
        }
        let head = i64::try_from(self.said.len()).unwrap();
        for _ in 0..200 {
            let Position { epoch, pos } = &self.store.cursor.position;
            let arrived = *pos >= head && *epoch == self.lives.last().unwrap().0;
            if arrived && self.leaders[0].staged.is_none() {
                break;
            }
            self.step(0);
        }
        if self.store.cursor.halted.is_none() {
            self.retry();
        }
    }

    /// What is wrong with the end state, if anything is.
    fn verdict(&self) -> Result<(), String> {
        if self.store.cursor.halted.is_some() {
            // Right where the consumer had read what the producer lost.
            let at = &self.store.cursor.position;
            let life = self.lives.iter().position(|(name, _)| *name == at.epoch);
            let next = life.and_then(|life| self.lives.get(life + 1));
            let beyond = next.is_some_and(|(_, starts_after)| at.pos > *starts_after);
            return if beyond { Ok(()) } else { Err("halted for nothing".to_owned()) };
        }
        if !self.store.parked.is_empty() {
            return Err("something stayed parked".to_owned());
        }
        for consumer in 0..CONSUMERS {
            for key in 0..KEYS {
                let key = Uuid::from_u128(key);
                let wanted: Vec<u64> = self
                    .said
                    .iter()
                    .filter(|said| said.item.key == key && said.item.wants.contains(&consumer))
                    .map(|said| said.id)
                    .collect();
                let applied: Vec<u64> = self
                    .store
                    .applied
                    .iter()
                    .filter(|(by, of, _)| *by == consumer && *of == key)
                    .map(|(_, _, id)| *id)
                    .collect();
                if wanted != applied {
                    return Err(format!("consumer {consumer}: {applied:?} instead of {wanted:?}"));
                }
            }
        }
        Ok(())
    }

    fn run(mut self) -> Result<(), String> {
        let restores = self.rng.random_bool(0.2);
        for _ in 0..self.rng.random_range(40..160) {
            match self.rng.random_range(0..100) {
                0..4 => self.say(),
                4 if restores && self.lives.len() < 3 => self.restore(),
                5..8 if self.store.cursor.halted.is_none() => self.retry(),
                at => self.step(at % 2),
            }
        }
        self.come_to_rest();
        self.verdict()
    }
}

/// How many cases: `SCTE_PROOF_CASES`, else ten thousand.
#[expect(clippy::disallowed_methods, reason = "the proof says how many cases it wants")]
fn cases() -> u32 {
    std::env::var("SCTE_PROOF_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn every_message_takes_effect_exactly_once_and_in_order(seed: u64) {
        prop_assert_eq!(Model::new(seed, Sound).run(), Ok(()));
    }
}

/// The first seed whose run catches the flaw.
fn caught(flaw: Flaw) -> Option<u64> {
    (0..20_000).find(|seed| Model::new(*seed, flaw).run().is_err())
}

macro_rules! mutants {
    ($($test:ident = $flaw:ident,)*) => {$(
        #[test]
        fn $test() {
            assert!(caught(Flaw::$flaw).is_some(), "the mutant {:?} was not caught", Flaw::$flaw);
        }
    )*};
}

mutants! {
    mutant_cursor_moved_at_fetch_is_caught = MoveAtFetch,
    mutant_cursor_not_compared_is_caught = NoCompare,
    mutant_old_messages_taken_again_is_caught = TakeOld,
    mutant_gap_ignored_is_caught = IgnoreGap,
    mutant_blocked_check_skipped_is_caught = SkipBlocked,
    mutant_broken_message_dropped_is_caught = DropBroken,
    mutant_uncertain_commit_trusted_is_caught = TrustUncertain,
    mutant_second_run_without_rollback_is_caught = NoRollback,
    mutant_epoch_ignored_is_caught = IgnoreEpoch,
    mutant_unavailable_skipped_is_caught = SkipUnavailable,
}

#[test]
fn a_message_that_kills_the_process_is_parked_and_the_rest_goes_on() {
    let mut core = Core::new();
    let tried_twice = Cursor {
        position: Position { epoch: "a".to_owned(), pos: 4 },
        started: 5,
        alone: Some((5, 2)),
        halted: None,
    };
    core.told(Told::Loaded(tried_twice));
    let key = Uuid::from_u128(1);
    let item = |pos| Item { pos, key, wants: vec![0] };
    core.told(Told::Batch(vec![item(5), item(6)]));
    core.told(Told::Begun { blocked: BTreeSet::new() });

    assert!(matches!(core.next(), Ask::Park { item: 0, consumer: 0, reason: Some(_) }));
    core.told(Told::Parked);
    assert!(matches!(core.next(), Ask::Move { to, .. } if to.pos == 5));
}

#[test]
fn a_message_that_kills_the_process_is_tried_alone_behind_messages_that_nobody_wants() {
    let mut core = Core::new();
    core.told(Told::Loaded(Cursor { started: 3, ..Cursor::default() }));
    let item = |pos, wants: &[usize]| Item { pos, key: Uuid::from_u128(1), wants: wants.to_vec() };
    core.told(Told::Batch(vec![item(1, &[]), item(2, &[])]));
    core.told(Told::Batch(vec![item(3, &[0]), item(4, &[0])]));

    assert_eq!(core.next(), Ask::Mark(3));
}

/// Loads what stands at the cursor, takes one message alone and tells what is asked for then; counts
/// a mark as the database does.
fn taken_alone(core: &mut Core, alone: &mut Option<(i64, i64)>, marked: Told) -> Ask {
    core.told(Told::Loaded(Cursor { started: 3, alone: *alone, ..Cursor::default() }));
    core.told(Told::Batch(vec![Item { pos: 1, key: Uuid::from_u128(1), wants: vec![0] }]));
    if core.next() == Ask::Mark(1) {
        *alone = Some((1, alone.map_or(0, |(_, times)| times) + 1));
        core.told(marked);
    }
    core.told(Told::Begun { blocked: BTreeSet::new() });
    core.next()
}

#[test]
fn a_message_that_cannot_be_taken_now_is_not_counted_as_one_that_kills() {
    let (mut core, mut alone) = (Core::new(), None);
    let tried = Ask::Apply { item: 0, consumer: 0, careful: true };
    for _ in 0..5 {
        assert_eq!(taken_alone(&mut core, &mut alone, Told::Marked), tried);
        core.told(Told::Fault(Fault::Unavailable("later".to_owned())));
        core.told(Told::RolledBack);
        core.told(Told::Rested);
    }
    // Another leader was there as well: one death at most.
    alone = Some((1, 2));
    assert_eq!(taken_alone(&mut core, &mut alone, Told::Marked), tried);

    // The process dies, once and once more.
    alone = Some((1, 1));
    assert_eq!(taken_alone(&mut Core::new(), &mut alone, Told::Marked), tried);
    assert_eq!(alone, Some((1, 2)));
    let parked = taken_alone(&mut Core::new(), &mut alone, Told::Marked);
    assert!(matches!(parked, Ask::Park { reason: Some(_), .. }), "{parked:?}");
}

#[test]
fn a_mark_of_which_nobody_knows_whether_it_was_committed_is_no_death() {
    let away = || Told::Unavailable("the connection broke".to_owned());
    let (mut core, mut alone) = (Core::new(), None);
    for committed in [false, true, true] {
        taken_alone(&mut core, &mut alone, away());
        core.told(Told::Rested);
        if !committed {
            alone = None;
        }
    }
    assert_eq!(alone, Some((1, 1)));
    let tried = taken_alone(&mut core, &mut alone, Told::Marked);
    assert!(matches!(tried, Ask::Apply { .. }), "{tried:?}");
}

#[test]
fn more_than_twenty_parked_keys_halt_the_feed() {
    let mut core = Core::new();
    core.told(Told::Loaded(Cursor::default()));
    let item = Item { pos: 1, key: Uuid::from_u128(99), wants: vec![0] };
    core.told(Told::Batch(vec![item]));
    let blocked: BTreeSet<_> = (0..20).map(|key| (0, Uuid::from_u128(key))).collect();
    core.told(Told::Begun { blocked: blocked.clone() });
    core.told(Told::Fault(Fault::Broken("a bug".to_owned())));
    core.told(Told::RolledBack);
    core.told(Told::Begun { blocked });
    core.told(Told::Fault(Fault::Broken("a bug".to_owned())));
    core.told(Told::RolledBack);

    assert!(matches!(core.next(), Ask::Halt { why, .. } if why.contains("20 keys")));
}
