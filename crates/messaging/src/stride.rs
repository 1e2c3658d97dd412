//! How many messages go into one transaction, so that it ends soon: it holds locks while it lasts,
//! and what breaks it takes all of them back. Over a slow connection, or on a busy machine, that is
//! fewer than usual.

use std::time::{Duration, Instant};

/// The most messages in one transaction.
const MOST: usize = 500;

/// How long a transaction is to last at most.
const LASTS: Duration = Duration::from_secs(1);

/// How far one consumption goes at a time.
pub(crate) struct Stride {
    messages: usize,
    /// When the transaction at hand began.
    began: Option<Instant>,
}

impl Stride {
    pub(crate) fn new() -> Self {
        Self { messages: MOST, began: None }
    }

    /// How many messages to ask for.
    pub(crate) fn messages(&self) -> usize {
        self.messages
    }

    /// A transaction begins.
    pub(crate) fn begin(&mut self) {
        self.began = Some(Instant::now());
    }

    /// The transaction that began, if one did, ended in whatever way; it had `count` messages.
    pub(crate) fn end(&mut self, count: usize) {
        if let Some(began) = self.began.take() {
            self.messages = next(self.messages, count, began.elapsed());
        }
    }
}

/// How many messages the next transaction is to have, after one of `count`, of at most `most` that
/// were asked for, lasted `took`.
fn next(most: usize, count: usize, took: Duration) -> usize {
    if took > LASTS {
        return (most.min(count) / 2).max(1);
    }
    // Only a full one tells that there was time for more.
    if count >= most && took < LASTS / 2 { (most * 2).min(MOST) } else { most }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(10);
    const LONG: Duration = Duration::from_secs(14);

    #[test]
    fn what_lasts_too_long_is_halved_down_to_single_messages() {
        let mut most = MOST;
        for expected in [250, 125, 62, 31, 15, 7, 3, 1, 1] {
            most = next(most, most, LONG);
            assert_eq!(most, expected);
        }
        // The few that there were took so long: more of them would take longer.
        assert_eq!(next(MOST, 8, LONG), 4);
        assert_eq!(next(MOST, 0, LONG), 1);
    }

    #[test]
    fn what_ends_soon_grows_again_when_it_was_full() {
        let mut most = 100;
        for expected in [200, 400, MOST, MOST] {
            most = next(most, most, SHORT);
            assert_eq!(most, expected);
        }
        assert_eq!(next(100, 99, SHORT), 100, "nobody knows how long a full one takes");
        assert_eq!(next(100, 100, LASTS), 100, "twice as many would take too long");
    }

    #[test]
    fn a_transaction_that_never_began_tells_nothing() {
        let mut stride = Stride::new();
        stride.end(1);
        assert_eq!(stride.messages(), MOST);
        stride.began = Instant::now().checked_sub(LONG);
        stride.end(MOST);
        stride.end(MOST);
        assert_eq!(stride.messages(), MOST / 2, "it counts once");
    }
}
