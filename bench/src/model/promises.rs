//! What must hold in every world.

use messaging::flaw::Flaw;

use super::protocol::Messaging;
use super::world::{Open, Play, World};

/// No consumer has an effect twice, nor one of which the message is still parked.
pub(super) fn once<R>(world: &World<R>) -> bool {
    let effects = &world.store.effects;
    let parked = world.store.parked.iter();
    let mut parked = parked.map(|((consumer, _), message)| (*consumer, *message));
    let twice = effects.iter().enumerate().any(|(at, effect)| effects[..at].contains(effect));
    !twice && !parked.any(|parked| effects.contains(&parked))
}

/// Each consumer takes the messages of a key in the order in which they were committed.
pub(super) fn in_order<R>(world: &World<R>) -> bool {
    let key = |message: usize| world.producer.said[message].key;
    let effects = &world.store.effects;
    effects.iter().enumerate().all(|(at, (consumer, message))| {
        let before = effects[..at].iter();
        before
            .filter(|(by, _)| by == consumer)
            .all(|(_, other)| other <= message || key(*other) != key(*message))
    })
}

/// Everything up to the cursor took effect, or is parked.
pub(super) fn nothing_skipped<R: Play>(model: &Messaging<R>, world: &World<R>) -> bool {
    let shared = shared(world);
    world.producer.present().filter(|(_, said)| said.pos <= shared).all(|(message, said)| {
        model.scenario.wants(said.key).into_iter().all(|consumer| {
            world.store.effects.contains(&(consumer, message))
                || world.store.parked.get(&(consumer, said.pos)) == Some(&message)
        })
    })
}

/// Nothing beyond the cursor took effect or is parked.
pub(super) fn nothing_ahead<R>(world: &World<R>) -> bool {
    let shared = shared(world);
    world.producer.present().filter(|(_, said)| said.pos > shared).all(|(message, _)| {
        world.store.effects.iter().all(|(_, other)| *other != message)
            && world.store.parked.values().all(|other| *other != message)
    })
}

/// Up to where the cursor speaks of messages that still exist.
fn shared<R>(world: &World<R>) -> i64 {
    let cursor = &world.store.cursor.position;
    let lives = &world.producer.lives;
    let at = lives.iter().position(|(name, _)| *name == cursor.epoch);
    let later = lives.iter().skip(at.map_or(0, |at| at + 1));
    // Nothing was read in the empty epoch.
    let nothing = if cursor.epoch.is_empty() { 0 } else { i64::MAX };
    later.map(|(_, starts_after)| *starts_after).fold(cursor.pos.min(nothing), i64::min)
}

/// No later message of a key took effect at a consumer that has an earlier one parked.
pub(super) fn blocks<R>(world: &World<R>) -> bool {
    let key = |message: usize| world.producer.said[message].key;
    world.store.parked.iter().all(|((consumer, _), parked)| {
        let later = |(by, message): &(usize, usize)| {
            by == consumer && message > parked && key(*message) == key(*parked)
        };
        !world.store.effects.iter().any(later)
    })
}

/// Reading is halted only where the producer was restored beneath it.
pub(super) fn halts_rightly<R>(world: &World<R>) -> bool {
    let cursor = &world.store.cursor;
    cursor.halted.is_none() || cursor.position.pos > shared(world)
}

/// Copying is halted only where somebody else wrote, or an earlier life of the producer did.
pub(super) fn copying_halts_rightly<R>(world: &World<R>) -> bool {
    !world.broker.halted || world.broker.foreign || world.producer.lives.len() > 1
}

/// Positions are 1, 2, 3 … in the order of commits; the head is the last, or one that is about to
/// be committed.
pub(super) fn numbered_rightly<R: Play>(model: &Messaging<R>, world: &World<R>) -> bool {
    let broken =
        [Flaw::NumberedBySequence, Flaw::NumberedByTransaction, Flaw::HeadLetGo, Flaw::HeadKept];
    if broken.iter().any(|flaw| model.rules.broken(*flaw)) {
        // Who numbers otherwise must be caught by what comes of it.
        return true;
    }
    let positions = world.producer.present().map(|(_, said)| said.pos);
    let count = i64::try_from(world.producer.present().count()).unwrap_or(i64::MAX);
    let open = world.producer.publishers.iter();
    let open = open.filter(|publisher| matches!(publisher.open, Open::Numbered(_))).count();
    positions.eq(1..=count)
        && open <= 1
        && world.producer.head == count + i64::try_from(open).unwrap_or(i64::MAX)
}

/// Whether nothing is left to do and everything that was published has arrived.
pub(super) fn is_delivered<R: Play>(model: &Messaging<R>, world: &World<R>) -> bool {
    let scripts = model.scenario.publishers.iter();
    let said_all =
        world.producer.publishers.iter().zip(scripts).all(|(p, keys)| p.done == keys.len());
    let read = world.store.cursor.position.pos == world.producer.committed();
    let store = &world.store;
    let arrived = world.producer.present().all(|(message, said)| {
        let wants = model.scenario.wants(said.key);
        wants.into_iter().all(|consumer| store.effects.contains(&(consumer, message)))
    });
    said_all && read && arrived && store.parked.is_empty() && store.cursor.halted.is_none()
}
