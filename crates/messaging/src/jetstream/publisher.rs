//! The rules of copying a feed to its stream, without any input or output: what to do next, given
//! what came of the last thing done.
//!
//! The driver in `copying` asks [`Publisher::next`], does it with a real table and a real stream, and
//! tells what came of it with [`Publisher::told`]. What the rules keep: the message at sequence n of
//! the stream is the feed's row at position n, or the stream holds another's message and is written
//! on by nobody.
//!
//! That rests on three things. A message is taken only behind the sequence before its position and,
//! within a run, behind the message before it, so that neither a second publisher nor anybody else
//! can slip in between. A run begins only where the stream's last message was compared with the row
//! of that position. And whatever goes wrong within a run ends it.

use crate::feed::Position;
use crate::flaw::{Flaw, Rules, Sound};

/// The most messages on their way at once.
pub const WINDOW: i64 = 256;

/// The lives of a feed: name and the position behind which each began, oldest first.
pub type Epochs = Vec<(String, i64)>;

/// What a message says, whatever its text looks like.
pub type Digest = [u8; 32];

/// What this service's own database says, read after the stream was.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Own {
    /// The lives of the feed.
    pub epochs: Epochs,
    /// Its last position.
    pub head: i64,
    /// The row at the stream's last sequence, if the feed goes as far.
    pub at_last: Option<Row>,
    /// Why nothing is copied until an operator says so.
    pub halted: Option<String>,
    /// An operator said that the stream is to be made anew.
    pub rebuild: bool,
}

/// A row of the feed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Row {
    /// Its id.
    pub id: Position,
    /// What it says; nothing when it was blanked, and no longer says what was copied.
    pub digest: Option<Digest>,
}

/// The stream as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Stream {
    /// There is none.
    Missing,
    /// There is one.
    There(Found),
}

/// What is known of a stream that is there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Found {
    /// How many messages it holds.
    pub messages: i64,
    /// The last sequence it gave.
    pub last: i64,
    /// The lives of the feed as its label says; empty without one.
    pub epochs: Epochs,
    /// Whether its label says what we would write.
    pub labelled: bool,
    /// The message at `last`, if it is there.
    pub at_last: Option<Copied>,
}

/// A message of the stream.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Copied {
    /// Its id; nothing when it is not of this feed at all.
    pub id: Option<Position>,
    /// What it says.
    pub digest: Digest,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ask {
    /// Read the stream, then what our own database says of it.
    Look,
    /// Make the stream, with our label; what an operator said of making it anew is done then.
    Create,
    /// Delete the stream.
    Delete(String),
    /// Put our label on the stream.
    Label,
    /// Send what the feed has, [`WINDOW`] messages at most; all within the run on their way are
    /// sent behind each other.
    Send {
        /// Rows behind this position.
        after: i64,
        /// The sequence that must be the stream's last before the first of them; nothing for no
        /// such condition, which only broken rules ask for.
        behind: Option<i64>,
        /// How many at most.
        most: i64,
        /// Which message must be the stream's last before each of them.
        before: Before,
    },
    /// Wait for an acknowledgement, for more to send, or until the stream has changed.
    Wait {
        /// The last position that is acknowledged.
        acked: i64,
        /// The last position that was sent.
        sent: i64,
    },
    /// Something is away: wait a little, longer each time.
    Pause(String),
    /// Wait until an operator says that the stream is to be made anew.
    Halt {
        /// Why nothing is copied.
        why: String,
        /// Whether that stands in the database already; else it is to be noted.
        noted: bool,
    },
}

/// Which message a message asks to be the stream's last before it. The sequence alone would let a
/// message in behind another's, where ours of that sequence was refused and those behind it were on
/// their way already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Before {
    /// This begins a run: the first asks for none, for the stream's last message was looked at; each
    /// of the others for the one before it.
    Looked,
    /// Each asks for the one before it, the first for the last one sent.
    Sent,
    /// None asks, by broken rules only.
    Anything,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum Told {
    /// What was seen.
    Seen {
        /// Here.
        own: Own,
        /// There.
        stream: Stream,
    },
    /// The stream was made, deleted or labelled.
    Done,
    /// Everything up to this position is on its way.
    Sent(i64),
    /// The stream took the next message.
    Acked {
        /// The message's position.
        pos: i64,
        /// Where the stream put it.
        sequence: i64,
    },
    /// The feed's head is here now.
    News(i64),
    /// The stream may no longer be what it was; nothing failed.
    Changed,
    /// It did not work, or nobody knows; what is on its way counts for nothing.
    Failed(String),
    /// The pause is over.
    Rested,
    /// An operator spoke.
    Resumed,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Step {
    Looking,
    Creating,
    Deleting(String),
    Labelling,
    Copying,
    Pausing(String),
    Halting(String, bool),
}

/// The state of copying one feed, by rules that are [`Sound`] wherever it is in earnest.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Publisher<R = Sound> {
    step: Step,
    /// The stream's last sequence that is known to be ours.
    acked: i64,
    sent: i64,
    head: i64,
    /// Whether nothing was sent since the stream was looked at.
    fresh: bool,
    /// How far sequences lag behind positions: never, by sound rules.
    shift: i64,
    rules: R,
}

impl Default for Publisher {
    fn default() -> Self {
        Self::new()
    }
}

impl Publisher {
    /// Begins by looking at the stream.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Sound)
    }
}

impl Publisher<Flaw> {
    /// Rules that are broken in one way, for tests of the tests.
    #[must_use]
    pub fn flawed(flaw: Flaw) -> Self {
        Self::with(flaw)
    }
}

impl<R: Rules> Publisher<R> {
    fn with(rules: R) -> Self {
        Self { step: Step::Looking, acked: 0, sent: 0, head: 0, fresh: true, shift: 0, rules }
    }

    /// The last position that the stream is known to hold.
    #[must_use]
    pub fn acked(&self) -> i64 {
        self.acked
    }

    /// What to do next. Asking twice gives the same answer.
    #[must_use]
    pub fn next(&self) -> Ask {
        match &self.step {
            Step::Looking => Ask::Look,
            Step::Creating => Ask::Create,
            Step::Deleting(why) => Ask::Delete(why.clone()),
            Step::Labelling => Ask::Label,
            Step::Copying => self.copy(),
            Step::Pausing(why) => Ask::Pause(why.clone()),
            Step::Halting(why, noted) => Ask::Halt { why: why.clone(), noted: *noted },
        }
    }

    fn copy(&self) -> Ask {
        let room = WINDOW - (self.sent - self.acked);
        // Half a window at a time, unless less is left: rows are read in few statements.
        if self.sent < self.head && (room >= WINDOW / 2 || self.head - self.sent <= room) {
            let behind = self.sent - self.shift;
            let behind = (!self.rules.broken(Flaw::NoExpectedSequence)).then_some(behind);
            let before = match self.fresh {
                _ if self.rules.broken(Flaw::NoExpectedId) => Before::Anything,
                true => Before::Looked,
                false => Before::Sent,
            };
            return Ask::Send { after: self.sent, behind, most: room, before };
        }
        Ask::Wait { acked: self.acked, sent: self.sent }
    }

    /// What came of the last thing done. What does not fit the present step is ignored.
    pub fn told(&mut self, told: Told) {
        self.step = match (std::mem::replace(&mut self.step, Step::Looking), told) {
            (Step::Looking, Told::Seen { own, stream }) => self.seen(own, stream),
            (Step::Labelling, Told::Done) => Step::Copying,
            (Step::Copying, Told::Sent(pos)) => self.sent(pos),
            (Step::Copying, Told::Acked { pos, sequence }) => self.taken(pos, sequence),
            (Step::Copying, Told::News(head)) => {
                self.head = self.head.max(head);
                Step::Copying
            }
            (Step::Copying, Told::Failed(_)) if self.rules.broken(Flaw::AckBeforePublish) => {
                Step::Copying
            }
            (Step::Halting(why, noted), Told::Failed(_)) => Step::Halting(why, noted),
            (_, Told::Failed(why)) => Step::Pausing(why),
            (Step::Creating | Step::Deleting(_), Told::Done)
            | (Step::Copying, Told::Changed)
            | (Step::Pausing(_), Told::Rested | Told::Changed)
            | (Step::Halting(..), Told::Resumed) => Step::Looking,
            (step, _) => step,
        };
    }

    fn seen(&mut self, own: Own, stream: Stream) -> Step {
        if let Some(why) = own.halted {
            return Step::Halting(why, true);
        }
        let found = match stream {
            Stream::Missing => return Step::Creating,
            Stream::There(_) if own.rebuild => {
                return Step::Deleting("an operator wants it made anew".to_owned());
            }
            Stream::There(found) => found,
        };
        match judge(&own, &found) {
            Verdict::GoOn => self.go_on(&own, &found),
            Verdict::Another(_) if self.rules.broken(Flaw::AcceptForeign) => {
                self.go_on(&own, &found)
            }
            Verdict::Restored(_) if self.rules.broken(Flaw::IgnoreStreamEpoch) => {
                self.go_on(&own, &found)
            }
            Verdict::Restored(why) | Verdict::Damaged(why) => Step::Deleting(why),
            Verdict::Another(why) => Step::Halting(why, false),
        }
    }

    fn go_on(&mut self, own: &Own, found: &Found) -> Step {
        let from = if self.rules.broken(Flaw::IgnoreStreamFall) {
            self.acked.max(found.last)
        } else {
            found.last
        };
        self.shift = from - found.last;
        self.acked = from;
        self.sent = from;
        self.head = own.head;
        self.fresh = true;
        if found.labelled { Step::Copying } else { Step::Labelling }
    }

    fn sent(&mut self, pos: i64) -> Step {
        self.fresh = self.fresh && pos == self.sent;
        // Behind a head that was too hopeful there is nothing to send.
        self.head = if pos == self.sent { pos } else { self.head };
        self.sent = pos;
        if self.rules.broken(Flaw::AckBeforePublish) {
            self.acked = pos;
        }
        Step::Copying
    }

    fn taken(&mut self, pos: i64, sequence: i64) -> Step {
        if sequence != pos - self.shift {
            let why = format!("the stream has message {pos} at {sequence}");
            return Step::Pausing(why);
        }
        self.acked = self.acked.max(pos);
        Step::Copying
    }
}

/// What a stream that is there turns out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    /// A copy of the feed up to its last message.
    GoOn,
    /// A copy in which messages are missing.
    Damaged(String),
    /// A copy of what the feed was before it was restored from a backup.
    Restored(String),
    /// Written by somebody else.
    Another(String),
}

fn judge(own: &Own, found: &Found) -> Verdict {
    let last = found.last;
    let Some(theirs) = &found.at_last else {
        return match (last, is_ours(own, found)) {
            (0, _) => Verdict::GoOn,
            (_, true) => Verdict::Damaged(format!("its message {last} is missing")),
            (_, false) => Verdict::Another(
                "a stream of our name has lost its messages and is not labelled as ours".to_owned(),
            ),
        };
    };
    if own.at_last.as_ref().is_some_and(|row| same(row, theirs)) {
        if found.messages < last {
            let missing = last - found.messages;
            return Verdict::Damaged(format!("{missing} of its messages are missing"));
        }
        return Verdict::GoOn;
    }
    // What another life of our own feed wrote, before a backup of an earlier one was put back.
    let before = theirs.id.as_ref().is_some_and(|id| {
        id.pos == last && found.epochs.iter().any(|(epoch, _)| *epoch == id.epoch)
    });
    let newest = own.epochs.last().map(|(epoch, _)| epoch);
    let unknown = !found.epochs.iter().any(|(epoch, _)| Some(epoch) == newest);
    if before && unknown && is_ours(own, found) {
        return Verdict::Restored(format!(
            "it copies what the feed was before a restore, to {last}"
        ));
    }
    let id = theirs.id.as_ref().map_or("no message of this feed".to_owned(), ToString::to_string);
    if last > own.head {
        let head = own.head;
        return Verdict::Another(format!(
            "the stream ends with {id} at {last}, but our feed ends at {head}"
        ));
    }
    Verdict::Another(format!("the stream's message {last} is not ours: {id}"))
}

/// Whether the label says that the stream is of this installation: it began with the same epoch.
fn is_ours(own: &Own, found: &Found) -> bool {
    !own.epochs.is_empty() && own.epochs.first() == found.epochs.first()
}

fn same(row: &Row, theirs: &Copied) -> bool {
    let content = row.digest.is_none_or(|digest| digest == theirs.digest);
    theirs.id.as_ref() == Some(&row.id) && content
}

#[cfg(test)]
#[path = "publisher_tests.rs"]
mod tests;
