//! The broker, as the rules of copying use it: a stream that takes a message only behind the one
//! named, messages that are on their way when their sender dies, a store that falls back, and
//! somebody else who writes.

use messaging::feed::Position;
use messaging::jetstream::publisher::{
    Ask, Before, Copied, Epochs, Found, Own, Publisher, Row, Stream, Told,
};
use messaging::reader::{Read, epoch_after};

use super::protocol::Messaging;
use super::world::{Play, Producer, World};

/// The broker, and what the producer's database says of copying.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Broker {
    pub(super) stream: Option<Held>,
    /// How often the server began.
    pub(super) run: u8,
    /// What was sent by those who no longer wait for an answer; each may still arrive.
    pub(super) adrift: Vec<Sent>,
    /// Copying halted until an operator says so.
    pub(super) halted: bool,
    /// An operator said that the stream is to be made anew.
    pub(super) rebuild: bool,
    /// Whether anybody else ever wrote.
    pub(super) foreign: bool,
}

/// A stream.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Held {
    /// By sequence; nothing is the message of somebody else.
    pub(super) messages: Vec<Option<usize>>,
    /// Its label: the lives of the feed, and the run of the server in which it was compared.
    pub(super) epochs: Epochs,
    pub(super) run: u8,
}

/// A message on its way.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Sent {
    message: usize,
    /// The sequence that must be the last.
    behind: Option<i64>,
    /// The message that must be the last.
    before: Option<usize>,
}

/// A leader that copies the feed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Copier<R> {
    pub(super) rules: Publisher<R>,
    /// The stream as it was looked at, before the own database is.
    seen: Seen,
    pub(super) flights: Vec<Sent>,
    /// What came back: position and sequence, or a refusal.
    acks: Vec<Option<(i64, i64)>>,
    before: Option<usize>,
    /// The head as the rules were told.
    told: i64,
    /// Whether the stream may no longer be what it was.
    changed: bool,
    /// Whether the halt is noted.
    noted: bool,
}

/// What a copier knows of the stream before it has looked into the own database.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Seen {
    NotLooked,
    Missing,
    /// With the run of the server that its label names.
    There(Found, u8),
}

/// A step of a copier or of what it sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Copying {
    /// Does what its rules ask for.
    On,
    /// The first of its messages arrives.
    Arrive,
    /// Its connection breaks.
    Break,
    /// Its process dies.
    Die,
}

/// What happens at the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accident {
    /// A message whose sender no longer waits arrives.
    Arrive,
    /// All such messages are lost.
    Vanish,
    /// The stream is deleted.
    Delete,
    /// An older store is put back, in which the stream has so many messages.
    FallBack(usize),
    /// Somebody else writes into the stream.
    Foreign,
}

impl<R: Play> Copier<R> {
    pub(super) fn new(rules: &R) -> Self {
        Self {
            rules: rules.publisher(),
            seen: Seen::NotLooked,
            flights: Vec::new(),
            acks: Vec::new(),
            before: None,
            told: 0,
            changed: false,
            noted: false,
        }
    }
}

/// What a reader is answered.
pub(super) enum Answer {
    Batch(Vec<usize>),
    Changed { epoch: String, starts_after: i64 },
}

impl<R: Play> Messaging<R> {
    /// The world after a step of copier `who`; nothing when it has to wait.
    pub(super) fn copy(&self, mut world: World<R>, who: usize, how: Copying) -> Option<World<R>> {
        match how {
            Copying::On => copy_on(world, who),
            Copying::Arrive => {
                if world.copiers[who].flights.is_empty() {
                    return None;
                }
                let sent = world.copiers[who].flights.remove(0);
                let ack = take(&mut world, &sent);
                world.copiers[who].acks.push(ack);
                Some(world)
            }
            Copying::Break => {
                let copier = &mut world.copiers[who];
                if copier.flights.is_empty() && copier.acks.is_empty() {
                    return None;
                }
                world.left.breaks = world.left.breaks.checked_sub(1)?;
                world.broker.adrift.append(&mut copier.flights);
                copier.acks = vec![None];
                Some(world)
            }
            Copying::Die => {
                world.left.crashes = world.left.crashes.checked_sub(1)?;
                self.stop_copying(&mut world, who);
                Some(world)
            }
        }
    }

    /// A copier's process ends and begins anew; what it has sent may still arrive.
    pub(super) fn stop_copying(&self, world: &mut World<R>, who: usize) {
        world.broker.adrift.append(&mut world.copiers[who].flights);
        world.copiers[who] = Copier::new(&self.rules);
    }
}

/// Whether a message of the stream is what a reader expects at this sequence.
fn belongs(producer: &Producer, held: &Held, message: usize, sequence: i64) -> bool {
    let id = producer.id(message);
    let life = held.epochs.iter().rev().find(|(_, starts_after)| *starts_after < sequence);
    id.pos == sequence && life.is_some_and(|(name, _)| *name == id.epoch)
}

/// The stream takes a message, or refuses it; position and sequence when it took it.
fn take<R>(world: &mut World<R>, sent: &Sent) -> Option<(i64, i64)> {
    let held = world.broker.stream.as_mut()?;
    let last = length(&held.messages);
    if sent.behind.is_some_and(|behind| behind != last) {
        return None;
    }
    if sent.before.is_some() && held.messages.last() != Some(&sent.before) {
        return None;
    }
    held.messages.push(Some(sent.message));
    Some((world.producer.said[sent.message].pos, last + 1))
}

fn look<R>(world: &mut World<R>, who: usize) {
    let found = world.broker.stream.as_ref().map(|held| {
        let last = length(&held.messages);
        let at_last = held.messages.last().map(|message| match message {
            Some(message) => {
                Copied { id: Some(world.producer.id(*message)), digest: digest(*message) }
            }
            None => Copied { id: None, digest: digest(usize::from(u8::MAX)) },
        });
        let epochs = held.epochs.clone();
        (Found { messages: last, last, epochs, labelled: false, at_last }, held.run)
    });
    let copier = &mut world.copiers[who];
    world.broker.adrift.append(&mut copier.flights);
    copier.acks.clear();
    (copier.before, copier.changed) = (None, false);
    copier.seen = found.map_or(Seen::Missing, |(found, run)| Seen::There(found, run));
}

/// What the producer's own database says, read behind the stream.
fn compare<R>(world: &mut World<R>, who: usize, seen: Seen) -> Told {
    let producer = &world.producer;
    let last = if let Seen::There(found, _) = &seen { found.last } else { 0 };
    let at_last = producer.present().find(|(_, said)| said.pos == last);
    let own = Own {
        epochs: producer.lives.clone(),
        head: producer.committed(),
        at_last: at_last
            .map(|(message, _)| Row { id: producer.id(message), digest: Some(digest(message)) }),
        halted: world.broker.halted.then(|| "somebody else wrote".to_owned()),
        rebuild: world.broker.rebuild,
    };
    world.copiers[who].told = own.head;
    let stream = match seen {
        Seen::There(found, run) => {
            let labelled = found.epochs == own.epochs && run == world.broker.run;
            Stream::There(Found { labelled, ..found })
        }
        Seen::Missing | Seen::NotLooked => Stream::Missing,
    };
    Told::Seen { own, stream }
}

fn create<R>(world: &mut World<R>) -> Told {
    if world.broker.stream.is_some() {
        return Told::Failed("it is there".to_owned());
    }
    let (run, epochs) = (world.broker.run, world.producer.lives.clone());
    world.broker.stream = Some(Held { messages: Vec::new(), epochs, run });
    world.broker.rebuild = false;
    Told::Done
}

fn delete<R>(world: &mut World<R>) {
    world.broker.stream = None;
    world.copiers.iter_mut().for_each(|copier| copier.changed = true);
}

fn send<R>(
    world: &mut World<R>,
    who: usize,
    (after, behind): (i64, Option<i64>),
    asks: Before,
) -> Told {
    let copier = &mut world.copiers[who];
    let mut sent = after;
    for (message, said) in world.producer.present().filter(|(_, said)| said.pos > after) {
        let behind = behind.map(|behind| behind + said.pos - 1 - after);
        let before = if asks == Before::Anything { None } else { behind.and(copier.before) };
        copier.flights.push(Sent { message, behind, before });
        (copier.before, sent) = (Some(message), said.pos);
    }
    Told::Sent(sent)
}

/// What a copier that waits hears next.
fn heard<R>(world: &mut World<R>, who: usize) -> Option<Told> {
    let head = world.producer.committed();
    let copier = &mut world.copiers[who];
    if head > copier.told {
        copier.told = head;
        return Some(Told::News(head));
    }
    if std::mem::take(&mut copier.changed) {
        return Some(Told::Changed);
    }
    if copier.acks.is_empty() {
        return None;
    }
    Some(match copier.acks.remove(0) {
        Some((pos, sequence)) => Told::Acked { pos, sequence },
        None => Told::Failed("refused".to_owned()),
    })
}

fn length<T>(messages: &[T]) -> i64 {
    i64::try_from(messages.len()).unwrap_or(i64::MAX)
}

/// Two messages say the same when they are the same.
fn digest(message: usize) -> [u8; 32] {
    [u8::try_from(message).unwrap_or(u8::MAX); 32]
}

/// What the stream answers a reader; nothing when it cannot be trusted now.
pub(super) fn stream_answers<R>(world: &World<R>, at: &Position) -> Option<Answer> {
    let held = world.broker.stream.as_ref()?;
    if let Some(Read::EpochChanged { epoch, starts_after }) = epoch_after(&held.epochs, at) {
        // An older copy that was put back does not know what the producer does.
        let old = starts_after < 0 && held.run != world.broker.run;
        return (!old).then_some(Answer::Changed { epoch, starts_after });
    }
    let from = usize::try_from(at.pos).unwrap_or(0);
    if from > held.messages.len() {
        return None;
    }
    let mut batch = Vec::new();
    for (message, sequence) in held.messages[from..].iter().zip(at.pos + 1..) {
        match message.filter(|message| belongs(&world.producer, held, *message, sequence)) {
            Some(message) => batch.push(message),
            // Somebody else's: an error of the transport.
            None if batch.is_empty() => return None,
            None => break,
        }
    }
    Some(Answer::Batch(batch))
}

fn copy_on<R: Play>(mut world: World<R>, who: usize) -> Option<World<R>> {
    let told = match world.copiers[who].rules.next() {
        Ask::Look => match std::mem::replace(&mut world.copiers[who].seen, Seen::NotLooked) {
            Seen::NotLooked => {
                look(&mut world, who);
                return Some(world);
            }
            seen => compare(&mut world, who, seen),
        },
        Ask::Create => create(&mut world),
        Ask::Delete(_) => {
            delete(&mut world);
            Told::Done
        }
        Ask::Label => {
            let (run, epochs) = (world.broker.run, world.producer.lives.clone());
            match &mut world.broker.stream {
                Some(held) => {
                    (held.run, held.epochs) = (run, epochs);
                    Told::Done
                }
                None => Told::Failed("the stream is gone".to_owned()),
            }
        }
        Ask::Send { after, behind, before, .. } => send(&mut world, who, (after, behind), before),
        Ask::Wait { .. } => heard(&mut world, who)?,
        Ask::Pause(_) => Told::Rested,
        Ask::Halt { noted, .. } => {
            if !noted && !world.copiers[who].noted {
                world.copiers[who].noted = true;
                world.broker.halted = true;
                return Some(world);
            }
            if world.broker.halted {
                return None;
            }
            world.copiers[who].noted = false;
            Told::Resumed
        }
    };
    world.copiers[who].rules.told(told);
    Some(world)
}

/// The world after something happened at the broker; nothing when it cannot happen.
pub(super) fn befall<R>(mut world: World<R>, what: Accident) -> Option<World<R>> {
    match what {
        Accident::Arrive => {
            if world.broker.adrift.is_empty() {
                return None;
            }
            let sent = world.broker.adrift.remove(0);
            take(&mut world, &sent);
            return Some(world);
        }
        Accident::Vanish => {
            if world.broker.adrift.is_empty() {
                return None;
            }
            world.broker.adrift.clear();
            return Some(world);
        }
        _ => world.left.accidents = world.left.accidents.checked_sub(1)?,
    }
    let held = world.broker.stream.as_mut()?;
    match what {
        Accident::FallBack(messages) => {
            held.messages.truncate(messages);
            world.broker.run += 1;
            world.copiers.iter_mut().for_each(|copier| copier.changed = true);
        }
        Accident::Foreign => {
            held.messages.push(None);
            world.broker.foreign = true;
        }
        _ => delete(&mut world),
    }
    Some(world)
}

/// An operator lets copying go on: the stream is to be made anew.
pub(super) fn resume_copying<R>(mut world: World<R>) -> Option<World<R>> {
    if !world.broker.halted {
        return None;
    }
    (world.broker.halted, world.broker.rebuild) = (false, true);
    Some(world)
}
