//! A feed over HTTP, after the public HTTP feeds convention: `GET /feeds/<service>` with
//! `lastEventId` and `timeout` answers what comes next, and waits for it when there is nothing yet.
//!
//! [`page`] is what a producer answers, [`HttpReader`] is how our own services ask. A stock client
//! needs neither: it repeats the request with the id of the last event it has.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::StatusCode;
use reqwest::header::ACCEPT;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::cloudevents;
use crate::feed::{Envelope, Position};
use crate::reader::{FeedReader, Read};

/// The most events in one answer.
pub const MOST: usize = 500;
/// The longest that a producer waits for news.
pub const LONGEST: Duration = Duration::from_secs(30);
/// The header that says where the feed's head is, `<epoch>.<position>`.
pub const HEAD: &str = "scte-feed-head";

/// How long our readers let a producer wait for news: short, so that a connection that died without
/// a word is noticed soon.
const WAIT: Duration = Duration::from_secs(10);
/// How long a producer may be silent when an answer of it is due. Of the silence, not of the answer:
/// on a slow line a long answer takes its time.
const SILENCE: Duration = Duration::from_secs(8);
/// The most bytes of all bodies in one answer, unless a single one is larger.
const MOST_IN_BODIES: usize = 8 * 1024 * 1024;
/// The most bytes of an answer that our readers take.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// What a producer answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Page {
    /// Events behind the reader's position, maybe none yet, and where the head is.
    Events(Vec<Envelope>, Position),
    /// The reader is beyond what the present life of the feed shares with the one it knows.
    Changed(Changed),
    /// Not now.
    Unavailable(String),
}

/// The reader's epoch ended, and it has read beyond that end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Always `epoch_changed`.
    pub code: String,
    /// The epoch that follows the reader's.
    pub epoch: String,
    /// The last position that both have; -1 when the reader's epoch is unknown.
    pub starts_after: i64,
}

/// Reads on behalf of somebody outside, from a reader of this process: up to `max` events behind
/// `at`, waiting `wait` for the first.
pub async fn page(feed: &dyn FeedReader, at: &Position, max: usize, wait: Duration) -> Page {
    let (mut at, max, wait) = (at.clone(), max.clamp(1, MOST), wait.min(LONGEST));
    let mut waited = wait.is_zero();
    loop {
        match feed.after(&at, max).await {
            Read::Unavailable(why) => return Page::Unavailable(why),
            // At or before the end of its epoch the reader goes on in the next.
            Read::EpochChanged { epoch, starts_after } if at.pos <= starts_after => {
                at.epoch = epoch;
            }
            Read::EpochChanged { epoch, starts_after } => {
                let code = "epoch_changed".to_owned();
                return Page::Changed(Changed { code, epoch, starts_after });
            }
            Read::Batch(events) if events.is_empty() && !waited => {
                waited = true;
                drop(tokio::time::timeout(wait, feed.beyond(at.pos)).await);
            }
            Read::Batch(mut events) => {
                cut(&mut events);
                // What this process knows of the head may be old; that it is not before the reader
                // was seen in the feed.
                let last = events.last().map_or(at.pos, |one| one.position.pos);
                let pos = feed.head().unwrap_or(last).max(last);
                return Page::Events(events, Position { epoch: at.epoch, pos });
            }
        }
    }
}

/// Keeps as many events as an answer may carry, and one however large it is.
fn cut(events: &mut Vec<Envelope>) {
    let mut bytes = 0;
    let beyond = events.iter().position(|one| {
        bytes += one.body.len();
        bytes > MOST_IN_BODIES
    });
    if let Some(beyond) = beyond {
        events.truncate(beyond.max(1));
    }
}

/// A client for feeds: gives up on a silent producer, follows no redirects.
pub(crate) fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5))
        .tcp_keepalive(Duration::from_secs(5))
        .redirect(reqwest::redirect::Policy::none())
        .build()
}

/// Reads a feed from its producer over HTTP.
pub struct HttpReader {
    client: reqwest::Client,
    feed: String,
    /// One address per replica; the next is tried when one does not answer.
    places: Vec<Url>,
    turn: AtomicUsize,
    token: String,
    known: Mutex<Known>,
}

/// What the last answers told.
#[derive(Default)]
struct Known {
    /// The epoch in which the consumer reads.
    epoch: String,
    head: Option<i64>,
    /// Whether the last question was not answered.
    away: bool,
    /// What a long poll brought, and behind which position.
    ahead: Option<(Position, Vec<Envelope>)>,
}

impl HttpReader {
    /// Reads `feed` at one of `places` (scheme, host, port), by `token`.
    #[must_use]
    pub fn new(client: reqwest::Client, feed: &str, places: Vec<Url>, token: String) -> Self {
        let (feed, turn, known) = (feed.to_owned(), AtomicUsize::new(0), Mutex::default());
        Self { client, feed, places, turn, token, known }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks once; whoever did not answer is not asked first the next time.
    async fn ask(&self, at: &Position, max: usize, wait: Duration) -> Read {
        let turn = self.turn.load(Ordering::Relaxed);
        let Some(place) = self.places.get(turn % self.places.len().max(1)) else {
            return Read::Unavailable(format!("no address of {} is configured", self.feed));
        };
        let asked = self.ask_at(place, at, max, wait).await;
        self.known().away = asked.is_err();
        asked.unwrap_or_else(|why| {
            self.turn.store(turn.wrapping_add(1), Ordering::Relaxed);
            Read::Unavailable(format!("{} at {place}: {why}", self.feed))
        })
    }

    async fn ask_at(
        &self,
        place: &Url,
        at: &Position,
        max: usize,
        wait: Duration,
    ) -> Result<Read, String> {
        let mut url = place.join(&format!("/feeds/{}", self.feed)).map_err(|e| e.to_string())?;
        url.query_pairs_mut()
            .append_pair("lastEventId", &at.to_string())
            .append_pair("timeout", &wait.as_secs().to_string())
            .append_pair("max", &max.to_string());
        let asked =
            self.client.get(url).bearer_auth(&self.token).header(ACCEPT, cloudevents::BATCH);
        let mut answer = heard(wait + SILENCE, asked.send()).await?;
        let status = answer.status();
        let head = answer.headers().get(HEAD).and_then(|head| head.to_str().ok());
        let head: Option<Position> = head.and_then(|head| head.parse().ok());
        let mut body = Vec::new();
        while let Some(chunk) = heard(SILENCE, answer.chunk()).await? {
            body.extend_from_slice(&chunk);
            if body.len() > MOST_BYTES {
                return Err("an answer of more than 64 MiB".to_owned());
            }
        }
        match status {
            StatusCode::OK => {
                let head = head.ok_or_else(|| format!("an answer without {HEAD}"))?;
                let events = cloudevents::from_batch(&body, &self.feed)?;
                Ok(self.took(at, head, events))
            }
            StatusCode::GONE => {
                let changed: Changed =
                    serde_json::from_slice(&body).map_err(|error| error.to_string())?;
                let Changed { epoch, starts_after, .. } = changed;
                Ok(Read::EpochChanged { epoch, starts_after })
            }
            StatusCode::UNAUTHORIZED => Err("it refuses our token: is feeds.key, or secrets.key, \
                                             the same there, and are we not in its feeds.refused?"
                .to_owned()),
            other => Err(format!("it answers {other}")),
        }
    }

    /// Notes what came. When the feed lives in a later epoch, the reader is told so first and finds
    /// the events waiting.
    fn took(&self, at: &Position, head: Position, events: Vec<Envelope>) -> Read {
        let mut known = self.known();
        known.head = Some(head.pos);
        if head.epoch == at.epoch {
            return Read::Batch(events);
        }
        let starts_after = at.pos;
        if !events.is_empty() {
            let from = Position { epoch: head.epoch.clone(), pos: at.pos };
            known.ahead = Some((from, events));
        }
        Read::EpochChanged { epoch: head.epoch, starts_after }
    }
}

impl FeedReader for HttpReader {
    fn after<'a>(&'a self, at: &'a Position, max: usize) -> BoxFuture<'a, Read> {
        Box::pin(async move {
            let waiting = {
                let mut known = self.known();
                known.epoch.clone_from(&at.epoch);
                known.ahead.take_if(|(from, events)| from == at && events.len() <= max)
            };
            match waiting {
                Some((_, events)) => Read::Batch(events),
                None => self.ask(at, max, Duration::ZERO).await,
            }
        })
    }

    fn beyond(&self, pos: i64) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            loop {
                let at = {
                    let known = self.known();
                    let waiting = known.ahead.as_ref();
                    if waiting.is_some_and(|(from, _)| from.pos == pos && from.epoch == known.epoch)
                    {
                        return;
                    }
                    Position { epoch: known.epoch.clone(), pos }
                };
                match self.ask(&at, MOST, WAIT).await {
                    Read::Batch(events) if events.is_empty() => {}
                    Read::Batch(events) => {
                        self.known().ahead = Some((at, events));
                        return;
                    }
                    // Whoever reads next is told.
                    Read::EpochChanged { .. } | Read::Unavailable(_) => return,
                }
            }
        })
    }

    fn head(&self) -> Option<i64> {
        self.known().head
    }

    fn is_away(&self) -> bool {
        self.known().away
    }
}

/// What comes of a producer, unless it is silent for too long: a connection may be half open, over
/// which nothing ever comes, not even its end.
async fn heard<T>(
    patience: Duration,
    heard: impl Future<Output = reqwest::Result<T>>,
) -> Result<T, String> {
    match tokio::time::timeout(patience, heard).await {
        Ok(heard) => heard.map_err(|error| chain(&error)),
        Err(_) => Err("it does not answer".to_owned()),
    }
}

/// What a request failed of, with its causes, without the address: the caller names that.
fn chain(error: &reqwest::Error) -> String {
    let kind = if error.is_connect() {
        "it cannot be reached"
    } else if error.is_timeout() {
        "it does not answer"
    } else {
        "the answer broke off"
    };
    let mut text = kind.to_owned();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A feed of bodies of these lengths.
    struct Long(Vec<usize>);

    impl FeedReader for Long {
        fn after<'a>(&'a self, at: &'a Position, max: usize) -> BoxFuture<'a, Read> {
            let behind = (at.pos + 1..).zip(&self.0[usize::try_from(at.pos).unwrap()..]);
            let batch = behind.take(max).map(|(pos, length)| Envelope {
                position: Position { epoch: at.epoch.clone(), pos },
                r#type: "org.scte.test.thing.done.v1".to_owned(),
                entity: uuid::Uuid::nil(),
                entityversion: 1,
                key: uuid::Uuid::nil(),
                actor: "job test".to_owned(),
                correlation: uuid::Uuid::nil(),
                cause: None,
                traceparent: None,
                at: chrono::DateTime::UNIX_EPOCH,
                body: "x".repeat(*length),
            });
            let batch = batch.collect();
            Box::pin(async { Read::Batch(batch) })
        }

        fn beyond(&self, _: i64) -> BoxFuture<'_, ()> {
            Box::pin(std::future::ready(()))
        }
    }

    #[tokio::test]
    async fn an_answer_is_cut_where_it_gets_too_long_but_never_empty() {
        const MIB: usize = 1024 * 1024;
        let feed = Long(vec![3 * MIB, 5 * MIB, 1, 70 * MIB, 1, 1]);
        let mut at = Position { epoch: "a".to_owned(), pos: 0 };
        let mut answers = Vec::new();
        while at.pos < 6 {
            let Page::Events(events, head) = page(&feed, &at, MOST, Duration::ZERO).await else {
                panic!("no events behind {at}");
            };
            let last = events.last().unwrap().position.clone();
            assert_eq!(head, last);
            answers.push(events.len());
            at = last;
        }
        assert_eq!(answers, [2, 1, 1, 2]);
    }
}
