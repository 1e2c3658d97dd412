//! How many messages each feed carried in the last hour, by type and by minute: each message is
//! counted once, when somebody looks, and what is older than an hour is forgotten.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use messaging::{Db, Result};
use tokio::sync::Mutex;

use super::tables::{self, Carried};

/// The most messages counted at one look, in each direction; the next look goes on.
const AT_ONCE: i64 = 5_000;
/// How many minutes are kept.
const MINUTES: i64 = 60;

/// What was counted so far, by service.
#[derive(Default)]
pub(crate) struct Traffic(Mutex<HashMap<String, Counted>>);

impl Traffic {
    /// The last hour of the feed whose producer's database this is.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) async fn of(&self, db: &Db, now: DateTime<Utc>) -> Result<Hour> {
        // Held while reading: two who look at the same time count nothing twice.
        let mut all = self.0.lock().await;
        let counted = all.entry(db.service().to_owned()).or_default();
        counted.go_on(db, now).await?;
        counted.forget(now);
        Ok(counted.hour(db.head_position(), now))
    }
}

/// The last hour of one feed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Hour {
    types: HashMap<String, i64>,
    /// How many in each minute, the oldest first.
    pub(super) minutes: Vec<i64>,
    /// Whether all of the hour was counted yet.
    pub(super) whole: bool,
}

impl Hour {
    /// How many messages there were.
    pub(super) fn total(&self) -> i64 {
        self.minutes.iter().sum()
    }

    /// How many there were of these types.
    pub(super) fn of(&self, types: &[String]) -> i64 {
        types.iter().filter_map(|one| self.types.get(one)).sum()
    }
}

/// An unbroken run of positions that were counted.
#[derive(Debug, Default)]
struct Counted {
    /// The first and the last of them; none before the first look.
    run: Option<(i64, i64)>,
    /// Whether everything before the run is older than an hour.
    whole: bool,
    minutes: BTreeMap<i64, HashMap<String, i64>>,
}

impl Counted {
    async fn go_on(&mut self, db: &Db, now: DateTime<Utc>) -> Result<()> {
        let head = db.head_position();
        let (first, last) = match self.run {
            Some((first, last)) if head - last <= AT_ONCE => (first, last),
            // After a long time without a look it is quicker to begin again.
            _ => {
                *self = Self::default();
                (head + 1, head)
            }
        };
        self.run = Some((first, last));
        for message in tables::carried_after(db, last, AT_ONCE).await? {
            self.add(&message);
            self.run = Some((first, message.pos));
        }
        if !self.whole {
            let older = tables::carried_before(db, first, AT_ONCE).await?;
            self.take_older(&older, now);
        }
        Ok(())
    }

    /// Takes in what stands before the run, the latest first.
    fn take_older(&mut self, older: &[Carried], now: DateTime<Utc>) {
        let most = usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
        self.whole = older.len() < most;
        for message in older {
            if message.at <= now - TimeDelta::minutes(MINUTES) {
                self.whole = true;
                return;
            }
            self.add(message);
            self.run = self.run.map(|(_, last)| (message.pos, last));
        }
    }

    fn add(&mut self, message: &Carried) {
        let minute = self.minutes.entry(minute(message.at)).or_default();
        *minute.entry(message.r#type.clone()).or_default() += 1;
    }

    fn forget(&mut self, now: DateTime<Utc>) {
        self.minutes.retain(|at, _| *at > minute(now) - MINUTES);
    }

    fn hour(&self, head: i64, now: DateTime<Utc>) -> Hour {
        let mut hour = Hour::default();
        for at in minute(now) - MINUTES + 1..=minute(now) {
            let types = self.minutes.get(&at);
            hour.minutes.push(types.map_or(0, |types| types.values().sum()));
            for (name, count) in types.into_iter().flatten() {
                *hour.types.entry(name.clone()).or_default() += count;
            }
        }
        hour.whole = self.whole && self.run.is_some_and(|(_, last)| last >= head);
        hour
    }
}

fn minute(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        format!("2027-03-01T{text}Z").parse().unwrap()
    }

    fn message(pos: i64, r#type: &str, time: &str) -> Carried {
        Carried { pos, r#type: r#type.to_owned(), at: at(time) }
    }

    #[test]
    fn the_hour_before_the_first_look_is_counted_backwards() {
        let mut counted = Counted { run: Some((4, 3)), ..Counted::default() };
        let older =
            [message(3, "b", "11:59:30"), message(2, "a", "11:01:00"), message(1, "a", "10:59:59")];
        counted.take_older(&older, at("12:00:00"));

        let hour = counted.hour(3, at("12:00:00"));
        assert_eq!((hour.total(), hour.whole), (2, true));
        assert_eq!(hour.of(&["a".to_owned()]), 1);
        assert_eq!((hour.minutes.len(), hour.minutes[0], hour.minutes[58]), (60, 1, 1));
        assert_eq!(counted.run, Some((2, 3)));
    }

    #[test]
    fn what_is_older_than_an_hour_is_forgotten() {
        let mut counted = Counted { run: Some((1, 2)), whole: true, ..Counted::default() };
        counted.add(&message(1, "a", "11:00:59"));
        counted.add(&message(2, "a", "11:30:00"));

        counted.forget(at("12:00:00"));

        assert_eq!(counted.minutes.len(), 1);
        assert_eq!(counted.hour(2, at("12:29:59")).total(), 1);
        assert_eq!(counted.hour(2, at("12:30:00")).total(), 0);
    }

    #[test]
    fn an_hour_is_whole_when_both_ends_were_reached() {
        let counted = Counted { run: Some((1, 2)), whole: true, ..Counted::default() };
        assert!(counted.hour(2, at("12:00:00")).whole);
        assert!(!counted.hour(3, at("12:00:00")).whole);
    }
}
