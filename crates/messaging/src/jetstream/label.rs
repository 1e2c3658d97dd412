//! What stands on a stream: whose copy it is, through which lives of the feed, and when it was last
//! looked through. And what a message says, whatever its text looks like.

use std::collections::HashMap;
use std::fmt::Write as _;

use chrono::SubsecRound as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::publisher::{Digest, Epochs};
use crate::feed::Envelope;

const EPOCHS: &str = "scte-epochs";
const SERVER: &str = "scte-server";

/// The label of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Label {
    /// The lives of the feed that it copies.
    pub(super) epochs: Epochs,
    /// The run of the server in which the producer last compared it with the feed. A copy that was
    /// put back while the server was down bears another.
    pub(super) server: String,
}

impl Label {
    /// Reads it off a stream's metadata; what is not there or not understood is empty.
    pub(super) fn read(metadata: &HashMap<String, String>) -> Self {
        let epochs = metadata.get(EPOCHS).and_then(|text| serde_json::from_str(text).ok());
        Self {
            epochs: epochs.unwrap_or_default(),
            server: metadata.get(SERVER).cloned().unwrap_or_default(),
        }
    }

    /// Writes it into a stream's metadata, beside what others wrote there.
    pub(super) fn write(&self, metadata: &mut HashMap<String, String>) {
        let epochs = serde_json::json!(self.epochs).to_string();
        metadata.insert(EPOCHS.to_owned(), epochs);
        metadata.insert(SERVER.to_owned(), self.server.clone());
    }
}

/// What a message says. The trace is left out, and the body counts by its value: the same row reads
/// differently after a move from one engine to another.
pub(super) fn digest(envelope: &Envelope) -> Digest {
    let body = serde_json::from_str(&envelope.body);
    let mut said = String::new();
    let Envelope { position, r#type, entity, entityversion, key, actor, correlation, .. } =
        envelope;
    let at = envelope.at.trunc_subsecs(6);
    let cause = envelope.cause.as_deref().unwrap_or_default();
    let head = write!(
        said,
        "{position}\n{type}\n{entity}\n{entityversion}\n{key}\n{actor}\n{correlation}\n{cause}\n{at}\n"
    );
    debug_assert!(head.is_ok(), "writing to a text cannot fail");
    match body {
        Ok(body) => canonical(&body, &mut said),
        Err(_) => said.push_str(&envelope.body),
    }
    Sha256::digest(said.as_bytes()).into()
}

/// JSON with the members of each object in order.
fn canonical(value: &Value, said: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            said.push('{');
            for (name, value) in members {
                said.push_str(&Value::from(name.as_str()).to_string());
                said.push(':');
                canonical(value, said);
                said.push(',');
            }
            said.push('}');
        }
        Value::Array(values) => {
            said.push('[');
            for value in values {
                canonical(value, said);
                said.push(',');
            }
            said.push(']');
        }
        plain => said.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::feed::Position;

    fn envelope(body: &str) -> Envelope {
        Envelope {
            position: Position { epoch: "ab12".to_owned(), pos: 7 },
            r#type: "org.scte.alpha.counter.raised.v1".to_owned(),
            entity: Uuid::from_u128(1),
            entityversion: 3,
            key: Uuid::from_u128(1),
            actor: "person:x".to_owned(),
            correlation: Uuid::from_u128(4),
            cause: None,
            traceparent: None,
            at: chrono::DateTime::from_timestamp_nanos(1_800_000_000_123_456_789),
            body: body.to_owned(),
        }
    }

    #[test]
    fn the_same_said_in_another_text_is_the_same() {
        let one = digest(&envelope(r#"{"b":[1,{"y":2,"x":"é"}],"a":null}"#));

        let same = r#"{"a": null, "b": [1, {"x": "\u00e9", "y": 2}]}"#;
        assert_eq!(digest(&envelope(same)), one);
        let traced = Envelope { traceparent: Some("00-a-b-01".to_owned()), ..envelope(same) };
        assert_eq!(digest(&traced), one);
        let coarse = Envelope { at: traced.at.trunc_subsecs(6), ..traced };
        assert_eq!(digest(&coarse), one);

        assert_ne!(digest(&envelope(r#"{"b":[{"y":2,"x":"é"},1],"a":null}"#)), one);
        assert_ne!(digest(&Envelope { entityversion: 4, ..coarse }), one);
    }

    #[test]
    fn a_label_is_read_as_it_was_written() {
        let epochs = vec![("a".to_owned(), 0), ("b".to_owned(), 7)];
        let label = Label { epochs, server: "NDX".to_owned() };
        let mut metadata = HashMap::from([("_nats.ver".to_owned(), "2.15".to_owned())]);
        label.write(&mut metadata);

        assert_eq!(Label::read(&metadata), label);
        assert_eq!(metadata["_nats.ver"], "2.15");
        assert_eq!(Label::read(&HashMap::new()), Label::default());
    }
}
