//! A feed that a test writes: in memory, with the rules of positions and epochs.

use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use messaging::feed::{Envelope, Position};
use messaging::reader::{FeedReader, Read};
use tokio::sync::watch;

/// What one service says in a test.
pub struct MemoryFeed {
    epoch: String,
    said: Mutex<Said>,
    head: watch::Sender<i64>,
}

#[derive(Default)]
struct Said {
    envelopes: Vec<Envelope>,
    repeat: bool,
    again: Option<Vec<Envelope>>,
    away: bool,
}

impl MemoryFeed {
    /// A feed with nothing in it.
    #[must_use]
    pub fn new(service: &str) -> Self {
        let epoch = format!("test-{service}");
        Self { epoch, said: Mutex::default(), head: watch::Sender::new(0) }
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what `envelope` makes for the next position.
    pub fn push(&self, envelope: impl FnOnce(Position) -> Envelope) {
        let mut said = self.said();
        let pos = i64::try_from(said.envelopes.len()).unwrap_or(i64::MAX - 1) + 1;
        said.envelopes.push(envelope(Position { epoch: self.epoch.clone(), pos }));
        drop(said);
        self.head.send_replace(pos);
    }

    /// The next batch that is read is handed over twice.
    pub fn repeat_next(&self) {
        self.said().repeat = true;
    }

    /// The producer is away, or back.
    pub fn away(&self, away: bool) {
        self.said().away = away;
    }
}

impl FeedReader for MemoryFeed {
    fn after<'a>(&'a self, at: &'a Position, max: usize) -> BoxFuture<'a, Read> {
        Box::pin(async move {
            let mut said = self.said();
            if said.away {
                return Read::Unavailable("away".to_owned());
            }
            if let Some(again) = said.again.take() {
                return Read::Batch(again);
            }
            if at.epoch.is_empty() {
                return Read::EpochChanged { epoch: self.epoch.clone(), starts_after: 0 };
            }
            let skip = usize::try_from(at.pos).unwrap_or_default();
            let batch: Vec<_> = said.envelopes.iter().skip(skip).take(max).cloned().collect();
            if !batch.is_empty() && std::mem::take(&mut said.repeat) {
                said.again = Some(batch.clone());
            }
            Read::Batch(batch)
        })
    }

    fn beyond(&self, pos: i64) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let waits = self.said().again.is_some();
            if !waits {
                drop(self.head.subscribe().wait_for(|head| *head > pos).await);
            }
        })
    }

    fn head(&self) -> Option<i64> {
        Some(*self.head.borrow())
    }
}
