//! Everything that may happen next in a world, for the checker; and the quiet course of events, in
//! which nothing more goes wrong.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use stateright::{Model, Property};

use super::consuming::Trouble;
use super::operating::{Operating, resume};
use super::promises;
use super::publishing::Publishing;
use super::streaming::{Accident, Copying, befall, resume_copying};
use super::world::{Open, Play, Scenario, World};

/// Messaging by some rules, in some scenario.
pub(crate) struct Messaging<R> {
    pub(super) rules: R,
    pub(super) scenario: Scenario,
    /// Worlds from which the quiet course is known to end well.
    settled: Mutex<HashSet<u64>>,
}

/// Something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Publish(usize, Publishing),
    /// The producer is restored to its first so many messages.
    Restore(usize),
    /// A leader does what its rules ask for.
    Lead(usize),
    /// It goes wrong.
    Fail(usize, Trouble),
    /// A leader's process dies.
    Crash(usize),
    Operate(usize, Operating),
    Copy(usize, Copying),
    Befall(Accident),
    /// Copying that halted is resumed.
    ResumeCopying,
    /// The bugs are mended.
    Mend,
    /// What halted is resumed.
    Resume,
}

/// The promise that takes a look ahead.
pub(super) const ENDS_WELL: &str = "everything comes to rest, delivered";

impl<R: Play> Messaging<R> {
    /// A scenario by these rules.
    pub(crate) fn new(rules: R, scenario: Scenario) -> Self {
        Self { rules, scenario, settled: Mutex::default() }
    }

    fn act(&self, mut world: World<R>, action: Action) -> Option<World<R>> {
        match action {
            Action::Publish(who, how) => self.publish(world, who, how),
            Action::Restore(keep) => self.restore(world, keep),
            Action::Lead(who) => self.lead(world, who),
            Action::Fail(who, how) => self.fail(world, who, how),
            Action::Crash(who) => {
                world.left.crashes = world.left.crashes.checked_sub(1)?;
                self.crash(&mut world, who);
                Some(world)
            }
            Action::Operate(who, how) => self.operate(world, who, how),
            Action::Copy(who, how) => self.copy(world, who, how),
            Action::Befall(what) => befall(world, what),
            Action::ResumeCopying => resume_copying(world),
            Action::Mend => {
                world.mended = true;
                Some(world)
            }
            Action::Resume => resume(world),
        }
    }

    /// What is done next when nothing more goes wrong: publishers finish, leaders come to rest, and
    /// only then people look after what is left.
    fn quiet(&self, world: &World<R>) -> Option<World<R>> {
        let publishers = 0..world.producer.publishers.len();
        let copiers = 0..world.copiers.len();
        let leaders = 0..world.leaders.len();
        let operators = 0..world.operators.len();
        let people = operators.flat_map(|who| {
            let begins = self.retriable(world).into_iter().map(|(c, pos)| Operating::Begin(c, pos));
            let steps = std::iter::once(Operating::Commit).chain(begins);
            steps.map(move |how| Action::Operate(who, how)).collect::<Vec<_>>()
        });
        publishers
            .map(|who| Action::Publish(who, Publishing::On))
            .chain([Action::Befall(Accident::Vanish)])
            .chain(
                copiers.flat_map(|who| {
                    [Copying::Arrive, Copying::On].map(|how| Action::Copy(who, how))
                }),
            )
            .chain(leaders.map(Action::Lead))
            .chain([Action::ResumeCopying])
            .chain((self.has_bugs() && !world.mended).then_some(Action::Mend))
            .chain([Action::Resume])
            .chain(people)
            .find_map(|action| self.act(world.clone(), action))
    }

    fn has_bugs(&self) -> bool {
        self.scenario.broken.is_some() || self.scenario.killer.is_some()
    }

    /// Whether everything ends well from here on, if nothing more goes wrong. What comes back to a
    /// world it has been in goes round for ever.
    pub(super) fn ends_well(&self, world: &World<R>) -> bool {
        let mut way = HashSet::new();
        let mut at = world.clone();
        loop {
            let here = fingerprint(&at);
            if self.settled().contains(&here) {
                break;
            }
            if !way.insert(here) {
                return false;
            }
            let Some(next) = self.quiet(&at) else {
                if promises::is_delivered(self, &at) {
                    break;
                }
                return false;
            };
            at = next;
        }
        self.settled().extend(way);
        true
    }

    fn settled(&self) -> MutexGuard<'_, HashSet<u64>> {
        self.settled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fingerprint<R: Play>(world: &World<R>) -> u64 {
    let mut hasher = DefaultHasher::new();
    world.hash(&mut hasher);
    hasher.finish()
}

impl<R: Play> Model for Messaging<R> {
    type State = World<R>;
    type Action = Action;

    fn init_states(&self) -> Vec<World<R>> {
        vec![self.scenario.world(&self.rules)]
    }

    fn actions(&self, world: &World<R>, actions: &mut Vec<Action>) {
        for (who, publisher) in world.producer.publishers.iter().enumerate() {
            actions.push(Action::Publish(who, Publishing::On));
            if publisher.open != Open::No {
                actions.push(Action::Publish(who, Publishing::Back));
            }
        }
        if world.left.restores > 0 {
            actions.extend((0..world.producer.present().count()).map(Action::Restore));
        }
        for who in 0..world.leaders.len() {
            actions_of_leader(world, who, actions);
        }
        for who in 0..world.copiers.len() {
            let steps = [Copying::On, Copying::Arrive, Copying::Break, Copying::Die];
            actions.extend(steps.map(|how| Action::Copy(who, how)));
        }
        if !world.copiers.is_empty() {
            let messages = world.broker.stream.as_ref().map_or(0, |held| held.messages.len());
            let falls = (0..messages).map(Accident::FallBack);
            let accidents =
                [Accident::Arrive, Accident::Vanish, Accident::Delete, Accident::Foreign];
            actions.extend(accidents.into_iter().chain(falls).map(Action::Befall));
        }
        if world.broker.halted {
            actions.push(Action::ResumeCopying);
        }
        for (who, retry) in world.operators.iter().enumerate() {
            if retry.is_some() {
                actions.push(Action::Operate(who, Operating::Commit));
                actions.push(Action::Operate(who, Operating::Die));
            } else {
                let begins = self.retriable(world).into_iter();
                actions
                    .extend(begins.map(|(c, pos)| Action::Operate(who, Operating::Begin(c, pos))));
            }
        }
        if self.has_bugs() && !world.mended {
            actions.push(Action::Mend);
        }
        if world.store.cursor.halted.is_some() {
            actions.push(Action::Resume);
        }
    }

    fn next_state(&self, world: &World<R>, action: Action) -> Option<World<R>> {
        self.act(world.clone(), action)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("every effect takes place once", |_, world| promises::once(world)),
            Property::always("order is kept per key", |_, world| promises::in_order(world)),
            Property::always("nothing is skipped", promises::nothing_skipped),
            Property::always("no effect without its cursor", |_, world| {
                promises::nothing_ahead(world)
            }),
            Property::always("what is parked blocks its key", |_, world| promises::blocks(world)),
            Property::always("reading halts for a reason", |_, world| {
                promises::halts_rightly(world)
            }),
            Property::always("positions follow commits", |model, world| {
                promises::numbered_rightly(model, world)
            }),
            Property::always("copying halts for a reason", |_, world| {
                promises::copying_halts_rightly(world)
            }),
            Property::always(ENDS_WELL, Self::ends_well),
        ]
    }
}

/// What may happen to a leader.
fn actions_of_leader<R>(world: &World<R>, who: usize, actions: &mut Vec<Action>) {
    actions.push(Action::Lead(who));
    actions.extend(Trouble::ALL.map(|how| Action::Fail(who, how)));
    // A process that has just started loses nothing by dying.
    if world.leaders[who].begun {
        actions.push(Action::Crash(who));
    }
}
