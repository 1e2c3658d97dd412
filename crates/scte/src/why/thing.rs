//! What of one thing is parked or waits: a person, an aggregate, a key.

use std::collections::BTreeMap;

use messaging::parked::{Parked, ParkedKey, about_money};
use messaging::reader::{FeedReader, Read};
use messaging::{Envelope, Position, Result};
use uuid::Uuid;

use super::{Moments, OfFeed, PATIENCE, Said};
use crate::house::{Estate, Open};
use crate::ops::words;
use crate::parked::What;

/// The most messages of a feed that are looked through.
const LOOKED_THROUGH: usize = 5_000;
/// The most parked keys whose first message is looked at.
const KEYS_LOOKED_AT: usize = 100;

/// What a service does not know yet of a thing.
pub(super) async fn find(
    estate: &Estate,
    service: &str,
    open: &Open,
    feeds: &[OfFeed],
    thing: Uuid,
    moments: Moments<'_>,
) -> Result<Vec<Said>> {
    let mut found = parked(service, open, thing, moments).await?;
    for feed in feeds {
        let types = estate.hears(service, &feed.feed);
        let Some(reader) = open.readers.get(&feed.feed) else { continue };
        match unread(open, reader.as_ref(), feed, thing, &types).await? {
            Waiting::No => {}
            Waiting::Message(first) => found.push(Said::only(format!(
                "Message {} of {} names it ({}, said {}) and is not taken in yet.",
                words::count(first.position.pos),
                feed.feed,
                words::message(&first.r#type),
                moments(first.at)
            ))),
            Waiting::TooMany => found.push(Said::only(format!(
                "None of the first {} messages of {} that wait names it; more wait.",
                words::count(i64::try_from(LOOKED_THROUGH).unwrap_or(i64::MAX)),
                feed.feed
            ))),
            Waiting::Unknown => found.push(Said::only(format!(
                "Whether {} said more of it is not known: its feed cannot be read.",
                feed.feed
            ))),
        }
    }
    if found.is_empty() {
        found.push(Said::only(format!(
            "Nothing that names {thing} is parked or waits: what {service} knows of it is as new \
             as its cursors."
        )));
    }
    Ok(found)
}

/// The parked keys that are the thing, or whose first message names it.
async fn parked(
    service: &str,
    open: &Open,
    thing: Uuid,
    moments: Moments<'_>,
) -> Result<Vec<Said>> {
    let mut keys: BTreeMap<(String, String, Uuid), Vec<Parked>> = BTreeMap::new();
    for one in open.db.parked().await? {
        let key = (one.feed.clone(), one.consumer.clone(), one.key);
        keys.entry(key).or_default().push(one);
    }
    let mut looked_at = 0;
    let mut found = Vec::new();
    for ((feed, consumer, key), messages) in keys {
        let Some(first) = messages.first() else { continue };
        let is_it = if key == thing {
            true
        } else if looked_at < KEYS_LOOKED_AT {
            looked_at += 1;
            names(open, &feed, first.pos, thing).await?
        } else {
            false
        };
        if is_it {
            let what = What { service: service.to_owned(), key: ParkedKey { consumer, feed, key } };
            found.push(of_parked(&what, first, messages.len() - 1, moments));
        }
    }
    Ok(found)
}

pub(super) fn of_parked(what: &What, first: &Parked, behind: usize, moments: Moments<'_>) -> Said {
    let ParkedKey { consumer, feed, key } = &what.key;
    let behind = match i64::try_from(behind).unwrap_or(i64::MAX) {
        0 => String::new(),
        1 => "; 1 later message waits behind it".to_owned(),
        more => format!("; {} later messages wait behind it", words::count(more)),
    };
    let sentence = format!(
        "Key {key} of {feed} is parked by {consumer} at message {} ({}) since {}: {}{behind}.",
        words::count(first.pos),
        words::message(&first.r#type),
        moments(first.first_at),
        first.reason
    );
    let retry = format!("scte parked retry {what}");
    let mend = if about_money(&first.r#type) {
        retry
    } else {
        format!("{retry}\nor, to give it up: scte parked drop {what} --reason WHY")
    };
    Said::mended_by(sentence, mend)
}

/// Whether the message at a position names a thing; not, when its feed cannot be read.
async fn names(open: &Open, feed: &str, pos: i64, thing: Uuid) -> Result<bool> {
    let Some(reader) = open.readers.get(feed) else { return Ok(false) };
    let at = Position { epoch: epoch_of(open, feed).await?, pos: pos - 1 };
    let read = tokio::time::timeout(PATIENCE, reader.after(&at, 1)).await;
    let Ok(Read::Batch(batch)) = read else { return Ok(false) };
    let thing = (thing, thing.to_string());
    Ok(batch.first().is_some_and(|first| first.position.pos == pos && is_about(first, &thing)))
}

async fn epoch_of(open: &Open, feed: &str) -> Result<String> {
    let standings = open.db.standings().await?;
    let own = standings.into_iter().find(|standing| standing.feed == feed);
    Ok(own.map(|standing| standing.position.epoch).unwrap_or_default())
}

pub(super) fn is_about(message: &Envelope, (thing, text): &(Uuid, String)) -> bool {
    message.key == *thing || message.entity == *thing || message.body.contains(text)
}

/// What waits of a thing.
enum Waiting {
    No,
    Message(Box<Envelope>),
    TooMany,
    Unknown,
}

/// The first message behind the cursor that the service hears and that names a thing.
async fn unread(
    open: &Open,
    reader: &dyn FeedReader,
    feed: &OfFeed,
    thing: Uuid,
    types: &[String],
) -> Result<Waiting> {
    let thing = (thing, thing.to_string());
    let mut at = Position { epoch: epoch_of(open, &feed.feed).await?, pos: feed.pos };
    let mut looked_through = 0;
    while looked_through < LOOKED_THROUGH {
        let batch = match tokio::time::timeout(PATIENCE, reader.after(&at, 500)).await {
            Ok(Read::Batch(batch)) => batch,
            Ok(Read::EpochChanged { epoch, starts_after }) if at.pos <= starts_after => {
                at.epoch = epoch;
                continue;
            }
            _ => return Ok(Waiting::Unknown),
        };
        let Some(last) = batch.last() else { return Ok(Waiting::No) };
        at = last.position.clone();
        looked_through += batch.len();
        let heard = |one: &Envelope| types.contains(&one.r#type);
        if let Some(first) = batch.into_iter().find(|one| heard(one) && is_about(one, &thing)) {
            return Ok(Waiting::Message(Box::new(first)));
        }
    }
    Ok(Waiting::TooMany)
}
