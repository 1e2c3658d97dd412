//! What is counted where it happens: handles made once, so that counting is an addition.
//!
//! The names and what they mean stand in the binary's catalogue of metrics; a test compares both.

use std::time::Instant;

use metrics::{Counter, Histogram, counter, gauge, histogram};

/// What one service's database counts.
pub(crate) struct OfService {
    /// Messages published, with their commit.
    pub(crate) published: Counter,
    /// Commands that were run again because somebody else was first.
    pub(crate) races_lost: Counter,
    /// Timers that fired, and that did not.
    pub(crate) timers_fired: Counter,
    pub(crate) timers_failed: Counter,
    /// Calls to the outside by what came of them.
    pub(crate) effects: Effects,
    /// How long a connection was waited for.
    wait_read: Histogram,
    wait_write: Histogram,
}

/// Calls to the outside by what came of them.
pub(crate) struct Effects {
    pub(crate) ok: Counter,
    pub(crate) failed: Counter,
    pub(crate) later: Counter,
    pub(crate) unknown: Counter,
}

impl OfService {
    pub(crate) fn new(service: &str) -> Self {
        let service = service.to_owned();
        let timers = |outcome| counter!("scte_timers_total", "service" => service.clone(), "outcome" => outcome);
        let effects = |outcome| counter!("scte_effects_total", "service" => service.clone(), "outcome" => outcome);
        let wait = |act| histogram!("scte_db_pool_wait_seconds", "service" => service.clone(), "for" => act);
        Self {
            published: counter!("scte_messages_published_total", "service" => service.clone()),
            races_lost: counter!("scte_races_lost_total", "service" => service.clone()),
            timers_fired: timers("fired"),
            timers_failed: timers("failed"),
            effects: Effects {
                ok: effects("ok"),
                failed: effects("failed"),
                later: effects("later"),
                unknown: effects("unknown"),
            },
            wait_read: wait("read"),
            wait_write: wait("write"),
        }
    }

    /// A connection to read by was had, after waiting since `asked`.
    pub(crate) fn waited_to_read(&self, asked: Instant) {
        self.wait_read.record(asked.elapsed());
    }

    /// A connection to write by was had, after waiting since `asked`.
    pub(crate) fn waited_to_write(&self, asked: Instant) {
        self.wait_write.record(asked.elapsed());
    }
}

/// What the reading of one feed by one service counts.
pub(crate) struct OfReading {
    /// Messages that took effect, once per consumer, with their commit.
    pub(crate) applied: Counter,
    /// Batches that were undone.
    pub(crate) rolled_back: Counter,
    /// Batches that another leader had taken.
    pub(crate) fenced: Counter,
    /// Times that reading paused because it could not get on.
    pub(crate) paused: Counter,
}

impl OfReading {
    pub(crate) fn new(service: &str, feed: &str) -> Self {
        let (service, feed) = (service.to_owned(), feed.to_owned());
        macro_rules! of_reading {
            ($name:literal) => {
                counter!($name, "service" => service.clone(), "feed" => feed.clone())
            };
        }
        Self {
            applied: of_reading!("scte_messages_applied_total"),
            rolled_back: of_reading!("scte_batches_rolled_back_total"),
            fenced: of_reading!("scte_batches_fenced_total"),
            paused: of_reading!("scte_reading_pauses_total"),
        }
    }
}

/// Says whether this process leads a service, until dropped; then it does not.
pub(crate) struct Leading(metrics::Gauge);

impl Leading {
    pub(crate) fn begin(service: &str) -> Self {
        let leads = gauge!("scte_leader", "service" => service.to_owned());
        leads.set(1.0);
        Self(leads)
    }

    /// A service that this process does not lead, or not yet.
    pub(crate) fn not_yet(service: &str) {
        gauge!("scte_leader", "service" => service.to_owned()).set(0.0);
    }
}

impl Drop for Leading {
    fn drop(&mut self) {
        self.0.set(0.0);
    }
}
