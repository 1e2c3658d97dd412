//! What outreach tells: what was sent to whom, and what came of it.

use macros::{message, state};

use crate::{DeliveryId, PersonId};

/// One notice to one person for one cause.
#[state]
pub struct Delivery {
    /// The delivery; its mail has the `Message-ID` made of it.
    pub delivery_id: DeliveryId,
    /// To whom.
    pub person_id: PersonId,
    /// Which notice: `commerce.receipt`.
    pub notice: String,
    /// The id of the message that caused it.
    pub cause: String,
    /// Version of the delivery.
    pub version: i64,
}

/// A notice was handed to the mail server.
#[message("outreach.message.sent", key = delivery.person_id, entity = delivery.delivery_id, version = delivery.version)]
pub struct MessageSent {
    /// The delivery.
    pub delivery: Delivery,
}

/// A notice could not be sent.
#[message("outreach.message.failed", key = delivery.person_id, entity = delivery.delivery_id, version = delivery.version)]
pub struct MessageFailed {
    /// The delivery.
    pub delivery: Delivery,
    /// Why: `refused`, `no_address`.
    pub code: String,
}
