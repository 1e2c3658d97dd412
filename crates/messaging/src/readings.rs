//! How the reading of each feed goes, as its driver in this process last saw it: for people who ask
//! why a copy is old. Nothing here decides anything.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

/// How the reading of one feed goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The last position of the feed that was known, and when it was.
    pub head: Option<(i64, DateTime<Utc>)>,
    /// Why it does not get on at this moment, and since when: the transport's error, or that of
    /// the service's own database.
    pub pausing: Option<(String, DateTime<Utc>)>,
}

/// The readings of a service, and whether this process leads it; clones share them.
#[derive(Clone, Default)]
pub struct Readings(Arc<Inner>);

#[derive(Default)]
struct Inner {
    leads: AtomicBool,
    feeds: Mutex<BTreeMap<String, Reading>>,
}

impl Readings {
    /// How the reading of `feed` goes here; nothing was seen of one that this process never read.
    #[must_use]
    pub fn of(&self, feed: &str) -> Reading {
        self.feeds().get(feed).cloned().unwrap_or_default()
    }

    /// Whether this process does the service's background work.
    #[must_use]
    pub fn leads(&self) -> bool {
        self.0.leads.load(Ordering::Relaxed)
    }

    pub(crate) fn lead(&self, leads: bool) {
        self.0.leads.store(leads, Ordering::Relaxed);
        if !leads {
            // Whoever leads now knows better.
            self.feeds().clear();
        }
    }

    /// The feed was read.
    pub(crate) fn read(&self, feed: &str, head: Option<i64>, now: DateTime<Utc>) {
        self.change(feed, |reading| {
            if let Some(head) = head {
                reading.head = Some((head, now));
            }
        });
    }

    /// What was read took effect, or nothing was left to read.
    pub(crate) fn got_on(&self, feed: &str) {
        self.change(feed, |reading| reading.pausing = None);
    }

    /// Reading does not get on.
    pub(crate) fn paused(&self, feed: &str, why: &str, now: DateTime<Utc>) {
        self.change(feed, |reading| match &mut reading.pausing {
            Some((known, _)) => why.clone_into(known),
            None => reading.pausing = Some((why.to_owned(), now)),
        });
    }

    fn change(&self, feed: &str, change: impl FnOnce(&mut Reading)) {
        let mut feeds = self.feeds();
        match feeds.get_mut(feed) {
            Some(reading) => change(reading),
            None => change(feeds.entry(feed.to_owned()).or_default()),
        }
    }

    fn feeds(&self) -> MutexGuard<'_, BTreeMap<String, Reading>> {
        self.0.feeds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_keeps_when_it_began_and_says_the_last_reason() {
        let readings = Readings::default();
        let at = |second: i64| DateTime::from_timestamp(second, 0).unwrap();

        readings.read("commerce", Some(7), at(1));
        readings.paused("commerce", "no route", at(2));
        readings.read("commerce", None, at(3));
        readings.paused("commerce", "refused", at(4));

        let reading = readings.of("commerce");
        assert_eq!(reading.head, Some((7, at(1))));
        assert_eq!(reading.pausing, Some(("refused".to_owned(), at(2))));
        readings.got_on("commerce");
        assert_eq!(readings.of("commerce").pausing, None);
        readings.lead(false);
        assert_eq!(readings.of("commerce"), Reading::default());
    }
}
