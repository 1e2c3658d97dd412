//! The state that the checker explores: a producer's database, a consumer's database, and the
//! processes at work on them.

use std::collections::BTreeMap;

use messaging::core::{Core, Cursor};
use messaging::feed::Position;
use messaging::flaw::{Flaw, Rules, Sound};
use messaging::jetstream::publisher::Publisher as Copies;
use uuid::Uuid;

use super::streaming::{Broker, Copier};

/// Rules that a world can be made of.
pub(crate) trait Play: Rules + Send + Sync + 'static {
    /// The rules of consuming, as the driver has them.
    fn core(&self) -> Core<Self>;

    /// The rules of copying a feed to its stream.
    fn publisher(&self) -> Copies<Self>;
}

impl Play for Sound {
    fn core(&self) -> Core<Self> {
        Core::new()
    }

    fn publisher(&self) -> Copies<Self> {
        Copies::new()
    }
}

impl Play for Flaw {
    fn core(&self) -> Core<Self> {
        match self {
            // Numbers with holes are read by whoever minds no holes.
            Self::NumberedBySequence | Self::NumberedByTransaction => Core::flawed(Self::IgnoreGap),
            flaw => Core::flawed(*flaw),
        }
    }

    fn publisher(&self) -> Copies<Self> {
        Copies::flawed(*self)
    }
}

/// Everything there is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct World<R> {
    pub(super) producer: Producer,
    pub(super) broker: Broker,
    /// Those who copy the feed to the broker.
    pub(super) copiers: Vec<Copier<R>>,
    pub(super) store: Store,
    /// The processes that lead, or believe they do.
    pub(super) leaders: Vec<Leader<R>>,
    /// Operators who retry what is parked.
    pub(super) operators: Vec<Option<Retry>>,
    /// Who holds the lock of what is parked.
    pub(super) parked_held: Option<Holder>,
    /// Whether the bugs are mended.
    pub(super) mended: bool,
    /// What may still go wrong.
    pub(super) left: Left,
}

/// How often each thing may still go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Left {
    /// Processes that die, of publishers, leaders and operators alike.
    pub(crate) crashes: u8,
    /// Transactions of publishers that are rolled back.
    pub(crate) rollbacks: u8,
    /// Answers that do not come, connections that break.
    pub(crate) breaks: u8,
    /// Batches that repeat what was read before.
    pub(crate) repeats: u8,
    /// Batches that lack their first message.
    pub(crate) gaps: u8,
    /// Commits of which nobody knows whether they were.
    pub(crate) uncertain: u8,
    /// Effects that cannot take place just now.
    pub(crate) unavailable: u8,
    /// Restores of the producer from a backup.
    pub(crate) restores: u8,
    /// Streams that are deleted, fall back, or are written by others.
    pub(crate) accidents: u8,
}

/// The producer's database and the transactions open on it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Producer {
    /// Every message ever committed, in the order of commits; the index is the message's identity.
    pub(super) said: Vec<Said>,
    /// The head's row, with what its holder has written but not committed.
    pub(super) head: i64,
    /// Which publisher holds the head's row.
    pub(super) head_held: Option<usize>,
    /// Of the flaws that number by a sequence or by transactions.
    pub(super) sequence: i64,
    /// The lives of the database: name and the position behind which it began.
    pub(super) lives: Vec<(String, i64)>,
    pub(super) publishers: Vec<Publisher>,
}

/// A message that was committed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Said {
    pub(super) pos: i64,
    pub(super) key: u8,
    /// In which life it was committed.
    pub(super) life: usize,
    /// A restore took it away again.
    pub(super) lost: bool,
}

/// Someone who publishes one message after another, one in a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Publisher {
    /// How many of its messages are committed.
    pub(super) done: usize,
    pub(super) open: Open,
}

/// How far a publisher's transaction is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Open {
    No,
    /// It has a transaction id; only where ids matter.
    Begun(i64),
    /// It holds the row of its key.
    Wrote(i64),
    /// It has a position too.
    Numbered(i64),
}

/// The consumer's database.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Store {
    pub(super) cursor: Cursor,
    /// Every effect in the order in which it was committed: consumer and message.
    pub(super) effects: Vec<(usize, usize)>,
    /// What is parked: by consumer and position, the message.
    pub(super) parked: BTreeMap<(usize, i64), usize>,
}

/// A process that consumes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Leader<R> {
    pub(super) core: Core<R>,
    /// The messages of the batch at hand, by identity.
    pub(super) batch: Vec<usize>,
    /// What its transaction would change.
    pub(super) staged: Option<Staged>,
    /// Whether this start was counted at the cursor.
    pub(super) begun: bool,
    /// Of the flaw that moves the cursor behind the effects.
    pub(super) late: Option<Position>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Staged {
    pub(super) effects: Vec<(usize, usize)>,
    pub(super) parked: Vec<((usize, i64), usize)>,
    pub(super) to: Option<Position>,
}

/// A parked message that an operator's transaction has applied and not committed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Retry {
    pub(super) consumer: usize,
    pub(super) pos: i64,
    pub(super) message: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Holder {
    Leader(usize),
    Operator(usize),
}

/// What a world begins with, and how much may happen in it.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// The keys of the messages that stand in the feed from the beginning.
    pub(crate) before: Vec<u8>,
    /// Per publisher, the keys of the messages it publishes, in turn.
    pub(crate) publishers: Vec<Vec<u8>>,
    pub(crate) consumers: usize,
    /// The key whose messages nobody wants.
    pub(crate) unwanted: Option<u8>,
    pub(crate) leaders: usize,
    /// How many copy the feed to a stream; with any, it is read from there.
    pub(crate) copiers: usize,
    /// Whether a leader goes from one reading to the next in one step: where what it does in between
    /// is not what is looked at.
    pub(crate) strides: bool,
    /// The most messages in a batch.
    pub(crate) batch: usize,
    /// What cannot be taken until it is mended: consumer and message.
    pub(crate) broken: Option<(usize, usize)>,
    /// The message that kills the process until it is mended.
    pub(crate) killer: Option<usize>,
    pub(crate) operators: usize,
    pub(crate) left: Left,
}

impl Scenario {
    /// An empty feed, one consumer, one leader, and nothing that goes wrong.
    pub(crate) fn named(name: &'static str) -> Self {
        Self {
            name,
            before: Vec::new(),
            publishers: Vec::new(),
            consumers: 1,
            unwanted: None,
            leaders: 1,
            copiers: 0,
            strides: false,
            batch: 2,
            broken: None,
            killer: None,
            operators: 1,
            left: Left::default(),
        }
    }

    /// The consumers that want messages of a key.
    pub(super) fn wants(&self, key: u8) -> Vec<usize> {
        if self.unwanted == Some(key) { Vec::new() } else { (0..self.consumers).collect() }
    }

    /// The world before anything has happened.
    pub(super) fn world<R: Play>(&self, rules: &R) -> World<R> {
        let said: Vec<Said> = self
            .before
            .iter()
            .zip(1..)
            .map(|(key, pos)| Said { pos, key: *key, life: 0, lost: false })
            .collect();
        let head = said.last().map_or(0, |last| last.pos);
        let publishers =
            self.publishers.iter().map(|_| Publisher { done: 0, open: Open::No }).collect();
        let lives = vec![("a".to_owned(), 0)];
        World {
            producer: Producer { said, head, head_held: None, sequence: head, lives, publishers },
            broker: Broker::default(),
            copiers: (0..self.copiers).map(|_| Copier::new(rules)).collect(),
            store: Store::default(),
            leaders: (0..self.leaders).map(|_| Leader::new(rules)).collect(),
            operators: vec![None; self.operators],
            parked_held: None,
            mended: false,
            left: self.left,
        }
    }
}

impl<R: Play> Leader<R> {
    pub(super) fn new(rules: &R) -> Self {
        Self { core: rules.core(), batch: Vec::new(), staged: None, begun: false, late: None }
    }
}

impl Producer {
    /// The id of a message: it never changes.
    pub(super) fn id(&self, message: usize) -> Position {
        let Said { pos, life, .. } = self.said[message];
        Position { epoch: self.lives[life].0.clone(), pos }
    }

    /// The last position that is committed.
    pub(super) fn committed(&self) -> i64 {
        self.present().map(|(_, said)| said.pos).max().unwrap_or(0)
    }

    /// The messages that exist, with their identities, in the order of commits.
    pub(super) fn present(&self) -> impl Iterator<Item = (usize, &Said)> {
        self.said.iter().enumerate().filter(|(_, said)| !said.lost)
    }
}

/// How the rules see a key.
pub(super) fn key(key: u8) -> Uuid {
    Uuid::from_u128(u128::from(key) + 1)
}
