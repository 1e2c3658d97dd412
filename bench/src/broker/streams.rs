//! Compares a stream with the feed that it copies, message by message.

use std::time::Duration;

use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use chassis::Db;
use futures::StreamExt as _;
use messaging::cloudevents;
use serde_json::Value;

use crate::outcome::{Failed, Outcome};

/// How long the next message may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many rows are read at once.
const AT_ONCE: usize = 500;

/// A stream beside its feed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Compared {
    pub(crate) stream: String,
    /// The feed's head.
    pub(crate) head: i64,
    /// The stream's last sequence.
    pub(crate) last: i64,
    /// How many messages differ from the row at their position; also those that are missing.
    pub(crate) different: i64,
}

impl Compared {
    /// What is wrong with it, if anything is.
    pub(crate) fn fault(&self) -> Option<String> {
        let Self { stream, head, last, different } = self;
        let same = head == last && *different == 0;
        (!same).then(|| {
            format!("{stream} ends at {last}, its feed at {head}; {different} messages differ")
        })
    }
}

/// The last sequence of a stream; nothing when there is none.
pub(crate) async fn last(context: &Context, stream: &str) -> Option<i64> {
    let found = context.get_stream(stream).await.ok()?;
    i64::try_from(found.cached_info().state.last_sequence).ok()
}

/// Compares a stream with the feed in a database.
///
/// # Errors
/// When either cannot be read.
pub(crate) async fn compare(context: &Context, stream: &str, db: &Db) -> Outcome<Compared> {
    let theirs = events(context, stream).await?;
    let mut own = Vec::new();
    loop {
        let from = i64::try_from(own.len()).unwrap_or(i64::MAX);
        let rows = db.published(from, AT_ONCE).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            own.push(serde_json::from_str(&cloudevents::to_json(&row, db.service())?)?);
        }
    }
    Ok(Compared {
        stream: stream.to_owned(),
        head: length(&own),
        last: length(&theirs),
        different: different(&own, &theirs),
    })
}

/// How many places of the two differ.
fn different(own: &[Value], theirs: &[Value]) -> i64 {
    let beyond = own.len().abs_diff(theirs.len());
    let differ = own.iter().zip(theirs).filter(|(one, other)| one != other).count();
    i64::try_from(differ + beyond).unwrap_or(i64::MAX)
}

fn length(all: &[Value]) -> i64 {
    i64::try_from(all.len()).unwrap_or(i64::MAX)
}

/// All messages of a stream, each at the place of its sequence; a place without one is null.
async fn events(context: &Context, stream: &str) -> Outcome<Vec<Value>> {
    let found = context.get_stream(stream).await.map_err(Failed::because)?;
    let last = found.cached_info().state.last_sequence;
    let mut events = Vec::new();
    if last == 0 {
        return Ok(events);
    }
    let consumer = found.create_consumer(OrderedConfig::default()).await;
    let messages = consumer.map_err(Failed::because)?.messages().await;
    let mut messages = messages.map_err(Failed::because)?;
    let mut sequence = 0;
    while sequence < last {
        let next = tokio::time::timeout(PATIENCE, messages.next()).await;
        let next = next.map_err(|_| Failed::because(format!("{stream} stops at {sequence}")))?;
        let message = next.ok_or_else(|| Failed::because(format!("{stream} ends")))?;
        let message = message.map_err(Failed::because)?;
        sequence = message.info().map_err(Failed::because)?.stream_sequence;
        let place = usize::try_from(sequence).unwrap_or(usize::MAX).saturating_sub(1);
        events.resize(place, Value::Null);
        events.push(serde_json::from_slice(&message.payload).unwrap_or(Value::Null));
    }
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_missing_or_other_is_different() {
        let own = [json!({"id": "e.1"}), json!({"id": "e.2"})];

        assert_eq!(different(&own, &own), 0);
        assert_eq!(different(&own, &own[..1]), 1);
        assert_eq!(different(&own, &[own[0].clone(), Value::Null]), 1);
        assert_eq!(different(&own[..1], &own), 1);
    }

    #[test]
    fn a_stream_that_is_behind_or_differs_is_at_fault() {
        let sound = Compared { stream: "s".to_owned(), head: 2, last: 2, different: 0 };

        assert_eq!(sound.fault(), None);
        assert!(Compared { last: 1, different: 1, ..sound.clone() }.fault().is_some());
        assert!(Compared { different: 1, ..sound }.fault().is_some());
    }
}
