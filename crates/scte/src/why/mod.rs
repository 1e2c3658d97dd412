//! "Why is this stale?": for each feed that a service reads, how far it has got and what holds it up;
//! for one thing, what of it is parked or waits. Each answer is a sentence, and what mends it.

mod thing;

use std::fmt::Write as _;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use messaging::gauge::FeedWaits;
use messaging::reader::{FeedReader, Read};
use messaging::readings::Reading;
use messaging::{Envelope, Position, Result};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::house::{Estate, Open};
use crate::ops::words;
use crate::services;

/// A producer that does not answer within this time is said not to.
const PATIENCE: Duration = Duration::from_secs(2);

/// How a moment is written.
pub(crate) type Moments<'a> = &'a (dyn Fn(DateTime<Utc>) -> String + Sync);

/// As terminals show moments.
pub(crate) fn in_utc(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Why what a service knows may be old.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Why {
    pub(crate) service: String,
    /// What holds for all that it reads, such as that it is stopped.
    pub(crate) of_all: Vec<Said>,
    /// The feeds it reads, by name.
    pub(crate) feeds: Vec<OfFeed>,
    /// What was found of the thing asked for; nothing when none was.
    pub(crate) thing: Option<OfThing>,
}

/// A sentence, and the command or the act that mends what it says, where somebody must.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Said {
    pub(crate) sentence: String,
    pub(crate) mend: Option<String>,
}

impl Said {
    fn only(sentence: String) -> Self {
        Self { sentence, mend: None }
    }

    /// The lines of what mends it.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        self.mend.iter().flat_map(|mend| mend.lines())
    }

    fn mended_by(sentence: String, mend: String) -> Self {
        Self { sentence, mend: Some(mend) }
    }
}

/// One feed that a service reads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OfFeed {
    pub(crate) feed: String,
    /// The service's cursor.
    pub(crate) pos: i64,
    /// The producer's head, and when it was last known.
    pub(crate) head: Option<i64>,
    pub(crate) head_at: Option<DateTime<Utc>>,
    /// Messages that wait, and how old the first of them is, in seconds.
    pub(crate) behind: Option<i64>,
    pub(crate) waits_seconds: Option<i64>,
    /// Keys that are parked, once per consumer.
    pub(crate) parked: i64,
    pub(crate) said: Said,
}

/// One thing: a person, an aggregate, a key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OfThing {
    pub(crate) thing: Uuid,
    pub(crate) found: Vec<Said>,
}

/// What is known of a feed at this moment.
struct Look {
    waits: FeedWaits,
    reading: Reading,
    /// The head, the first message that waits; or why the feed cannot be read.
    now: Result<(i64, Option<Envelope>), String>,
    /// Whether it is read from the broker's copy, which may be behind the feed itself.
    copied: bool,
}

/// Looks at what `service` reads, and at what it knows of `thing`.
///
/// # Errors
/// [`messaging::Error::NotFound`] for an unknown service; those of its database.
pub(crate) async fn of(
    estate: &Estate,
    service: &str,
    thing: Option<Uuid>,
    moments: Moments<'_>,
) -> Result<Why> {
    let now = estate.house.clock.now();
    let mut why =
        Why { service: service.to_owned(), of_all: Vec::new(), feeds: Vec::new(), thing: None };
    let open = match estate.opened(service) {
        Ok(open) => open,
        Err(messaging::Error::Unavailable { .. }) => {
            let said = format!("{service} is stopped: it takes nothing in until it is started.");
            why.of_all.push(Said::mended_by(said, format!("Start it on the page /ops/{service}")));
            return Ok(why);
        }
        Err(error) => return Err(error),
    };
    why.of_all = of_all(estate, service, &open);
    why.of_all.extend(publication(service, &open, moments).await?);
    let waits = open.db.waits().await?;
    for feed in services::names().into_iter().filter(|feed| !estate.hears(service, feed).is_empty())
    {
        let own = waits.feeds.iter().find(|one| one.feed == feed).cloned();
        let mut look = look(&open, feed, own).await;
        look.copied = estate.house.broker.is_some() && estate.house.elsewhere.contains(&feed);
        let said = sentence(service, &look, now, moments);
        why.feeds.push(of_feed(look, said, now));
    }
    if let Some(thing) = thing {
        let found = thing::find(estate, service, &open, &why.feeds, thing, moments).await?;
        why.thing = Some(OfThing { thing, found });
    }
    Ok(why)
}

fn of_all(estate: &Estate, service: &str, open: &Open) -> Vec<Said> {
    let mut said = Vec::new();
    if !estate.works {
        said.push(Said::only(format!(
            "No process runs on this data directory: {service} takes nothing in."
        )));
    } else if !*open.ready.borrow() {
        said.push(Said::only(format!(
            "{service} is preparing its copies; it takes nothing new in until they are there."
        )));
    } else if !open.steering.readings().leads() {
        said.push(Said::only(format!(
            "This process only answers requests of {service}: another replica reads for it, and \
             knows why it pauses."
        )));
    }
    said
}

/// Whether the others can know what the service says: where a broker carries its feed, the copy may
/// be behind.
async fn publication(service: &str, open: &Open, moments: Moments<'_>) -> Result<Option<Said>> {
    let Some(copied) = open.db.publication().await? else { return Ok(None) };
    let up_to = format!(
        "who reads it there knows it up to message {}, {} behind (known {})",
        words::count(copied.position),
        words::things(copied.lag, "message"),
        moments(copied.at)
    );
    Ok(match (copied.halted, copied.away) {
        (Some(why), _) => Some(Said::mended_by(
            format!("Copying the feed of {service} to the broker halted: {why}; {up_to}."),
            format!("scte resume {service} {service}"),
        )),
        (None, Some(why)) => Some(Said::only(format!(
            "The feed of {service} cannot be copied to the broker: {why}; {up_to}. It is tried \
             again by itself."
        ))),
        (None, None) => None,
    })
}

async fn look(open: &Open, feed: &str, own: Option<FeedWaits>) -> Look {
    let waits = own.unwrap_or_else(|| FeedWaits {
        feed: feed.to_owned(),
        at: Position::default(),
        halted: None,
        parked: 0,
    });
    let now = match open.readers.get(feed) {
        Some(reader) => ask(reader.as_ref(), &waits.at).await,
        None => Err(format!("it is not known where {feed} can be read")),
    };
    Look { reading: open.steering.readings().of(feed), waits, now, copied: false }
}

/// Asks the feed itself, through a new epoch that the reader may go on in.
async fn ask(reader: &dyn FeedReader, at: &Position) -> Result<(i64, Option<Envelope>), String> {
    let mut at = at.clone();
    loop {
        match tokio::time::timeout(PATIENCE, reader.after(&at, 1)).await {
            Err(_) => return Err(format!("no answer within {} s", PATIENCE.as_secs())),
            Ok(Read::Unavailable(why)) => return Err(why),
            Ok(Read::EpochChanged { epoch, starts_after }) if at.pos <= starts_after => {
                at.epoch = epoch;
            }
            Ok(Read::EpochChanged { .. }) => {
                return Err("its producer was restored to a place before this cursor".to_owned());
            }
            Ok(Read::Batch(mut batch)) => {
                let first = (!batch.is_empty()).then(|| batch.remove(0));
                let least = first.as_ref().map_or(at.pos, |first| first.position.pos);
                return Ok((reader.head().unwrap_or(least).max(least), first));
            }
        }
    }
}

fn of_feed(look: Look, said: Said, now: DateTime<Utc>) -> OfFeed {
    let Look { waits, reading, now: asked, copied: _ } = look;
    let (head, head_at, first) = match asked {
        Ok((head, first)) => (Some(head), Some(now), first),
        Err(_) => (reading.head.map(|(head, _)| head), reading.head.map(|(_, at)| at), None),
    };
    OfFeed {
        pos: waits.at.pos,
        behind: head.map(|head| (head - waits.at.pos).max(0)),
        waits_seconds: first.map(|first| (now - first.at).num_seconds().max(0)),
        parked: waits.parked,
        feed: waits.feed,
        head,
        head_at,
        said,
    }
}

/// What holds one reading up, the gravest first.
fn sentence(service: &str, look: &Look, now: DateTime<Utc>, moments: Moments<'_>) -> Said {
    let Look { waits: FeedWaits { feed, at, halted, parked }, reading, now: asked, copied } = look;
    let pos = words::count(at.pos);
    if let Some(why) = halted {
        let said = format!("Reading of {feed} halted behind message {pos}: {why}.");
        return Said::mended_by(said, format!("scte resume {service} {feed}"));
    }
    let said = match asked {
        Err(why) => {
            let of = reading.head.map_or_else(String::new, |(head, at)| {
                format!(" of {} (known {})", words::count(head), moments(at))
            });
            format!(
                "{feed} cannot be read: {why}. {service} knows what it said up to message \
                 {pos}{of} and goes on by itself."
            )
        }
        Ok((_, Some(first))) => {
            let behind = asked.as_ref().map_or(0, |(head, _)| head - at.pos);
            let age = words::span((now - first.at).max(TimeDelta::zero()));
            let waits = if behind == 1 { "waits" } else { "wait" };
            let held = reading.pausing.as_ref().map_or_else(String::new, |(why, since)| {
                format!(" Since {} it does not get on: {why}.", moments(*since))
            });
            format!(
                "{} of {feed} {waits} behind message {pos}; the first was said {age} ago.{held}",
                words::things(behind, "message")
            )
        }
        Ok((head, None)) => {
            let all =
                if *copied { format!("the broker has of {feed}") } else { format!("{feed} said") };
            format!("All that {all} is taken in, up to message {}.", words::count(*head))
        }
    };
    if *parked == 0 {
        return Said::only(said);
    }
    let (keys, are) = (words::things(*parked, "key"), if *parked == 1 { "is" } else { "are" });
    Said::mended_by(format!("{said} {keys} of it {are} parked."), "scte parked list".to_owned())
}

/// As a terminal shows it.
pub(crate) fn text(why: &Why) -> String {
    let mut text = String::new();
    for said in &why.of_all {
        write_said(&mut text, said);
    }
    for feed in &why.feeds {
        let known = |number: Option<i64>| number.map_or_else(|| "?".to_owned(), |n| n.to_string());
        let waits = feed.waits_seconds.map_or_else(String::new, |s| format!(", oldest {s} s"));
        let at = feed.head_at.map_or_else(String::new, |at| format!(" at {}", in_utc(at)));
        let _ = writeln!(
            text,
            "{}: cursor {}, head {}{at}, behind {}{waits}",
            feed.feed,
            feed.pos,
            known(feed.head),
            known(feed.behind)
        );
        write_said(&mut text, &feed.said);
    }
    if let Some(OfThing { thing, found }) = &why.thing {
        let _ = writeln!(text, "{thing}:");
        for said in found {
            write_said(&mut text, said);
        }
    }
    text
}

fn write_said(text: &mut String, said: &Said) {
    let _ = writeln!(text, "  {}", said.sentence);
    for line in said.lines() {
        let _ = writeln!(text, "    → {line}");
    }
}

#[cfg(test)]
mod tests;
