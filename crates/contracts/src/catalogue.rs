//! Every message there is: what the tests walk, what the feed blanks secrets by, and what
//! [`crate::asyncapi`] and the committed schemas are made of.

use std::sync::LazyLock;

use serde_json::Value;

use crate::message::{Message, wire_type};
use crate::{commerce, content, identity, membership, outreach, shared};

/// The services of the system, in the order of the design.
pub const SERVICES: &[&str] = &["identity", "membership", "commerce", "content", "outreach"];

/// What is known of one message without having one.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The short name: `membership.term.started`, or `charge.requested` when it is shared.
    pub name: &'static str,
    /// The struct that carries it: `TermStarted`.
    pub rust_name: String,
    /// Whether several services publish it.
    pub shared: bool,
    /// The services that publish it, in the order of [`SERVICES`].
    pub publishers: Vec<&'static str>,
    /// Where in the message its key is found: `/term/person_id`.
    pub key: String,
    /// Where in the message the id of its aggregate is found: `/term/term_id`.
    pub entity: String,
    /// For how many minutes secret fields are kept in the feed.
    pub secret_for_minutes: Option<i64>,
    /// Pointers to the fields tagged personal; `*` stands for every element of an array.
    pub personal: Vec<String>,
    /// Pointers to the fields tagged secret; `*` stands for every element of an array.
    pub secret: Vec<String>,
    /// The JSON Schema of the message (draft 2020-12).
    pub schema: Value,
    decode: fn(Value) -> Result<Value, serde_json::Error>,
}

impl Entry {
    /// The entry of one message type; also for types that stand in no catalogue, such as a test's.
    #[must_use]
    pub fn of<M: Message>(publishers: &[&'static str]) -> Self {
        let schema = schemars::schema_for!(M).to_value();
        let word = |name: &str| schema.get(name).and_then(Value::as_str).unwrap_or("");
        Self {
            name: M::NAME,
            rust_name: M::schema_name().into_owned(),
            shared: M::SHARED,
            publishers: publishers.to_vec(),
            key: word("x-key").to_owned(),
            entity: word("x-entity").to_owned(),
            secret_for_minutes: M::SECRET_FOR_MINUTES,
            personal: tagged(&schema, "x-personal"),
            secret: tagged(&schema, "x-secret"),
            decode: |value| serde_json::from_value::<M>(value).and_then(serde_json::to_value),
            schema,
        }
    }

    /// The types it has on the wire, one per publisher: `org.scte.membership.term.started.v1`.
    #[must_use]
    pub fn wire_types(&self) -> Vec<String> {
        self.publishers.iter().map(|service| self.wire_type(service)).collect()
    }

    /// The type on the wire when `service` publishes it.
    #[must_use]
    pub fn wire_type(&self, service: &str) -> String {
        if self.shared {
            format!("org.scte.{service}.{}.v1", self.name)
        } else {
            format!("org.scte.{}.v1", self.name)
        }
    }

    /// Reads a message and writes it again, as a service that only passes it on would.
    ///
    /// # Errors
    /// When the value is no message of this type.
    pub fn decode(&self, value: Value) -> Result<Value, serde_json::Error> {
        (self.decode)(value)
    }

    /// Blanks the secrets of a message, and says whether there was anything to blank.
    ///
    /// A text becomes empty, anything else null: the message still decodes for whoever reads the
    /// feed later.
    pub fn blank_secrets(&self, message: &mut Value) -> bool {
        let mut found = false;
        for pointer in &self.secret {
            found |= blank(message, pointer);
        }
        found
    }
}

/// Every message of the system, by publishing service.
#[must_use]
pub fn all() -> &'static [Entry] {
    &ALL
}

/// The entry of a message by its short name or its type on the wire.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    all().iter().find(|entry| {
        entry.name == name
            || entry.publishers.iter().any(|service| entry.wire_type(service) == name)
    })
}

/// Where the secrets of a message stand, by its short name or its type on the wire; `*` in a
/// pointer stands for every element of an array. Empty when there are none.
#[must_use]
pub fn secret_pointers(name: &str) -> &'static [String] {
    find(name).map_or(&[], |entry| &entry.secret)
}

static ALL: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let mut all = identities();
    all.extend(memberships());
    all.extend(commerces());
    all.extend([
        own::<content::PagePublished>(),
        own::<content::PageUnpublished>(),
        own::<content::MenuChanged>(),
        own::<outreach::MessageSent>(),
        own::<outreach::MessageFailed>(),
        Entry::of::<shared::ChargeRequested>(&["membership"]),
        Entry::of::<shared::ChargeWithdrawn>(&["membership"]),
        Entry::of::<shared::RefundRequested>(&["membership"]),
        Entry::of::<shared::PersonIntroduced>(&["membership"]),
        Entry::of::<shared::NavigationDeclared>(SERVICES),
        Entry::of::<shared::InvitationRequested>(&["membership"]),
        Entry::of::<shared::InvitationWithdrawn>(&["membership"]),
        Entry::of::<shared::TokenUsed>(SERVICES),
    ]);
    all
});

fn identities() -> Vec<Entry> {
    use identity::{
        AccountLocked, AccountRegistered, AccountRemoved, AccountUnlocked, AccountVerified,
        ClientChanged, CodeIssued, DuplicateFound, EmailChanged, InvitationAccepted, KeyPublished,
        LinkIssued, PasswordChanged, RoleGranted, RoleRevoked, SecurityAlerted, SignInEnded,
        SignedOutEverywhere, TokenRevoked,
    };
    vec![
        own::<AccountRegistered>(),
        own::<AccountVerified>(),
        own::<PasswordChanged>(),
        own::<SignedOutEverywhere>(),
        own::<AccountLocked>(),
        own::<AccountUnlocked>(),
        own::<AccountRemoved>(),
        own::<CodeIssued>(),
        own::<SignInEnded>(),
        own::<KeyPublished>(),
        own::<RoleGranted>(),
        own::<RoleRevoked>(),
        own::<DuplicateFound>(),
        own::<EmailChanged>(),
        own::<LinkIssued>(),
        own::<SecurityAlerted>(),
        own::<TokenRevoked>(),
        own::<ClientChanged>(),
        own::<InvitationAccepted>(),
    ]
}

fn memberships() -> Vec<Entry> {
    use membership::{
        ApplicationEnded, ApplicationSubmitted, ChapterJoined, ChapterPublished, CompanyPublished,
        CompanyTermEnded, CompanyTermStarted, PersonCreated, PersonUpdated, SeatAssigned,
        SeatOffered, SeatReleased, TermStarted, TypePublished,
    };
    vec![
        own::<PersonCreated>(),
        own::<PersonUpdated>(),
        own::<TypePublished>(),
        own::<ChapterPublished>(),
        own::<ApplicationSubmitted>(),
        own::<ApplicationEnded>(),
        own::<TermStarted>(),
        own::<ChapterJoined>(),
        own::<CompanyPublished>(),
        own::<CompanyTermStarted>(),
        own::<CompanyTermEnded>(),
        own::<SeatOffered>(),
        own::<SeatAssigned>(),
        own::<SeatReleased>(),
    ]
}

fn commerces() -> Vec<Entry> {
    use commerce::{
        ChargeExpired, ChargeOpened, ChargePaid, ChargeRefunded, ChargeRefused, OrderOpened,
        OrderPaid, PaymentFailed,
    };
    vec![
        own::<ChargeOpened>(),
        own::<ChargePaid>(),
        own::<ChargeExpired>(),
        own::<ChargeRefused>(),
        own::<ChargeRefunded>(),
        own::<OrderOpened>(),
        own::<OrderPaid>(),
        own::<PaymentFailed>(),
    ]
}

/// A message that one service publishes: the one its name begins with.
fn own<M: Message>() -> Entry {
    let service = M::NAME.split('.').next().unwrap_or(M::NAME);
    debug_assert!(wire_type::<M>(service).contains(service));
    Entry::of::<M>(&[service])
}

/// Pointers to every property of a schema that bears `tag`, `$ref` followed.
#[must_use]
pub fn tagged(schema: &Value, tag: &str) -> Vec<String> {
    let mut found = Vec::new();
    walk(schema, &mut |pointer, property, _| {
        if property.get(tag).and_then(Value::as_bool) == Some(true) {
            found.push(pointer.to_owned());
        }
    });
    found
}

/// Shows `visit` every property of a schema: its pointer, its schema, and the object it is in.
pub fn walk(schema: &Value, visit: &mut dyn FnMut(&str, &Value, &Value)) {
    walk_from(schema, schema, "", 0, visit);
}

/// Messages are shallow; what is nested deeper refers to itself and is not followed for ever.
const DEEPEST: usize = 16;

fn walk_from(
    root: &Value,
    schema: &Value,
    at: &str,
    depth: usize,
    visit: &mut dyn FnMut(&str, &Value, &Value),
) {
    if depth > DEEPEST {
        return;
    }
    let schema = resolved(root, schema);
    for (name, property) in
        schema.get("properties").and_then(Value::as_object).into_iter().flatten()
    {
        let pointer = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        visit(&pointer, property, schema);
        walk_from(root, property, &pointer, depth + 1, visit);
    }
    if let Some(items) = schema.get("items") {
        walk_from(root, items, &format!("{at}/*"), depth + 1, visit);
    }
    for word in ["anyOf", "oneOf", "allOf"] {
        for one in schema.get(word).and_then(Value::as_array).into_iter().flatten() {
            walk_from(root, one, at, depth + 1, visit);
        }
    }
}

/// The schema itself, or the definition of the root that its `$ref` names.
#[must_use]
pub fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let Some(to) = schema.get("$ref").and_then(Value::as_str) else { return schema };
    to.strip_prefix('#').and_then(|pointer| root.pointer(pointer)).unwrap_or(schema)
}

/// Blanks what stands at a pointer, in which `*` stands for every element of an array.
fn blank(value: &mut Value, pointer: &str) -> bool {
    let Some(rest) = pointer.strip_prefix('/') else {
        let blanked = if value.is_string() { Value::from("") } else { Value::Null };
        let found = *value != blanked;
        *value = blanked;
        return found;
    };
    let (step, rest) = rest.find('/').map_or((rest, ""), |end| rest.split_at(end));
    match value {
        Value::Array(all) if step == "*" => {
            let mut found = false;
            for one in all {
                found |= blank(one, rest);
            }
            found
        }
        Value::Object(fields) => {
            let name = step.replace("~1", "/").replace("~0", "~");
            fields.get_mut(&name).is_some_and(|field| blank(field, rest))
        }
        _ => false,
    }
}
