//! What people do: mend a bug, retry what is parked, resume what halted.

use messaging::feed::Position;
use messaging::flaw::Flaw;
use messaging::reader::{Read, epoch_after};

use super::consuming::taken;
use super::protocol::Messaging;
use super::world::{Holder, Play, Retry, World};

/// A step of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operating {
    /// Begins to retry the key whose first parked message of a consumer stands at this position:
    /// takes the lock and applies the message.
    Begin(usize, i64),
    /// Commits the retry.
    Commit,
    /// Dies in the middle of it.
    Die,
}

impl<R: Play> Messaging<R> {
    /// The world after a step of operator `who`; nothing when it cannot take it now.
    pub(super) fn operate(
        &self,
        mut world: World<R>,
        who: usize,
        how: Operating,
    ) -> Option<World<R>> {
        match how {
            Operating::Begin(consumer, pos) => self.begin_retry(world, who, (consumer, pos)),
            Operating::Commit => {
                let Retry { consumer, pos, message } = world.operators[who].take()?;
                world.store.effects.push((consumer, message));
                world.store.parked.remove(&(consumer, pos));
                let_go(&mut world, who);
                Some(world)
            }
            Operating::Die => {
                world.operators[who].take()?;
                world.left.crashes = world.left.crashes.checked_sub(1)?;
                let_go(&mut world, who);
                Some(world)
            }
        }
    }

    /// The parked messages that a retry would take now: the first of each key, or what is found
    /// behind it by whoever passes failures.
    pub(super) fn retriable(&self, world: &World<R>) -> Vec<(usize, i64)> {
        let said = &world.producer.said;
        let mut seen = Vec::new();
        let mut found = Vec::new();
        for ((consumer, pos), message) in &world.store.parked {
            let key = (*consumer, said[*message].key);
            let broken = !world.mended && self.fails(*consumer, *message);
            let passes = broken && self.rules.broken(Flaw::RetryPassesFailure);
            if seen.contains(&key) || passes {
                continue;
            }
            seen.push(key);
            if !broken {
                found.push((*consumer, *pos));
            }
        }
        found
    }

    fn fails(&self, consumer: usize, message: usize) -> bool {
        self.scenario.broken == Some((consumer, message)) || self.scenario.killer == Some(message)
    }

    fn begin_retry(
        &self,
        mut world: World<R>,
        who: usize,
        place: (usize, i64),
    ) -> Option<World<R>> {
        if world.operators[who].is_some() {
            return None;
        }
        if !self.rules.broken(Flaw::RetryUnlocked) {
            if world.parked_held.is_some() {
                return None;
            }
            world.parked_held = Some(Holder::Operator(who));
        }
        // The message is read from its feed again, in the epoch of the cursor.
        let (consumer, pos) = place;
        let at = Position { epoch: world.store.cursor.position.epoch.clone(), pos: pos - 1 };
        if epoch_after(&world.producer.lives, &at).is_some() {
            return None;
        }
        let message = *world.store.parked.get(&place)?;
        world.operators[who] = Some(Retry { consumer, pos, message });
        Some(world)
    }
}

fn let_go<R>(world: &mut World<R>, who: usize) {
    if world.parked_held == Some(Holder::Operator(who)) {
        world.parked_held = None;
    }
}

/// Lets reading go on after a halt, as an operator does who has compared both sides.
pub(super) fn resume<R>(mut world: World<R>) -> Option<World<R>> {
    world.store.cursor.halted.as_ref()?;
    if taken(&world) {
        return None;
    }
    let at = world.store.cursor.position.clone();
    if let Some(Read::EpochChanged { epoch, starts_after }) =
        epoch_after(&world.producer.lives, &at)
        && at.pos > starts_after
    {
        let cursor = &mut world.store.cursor;
        cursor.position = Position { epoch, pos: starts_after };
        (cursor.started, cursor.alone) = (0, None);
        // Their positions mean other messages now.
        world.store.parked.retain(|(_, pos), _| *pos <= starts_after);
    }
    world.store.cursor.halted = None;
    Some(world)
}
