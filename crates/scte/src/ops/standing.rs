//! Where everybody stands, as the operations' pages show it: services, crosspoints of feeds and
//! readers, what is parked, which calls to the outside wait.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use messaging::jetstream::Publication;
use messaging::parked::Parked;
use messaging::{Error, Result};

use super::NAME;
use super::tables::{self, OpenCall};
use super::traffic::Hour;
use crate::house::Estate;
use crate::services;
use crate::status::{self, OfFeed, OfService, State};

/// A reader that is behind for no longer than this is on its way.
pub(super) const PATIENCE: TimeDelta = TimeDelta::seconds(1);

/// A service, and what it has to say for itself.
pub(super) struct Seen {
    pub(super) service: OfService,
    /// What its feed carried; nothing when it is stopped.
    pub(super) hour: Option<Hour>,
    pub(super) parked: Vec<Parked>,
    pub(super) calls: Vec<OpenCall>,
    /// How far its feed is copied to the broker; nothing where there never was one.
    pub(super) publication: Option<Publication>,
}

/// One service reading one feed.
pub(super) struct Crosspoint {
    pub(super) feed: String,
    pub(super) reader: String,
    /// How many messages it carried in the last hour, when the feed can be asked.
    pub(super) carried: Option<i64>,
    /// The last message that took effect, and when it was said; nothing of a stopped reader.
    pub(super) pos: Option<i64>,
    pub(super) last: Option<DateTime<Utc>>,
    /// How many messages wait, when that is known.
    pub(super) behind: Option<i64>,
    /// How old the first of them is.
    pub(super) lag: Option<TimeDelta>,
    pub(super) parked: usize,
    pub(super) way: Way,
}

/// How the reading goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// All that was said is known, or will be in a moment.
    Reads,
    /// Messages wait for longer than a moment.
    Lags,
    /// Somebody has to look at it.
    Halted(String),
    /// The feed of another process cannot be had at this moment, and why.
    Pauses(String),
    /// Nobody publishes: the producer is stopped.
    FeedAway,
    /// Nobody reads: the reader is stopped.
    ReaderAway,
}

/// All of it, at one moment.
pub(super) struct Standing {
    /// The services by name, operations among them.
    pub(super) seen: Vec<Seen>,
    pub(super) crosspoints: Vec<Crosspoint>,
}

impl Standing {
    /// Looks at everybody.
    pub(super) async fn of(estate: &Estate, now: DateTime<Utc>) -> Self {
        let mut seen = Vec::new();
        for name in estate.names() {
            seen.push(look_at(estate, name, now).await);
        }
        let said = said(estate, &seen).await;
        let mut feeds = services::names();
        feeds.sort_unstable();
        let mut crosspoints = Vec::new();
        for feed in feeds {
            let known = seen.iter().find(|seen| seen.service.name == feed);
            for reader in &seen {
                let types = estate.hears(&reader.service.name, feed);
                if !types.is_empty() {
                    let paused = paused(estate, &reader.service.name, feed);
                    let feed = Feed { name: feed, known, paused, types: &types };
                    crosspoints.push(crosspoint(&feed, reader, &said, now));
                }
            }
        }
        Self { seen, crosspoints }
    }

    /// The services, operations left out: they always run.
    pub(super) fn services(&self) -> impl Iterator<Item = &Seen> {
        self.seen.iter().filter(|seen| seen.service.name != NAME)
    }

    /// How a service reads the feeds of all.
    pub(super) fn read_by(&self, name: &str) -> impl Iterator<Item = &Crosspoint> {
        self.crosspoints.iter().filter(move |one| one.reader == name)
    }

    /// How long the slowest feed of a service waits, if one does.
    pub(super) fn worst_lag(&self, name: &str) -> Option<TimeDelta> {
        self.read_by(name).filter_map(|one| one.lag).max()
    }

    /// The crosspoint that is furthest behind, if one is.
    pub(super) fn slowest(&self) -> Option<&Crosspoint> {
        let behind =
            self.crosspoints.iter().filter(|one| one.lag.is_some_and(|lag| lag >= PATIENCE));
        behind.max_by_key(|one| one.lag)
    }

    /// How many messages all feeds carried in the last hour.
    pub(super) fn carried(&self) -> i64 {
        self.seen.iter().filter_map(|seen| seen.hour.as_ref()).map(Hour::total).sum()
    }

    /// How many were said in each minute of the last hour.
    pub(super) fn minutes(&self) -> Vec<i64> {
        let hours = self.seen.iter().filter_map(|seen| seen.hour.as_ref());
        let mut all: Vec<i64> = Vec::new();
        for hour in hours {
            all.resize(all.len().max(hour.minutes.len()), 0);
            for (sum, minute) in all.iter_mut().zip(&hour.minutes) {
                *sum += minute;
            }
        }
        all
    }

    /// Whether every feed was counted to its end.
    pub(super) fn is_counted(&self) -> bool {
        self.seen.iter().filter_map(|seen| seen.hour.as_ref()).all(|hour| hour.whole)
    }
}

async fn look_at(estate: &Estate, name: &str, now: DateTime<Utc>) -> Seen {
    let mut service = status::of_service(estate, name).await;
    let open = estate.open(name);
    let nothing = |service| {
        let (parked, calls) = (Vec::new(), Vec::new());
        Seen { service, hour: None, parked, calls, publication: None }
    };
    let Some(open) = open else { return nothing(service) };
    let more = async {
        let hour = match name {
            NAME => None,
            _ => Some(estate.traffic.of(&open.db, now).await?),
        };
        let (parked, calls) = (open.db.parked().await?, tables::open_calls(&open.db).await?);
        Ok::<_, Error>((hour, parked, calls, open.db.publication().await?))
    };
    match more.await {
        Ok((hour, parked, calls, publication)) => {
            Seen { service, hour, parked, calls, publication }
        }
        Err(error) => {
            service.trouble.get_or_insert(error.chain());
            nothing(service)
        }
    }
}

/// When what stands at the cursors and what waits first behind them was said, by feed and position.
async fn said(estate: &Estate, seen: &[Seen]) -> HashMap<(String, i64), DateTime<Utc>> {
    let mut wanted: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for feed in seen.iter().flat_map(|seen| &seen.service.feeds) {
        let positions = wanted.entry(&feed.feed).or_default();
        positions.push(feed.pos);
        if feed.behind().is_some_and(|behind| behind > 0) {
            positions.push(feed.pos + 1);
        }
    }
    let mut said = HashMap::new();
    for (feed, mut positions) in wanted {
        positions.sort_unstable();
        positions.dedup();
        // A feed that cannot be asked leaves the moments unknown.
        if let Some(open) = estate.open(feed)
            && let Ok(found) = tables::said_at(&open.db, &positions).await
        {
            said.extend(found.into_iter().map(|(pos, at)| ((feed.to_owned(), pos), at)));
        }
    }
    said
}

/// Why a reader does not get on with a feed of another process, if it does not.
fn paused(estate: &Estate, reader: &str, feed: &str) -> Option<String> {
    let here = estate.names().any(|name| name == feed);
    let open = estate.open(reader).filter(|_| !here)?;
    open.steering.readings().of(feed).pausing.map(|(why, _)| why)
}

/// A feed as one of its readers has it.
struct Feed<'a> {
    name: &'a str,
    /// Its service, when this process has it.
    known: Option<&'a Seen>,
    paused: Option<String>,
    /// What is heard of it.
    types: &'a [String],
}

fn crosspoint(
    feed: &Feed<'_>,
    reader: &Seen,
    said: &HashMap<(String, i64), DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Crosspoint {
    let name = feed.name.to_owned();
    let cursor = reader.service.feeds.iter().find(|cursor| cursor.feed == name);
    let pos = cursor.map(|cursor| cursor.pos);
    let moment = |pos: i64| said.get(&(name.clone(), pos)).copied();
    let behind = cursor.and_then(OfFeed::behind);
    let waits = behind.is_some_and(|behind| behind > 0);
    let lag = pos.filter(|_| waits).and_then(|pos| moment(pos + 1));
    let lag = lag.map(|at| (now - at).max(TimeDelta::zero()));
    let stopped = feed.known.is_some_and(|seen| seen.service.state == State::Stopped);
    let way = match cursor.and_then(|cursor| cursor.halted.clone()) {
        _ if reader.service.state == State::Stopped => Way::ReaderAway,
        Some(why) => Way::Halted(why),
        None if stopped => Way::FeedAway,
        None if lag.is_some_and(|lag| lag >= PATIENCE) => Way::Lags,
        None => feed.paused.clone().map_or(Way::Reads, Way::Pauses),
    };
    let hour = feed.known.and_then(|seen| seen.hour.as_ref());
    Crosspoint {
        carried: hour.map(|hour| hour.of(feed.types)),
        parked: reader.parked.iter().filter(|parked| parked.feed == name).count(),
        reader: reader.service.name.clone(),
        last: pos.and_then(moment),
        feed: name,
        pos,
        behind,
        lag,
        way,
    }
}

/// The service among those seen.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) fn one<'a>(standing: &'a Standing, name: &str) -> Result<&'a Seen> {
    let found = standing.seen.iter().find(|seen| seen.service.name == name);
    found.ok_or_else(|| Error::not_found("service", name))
}
