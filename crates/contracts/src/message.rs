//! What every message has: a name, a key, and the state of its aggregate.

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// A fact that a service tells the others; written with `#[message(…)]`.
pub trait Message: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// The short name, `<service>.<noun>.<verb>`, or `<noun>.<verb>` when [`Self::SHARED`].
    const NAME: &'static str;
    /// Whether several services publish this type; the publisher then stands before the name.
    const SHARED: bool;
    /// For how many minutes a field tagged secret is kept in the feed; then it is blanked.
    const SECRET_FOR_MINUTES: Option<i64>;

    /// What the order of messages is kept by: the person where it is about one, else the aggregate.
    fn key(&self) -> Uuid;
    /// The aggregate whose state this is.
    fn entity(&self) -> Uuid;
    /// The version of the aggregate after the change.
    fn entityversion(&self) -> i64;
}

/// The `CloudEvents` type of a message that `service` publishes.
///
/// `org.scte.membership.term.started.v1`; a shared name gets the publisher before it.
#[must_use]
pub fn wire_type<M: Message>(service: &str) -> String {
    if M::SHARED {
        format!("org.scte.{service}.{}.v1", M::NAME)
    } else {
        format!("org.scte.{}.v1", M::NAME)
    }
}
