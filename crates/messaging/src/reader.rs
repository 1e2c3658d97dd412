//! How one service reads another's feed: one trait, whatever carries it.

use std::collections::HashMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::sync::watch;

use crate::feed::{self, Envelope, Position};
use crate::{Db, Error};

/// Reads one feed.
pub trait FeedReader: Send + Sync {
    /// Up to `max` messages behind `at`, in order, without gaps.
    fn after<'a>(&'a self, at: &'a Position, max: usize) -> BoxFuture<'a, Read>;

    /// Resolves when the head may have passed `pos`.
    fn beyond(&self, pos: i64) -> BoxFuture<'_, ()>;

    /// The last position of the feed as far as it is known without asking anybody.
    fn head(&self) -> Option<i64> {
        None
    }

    /// Whether whoever was asked last did not answer: what is behind the head cannot be had now.
    fn is_away(&self) -> bool {
        false
    }
}

/// What came of reading.
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    /// Messages; none when there are none yet.
    Batch(Vec<Envelope>),
    /// The producer began a new epoch behind `starts_after`. A reader at or before that goes on in
    /// it; one beyond it has read what no longer exists.
    EpochChanged {
        /// The epoch that follows the reader's.
        epoch: String,
        /// The last position that both epochs have; -1 when the reader's epoch is unknown.
        starts_after: i64,
    },
    /// The producer is away.
    Unavailable(String),
}

/// The feeds of the services in this process, and where each service's database is while it runs.
#[derive(Clone, Default)]
pub struct Feeds(Arc<HashMap<String, watch::Sender<Option<Db>>>>);

impl Feeds {
    /// One feed per service, none running yet.
    #[must_use]
    pub fn of(services: impl IntoIterator<Item = String>) -> Self {
        let feeds = services.into_iter().map(|name| (name, watch::Sender::new(None)));
        Self(Arc::new(feeds.collect()))
    }

    /// The service runs: its feed can be read.
    pub fn started(&self, db: &Db) {
        if let Some(feed) = self.0.get(db.service()) {
            feed.send_replace(Some(db.clone()));
        }
    }

    /// The service stopped: its feed is unavailable.
    pub fn stopped(&self, service: &str) {
        if let Some(feed) = self.0.get(service) {
            feed.send_replace(None);
        }
    }

    /// A reader of this service's feed, when the service is one of this process.
    #[must_use]
    pub fn reader(&self, service: &str) -> Option<Arc<dyn FeedReader>> {
        self.0.contains_key(service).then(|| -> Arc<dyn FeedReader> {
            Arc::new(DirectReader { feeds: self.clone(), service: service.to_owned() })
        })
    }

    /// A reader of every feed, by service.
    #[must_use]
    pub fn readers(&self) -> HashMap<String, Arc<dyn FeedReader>> {
        self.0.keys().filter_map(|name| Some((name.clone(), self.reader(name)?))).collect()
    }
}

/// Reads the feed of a service in the same process: its own messaging reads its table for us.
struct DirectReader {
    feeds: Feeds,
    service: String,
}

impl DirectReader {
    fn slot(&self) -> Option<&watch::Sender<Option<Db>>> {
        self.feeds.0.get(&self.service)
    }

    fn running(&self) -> Option<Db> {
        self.slot()?.borrow().clone()
    }
}

impl FeedReader for DirectReader {
    fn after<'a>(&'a self, at: &'a Position, max: usize) -> BoxFuture<'a, Read> {
        Box::pin(async move {
            match self.running() {
                Some(db) => read(&db, at, max).await,
                None => Read::Unavailable(format!("{} is stopped", self.service)),
            }
        })
    }

    fn beyond(&self, pos: i64) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let Some(slot) = self.slot() else { return std::future::pending().await };
            let mut slot = slot.subscribe();
            loop {
                let running = slot.borrow_and_update().clone();
                let passed = async {
                    match &running {
                        Some(db) => {
                            let mut head = db.head().subscribe();
                            drop(head.wait_for(|head| *head > pos).await);
                        }
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    () = passed => return,
                    changed = slot.changed() => if changed.is_err() { return },
                }
            }
        })
    }

    fn head(&self) -> Option<i64> {
        self.running().map(|db| db.head_position())
    }
}

/// Answers a reader from the feed's table; the rules of epochs stand here, for every transport.
///
/// Never fails: whatever goes wrong at the producer is "unavailable" for the reader.
pub async fn read(db: &Db, at: &Position, max: usize) -> Read {
    let answer = async {
        let epochs = db.epochs().await?;
        if let Some(changed) = epoch_after(&epochs, at) {
            return Ok(changed);
        }
        let read = db.read(async |tx| {
            let batch = feed::after(tx, &epochs, at.pos, max).await?;
            // Behind the batch: the head is never older than what was read.
            let head = if batch.is_empty() { feed::head(tx).await? } else { at.pos };
            Ok((batch, head))
        });
        let (batch, head) = read.await?;
        if head < at.pos {
            // Never by what runs here: a standby that lacked the last commits was promoted, or a
            // file was put back by hand. Read on, what comes in their place would never be heard.
            let pos = at.pos;
            let why = format!(
                "the feed ends at {head}, before {pos}: it lost what was read, and was not restored \
                 as a backup is"
            );
            return Ok(Read::Unavailable(why));
        }
        Ok(Read::Batch(batch))
    };
    let answer = answer.await;
    answer.unwrap_or_else(|error: Error| Read::Unavailable(error.chain()))
}

/// The epoch that follows the reader's, unless the reader is in the present one: [`Read::EpochChanged`]
/// by the lives of a feed, oldest first, name and the position behind which each began.
#[must_use]
pub fn epoch_after(epochs: &[(String, i64)], at: &Position) -> Option<Read> {
    let (present, _) = epochs.last()?;
    if *present == at.epoch {
        return None;
    }
    let known = epochs.iter().position(|(name, _)| *name == at.epoch);
    let (epoch, starts_after) = match known {
        Some(place) => epochs[place + 1].clone(),
        // Nothing read yet: from the very first epoch on.
        None if at.epoch.is_empty() => epochs[0].clone(),
        None => (present.clone(), -1),
    };
    Some(Read::EpochChanged { epoch, starts_after })
}

/// Hands every batch over twice; for tests of exactly-once.
pub struct Twice {
    inner: Arc<dyn FeedReader>,
    again: std::sync::Mutex<Option<Read>>,
}

impl Twice {
    /// A reader that repeats what `inner` gives.
    #[must_use]
    pub fn new(inner: Arc<dyn FeedReader>) -> Self {
        Self { inner, again: std::sync::Mutex::new(None) }
    }

    fn take(&self) -> Option<Read> {
        self.again.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()
    }
}

impl FeedReader for Twice {
    fn after<'a>(&'a self, at: &'a Position, max: usize) -> BoxFuture<'a, Read> {
        Box::pin(async move {
            if let Some(again) = self.take() {
                return again;
            }
            let read = self.inner.after(at, max).await;
            if matches!(&read, Read::Batch(batch) if !batch.is_empty()) {
                let mut slot = self.again.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                *slot = Some(read.clone());
            }
            read
        })
    }

    fn beyond(&self, pos: i64) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let waiting = self.again.lock().is_ok_and(|again| again.is_some());
            if !waiting {
                self.inner.beyond(pos).await;
            }
        })
    }

    fn head(&self) -> Option<i64> {
        self.inner.head()
    }

    fn is_away(&self) -> bool {
        self.inner.is_away()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(epoch: &str, pos: i64) -> Position {
        Position { epoch: epoch.to_owned(), pos }
    }

    #[test]
    fn a_reader_learns_the_epoch_that_follows_its_own() {
        let epochs = [("a".to_owned(), 0), ("b".to_owned(), 7), ("c".to_owned(), 7)];
        let changed = |epoch: &str, starts_after| {
            Some(Read::EpochChanged { epoch: epoch.to_owned(), starts_after })
        };

        assert_eq!(epoch_after(&epochs, &at("", 0)), changed("a", 0));
        assert_eq!(epoch_after(&epochs, &at("a", 9)), changed("b", 7));
        assert_eq!(epoch_after(&epochs, &at("b", 7)), changed("c", 7));
        assert_eq!(epoch_after(&epochs, &at("c", 9)), None);
        assert_eq!(epoch_after(&epochs, &at("gone", 9)), changed("c", -1));
    }
}
