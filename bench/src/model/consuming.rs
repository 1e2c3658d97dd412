//! The leaders: what the driver of the rules does with a database and a reader, and how each step
//! may go wrong.

use messaging::Fault;
use messaging::core::{Ask, Cursor, Item, Told};
use messaging::feed::Position;
use messaging::flaw::Flaw;
use messaging::reader::{Read, epoch_after};

use super::protocol::Messaging;
use super::streaming::{Answer, stream_answers};
use super::world::{Holder, Leader, Play, Staged, World, key};

/// How a step of a leader goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The producer does not answer, or the connection to the database breaks: no transaction is
    /// left open.
    Break,
    /// The answer repeats the last message that was read.
    Repeat,
    /// The answer lacks its first message.
    Gap,
    /// Nobody knows whether the commit was; it was not.
    Uncommitted,
    /// Nobody knows whether the commit was; it was.
    Committed,
    /// The effect cannot take place now.
    Unavailable,
    /// Messages that nobody wanted have waited long enough, though there is news.
    Due,
}

impl Trouble {
    pub(super) const ALL: [Self; 7] = [
        Self::Break,
        Self::Repeat,
        Self::Gap,
        Self::Uncommitted,
        Self::Committed,
        Self::Unavailable,
        Self::Due,
    ];
}

/// From this many starts at one cursor on it makes no difference how many there were.
const STARTS: i64 = 3;

impl<R: Play> Messaging<R> {
    /// The world after leader `who` went on: by a step, or by all of them up to its next reading.
    pub(super) fn lead(&self, world: World<R>, who: usize) -> Option<World<R>> {
        let mut world = self.step(world, who)?;
        while self.scenario.strides
            && !matches!(
                world.leaders[who].core.next(),
                Ask::Read(_) | Ask::Rest { .. } | Ask::Halt { .. }
            )
        {
            world = self.step(world, who)?;
        }
        Some(world)
    }

    /// The world after leader `who` did what its rules ask for; nothing when it has to wait.
    fn step(&self, mut world: World<R>, who: usize) -> Option<World<R>> {
        if let Some(to) = world.leaders[who].late.take() {
            world.store.cursor.position = to;
            return Some(world);
        }
        let told = match world.leaders[who].core.next() {
            Ask::Load => load(&mut world, who)?,
            Ask::Read(at) => self.read(&mut world, who, &at, None)?,
            Ask::Rest { pos, lagging } => self.rest(&world, pos, lagging)?,
            Ask::Pause(_) | Ask::Lost => Told::Rested,
            Ask::Mark(pos) => mark(&mut world, pos)?,
            Ask::Begin => begin(&mut world, who)?,
            Ask::Apply { item, consumer, careful } => {
                let message = world.leaders[who].batch[item];
                if self.scenario.killer == Some(message) && !world.mended {
                    self.crash(&mut world, who);
                    return Some(world);
                }
                self.apply(&mut world, who, (message, consumer, careful), None)
            }
            Ask::Park { item, consumer, .. } => park(&mut world, who, item, consumer),
            Ask::Move { from, to } => self.move_cursor(&mut world, who, &from, to)?,
            Ask::Commit => {
                self.commit_batch(&mut world, who);
                Told::Committed
            }
            Ask::Rollback => {
                let_go(&mut world, who);
                Told::RolledBack
            }
            Ask::Halt { why, noted: false, at } => {
                if taken(&world) {
                    return None;
                }
                let stands = world.store.cursor.position == at;
                if stands || self.rules.broken(Flaw::HaltLate) {
                    world.store.cursor.halted = Some(why);
                }
                Told::Resumed
            }
            Ask::Halt { noted: true, .. } => {
                world.store.cursor.halted.is_none().then_some(Told::Resumed)?
            }
        };
        world.leaders[who].core.told(told);
        Some(world)
    }

    /// The world after a step of leader `who` went wrong; nothing when it cannot go wrong so.
    pub(super) fn fail(&self, mut world: World<R>, who: usize, how: Trouble) -> Option<World<R>> {
        let left = &mut world.left;
        let budget = match how {
            Trouble::Break => &mut left.breaks,
            Trouble::Repeat => &mut left.repeats,
            Trouble::Gap => &mut left.gaps,
            Trouble::Uncommitted | Trouble::Committed => &mut left.uncertain,
            Trouble::Unavailable => &mut left.unavailable,
            // It is no trouble, and may be at any time.
            Trouble::Due => &mut 1,
        };
        *budget = budget.checked_sub(1)?;
        let told = match (how, world.leaders[who].core.next()) {
            (Trouble::Break, ask) => {
                if matches!(
                    ask,
                    Ask::Rest { .. }
                        | Ask::Pause(_)
                        | Ask::Lost
                        | Ask::Halt { .. }
                        | Ask::Rollback
                        | Ask::Commit
                ) {
                    return None;
                }
                let_go(&mut world, who);
                Told::Unavailable("a connection broke".to_owned())
            }
            (Trouble::Repeat, Ask::Read(at)) if at.pos > 0 => {
                self.read(&mut world, who, &at, Some(-1))?
            }
            (Trouble::Gap, Ask::Read(at)) => self.read(&mut world, who, &at, Some(1))?,
            (Trouble::Uncommitted, Ask::Commit) => {
                let_go(&mut world, who);
                Told::Uncertain("the connection broke before".to_owned())
            }
            (Trouble::Committed, Ask::Commit) => {
                self.commit_batch(&mut world, who);
                Told::Uncertain("the connection broke after".to_owned())
            }
            (Trouble::Unavailable, Ask::Apply { item, consumer, careful }) => {
                let message = world.leaders[who].batch[item];
                let fault = Fault::Unavailable("later".to_owned());
                self.apply(&mut world, who, (message, consumer, careful), Some(fault))
            }
            (Trouble::Due, Ask::Rest { pos, lagging: true }) if self.is_news(&world, pos) => {
                Told::Due
            }
            _ => return None,
        };
        world.leaders[who].core.told(told);
        Some(world)
    }

    /// The process dies: its transaction is rolled back, and it begins anew.
    pub(super) fn crash(&self, world: &mut World<R>, who: usize) {
        let_go(world, who);
        world.leaders[who] = Leader::new(&self.rules);
    }

    /// Answers a reader; `shifted` by so many messages when the transport is in trouble. Nothing
    /// when there is no answer: the pause that follows leads back to the same question.
    fn read(
        &self,
        world: &mut World<R>,
        who: usize,
        at: &Position,
        shifted: Option<i64>,
    ) -> Option<Told> {
        let mut batch = match self.answer(world, at, shifted.unwrap_or(0))? {
            Answer::Batch(batch) => batch,
            Answer::Changed { epoch, starts_after } => {
                return Some(Told::EpochChanged { epoch, starts_after });
            }
        };
        batch.truncate(self.scenario.batch);
        let said = &world.producer.said;
        if !self.rules.broken(Flaw::TakeOld) {
            // As the driver does, so that indices agree.
            batch.retain(|message| said[*message].pos > at.pos);
        }
        if self.rules.broken(Flaw::MoveAtFetch)
            && let Some(last) = batch.last()
        {
            world.store.cursor.position.pos = said[*last].pos;
        }
        let items = batch.iter().map(|message| {
            let said = &said[*message];
            Item { pos: said.pos, key: key(said.key), wants: self.scenario.wants(said.key) }
        });
        let items = items.collect();
        world.leaders[who].batch = batch;
        Some(Told::Batch(items))
    }

    /// What stands behind a position and so many more, from the producer or from the stream.
    fn answer(&self, world: &World<R>, at: &Position, shifted: i64) -> Option<Answer> {
        let from = at.pos + shifted;
        if self.scenario.copiers > 0 {
            let mut answer = stream_answers(world, at)?;
            if let Answer::Batch(batch) = &mut answer {
                batch.retain(|message| world.producer.said[*message].pos > from);
            }
            return Some(answer);
        }
        Some(match epoch_after(&world.producer.lives, at) {
            Some(Read::EpochChanged { epoch, starts_after }) => {
                Answer::Changed { epoch, starts_after }
            }
            _ => Answer::Batch(self.behind(world, from)),
        })
    }

    /// Whether there is more behind `pos`, or another life.
    fn is_news(&self, world: &World<R>, pos: i64) -> bool {
        let at = Position { epoch: world.store.cursor.position.epoch.clone(), pos };
        match self.answer(world, &at, 0) {
            Some(Answer::Batch(batch)) => !batch.is_empty(),
            Some(Answer::Changed { .. }) => true,
            None => false,
        }
    }

    fn rest(&self, world: &World<R>, pos: i64, lagging: bool) -> Option<Told> {
        if self.is_news(world, pos) {
            return Some(Told::News);
        }
        lagging.then_some(Told::Due)
    }

    /// One effect: it happens first, and a fault must undo it.
    fn apply(
        &self,
        world: &mut World<R>,
        who: usize,
        (message, consumer, careful): (usize, usize, bool),
        fault: Option<Fault>,
    ) -> Told {
        let broken = self.scenario.broken == Some((consumer, message)) && !world.mended;
        let fault = fault.or_else(|| broken.then(|| Fault::Broken("a bug".to_owned())));
        let staged = world.leaders[who].staged.get_or_insert_default();
        staged.effects.push((consumer, message));
        let Some(fault) = fault else { return Told::Applied };
        let undone = [Flaw::SkipUnavailable, Flaw::DropBroken];
        if careful || undone.iter().any(|flaw| self.rules.broken(*flaw)) {
            staged.effects.pop();
        }
        Told::Fault(fault)
    }

    fn move_cursor(
        &self,
        world: &mut World<R>,
        who: usize,
        from: &Position,
        to: Position,
    ) -> Option<Told> {
        if taken(world) {
            return None;
        }
        let stands = world.store.cursor.position == *from || self.rules.broken(Flaw::NoCompare);
        if stands {
            world.leaders[who].staged.get_or_insert_default().to = Some(to);
        }
        Some(Told::Moved(stands))
    }

    fn commit_batch(&self, world: &mut World<R>, who: usize) {
        let staged = world.leaders[who].staged.take().unwrap_or_default();
        world.store.effects.extend(staged.effects);
        for (place, message) in staged.parked {
            world.store.parked.entry(place).or_insert(message);
        }
        if let Some(to) = staged.to {
            if self.rules.broken(Flaw::CursorApart) {
                world.leaders[who].late = Some(to);
            } else {
                let halted = world.store.cursor.halted.take();
                world.store.cursor = Cursor { position: to, started: 0, alone: None, halted };
            }
        }
        let_go(world, who);
    }
}

/// Whether somebody moved the cursor and has not committed: its row is locked.
pub(super) fn taken<R>(world: &World<R>) -> bool {
    let moved =
        |leader: &Leader<R>| leader.staged.as_ref().is_some_and(|staged| staged.to.is_some());
    world.leaders.iter().any(moved)
}

/// Rolls back what is open and lets its locks go.
fn let_go<R>(world: &mut World<R>, who: usize) {
    world.leaders[who].staged = None;
    if world.parked_held == Some(Holder::Leader(who)) {
        world.parked_held = None;
    }
}

fn load<R>(world: &mut World<R>, who: usize) -> Option<Told> {
    let_go(world, who);
    if !world.leaders[who].begun {
        if taken(world) {
            return None;
        }
        world.leaders[who].begun = true;
        world.store.cursor.started = (world.store.cursor.started + 1).min(STARTS);
    }
    Some(Told::Loaded(world.store.cursor.clone()))
}

fn mark<R>(world: &mut World<R>, pos: i64) -> Option<Told> {
    if taken(world) {
        return None;
    }
    let tries = world.store.cursor.alone.filter(|(at, _)| *at == pos).map_or(0, |(_, tries)| tries);
    world.store.cursor.alone = Some((pos, (tries + 1).min(STARTS)));
    Some(Told::Marked)
}

/// Begins a transaction: what is blocked is read under its lock, where anything is.
fn begin<R>(world: &mut World<R>, who: usize) -> Option<Told> {
    if !world.store.parked.is_empty() {
        if world.parked_held.is_some() {
            return None;
        }
        world.parked_held = Some(Holder::Leader(who));
    }
    world.leaders[who].staged = Some(Staged::default());
    let said = &world.producer.said;
    let parked = world.store.parked.iter();
    let blocked = parked.map(|((consumer, _), message)| (*consumer, key(said[*message].key)));
    Some(Told::Begun { blocked: blocked.collect() })
}

fn park<R>(world: &mut World<R>, who: usize, item: usize, consumer: usize) -> Told {
    let leader = &mut world.leaders[who];
    let message = leader.batch[item];
    let pos = world.producer.said[message].pos;
    leader.staged.get_or_insert_default().parked.push(((consumer, pos), message));
    Told::Parked
}
