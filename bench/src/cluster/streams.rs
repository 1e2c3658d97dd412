//! Whether each stream is what it is to be: the service's feed, position by position.

use std::collections::BTreeMap;

use async_nats::jetstream;
use chassis::run::Databases;
use messaging::cloudevents;
use messaging::feed::{Envelope, Position};
use messaging::reader::{Feeds, Read};
use serde_json::Value;

use crate::kill9::checker::{Anomaly, Kind};
use crate::kill9::evidence::open;
use crate::outcome::{Failed, Outcome};

/// How many rows are read at once.
const BATCH: usize = 500;

/// What differs between the feed of a service and its stream.
///
/// # Errors
/// When one of them cannot be read.
pub(crate) async fn compare(
    broker: &str,
    stream: &str,
    service: &str,
    databases: &Databases,
) -> Outcome<Vec<Anomaly>> {
    let feed = feed(service, databases).await?;
    let copy = copy(broker, stream).await?;
    Ok(differences(service, &feed, &copy))
}

/// The feed, as the service's own messages.
async fn feed(service: &str, databases: &Databases) -> Outcome<Vec<(i64, Value)>> {
    let db = open(databases, service).await?;
    let feeds = Feeds::of([service.to_owned()]);
    feeds.started(&db);
    let reader = feeds.readers().remove(service);
    let reader = reader.ok_or_else(|| Failed::because("a feed that was just started"))?;
    let mut rows = Vec::new();
    let mut at = Position { epoch: String::new(), pos: 0 };
    loop {
        match reader.after(&at, BATCH).await {
            Read::Batch(batch) if batch.is_empty() => break,
            Read::Batch(batch) => {
                for envelope in &batch {
                    rows.push((envelope.position.pos, value(envelope, service)?));
                }
                if let Some(last) = batch.last() {
                    at = last.position.clone();
                }
            }
            Read::EpochChanged { epoch, starts_after } if at.pos <= starts_after.max(0) => {
                at = Position { epoch, pos: at.pos };
            }
            Read::EpochChanged { epoch, .. } => {
                return Err(Failed::because(format!("{service} is in another epoch: {epoch}")));
            }
            Read::Unavailable(why) => return Err(Failed::because(why)),
        }
    }
    db.close().await;
    Ok(rows)
}

fn value(envelope: &Envelope, service: &str) -> Outcome<Value> {
    Ok(serde_json::from_str(&cloudevents::to_json(envelope, service)?)?)
}

/// The stream, by sequence.
async fn copy(broker: &str, name: &str) -> Outcome<BTreeMap<u64, Value>> {
    let because =
        |what: &str, why: &dyn std::fmt::Display| Failed::because(format!("{what}: {why}"));
    let client = async_nats::connect(broker).await.map_err(|why| because(broker, &why))?;
    let stream =
        jetstream::new(client).get_stream(name).await.map_err(|why| because(name, &why))?;
    let state = &stream.cached_info().state;
    let mut messages = BTreeMap::new();
    for sequence in state.first_sequence.max(1)..=state.last_sequence {
        // One that is missing shows in the comparison.
        if let Ok(message) = stream.get_raw_message(sequence).await {
            messages.insert(sequence, serde_json::from_slice(&message.payload)?);
        }
    }
    Ok(messages)
}

fn differences(service: &str, feed: &[(i64, Value)], copy: &BTreeMap<u64, Value>) -> Vec<Anomaly> {
    let mut found = Vec::new();
    let mut add = |kind, what| found.push(Anomaly { kind, what });
    for (pos, message) in feed {
        match u64::try_from(*pos).ok().and_then(|sequence| copy.get(&sequence)) {
            None => add(Kind::Lost, format!("the stream of {service} has no {pos}")),
            Some(copied) if copied != message => {
                add(
                    Kind::StateDiffers,
                    format!("{pos} of {service} is another message in its stream"),
                );
            }
            Some(_) => {}
        }
    }
    let last = feed.last().map_or(0, |(pos, _)| *pos);
    let beyond = copy.keys().filter(|sequence| i64::try_from(**sequence).is_ok_and(|at| at > last));
    for sequence in beyond {
        add(
            Kind::Doubled,
            format!("the stream of {service} has {sequence}, its feed ends at {last}"),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kinds(feed: &[(i64, Value)], copy: &[(u64, Value)]) -> Vec<Kind> {
        let copy = copy.iter().cloned().collect();
        differences("a", feed, &copy).into_iter().map(|one| one.kind).collect()
    }

    #[test]
    fn what_is_missing_other_or_too_much_shows() {
        let feed = [(1, json!("a")), (2, json!("b"))];
        assert_eq!(kinds(&feed, &[(1, json!("a")), (2, json!("b"))]), []);
        assert_eq!(kinds(&feed, &[(1, json!("a"))]), [Kind::Lost]);
        assert_eq!(kinds(&feed, &[(1, json!("b")), (2, json!("b"))]), [Kind::StateDiffers]);
        assert_eq!(kinds(&feed[..1], &[(1, json!("a")), (2, json!("b"))]), [Kind::Doubled]);
    }
}
