//! A message as an event of the CloudEvents format 1.0 in JSON (structured mode): the form in which feeds
//! leave a process, over HTTP and over a broker alike.
//!
//! The attributes beside those of the specification are `sequence` (the position as text), and
//! `entityversion`, `partitionkey`, `actor`, `correlation`, `cause`, `traceparent`.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::feed::{Envelope, Position};

/// The media type of one event.
pub const EVENT: &str = "application/cloudevents+json";
/// The media type of several, a JSON array.
pub const BATCH: &str = "application/cloudevents-batch+json";

/// The event on the wire.
#[derive(Serialize, Deserialize)]
struct Event<'a> {
    specversion: &'a str,
    id: String,
    source: String,
    r#type: String,
    subject: Uuid,
    time: String,
    datacontenttype: &'a str,
    sequence: String,
    entityversion: i64,
    partitionkey: Uuid,
    actor: String,
    correlation: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    traceparent: Option<String>,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// The `source` of all events of a service's feed.
#[must_use]
pub fn source(feed: &str) -> String {
    format!("/feeds/{feed}")
}

/// The message as one JSON object, its body as it stands in the feed.
///
/// # Errors
/// When the body is no JSON, which no feed holds.
pub fn to_json(envelope: &Envelope, feed: &str) -> Result<String, serde_json::Error> {
    let data: &RawValue = serde_json::from_str(&envelope.body)?;
    serde_json::to_string(&Event {
        specversion: "1.0",
        id: envelope.position.to_string(),
        source: source(feed),
        r#type: envelope.r#type.clone(),
        subject: envelope.entity,
        time: envelope.at.to_rfc3339_opts(SecondsFormat::Micros, true),
        datacontenttype: "application/json",
        sequence: envelope.position.pos.to_string(),
        entityversion: envelope.entityversion,
        partitionkey: envelope.key,
        actor: envelope.actor.clone(),
        correlation: envelope.correlation,
        cause: envelope.cause.clone(),
        traceparent: envelope.traceparent.clone(),
        data,
    })
}

/// Several messages as one JSON array.
///
/// # Errors
/// As [`to_json`].
pub fn to_batch(envelopes: &[Envelope], feed: &str) -> Result<String, serde_json::Error> {
    let mut text = String::from("[");
    for envelope in envelopes {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&to_json(envelope, feed)?);
    }
    text.push(']');
    Ok(text)
}

/// Reads one event of a feed.
///
/// # Errors
/// What about it is no event of this feed.
pub fn from_json(text: &[u8], feed: &str) -> Result<Envelope, String> {
    let event: Event<'_> = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    envelope(event, feed)
}

/// Reads an array of events of a feed.
///
/// # Errors
/// What about one of them is no event of this feed.
pub fn from_batch(text: &[u8], feed: &str) -> Result<Vec<Envelope>, String> {
    let events: Vec<Event<'_>> = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    events.into_iter().map(|event| envelope(event, feed)).collect()
}

fn envelope(event: Event<'_>, feed: &str) -> Result<Envelope, String> {
    let wrong = |what: &str| format!("{}: {what}", event.id);
    if event.specversion != "1.0" || event.datacontenttype != "application/json" {
        return Err(wrong("no CloudEvent 1.0 with JSON in it"));
    }
    if event.source != source(feed) {
        return Err(wrong(&format!("it comes from {}, not from {}", event.source, source(feed))));
    }
    let position: Position = event.id.parse()?;
    if event.sequence != position.pos.to_string() {
        return Err(wrong(&format!("its sequence is {}", event.sequence)));
    }
    let at =
        DateTime::parse_from_rfc3339(&event.time).map_err(|error| wrong(&error.to_string()))?;
    Ok(Envelope {
        position,
        r#type: event.r#type,
        entity: event.subject,
        entityversion: event.entityversion,
        key: event.partitionkey,
        actor: event.actor,
        correlation: event.correlation,
        cause: event.cause,
        traceparent: event.traceparent,
        at: at.with_timezone(&Utc),
        body: event.data.get().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope() -> Envelope {
        Envelope {
            position: Position { epoch: "ab12".to_owned(), pos: 7 },
            r#type: "org.scte.membership.term.started.v1".to_owned(),
            entity: Uuid::from_u128(1),
            entityversion: 3,
            key: Uuid::from_u128(2),
            actor: "person:x".to_owned(),
            correlation: Uuid::from_u128(4),
            cause: Some("commerce/cd34.9".to_owned()),
            traceparent: None,
            at: DateTime::from_timestamp_micros(1_800_000_000_123_456).unwrap(),
            body: r#"{"name":"Zoë \"Z\"","minor":9900, "order":[2,1]}"#.to_owned(),
        }
    }

    #[test]
    fn what_is_written_is_read_again_to_the_letter() {
        let one = envelope();
        let text = to_json(&one, "membership").unwrap();
        assert_eq!(from_json(text.as_bytes(), "membership").unwrap(), one);

        let two = Envelope { traceparent: Some("00-a-b-01".to_owned()), cause: None, ..envelope() };
        let both = [one, two];
        let text = to_batch(&both, "membership").unwrap();
        assert_eq!(from_batch(text.as_bytes(), "membership").unwrap(), both);
        assert_eq!(from_batch(b"[]", "membership").unwrap(), []);
    }

    #[test]
    fn what_is_not_of_this_feed_is_refused() {
        let text = to_json(&envelope(), "membership").unwrap();
        assert!(from_json(text.as_bytes(), "commerce").unwrap_err().contains("/feeds/membership"));
        let moved = text.replace(r#""sequence":"7""#, r#""sequence":"8""#);
        assert!(from_json(moved.as_bytes(), "membership").unwrap_err().contains("sequence"));
        let old = text.replace(r#""specversion":"1.0""#, r#""specversion":"0.3""#);
        assert!(from_json(old.as_bytes(), "membership").is_err());
        assert!(from_json(b"{}", "membership").is_err());
    }
}
