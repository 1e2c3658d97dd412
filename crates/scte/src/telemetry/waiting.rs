//! What waits in every service of this process, looked up when somebody asks: in its own database,
//! and so the same in the process that leads and in a replica that does not.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use messaging::gauge::{FeedWaits, Waits};
use messaging::jetstream::Publication;
use messaging::reader::Read;

use super::exposition::Exposition;
use crate::house::{Estate, Open};
use crate::tables;

/// A database that does not answer for so long is told as down.
const PATIENCE: Duration = Duration::from_secs(2);
/// A producer elsewhere that does not answer for so long leaves its metrics out.
const PATIENCE_ELSEWHERE: Duration = Duration::from_millis(500);

/// A service that is open here, and what waits in it, when its database said so.
struct Seen {
    name: &'static str,
    open: Arc<Open>,
    waits: Option<Waits>,
    /// How far its feed is copied to the broker, where there ever was one.
    copied: Option<Publication>,
}

/// Looks at every service of this process.
pub(super) async fn look(estate: &Estate, into: &mut Exposition) {
    let now = estate.house.clock.now();
    let open = estate.names().filter_map(|name| Some((name, estate.open(name)?)));
    let seen = join_all(open.map(async |(name, open)| {
        let waits = tokio::time::timeout(PATIENCE, open.db.waits()).await;
        let waits = waits.ok().and_then(Result::ok);
        let copied = match waits {
            Some(_) => tokio::time::timeout(PATIENCE, open.db.publication()).await,
            None => Ok(Ok(None)),
        };
        let copied = copied.ok().and_then(Result::ok).flatten();
        Seen { name, open, waits, copied }
    }));
    let seen = seen.await;
    for name in estate.names() {
        into.set_whether("scte_service_up", &[name], seen.iter().any(|seen| seen.name == name));
    }
    let said = said(&seen).await;
    for one in &seen {
        of_service(one, now, into);
    }
    let readings = seen.iter().flat_map(|one| {
        one.waits.iter().flat_map(|waits| &waits.feeds).map(move |feed| (one, feed))
    });
    let unread =
        readings.map(async |(one, feed)| (one.name, feed, unread(one, feed, &seen, &said).await));
    for (name, feed, unread) in join_all(unread).await {
        of_reading(name, feed, unread, now, into);
    }
}

fn of_service(one: &Seen, now: DateTime<Utc>, into: &mut Exposition) {
    let service = [one.name];
    for pool in one.open.db.connections() {
        into.set("scte_db_pool_busy", &[one.name, pool.purpose], f64::from(pool.busy));
        into.set("scte_db_pool_size", &[one.name, pool.purpose], f64::from(pool.most));
    }
    into.set_whether("scte_database_up", &service, one.waits.is_some());
    let Some(waits) = &one.waits else { return };
    if let Some(copied) = &one.copied {
        into.set("scte_publication_position", &service, exact(copied.position));
        into.set("scte_publication_lag", &service, exact(copied.lag));
        into.set_whether("scte_publication_halted", &service, copied.halted.is_some());
        into.set_whether("scte_publication_away", &service, copied.away.is_some());
    }
    // Who does not lead does not read.
    let readings = one.open.steering.readings();
    if readings.leads() {
        for feed in one.open.readers.keys() {
            let since = readings.of(feed).pausing.map(|(_, since)| since);
            into.set("scte_reading_paused_seconds", &[one.name, feed], age(since, now));
        }
    }
    into.set("scte_feed_head", &service, exact(waits.head));
    into.set_whether("scte_held", &service, waits.held);
    into.set("scte_timers_overdue_seconds", &service, age(waits.timer_due, now));
    into.set("scte_timers_failing", &service, exact(waits.timers_failing));
    into.set("scte_effects_unknown", &service, exact(waits.effects_unknown));
    into.set("scte_effects_waiting_oldest_seconds", &service, age(waits.effect_asked, now));
}

/// What of a feed a service has not taken yet; nothing is known of a feed that cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Unread {
    /// So many messages, the first said at an instant, if that is known.
    Some(i64, Option<DateTime<Utc>>),
    Unknown,
}

fn of_reading(
    name: &str,
    feed: &FeedWaits,
    unread: Unread,
    now: DateTime<Utc>,
    into: &mut Exposition,
) {
    let reading = [name, feed.feed.as_str()];
    into.set_whether("scte_consumer_halted", &reading, feed.halted.is_some());
    into.set("scte_parked_keys", &reading, exact(feed.parked));
    let Unread::Some(lag, first) = unread else { return };
    into.set("scte_consumer_lag", &reading, exact(lag));
    if lag == 0 || first.is_some() {
        into.set("scte_oldest_unread_seconds", &reading, age(first, now));
    }
}

/// When the first message behind each cursor was said, where the producer is in this process: one
/// question to each producer.
async fn said(seen: &[Seen]) -> HashMap<(String, i64), DateTime<Utc>> {
    let behind = |producer: &Seen| -> Vec<i64> {
        let feeds = seen.iter().flat_map(|one| one.waits.iter().flat_map(|waits| &waits.feeds));
        let head = producer.waits.as_ref().map_or(0, |waits| waits.head);
        let own = feeds.filter(|feed| feed.feed == producer.name && feed.at.pos < head);
        let mut positions: Vec<i64> = own.map(|feed| feed.at.pos + 1).collect();
        positions.sort_unstable();
        positions.dedup();
        positions
    };
    let asked = seen.iter().map(async |producer| {
        let behind = behind(producer);
        let asking = tables::said_at(&producer.open.db, &behind);
        let said = tokio::time::timeout(PATIENCE, asking).await.ok().and_then(Result::ok);
        said.unwrap_or_default().into_iter().map(|(pos, at)| ((producer.name.to_owned(), pos), at))
    });
    join_all(asked).await.into_iter().flatten().collect()
}

async fn unread(
    one: &Seen,
    feed: &FeedWaits,
    seen: &[Seen],
    said: &HashMap<(String, i64), DateTime<Utc>>,
) -> Unread {
    match seen.iter().find(|producer| producer.name == feed.feed) {
        Some(Seen { waits: Some(waits), .. }) => {
            let first = said.get(&(feed.feed.clone(), feed.at.pos + 1)).copied();
            Unread::Some((waits.head - feed.at.pos).max(0), first)
        }
        Some(_) => Unread::Unknown,
        None => unread_elsewhere(&one.open, feed).await,
    }
}

/// Of a feed from elsewhere: its leader knows the head from reading it; how old the first message
/// is that it has not taken, and all that a replica knows, is read from the feed itself.
async fn unread_elsewhere(open: &Open, feed: &FeedWaits) -> Unread {
    let Some(reader) = open.readers.get(&feed.feed) else { return Unread::Unknown };
    let readings = open.steering.readings();
    // Who cannot get on does not know whether there is more.
    let gets_on = readings.leads() && readings.of(&feed.feed).pausing.is_none();
    if gets_on && !reader.is_away() && reader.head() == Some(feed.at.pos) {
        return Unread::Some(0, None);
    }
    let read = tokio::time::timeout(PATIENCE_ELSEWHERE, reader.after(&feed.at, 1)).await;
    let head = reader.head();
    match read {
        Ok(Read::Batch(batch)) => {
            let first = batch.first();
            let last = first.map_or(feed.at.pos, |first| first.position.pos);
            let head = head.unwrap_or(last).max(last);
            Unread::Some(head - feed.at.pos, first.map(|first| first.at))
        }
        // What is known from before, without an age; that there was nothing then says nothing now.
        _ => match head {
            Some(head) if head > feed.at.pos => Unread::Some(head - feed.at.pos, None),
            _ => Unread::Unknown,
        },
    }
}

/// Seconds since an instant; none before it, and none when there is none.
fn age(since: Option<DateTime<Utc>>, now: DateTime<Utc>) -> f64 {
    since.map_or(0.0, |since| (now - since).max(TimeDelta::zero()).as_seconds_f64())
}

/// A count as a float: it is exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "no feed has 2^53 messages")]
fn exact(count: i64) -> f64 {
    count as f64
}
