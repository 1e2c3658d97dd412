//! The producer's database as the rules of numbering use it: rows and locks of concurrent
//! transactions, what a reader may see of them, and a restore from a backup.

use messaging::flaw::Flaw;

use super::protocol::Messaging;
use super::world::{Open, Play, Publisher, Said, World};

/// A step of a publisher's transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Publishing {
    /// Goes on: begins and writes the row of its key, takes its position, commits.
    On,
    /// Rolls back, as after an error, a crash, or a connection that broke.
    Back,
}

impl<R: Play> Messaging<R> {
    /// The world after a step of publisher `who`; nothing when it cannot take it now.
    pub(super) fn publish(
        &self,
        mut world: World<R>,
        who: usize,
        how: Publishing,
    ) -> Option<World<R>> {
        let Publisher { done, open } = world.producer.publishers[who].clone();
        if how == Publishing::Back {
            if open == Open::No {
                return None;
            }
            world.left.rollbacks = world.left.rollbacks.checked_sub(1)?;
            self.roll_back(&mut world, who);
            return Some(world);
        }
        let key = *self.scenario.publishers[who].get(done)?;
        let next = match open {
            Open::No if self.rules.broken(Flaw::NumberedByTransaction) => {
                world.producer.sequence += 1;
                Open::Begun(world.producer.sequence)
            }
            Open::No => self.write(&mut world, key, 0)?,
            Open::Begun(transaction) => self.write(&mut world, key, transaction)?,
            Open::Wrote(number) => self.number(&mut world, who, number)?,
            Open::Numbered(pos) => {
                let life = world.producer.lives.len() - 1;
                commit(&mut world, who, Said { pos, key, life, lost: false });
                return Some(world);
            }
        };
        world.producer.publishers[who].open = next;
        Some(world)
    }

    /// Updates the row of a key, unless another transaction holds it.
    fn write(&self, world: &mut World<R>, key: u8, transaction: i64) -> Option<Open> {
        let producer = &mut world.producer;
        for (publisher, keys) in producer.publishers.iter().zip(&self.scenario.publishers) {
            let holds = matches!(publisher.open, Open::Wrote(_) | Open::Numbered(_));
            if holds && keys.get(publisher.done) == Some(&key) {
                return None;
            }
        }
        if self.rules.broken(Flaw::NumberedByTransaction) {
            return Some(Open::Wrote(transaction));
        }
        if self.rules.broken(Flaw::NumberedBySequence) {
            producer.sequence += 1;
            return Some(Open::Wrote(producer.sequence));
        }
        Some(Open::Wrote(0))
    }

    /// Takes a position: as the last thing before the commit, and the head's row stays locked.
    fn number(&self, world: &mut World<R>, who: usize, number: i64) -> Option<Open> {
        if self.reads_by_number() {
            return Some(Open::Numbered(number));
        }
        let producer = &mut world.producer;
        if producer.head_held.is_some() {
            return None;
        }
        if !self.rules.broken(Flaw::HeadLetGo) {
            producer.head_held = Some(who);
        }
        producer.head += 1;
        Some(Open::Numbered(producer.head))
    }

    fn roll_back(&self, world: &mut World<R>, who: usize) {
        let producer = &mut world.producer;
        producer.publishers[who].open = Open::No;
        if producer.head_held == Some(who) {
            producer.head_held = None;
            if !self.rules.broken(Flaw::HeadKept) {
                producer.head -= 1;
            }
        }
    }

    /// The producer loses all but its first `keep` messages and begins a new life. Its processes are
    /// stopped for that; what they have sent may still be on its way.
    pub(super) fn restore(&self, mut world: World<R>, keep: usize) -> Option<World<R>> {
        world.left.restores = world.left.restores.checked_sub(1)?;
        for who in 0..world.producer.publishers.len() {
            self.roll_back(&mut world, who);
        }
        for who in 0..world.copiers.len() {
            self.stop_copying(&mut world, who);
        }
        let producer = &mut world.producer;
        let keep = i64::try_from(keep).unwrap_or(i64::MAX);
        for said in producer.said.iter_mut().filter(|said| said.pos > keep) {
            said.lost = true;
        }
        producer.head = keep;
        producer.lives.push((format!("life {}", producer.lives.len()), keep));
        Some(world)
    }

    /// What a reader finds behind `pos`: identities in the order of positions.
    pub(super) fn behind(&self, world: &World<R>, pos: i64) -> Vec<usize> {
        let producer = &world.producer;
        let mut found: Vec<usize> = producer
            .present()
            .filter(|(_, said)| said.pos > pos && said.pos < self.oldest_open(world))
            .map(|(message, _)| message)
            .collect();
        found.sort_by_key(|message| producer.said[*message].pos);
        found
    }

    /// Of the flaw that reads by transactions: the oldest that still runs.
    fn oldest_open(&self, world: &World<R>) -> i64 {
        if !self.rules.broken(Flaw::NumberedByTransaction) {
            return i64::MAX;
        }
        let open = world.producer.publishers.iter().filter_map(|publisher| match publisher.open {
            Open::No => None,
            Open::Begun(number) | Open::Wrote(number) | Open::Numbered(number) => Some(number),
        });
        open.min().unwrap_or(i64::MAX)
    }

    fn reads_by_number(&self) -> bool {
        self.rules.broken(Flaw::NumberedBySequence)
            || self.rules.broken(Flaw::NumberedByTransaction)
    }
}

fn commit<R>(world: &mut World<R>, who: usize, said: Said) {
    let producer = &mut world.producer;
    producer.publishers[who].done += 1;
    producer.publishers[who].open = Open::No;
    if producer.head_held == Some(who) {
        producer.head_held = None;
    }
    producer.said.push(said);
}
