//! Follows a stream: one task per reader keeps a subscription from where the reader stands, and what
//! came of it at hand until the reader has got beyond, so that a batch that was rolled back is read
//! again without asking anybody.
//!
//! The consumers made for it are ordered and acknowledge nothing: a sequence that is not the next, or
//! an id that is not the producer's at that position, ends the subscription and begins another.

use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy, pull};
use async_nats::jetstream::{Message, stream::Stream};
use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use futures::StreamExt as _;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::at_hand::{Answer, Held, Status, next};
use super::label::Label;
use super::remote::{Remote, count};
use crate::feed::Position;
use crate::reader::Read;
use crate::tasks::Tasks;

/// How many messages are asked for at a time.
const PULL: usize = 256;
const PULL_EXPIRES: Duration = Duration::from_secs(30);
/// How often the broker says that a subscription is alive when nothing comes.
const HEARTBEAT: Duration = Duration::from_secs(3);
/// After this long without being asked the broker forgets a subscription.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(20);

/// A connection that takes longer than this is said to be away.
const SOON: Duration = Duration::from_secs(1);

/// Follows a stream from where it is asked to.
pub(super) struct Tail {
    remote: Remote,
    shared: Arc<Shared>,
    begun: Once,
    tasks: Tasks,
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.tasks.token().cancel();
    }
}

/// What the task and those who ask it share.
struct Shared {
    held: Mutex<Held>,
    /// Changes with whatever is held.
    news: watch::Sender<()>,
    /// The task is to look at the stream again, and begin where it is told.
    again: Notify,
    /// There is room again.
    room: Notify,
}

impl Tail {
    pub(super) fn new(remote: Remote) -> Self {
        let shared = Shared {
            held: Mutex::default(),
            news: watch::Sender::new(()),
            again: Notify::new(),
            room: Notify::new(),
        };
        Self { remote, shared: Arc::new(shared), begun: Once::new(), tasks: Tasks::new() }
    }

    /// Changes with whatever is held here.
    pub(super) fn news(&self) -> watch::Receiver<()> {
        self.shared.news.subscribe()
    }

    pub(super) fn head(&self) -> Option<i64> {
        self.shared.held().head
    }

    /// Begins, or moves on to where the reader stands.
    pub(super) fn follow(&self, pos: i64) {
        self.begun.call_once(|| {
            let (remote, shared) = (self.remote.clone(), self.shared.clone());
            let task = async move { run(&remote, &shared).await };
            self.tasks.spawn_until_stopped("follow", task);
        });
        let mut held = self.shared.held();
        // After a restore of the producer the reader goes back, and the stream may end before where we
        // began: then there is nothing to be read before what is at hand.
        let fell = held.start.is_some_and(|start| pos < start) && held.start > held.head;
        if held.start.is_none() || held.end() < pos || held.head.is_some() && fell {
            held.begin_at(pos);
            drop(held);
            self.shared.again.notify_one();
        }
    }

    /// Answers from what is at hand; lets go of what lies at or before `at`.
    pub(super) fn answer(&self, at: &Position, max: usize) -> Answer {
        let mut held = self.shared.held();
        let was_full = held.is_full();
        let answer = held.answer(at, max);
        held.seen = held.turns;
        let (has_room, doubt) = (
            was_full && !held.is_full(),
            matches!(
                &answer,
                Answer::Now(Read::Unavailable(_)) if held.status == Status::Open
            ),
        );
        drop(held);
        if has_room {
            self.shared.room.notify_one();
        }
        if doubt {
            // What was seen of the stream may be old.
            self.shared.again.notify_one();
        }
        answer
    }

    /// Whether to ask for what lies behind `pos` would give something else than the last time.
    pub(super) fn is_beyond(&self, pos: i64) -> bool {
        let held = self.shared.held();
        held.head.is_some_and(|head| head > pos)
            || held.turns != held.seen
            || matches!(held.status, Status::Away(_))
    }

    /// Why nothing came.
    pub(super) fn why_not(&self) -> String {
        match &self.shared.held().status {
            Status::Away(why) => why.clone(),
            _ => format!("the stream {} does not answer", self.remote.name()),
        }
    }
}

impl Shared {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Held) -> T) -> T {
        let changed = change(&mut self.held());
        self.news.send_replace(());
        changed
    }

    fn away(&self, why: String) {
        self.change(|held| {
            held.turns += 1;
            held.status = Status::Away(why);
        });
    }
}

/// Why a subscription ended.
enum End {
    /// Somebody wants it to begin elsewhere, or doubts what is known.
    Again,
    /// It cannot go on.
    Lost(String),
}

async fn run(remote: &Remote, shared: &Shared) {
    // Until somebody says where to begin.
    shared.again.notified().await;
    let mut state = remote.link.state();
    let mut backoff = backoff();
    let mut failures = 0;
    loop {
        connected(remote, shared).await;
        state.borrow_and_update();
        let (mut opened, began) = (false, Instant::now());
        let end = tokio::select! {
            biased;
            changed = state.changed() => match changed {
                Ok(()) => End::Lost(remote.link.away()),
                Err(gone) => End::Lost(gone.to_string()),
            },
            end = follow(remote, shared, &mut opened) => end,
        };
        if opened || began.elapsed() > HEARTBEAT * 2 {
            failures = 0;
            backoff = self::backoff();
        }
        if let End::Lost(why) = end {
            tracing::debug!(feed = remote.feed, why, "a stream cannot be followed");
            failures += 1;
            // The first time may be no more than a connection that is made again.
            if failures > 1 {
                shared.away(why);
            } else {
                shared.change(|held| held.status = Status::Opening);
            }
            tokio::time::sleep(backoff.next().unwrap_or(LONGEST_PAUSE)).await;
        }
    }
}

async fn connected(remote: &Remote, shared: &Shared) {
    if let Err(why) = remote.link.client().await {
        shared.away(why);
        return;
    }
    let mut state = remote.link.state();
    let soon = tokio::time::timeout(SOON, state.wait_for(|state| state.connected));
    if soon.await.is_err() {
        shared.away(remote.link.away());
        drop(state.wait_for(|state| state.connected).await);
    }
}

/// Reads from where it is to begin, until that does not go on; says in `opened` whether it ever did.
async fn follow(remote: &Remote, shared: &Shared, opened: &mut bool) -> End {
    let (stream, end) = match open(remote, shared).await {
        Ok(open) => open,
        Err(why) => return End::Lost(why),
    };
    let messages = async {
        let consumer = behind(&stream, end).await?;
        let messages = consumer
            .stream()
            .max_messages_per_batch(PULL)
            .expires(PULL_EXPIRES)
            .heartbeat(HEARTBEAT)
            .messages();
        messages.await.map_err(|error| error.to_string())
    };
    let mut messages = match messages.await {
        Ok(messages) => messages,
        Err(why) => return End::Lost(why),
    };
    let mut end = end;
    loop {
        let has_room = !shared.held().is_full();
        tokio::select! {
            biased;
            () = shared.again.notified() => return End::Again,
            () = shared.room.notified() => {}
            message = messages.next(), if has_room => {
                let message = match message {
                    Some(Ok(message)) => message,
                    Some(Err(error)) => return End::Lost(error.to_string()),
                    None => return End::Lost("the subscription ended".to_owned()),
                };
                match take(remote, shared, &message, end) {
                    Ok(pos) => end = pos,
                    Err(why) => return End::Lost(why),
                }
                *opened = true;
            }
        }
    }
}

/// Looks at the stream; gives it with the position behind which it is to be read.
async fn open(remote: &Remote, shared: &Shared) -> Result<(Stream, i64), String> {
    let stream = remote.get().await?;
    let stream = stream.ok_or_else(|| {
        format!("there is no stream {}: its producer makes it when it can", remote.name())
    })?;
    let info = stream.cached_info();
    let label = Label::read(&info.config.metadata);
    if label.epochs.is_empty() {
        return Err(format!("the stream {} is not labelled by its producer", remote.name()));
    }
    let looked_through = label.server == remote.link.server().await?;
    let head = count(info.state.last_sequence);
    let end = shared.change(|held| {
        if held.epochs != label.epochs {
            // What is at hand may be of a life that ended.
            held.begin_at(held.start.unwrap_or(0));
            held.turns += 1;
        }
        if head < held.end() {
            held.turns += 1;
        }
        held.epochs = label.epochs;
        held.looked_through = looked_through;
        held.head = Some(head);
        held.status = Status::Open;
        held.end()
    });
    Ok((stream, end))
}

/// An ordered consumer without acknowledgements of what lies behind `pos`.
pub(super) async fn behind(stream: &Stream, pos: i64) -> Result<Consumer<pull::Config>, String> {
    let start_sequence = u64::try_from(pos + 1).unwrap_or(1);
    let config = pull::Config {
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence },
        ack_policy: AckPolicy::None,
        inactive_threshold: FORGOTTEN_AFTER,
        memory_storage: true,
        num_replicas: 1,
        ..pull::Config::default()
    };
    stream.create_consumer(config).await.map_err(|error| error.to_string())
}

/// Takes a message that came; gives the position at which we are then.
fn take(remote: &Remote, shared: &Shared, message: &Message, end: i64) -> Result<i64, String> {
    let info = message.info().map_err(|error| error.to_string())?;
    let (sequence, pending) = (count(info.stream_sequence), count(info.pending));
    if sequence <= end {
        return Ok(end);
    }
    let mut held = shared.held();
    if held.end() != end {
        // It is to begin elsewhere from now on.
        return Ok(end);
    }
    let envelope = next(&held.epochs, &remote.feed, end, sequence, &message.payload)?;
    held.bytes += envelope.body.len();
    held.messages.push_back(envelope);
    held.head = held.head.max(Some(sequence.saturating_add(pending)));
    drop(held);
    shared.news.send_replace(());
    Ok(sequence)
}

const LONGEST_PAUSE: Duration = Duration::from_secs(1);

fn backoff() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(20))
        .with_max_delay(LONGEST_PAUSE)
        .without_max_times()
        .with_jitter()
        .build()
}
