//! Reads a feed's copy: from what the tail has at hand, and what lies before that by itself.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::BoxFuture;

use super::at_hand::{Answer, next};
use super::link::Link;
use super::publisher::Epochs;
use super::remote::{Remote, count};
use super::tail::{Tail, behind};
use crate::feed::{Envelope, Position};
use crate::reader::{FeedReader, Read};

/// How long what is on its way is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most bytes of one answer.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Reads one feed's copy.
pub(super) struct Reader {
    remote: Remote,
    tail: Tail,
}

impl Reader {
    pub(super) fn new(link: Arc<Link>, feed: &str) -> Self {
        let remote = Remote { link, feed: feed.to_owned() };
        Self { tail: Tail::new(remote.clone()), remote }
    }

    async fn read(&self, at: &Position, max: usize) -> Read {
        let mut news = self.tail.news();
        loop {
            news.borrow_and_update();
            match self.tail.answer(at, max) {
                Answer::Now(read) => return read,
                Answer::Before(epochs) => {
                    let read = self.read_before(&epochs, at, max).await;
                    return read.map_or_else(Read::Unavailable, Read::Batch);
                }
                Answer::Later => {}
            }
            if news.changed().await.is_err() {
                return Read::Unavailable(self.tail.why_not());
            }
        }
    }

    /// Reads what the tail has left behind, as a replay does.
    async fn read_before(
        &self,
        epochs: &Epochs,
        at: &Position,
        max: usize,
    ) -> Result<Vec<Envelope>, String> {
        let stream = self.remote.get().await?;
        let stream = stream.ok_or_else(|| format!("there is no stream {}", self.remote.name()))?;
        let consumer = behind(&stream, at.pos).await?;
        let batch = consumer.fetch().max_messages(max).max_bytes(MOST_BYTES).expires(PATIENCE);
        let mut batch = batch.messages().await.map_err(|error| error.to_string())?;
        let mut read: Vec<Envelope> = Vec::new();
        while let Some(message) = batch.next().await {
            let message = message.map_err(|error| error.to_string())?;
            let info = message.info().map_err(|error| error.to_string())?;
            let sequence = count(info.stream_sequence);
            let end = read.last().map_or(at.pos, |last| last.position.pos);
            read.push(next(epochs, &self.remote.feed, end, sequence, &message.payload)?);
        }
        let name = &consumer.cached_info().name;
        // Forgotten by itself when this does not arrive.
        drop(stream.delete_consumer(name).await);
        if read.is_empty() {
            return Err(format!("message {} of the stream did not come", at.pos + 1));
        }
        Ok(read)
    }
}

impl FeedReader for Reader {
    fn after<'a>(&'a self, at: &'a Position, max: usize) -> BoxFuture<'a, Read> {
        Box::pin(async move {
            self.tail.follow(at.pos);
            let read = tokio::time::timeout(PATIENCE, self.read(at, max)).await;
            read.unwrap_or_else(|_| Read::Unavailable(self.tail.why_not()))
        })
    }

    fn beyond(&self, pos: i64) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let mut news = self.tail.news();
            loop {
                news.borrow_and_update();
                if self.tail.is_beyond(pos) || news.changed().await.is_err() {
                    return;
                }
            }
        })
    }

    fn head(&self) -> Option<i64> {
        self.tail.head()
    }
}
