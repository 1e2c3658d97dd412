//! The rules of consuming one feed, without any input or output: what to do next, given what came
//! of the last thing done.
//!
//! The driver in [`crate::run`] asks [`Core::next`], does it with a real database and a real reader,
//! and tells the core what came of it with [`Core::told`]. The tests drive the same rules against a
//! model that crashes, repeats, reorders and competes.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::Fault;
use crate::feed::Position;
use crate::flaw::{Flaw, Rules, Sound};

/// More keys than this parked by one consumer halt the feed: a bug in everything is not parked away.
pub const MOST_PARKED_KEYS: usize = 20;

/// Messages nobody wants move the cursor when this many have gathered (or after a pause).
pub const LAZY: i64 = 1_000;

/// Crashes at one cursor after which messages are tried alone.
const CRASHES: i64 = 2;

/// A message as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Item {
    /// Its position.
    pub pos: i64,
    /// Messages of one key keep their order.
    pub key: Uuid,
    /// The consumers that want it, by their index.
    pub wants: Vec<usize>,
}

/// The cursor as it stands in the consumer's database.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Cursor {
    /// Everything up to here took effect.
    pub position: Position,
    /// How often reading began here without getting on, this time included.
    pub started: i64,
    /// The position that was being tried alone, and how often.
    pub alone: Option<(i64, i64)>,
    /// Why reading stopped.
    pub halted: Option<String>,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ask {
    /// Load the cursor from the database.
    Load,
    /// Read behind this position.
    Read(Position),
    /// Wait until there may be more; say [`Told::Due`] when messages nobody wanted wait too long.
    Rest {
        /// The position behind which news is waited for.
        pos: i64,
        /// Whether the cursor lags behind what was read.
        lagging: bool,
    },
    /// Something is away: wait a little, longer each time.
    Pause(String),
    /// Note, in a transaction of its own, that this position is tried alone.
    Mark(i64),
    /// Begin the transaction; tell which keys are blocked.
    Begin,
    /// Let a consumer take a message; behind a savepoint when `careful`, undone on a fault.
    Apply {
        /// Index into the batch.
        item: usize,
        /// Index of the consumer.
        consumer: usize,
        /// Behind a savepoint.
        careful: bool,
    },
    /// Park a message for a consumer, in the transaction.
    Park {
        /// Index into the batch.
        item: usize,
        /// Index of the consumer.
        consumer: usize,
        /// Why; nothing when it only stands behind another of its key.
        reason: Option<String>,
    },
    /// Move the cursor, in the transaction, if it still stands at `from`.
    Move {
        /// Where it must stand.
        from: Position,
        /// Where it goes.
        to: Position,
    },
    /// Commit.
    Commit,
    /// Roll back.
    Rollback,
    /// Wait until an operator resumes reading.
    Halt {
        /// Why it stopped.
        why: String,
        /// Whether that stands at the cursor already; else it is to be noted.
        noted: bool,
        /// Where the cursor stood: to be noted only if it stands there still. Another leader may
        /// have noted the same, and an operator have moved the cursor back, in the meantime.
        at: Position,
    },
    /// Another leader moved the cursor: begin again from where it stands.
    Lost,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each answers the question of the same name")]
pub enum Told {
    Loaded(Cursor),
    Batch(Vec<Item>),
    EpochChanged { epoch: String, starts_after: i64 },
    Unavailable(String),
    News,
    Due,
    Rested,
    Marked,
    Begun { blocked: BTreeSet<(usize, Uuid)> },
    Applied,
    Fault(Fault),
    Parked,
    Moved(bool),
    Committed,
    Uncertain(String),
    RolledBack,
    Resumed,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Step {
    Loading,
    Reading,
    Resting,
    Pausing(String),
    Marking(i64),
    Beginning,
    Working,
    Parking(Option<String>),
    Moving,
    Committing,
    RollingBack(After),
    Halting(String, bool),
    Lost,
}

/// What follows a rollback.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum After {
    Again,
    Pause(String),
    Halt(String),
    Lost,
}

/// The state of consuming one feed, by rules that are [`Sound`] wherever it is in earnest.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Core<R = Sound> {
    step: Step,
    cursor: Position,
    /// Everything up to here was read; beyond the cursor only messages nobody wants.
    read_to: i64,
    batch: Vec<Item>,
    /// Where the cursor goes with the present transaction.
    target: Position,
    /// What is next in the batch: index of the item, index into its `wants`.
    at: (usize, usize),
    careful: bool,
    blocked: BTreeSet<(usize, Uuid)>,
    /// Up to which position messages are tried alone, after crashes; and the one that was.
    alone_to: Option<i64>,
    crashing: bool,
    /// The position that was tried alone, and in how many lives before this one.
    tried: Option<(i64, i64)>,
    /// The position this life marked as tried alone, and the count that its mark made.
    marked: Option<(i64, i64)>,
    rules: R,
}

impl Default for Core {
    fn default() -> Self {
        Self::new()
    }
}

impl Core {
    /// Begins by loading the cursor.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Sound)
    }
}

impl Core<Flaw> {
    /// Rules that are broken in one way, for tests of the tests.
    #[must_use]
    pub fn flawed(flaw: Flaw) -> Self {
        Self::with(flaw)
    }
}

impl<R: Rules> Core<R> {
    fn with(rules: R) -> Self {
        Self {
            step: Step::Loading,
            cursor: Position::default(),
            read_to: 0,
            batch: Vec::new(),
            target: Position::default(),
            at: (0, 0),
            careful: false,
            blocked: BTreeSet::new(),
            alone_to: None,
            crashing: false,
            tried: None,
            marked: None,
            rules,
        }
    }

    /// What to do next. Asking twice gives the same answer.
    #[must_use]
    pub fn next(&self) -> Ask {
        match &self.step {
            Step::Loading => Ask::Load,
            Step::Reading => Ask::Read(self.reading_at()),
            Step::Resting => {
                Ask::Rest { pos: self.read_to, lagging: self.read_to > self.cursor.pos }
            }
            Step::Pausing(why) => Ask::Pause(why.clone()),
            Step::Marking(pos) => Ask::Mark(*pos),
            Step::Beginning => Ask::Begin,
            Step::Working => self.work(),
            Step::Parking(reason) => {
                Ask::Park { item: self.at.0, consumer: self.consumer(), reason: reason.clone() }
            }
            Step::Moving => Ask::Move { from: self.cursor.clone(), to: self.target.clone() },
            Step::Committing => Ask::Commit,
            Step::RollingBack(_) => Ask::Rollback,
            Step::Halting(why, noted) => {
                Ask::Halt { why: why.clone(), noted: *noted, at: self.cursor.clone() }
            }
            Step::Lost => Ask::Lost,
        }
    }

    fn reading_at(&self) -> Position {
        Position { epoch: self.cursor.epoch.clone(), pos: self.read_to }
    }

    fn consumer(&self) -> usize {
        self.batch[self.at.0].wants[self.at.1]
    }

    fn work(&self) -> Ask {
        let (item, consumer) = (self.at.0, self.consumer());
        let key = self.batch[item].key;
        if self.blocked.contains(&(consumer, key)) && !self.rules.broken(Flaw::SkipBlocked) {
            return Ask::Park { item, consumer, reason: None };
        }
        if self.killed_twice(self.batch[item].pos) {
            let reason = "the process died each time it took this message".to_owned();
            return Ask::Park { item, consumer, reason: Some(reason) };
        }
        Ask::Apply { item, consumer, careful: self.careful }
    }

    /// Whether this message was tried alone in two lives before this one and both ended there.
    fn killed_twice(&self, pos: i64) -> bool {
        self.tried.is_some_and(|(tried, times)| tried == pos && times >= 2)
    }

    /// What came of the last thing done. What does not fit the present step is ignored.
    pub fn told(&mut self, told: Told) {
        self.step = match (std::mem::replace(&mut self.step, Step::Loading), told) {
            (Step::Loading, Told::Loaded(cursor)) => self.loaded(cursor),
            (Step::Reading, Told::Batch(items)) => self.read(items),
            (Step::Reading, Told::EpochChanged { epoch, starts_after }) => {
                self.epoch_changed(epoch, starts_after)
            }
            (Step::Resting, Told::News) => Step::Reading,
            (Step::Resting, Told::Due) => self.take(Vec::new(), self.reading_at()),
            (Step::Marking(pos), told) => self.marked(pos, told),
            (Step::Beginning, Told::Begun { blocked }) => {
                self.blocked = blocked;
                self.at = (0, 0);
                self.first_or_move()
            }
            (Step::Working, Told::Applied) => self.advance(),
            (Step::Working | Step::Parking(_), Told::Parked) => self.parked(),
            (Step::Working, Told::Fault(fault)) => self.faulted(fault),
            (Step::Moving, Told::Moved(true)) => Step::Committing,
            (Step::Moving, Told::Moved(false)) => Step::RollingBack(After::Lost),
            (Step::Committing, Told::Committed) => self.committed(),
            (Step::Committing, Told::Uncertain(_)) if self.rules.broken(Flaw::TrustUncertain) => {
                self.committed()
            }
            (Step::RollingBack(after), Told::RolledBack) => match after {
                After::Again => Step::Beginning,
                After::Pause(why) => Step::Pausing(why),
                After::Halt(why) => Step::Halting(why, false),
                After::Lost => Step::Lost,
            },
            // After a pause or an uncertain commit the database alone knows where we stand.
            (Step::Pausing(_) | Step::Lost, Told::Rested) | (Step::Halting(..), Told::Resumed) => {
                Step::Loading
            }
            (_, Told::Unavailable(why) | Told::Uncertain(why)) => Step::Pausing(why),
            (step, _) => step,
        };
    }

    fn loaded(&mut self, cursor: Cursor) -> Step {
        if let Some(why) = cursor.halted {
            return Step::Halting(why, true);
        }
        self.read_to = cursor.position.pos;
        self.crashing = cursor.started > CRASHES;
        self.alone_to = None;
        // This life goes on, so what it marked itself is no death; a mark of which it is not known
        // whether it was committed shows in the count.
        self.marked = self.marked.filter(|(pos, made)| {
            cursor.alone.is_some_and(|(alone, times)| alone == *pos && times >= *made)
        });
        let own = i64::from(self.marked.is_some());
        self.tried = cursor.alone.map(|(pos, times)| (pos, times - own));
        self.cursor = cursor.position;
        Step::Reading
    }

    fn read(&mut self, mut items: Vec<Item>) -> Step {
        if !self.rules.broken(Flaw::TakeOld) {
            items.retain(|item| item.pos > self.read_to);
        }
        let in_order = items.iter().zip(self.read_to + 1..).all(|(item, pos)| item.pos == pos);
        if !in_order && !self.rules.broken(Flaw::IgnoreGap) && !self.rules.broken(Flaw::TakeOld) {
            return Step::Pausing(format!("the feed has a gap behind {}", self.read_to));
        }
        let Some(last) = items.last().map(|item| item.pos) else {
            self.crashing = false;
            return Step::Resting;
        };
        if items.iter().all(|item| item.wants.is_empty()) {
            self.read_to = last;
            let lag = self.read_to - self.cursor.pos;
            return if lag >= LAZY {
                self.take(Vec::new(), self.reading_at())
            } else {
                Step::Reading
            };
        }
        if self.crashing && !self.rules.broken(Flaw::NeverAlone) {
            // Whatever killed us is wanted, and so not before this: one by one, until all of it is
            // behind us.
            self.crashing = false;
            self.alone_to = Some(last);
        }
        if self.alone_to.is_some_and(|to| self.read_to < to) {
            let first = items.iter().position(|item| !item.wants.is_empty()).unwrap_or(0);
            items.truncate(first + 1);
            let pos = items[first].pos;
            self.careful = true;
            self.prepare(items, pos);
            // Once in a life, however often it is tried: what is counted is lives that ended in it.
            let marked = self.marked.is_some_and(|(marked, _)| marked == pos);
            let known = marked || self.killed_twice(pos);
            return if known { Step::Beginning } else { Step::Marking(pos) };
        }
        self.take(items, Position { epoch: self.cursor.epoch.clone(), pos: last })
    }

    fn marked(&mut self, pos: i64, told: Told) -> Step {
        let before = self.tried.filter(|(tried, _)| *tried == pos).map_or(0, |(_, times)| times);
        let after = match told {
            Told::Marked => Step::Beginning,
            Told::Unavailable(why) | Told::Uncertain(why) => Step::Pausing(why),
            _ => return Step::Marking(pos),
        };
        self.marked = Some((pos, before + 1));
        after
    }

    fn prepare(&mut self, items: Vec<Item>, last: i64) {
        self.target = Position { epoch: self.cursor.epoch.clone(), pos: last };
        self.batch = items;
    }

    fn take(&mut self, items: Vec<Item>, target: Position) -> Step {
        self.batch = items;
        self.target = target;
        self.careful = false;
        Step::Beginning
    }

    fn epoch_changed(&mut self, epoch: String, starts_after: i64) -> Step {
        // What nobody wanted was read beyond the cursor, but took no effect: it is read again.
        if self.cursor.pos <= starts_after {
            let pos = self.read_to.min(starts_after);
            return self.take(Vec::new(), Position { epoch, pos });
        }
        if self.rules.broken(Flaw::IgnoreEpoch) {
            return self.take(Vec::new(), Position { epoch, pos: self.read_to });
        }
        let why = format!(
            "the producer was restored: its epoch {epoch} begins behind {starts_after}, \
             but {} took effect here already",
            self.cursor.pos
        );
        Step::Halting(why, false)
    }

    fn first_or_move(&mut self) -> Step {
        let wanted = self.batch.iter().position(|item| !item.wants.is_empty());
        match wanted {
            Some(item) => {
                self.at = (item, 0);
                Step::Working
            }
            None => Step::Moving,
        }
    }

    fn advance(&mut self) -> Step {
        let (item, want) = self.at;
        if want + 1 < self.batch[item].wants.len() {
            self.at = (item, want + 1);
            return Step::Working;
        }
        let next = (item + 1..self.batch.len()).find(|at| !self.batch[*at].wants.is_empty());
        match next {
            Some(next) => {
                self.at = (next, 0);
                Step::Working
            }
            None => Step::Moving,
        }
    }

    fn faulted(&mut self, fault: Fault) -> Step {
        match fault {
            Fault::Unavailable(_) if self.rules.broken(Flaw::SkipUnavailable) => self.advance(),
            Fault::Unavailable(why) => Step::RollingBack(After::Pause(why)),
            Fault::Broken(_) if self.rules.broken(Flaw::DropBroken) => self.advance(),
            Fault::Broken(_) if !self.careful => {
                self.careful = true;
                if self.rules.broken(Flaw::NoRollback) {
                    return self.first_or_move();
                }
                Step::RollingBack(After::Again)
            }
            Fault::Broken(why) => {
                let consumer = self.consumer();
                let keys = self.blocked.iter().filter(|(blocked, _)| *blocked == consumer).count();
                if keys >= MOST_PARKED_KEYS {
                    return Step::RollingBack(After::Halt(format!(
                        "more than {MOST_PARKED_KEYS} keys are parked by one consumer; the last: {why}"
                    )));
                }
                Step::Parking(Some(why))
            }
        }
    }

    fn parked(&mut self) -> Step {
        let (item, consumer) = (self.at.0, self.consumer());
        self.blocked.insert((consumer, self.batch[item].key));
        self.advance()
    }

    fn committed(&mut self) -> Step {
        self.cursor = self.target.clone();
        self.read_to = self.cursor.pos;
        self.tried = None;
        self.marked = None;
        self.careful = false;
        self.batch.clear();
        Step::Reading
    }
}

#[cfg(test)]
#[path = "core_tests.rs"]
mod tests;
