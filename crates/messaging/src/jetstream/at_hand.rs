//! What a reader of a stream has at hand, and the rules by which it is handed over; without any input
//! or output.

use std::collections::VecDeque;

use super::publisher::Epochs;
use crate::cloudevents;
use crate::feed::{Envelope, Position};
use crate::reader::{Read, epoch_after};

/// The most that is kept at hand, in messages and in bytes.
const MOST: usize = 1_000;
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// What is known of the stream, and what was read of it.
#[derive(Default)]
pub(super) struct Held {
    pub(super) status: Status,
    pub(super) epochs: Epochs,
    /// Whether the producer has looked through the stream since the broker started.
    pub(super) looked_through: bool,
    /// The stream's last position as far as it is known.
    pub(super) head: Option<i64>,
    /// The position before the first message at hand; nothing before anybody asked.
    pub(super) start: Option<i64>,
    pub(super) messages: VecDeque<Envelope>,
    pub(super) bytes: usize,
    /// Counts what whoever waits must come and see, beside new messages.
    pub(super) turns: u64,
    /// The count when somebody was last answered.
    pub(super) seen: u64,
}

/// Whether the stream can be followed.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) enum Status {
    /// It is being looked at.
    #[default]
    Opening,
    Open,
    Away(String),
}

/// What there is to answer.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    /// This.
    Now(Read),
    /// What is asked for is coming: wait for news.
    Later,
    /// It lies before what is at hand: to be read by itself, by these epochs.
    Before(Epochs),
}

impl Held {
    /// The last position that was read.
    pub(super) fn end(&self) -> i64 {
        self.messages.back().map_or(self.start.unwrap_or(0), |last| last.position.pos)
    }

    pub(super) fn is_full(&self) -> bool {
        self.messages.len() >= MOST || self.bytes >= MOST_BYTES
    }

    pub(super) fn begin_at(&mut self, pos: i64) {
        self.start = Some(pos);
        self.messages.clear();
        self.bytes = 0;
    }

    /// What is to be answered; lets go of what lies at or before `at`.
    pub(super) fn answer(&mut self, at: &Position, max: usize) -> Answer {
        let current = self.epochs.last().is_some_and(|(epoch, _)| *epoch == at.epoch);
        if current && (self.start..=Some(self.end())).contains(&Some(at.pos)) {
            self.let_go(at.pos);
            if !self.messages.is_empty() {
                return Answer::Now(Read::Batch(self.messages.iter().take(max).cloned().collect()));
            }
        }
        match &self.status {
            Status::Away(why) => return Answer::Now(Read::Unavailable(why.clone())),
            Status::Opening => return Answer::Later,
            Status::Open => {}
        }
        let head = self.head.unwrap_or_default();
        match epoch_after(&self.epochs, at) {
            // The stream of an older backup of the broker does not know what the producer does.
            Some(Read::EpochChanged { starts_after: -1, .. }) if !self.looked_through => {
                let why = format!("the stream is not up to date: it has no epoch {}", at.epoch);
                Answer::Now(Read::Unavailable(why))
            }
            Some(changed) => Answer::Now(changed),
            None if head < at.pos => {
                let pos = at.pos;
                let why =
                    format!("the stream ends at {head}, before {pos}: it is to be filled again");
                Answer::Now(Read::Unavailable(why))
            }
            None if self.start.is_some_and(|start| at.pos < start) => {
                Answer::Before(self.epochs.clone())
            }
            None if head > at.pos => Answer::Later,
            None => Answer::Now(Read::Batch(Vec::new())),
        }
    }

    fn let_go(&mut self, pos: i64) {
        while self.messages.front().is_some_and(|first| first.position.pos <= pos) {
            if let Some(gone) = self.messages.pop_front() {
                self.bytes -= gone.body.len();
            }
        }
        self.start = Some(pos);
    }
}

/// The message behind `end`, if this is it.
pub(super) fn next(
    epochs: &Epochs,
    feed: &str,
    end: i64,
    sequence: i64,
    payload: &[u8],
) -> Result<Envelope, String> {
    if sequence != end + 1 {
        return Err(format!("the stream has a gap behind {end}: {sequence} follows"));
    }
    let foreign =
        |what: &str| format!("message {sequence} of the stream is not the producer's: {what}");
    let envelope = cloudevents::from_json(payload, feed).map_err(|why| foreign(&why))?;
    let epoch = epochs.iter().rev().find(|(_, starts_after)| *starts_after < sequence);
    let at = &envelope.position;
    if at.pos != sequence || epoch.is_none_or(|(epoch, _)| *epoch != at.epoch) {
        return Err(foreign(&format!("it is {at}")));
    }
    Ok(envelope)
}

#[cfg(test)]
#[path = "at_hand_tests.rs"]
mod tests;
