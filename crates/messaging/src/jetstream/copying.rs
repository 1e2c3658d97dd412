//! Copies a feed to its stream, by the rules of [`Publisher`], with a real table and a real broker.

use std::time::Duration;

use async_nats::jetstream::message::PublishMessage;
use async_nats::{Message, Subscriber};
use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use futures::future::BoxFuture;
use futures::stream::FuturesOrdered;
use futures::{FutureExt as _, StreamExt as _};
use tokio::sync::watch;
use tokio::time::Instant;

use super::label::{self, Label};
use super::link::State;
use super::publication;
use super::publisher::{Ask, Before, Epochs, Found, Own, Publisher, Row, Stream, Told};
use super::remote::{Remote, count};
use crate::cloudevents;
use crate::feed::{self, Envelope, Position};
use crate::{Db, Result, params};

/// How often the position is noted while it moves.
const NOTED_EVERY: Duration = Duration::from_secs(1);

/// How often a halted leader asks whether an operator has spoken to another process.
const ASKED_EVERY: Duration = Duration::from_secs(2);

/// How long after anything came of a quiet feed its stream is looked at again: a busy one tells by
/// itself, with the next message, that somebody else wrote.
const LOOKED_EVERY: Duration = Duration::from_secs(15);

/// An acknowledgement that is waited for: the position sent, and the sequence it was given.
type Ack = BoxFuture<'static, Result<(i64, i64), String>>;

/// Copies one feed.
pub(super) struct Copying {
    remote: Remote,
    db: Db,
}

/// What is held between two steps.
struct Hand {
    /// Acknowledgements that are waited for, in order.
    acks: FuturesOrdered<Ack>,
    /// The message sent last in this run: the next asks for it to be the stream's last.
    before: Option<Position>,
    head: watch::Receiver<i64>,
    /// The head as the rules know it.
    told_head: i64,
    state: watch::Receiver<State>,
    /// Tells when the stream is deleted.
    deleted: Option<Subscriber>,
    /// When the stream last told that it is what it should be.
    known: Instant,
    pauses: u32,
    backoff: ExponentialBackoff,
    noted: Noted,
}

/// What stands in the database of how far we are.
#[derive(Default)]
struct Noted {
    pos: Option<i64>,
    away: Option<String>,
    at: Option<Instant>,
}

impl Copying {
    pub(super) fn new(remote: Remote, db: Db) -> Self {
        Self { remote, db }
    }

    /// Runs until dropped: what is on its way then counts for nothing, and the next leader looks.
    pub(super) async fn run(self) {
        let mut rules = Publisher::new();
        let mut hand = Hand {
            acks: FuturesOrdered::new(),
            before: None,
            head: self.db.head().subscribe(),
            told_head: 0,
            state: self.remote.link.state(),
            deleted: None,
            known: Instant::now(),
            pauses: 0,
            backoff: backoff(),
            noted: Noted::default(),
        };
        loop {
            let ask = rules.next();
            let told = self.act(ask, rules.acked(), &mut hand).await;
            rules.told(told);
        }
    }

    async fn act(&self, ask: Ask, acked: i64, hand: &mut Hand) -> Told {
        let done = match ask {
            Ask::Look => return self.look(acked, hand).await.unwrap_or_else(Told::Failed),
            Ask::Send { after, behind, most, before } => {
                if before != Before::Sent {
                    hand.before = None;
                }
                let sent = self.send(after, behind, most, hand).await;
                return sent.map_or_else(Told::Failed, Told::Sent);
            }
            Ask::Wait { acked, .. } => return self.wait(acked, hand).await,
            Ask::Pause(why) => return self.pause(acked, why, hand).await,
            Ask::Halt { why, noted } => return self.halt(acked, &why, noted).await,
            Ask::Create => self.create().await,
            Ask::Delete(why) => {
                let (feed, stream) = (&self.remote.feed, self.remote.name());
                tracing::warn!(feed, stream, why, "the stream is deleted, to be made anew");
                self.remote.delete().await
            }
            Ask::Label => self.put_label().await,
        };
        done.map_or_else(Told::Failed, |()| Told::Done)
    }

    async fn look(&self, acked: i64, hand: &mut Hand) -> Result<Told, String> {
        hand.acks = FuturesOrdered::new();
        if hand.deleted.is_none() {
            let subject = format!("$JS.EVENT.ADVISORY.STREAM.DELETED.{}", self.remote.name());
            let deleted = self.remote.link.client().await?.subscribe(subject).await;
            hand.deleted = Some(deleted.map_err(|error| error.to_string())?);
        }
        self.connected(acked, hand).await;
        let found = self.remote.look().await?;
        // Ours is read behind theirs: a row that was copied by then is there by then.
        let last = found.as_ref().map_or(0, |(found, _)| found.last);
        let own = self.own(last).await.map_err(|error| error.chain())?;
        hand.told_head = own.head;
        hand.known = Instant::now();
        let label = self.label(own.epochs.clone()).await?;
        let stream = found.map_or(Stream::Missing, |(found, theirs)| {
            Stream::There(Found { labelled: theirs == label, ..found })
        });
        Ok(Told::Seen { own, stream })
    }

    /// Waits for the connection, and says so when that takes longer.
    async fn connected(&self, acked: i64, hand: &mut Hand) {
        let mut state = self.remote.link.state();
        let soon = tokio::time::timeout(NOTED_EVERY, state.wait_for(|state| state.connected));
        if soon.await.is_err() {
            self.note(acked, Some(self.remote.link.away()), hand).await;
            drop(state.wait_for(|state| state.connected).await);
        }
        hand.state.borrow_and_update();
    }

    async fn own(&self, last: i64) -> Result<Own> {
        // Another process may have begun an epoch.
        self.db.forget_epochs();
        let epochs = self.db.epochs().await?;
        self.db
            .read(async |tx| {
                let head = tx.one("select pos from feed_head", params![]).await?.get("pos")?;
                let row = feed::after(tx, &epochs, last - 1, 1).await?;
                let row = row.into_iter().find(|row| row.position.pos == last);
                let sql = "select pos from feed where pos = $1 and blanked_at is not null";
                let blanked = tx.first(sql, params![last]).await?.is_some();
                let orders = publication::orders(tx).await?;
                Ok(Own {
                    epochs: epochs.to_vec(),
                    head,
                    at_last: row.map(|row| Row {
                        digest: (!blanked).then(|| label::digest(&row)),
                        id: row.position,
                    }),
                    halted: orders.halted,
                    rebuild: orders.rebuild,
                })
            })
            .await
    }

    async fn label(&self, epochs: Epochs) -> Result<Label, String> {
        Ok(Label { epochs, server: self.remote.link.server().await? })
    }

    async fn own_label(&self) -> Result<Label, String> {
        let epochs = self.db.epochs().await.map_err(|error| error.chain())?;
        self.label(epochs.to_vec()).await
    }

    async fn put_label(&self) -> Result<(), String> {
        self.remote.put_label(&self.own_label().await?).await
    }

    async fn create(&self) -> Result<(), String> {
        let (feed, stream) = (&self.remote.feed, self.remote.name());
        tracing::info!(feed, stream, "the stream is made, to be filled from the feed");
        self.remote.create(&self.own_label().await?).await?;
        publication::made(&self.db).await.map_err(|error| error.chain())
    }

    /// Sends rows behind `after`; gives the last position sent.
    async fn send(
        &self,
        after: i64,
        behind: Option<i64>,
        most: i64,
        hand: &mut Hand,
    ) -> Result<i64, String> {
        let most = usize::try_from(most).unwrap_or_default();
        let rows = self.db.published(after, most).await.map_err(|error| error.chain())?;
        let context = self.remote.link.context().await?;
        let mut sent = after;
        for row in rows {
            let pos = row.position.pos;
            let expected = behind.map(|behind| behind + (pos - 1 - after));
            let message = self.message(&row, expected, hand.before.as_ref())?;
            let subject = self.remote.link.subject(&self.remote.feed, &row.r#type);
            let ack = context.send_publish(subject, message).await;
            let ack = ack.map_err(|error| format!("message {}: {error}", row.position))?;
            let acked = ack.into_future().map(move |ack| match ack {
                Ok(ack) => Ok((pos, count(ack.sequence))),
                Err(error) => Err(format!("message {pos}: {error}")),
            });
            hand.acks.push_back(acked.boxed());
            hand.before = Some(row.position);
            sent = pos;
        }
        Ok(sent)
    }

    fn message(
        &self,
        row: &Envelope,
        expected: Option<i64>,
        before: Option<&Position>,
    ) -> Result<PublishMessage, String> {
        let text = cloudevents::to_json(row, &self.remote.feed);
        let text = text.map_err(|error| format!("message {}: {error}", row.position))?;
        let mut message = PublishMessage::build()
            .payload(text.into())
            .header("content-type", cloudevents::EVENT)
            .message_id(row.position.to_string())
            .expected_stream(self.remote.name());
        if let Some(expected) = expected.and_then(|expected| u64::try_from(expected).ok()) {
            message = message.expected_last_sequence(expected);
            if let Some(before) = before {
                message = message.expected_last_message_id(before.to_string());
            }
        }
        Ok(message)
    }

    async fn wait(&self, acked: i64, hand: &mut Hand) -> Told {
        loop {
            let head = *hand.head.borrow_and_update();
            if head > hand.told_head {
                hand.told_head = head;
                return Told::News(head);
            }
            let to_note = hand.noted.due(acked);
            let waits = !hand.acks.is_empty();
            let look_again = hand.known + LOOKED_EVERY;
            let Hand { acks, head, state, deleted, .. } = hand;
            tokio::select! {
                biased;
                changed = state.changed() => match changed {
                    Ok(()) => return Told::Changed,
                    Err(gone) => return Told::Failed(gone.to_string()),
                },
                _ = heard(deleted) => return Told::Changed,
                Some(ack) = acks.next(), if waits => {
                    return match ack {
                        Ok((pos, sequence)) => {
                            hand.pauses = 0;
                            hand.backoff = backoff();
                            hand.known = Instant::now();
                            Told::Acked { pos, sequence }
                        }
                        Err(why) => Told::Failed(why),
                    };
                }
                changed = head.changed() => if let Err(gone) = changed {
                    return Told::Failed(gone.to_string());
                },
                () = until(to_note) => self.note(acked, None, hand).await,
                () = tokio::time::sleep_until(look_again), if !waits => return Told::Changed,
            }
        }
    }

    async fn pause(&self, acked: i64, why: String, hand: &mut Hand) -> Told {
        hand.pauses += 1;
        let (feed, again) = (&self.remote.feed, hand.pauses);
        // Once is what a second leader, or a server that starts again, costs.
        if hand.pauses > 1 {
            tracing::warn!(feed, why, again, "the feed is not copied");
            self.note(acked, Some(why), hand).await;
        } else {
            tracing::debug!(feed, why, "copying begins again");
        }
        tokio::time::sleep(hand.backoff.next().unwrap_or(LONGEST_PAUSE)).await;
        Told::Rested
    }

    /// Notes how far we are. That it cannot be noted is no reason not to go on.
    async fn note(&self, pos: i64, away: Option<String>, hand: &mut Hand) {
        if hand.noted.pos == Some(pos) && hand.noted.away == away {
            return;
        }
        if let Err(error) = publication::note(&self.db, pos, away.as_deref()).await {
            tracing::warn!(error = error.chain(), "how far the feed is copied cannot be noted");
        }
        hand.noted = Noted { pos: Some(pos), away, at: Some(Instant::now()) };
    }

    async fn halt(&self, acked: i64, why: &str, noted: bool) -> Told {
        let (feed, stream) = (&self.remote.feed, self.remote.name());
        tracing::error!(
            feed,
            stream,
            why,
            "copying the feed is halted until an operator resumes it"
        );
        let mut work = self.db.work().subscribe();
        if !noted && let Err(error) = publication::halt(&self.db, acked, why).await {
            tokio::time::sleep(NOTED_EVERY).await;
            return Told::Failed(error.chain());
        }
        loop {
            let orders = self.db.read(async |tx| publication::orders(tx).await).await;
            if orders.is_ok_and(|orders| orders.halted.is_none()) {
                return Told::Resumed;
            }
            tokio::select! {
                _ = work.changed() => {}
                () = tokio::time::sleep(ASKED_EVERY) => {}
            }
        }
    }
}

impl Noted {
    /// When the position is to be noted; nothing when it stands there.
    fn due(&self, pos: i64) -> Option<Instant> {
        if self.pos == Some(pos) && self.away.is_none() {
            return None;
        }
        Some(self.at.map_or_else(Instant::now, |at| at + NOTED_EVERY))
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

async fn heard(subscriber: &mut Option<Subscriber>) -> Option<Message> {
    match subscriber {
        Some(subscriber) => match subscriber.next().await {
            Some(message) => Some(message),
            None => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

const LONGEST_PAUSE: Duration = Duration::from_secs(2);

fn backoff() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(20))
        .with_max_delay(LONGEST_PAUSE)
        .without_max_times()
        .with_jitter()
        .build()
}
