//! The `AsyncAPI` 3 document of the system: who publishes what, and what a message looks like.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::catalogue::Entry;

/// Which service consumes which types, by service: `outreach` hears
/// `org.scte.commerce.order.paid.v1`.
pub type Consumers = BTreeMap<String, Vec<String>>;

/// The document: one channel per service's feed, one operation per publisher and per consumer and
/// feed, and every message with its `CloudEvents` headers and its payload.
#[must_use]
pub fn document(version: &str, entries: &[Entry], consumers: &Consumers) -> Value {
    let mut channels = Map::new();
    let mut operations = Map::new();
    let mut messages = Map::new();
    let mut schemas = Map::new();
    for entry in entries {
        let payload = payload(entry, &mut schemas);
        for service in &entry.publishers {
            let wire = entry.wire_type(service);
            messages.insert(wire.clone(), message(entry, &wire, &payload));
            let channel = channels.entry((*service).to_owned()).or_insert_with(|| channel(service));
            channel["messages"][&wire] = json!({ "$ref": format!("#/components/messages/{wire}") });
        }
    }
    for (service, channel) in &channels {
        let published = channel["messages"].as_object().into_iter().flatten();
        let wires: Vec<_> = published.map(|(wire, _)| wire.clone()).collect();
        operations.insert(
            format!("{service}.publishes"),
            operation("send", service, &wires, &format!("{service} tells what changed.")),
        );
        for (consumer, hears) in consumers {
            let heard: Vec<_> =
                wires.iter().filter(|wire| hears.contains(*wire)).cloned().collect();
            if !heard.is_empty() {
                let summary = format!("{consumer} hears what {service} tells.");
                let name = format!("{consumer}.hears.{service}");
                operations.insert(name, operation("receive", service, &heard, &summary));
            }
        }
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "SCTE messages",
            "version": version,
            "description": "What the services of the SCTE website tell each other. Every message is \
                a fact in the past tense and carries the public state of its aggregate after it. \
                Feeds are kept for ever; within a feed positions have no gaps and follow the order \
                of commits. Types only grow; a break is a new type.",
            "license": { "name": "MIT OR Apache-2.0" },
            "tags": tags(&channels),
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": channels,
        "operations": operations,
        "components": { "messages": messages, "schemas": schemas },
    })
}

fn channel(service: &str) -> Value {
    json!({
        "address": format!("/feeds/{service}"),
        "title": format!("The feed of {service}"),
        "description": format!(
            "Everything {service} published, in the order of its commits. Read with \
             GET /feeds/{service}?lastEventId=<epoch>.<position>&timeout=<seconds>."
        ),
        "tags": [{ "name": service }],
        "messages": {},
    })
}

fn operation(action: &str, channel: &str, wires: &[String], summary: &str) -> Value {
    let messages: Vec<_> = wires
        .iter()
        .map(|wire| json!({ "$ref": format!("#/channels/{channel}/messages/{wire}") }))
        .collect();
    json!({
        "action": action,
        "channel": { "$ref": format!("#/channels/{channel}") },
        "summary": summary,
        "messages": messages,
    })
}

fn tags(channels: &Map<String, Value>) -> Value {
    channels.keys().map(|service| json!({ "name": service })).collect()
}

/// The payload's reference; the schema and its definitions go to `components/schemas` under the
/// message's name, so that two messages may each have a definition of the same name.
fn payload(entry: &Entry, schemas: &mut Map<String, Value>) -> Value {
    let mut schema = entry.schema.clone();
    let prefix = format!("{}.", entry.name);
    let definitions = schema.as_object_mut().and_then(|fields| {
        fields.remove("$schema");
        fields.remove("$defs")
    });
    point_to_components(&mut schema, &prefix);
    for (name, mut definition) in
        definitions.as_ref().and_then(Value::as_object).cloned().unwrap_or_default()
    {
        point_to_components(&mut definition, &prefix);
        schemas.insert(format!("{prefix}{name}"), definition);
    }
    schemas.insert(entry.name.to_owned(), schema);
    json!({ "$ref": format!("#/components/schemas/{}", entry.name) })
}

/// Turns `#/$defs/Account` into `#/components/schemas/<message>.Account`, everywhere below.
fn point_to_components(schema: &mut Value, prefix: &str) {
    match schema {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str().and_then(|to| to.strip_prefix("#/$defs/")) {
                    Some(definition) if name == "$ref" => {
                        *value = json!(format!("#/components/schemas/{prefix}{definition}"));
                    }
                    _ => point_to_components(value, prefix),
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|one| point_to_components(one, prefix)),
        _ => {}
    }
}

fn message(entry: &Entry, wire: &str, payload: &Value) -> Value {
    let about = entry.schema.get("description").cloned().unwrap_or_else(|| json!(entry.rust_name));
    let mut message = json!({
        "name": wire,
        "title": entry.rust_name,
        "summary": about,
        "contentType": "application/cloudevents+json",
        "headers": headers(wire),
        "payload": payload,
        "x-key": entry.key,
        "x-entity": entry.entity,
    });
    if !entry.personal.is_empty() {
        message["x-personal"] = json!(entry.personal);
    }
    if let Some(minutes) = entry.secret_for_minutes {
        message["x-secret"] = json!({ "fields": entry.secret, "blanked-after-minutes": minutes });
    }
    message
}

/// The `CloudEvents` 1.0 attributes that stand beside the payload.
fn headers(wire: &str) -> Value {
    let text = |about: &str| json!({ "type": "string", "description": about });
    json!({
        "type": "object",
        "required": ["specversion", "id", "source", "type", "time", "key", "entity", "entityversion"],
        "properties": {
            "specversion": { "type": "string", "const": "1.0" },
            "type": { "type": "string", "const": wire },
            "id": text("Where it stands in the feed: <epoch>.<position>."),
            "source": text("The publishing service's feed."),
            "time": { "type": "string", "format": "date-time", "description": "When it was committed." },
            "datacontenttype": { "type": "string", "const": "application/json" },
            "key": text("What order is kept by: the person it is about, else the aggregate."),
            "entity": text("The id of the aggregate."),
            "entityversion": { "type": "integer", "description": "The aggregate's version after the change." },
            "actor": text("Who did it: person, staff, job, message."),
            "correlation": text("The same for everything that one act set off."),
            "cause": text("The id of the message that caused it, if one did."),
            "traceparent": text("The trace it belongs to, if there is one."),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    fn whole() -> Value {
        let hears = vec!["org.scte.commerce.order.paid.v1".to_owned()];
        document("0.1.0", catalogue::all(), &Consumers::from([("outreach".to_owned(), hears)]))
    }

    /// Every `$ref` below, wherever it stands.
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    if let (true, Some(to)) = (name == "$ref", value.as_str()) {
                        found.push(to.to_owned());
                    }
                    references(value, found);
                }
            }
            Value::Array(all) => all.iter().for_each(|one| references(one, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = whole();
        let mut found = Vec::new();
        references(&document, &mut found);

        assert!(found.len() > 100);
        for to in found {
            let at = to.strip_prefix('#').unwrap();
            assert!(document.pointer(at).is_some(), "{to} leads nowhere");
        }
    }

    #[test]
    fn a_feed_has_its_own_messages_and_the_shared_ones_its_service_publishes() {
        let document = whole();
        let of_membership = &document["channels"]["membership"]["messages"];

        assert!(of_membership.get("org.scte.membership.term.started.v1").is_some());
        assert!(of_membership.get("org.scte.membership.charge.requested.v1").is_some());
        assert!(of_membership.get("org.scte.commerce.order.paid.v1").is_none());
        assert_eq!(document["operations"]["membership.publishes"]["action"], "send");
        assert_eq!(document["operations"]["outreach.hears.commerce"]["action"], "receive");
        assert!(document["operations"].get("outreach.hears.identity").is_none());
    }

    #[test]
    fn a_secret_is_announced_beside_its_message() {
        let document = whole();
        let code = "org.scte.identity.account.code_issued.v1";

        let secret = &document["components"]["messages"][code]["x-secret"];

        assert_eq!(secret["fields"], json!(["/code"]));
    }
}
