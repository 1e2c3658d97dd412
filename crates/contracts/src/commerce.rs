//! What commerce tells: what became of each charge, orders and payments.

use chrono::{DateTime, Utc};
use macros::{message, state};

use crate::{ChargeId, Money, OrderId, PersonId};

/// A charge as commerce sees it.
#[state]
pub struct ChargeStatus {
    /// The charge.
    pub charge_id: ChargeId,
    /// The service that asked for it.
    pub asked_by: String,
    /// Who pays.
    pub payer: PersonId,
    /// Where it stands.
    pub state: ChargeState,
    /// What it comes to.
    pub total: Money,
    /// What was captured so far.
    pub captured: Money,
    /// What was given back so far.
    pub refunded: Money,
    /// The order it is paid by, once there is one.
    pub order_id: Option<OrderId>,
    /// Version of the charge at commerce.
    pub version: i64,
}

open_enum! {
    /// Where a charge stands at commerce.
    ChargeState {
        /// It can be paid.
        Open = "open",
        /// It was paid.
        Paid = "paid",
        /// The hold ended before it was paid.
        Expired = "expired",
        /// The asker took it back.
        Withdrawn = "withdrawn",
        /// It could not be charged as asked.
        Refused = "refused",
        /// All that was captured was given back.
        Refunded = "refunded",
    }
}

/// A charge can be paid: "Pay now" may be shown.
#[message("commerce.charge.opened", key = charge.payer, entity = charge.charge_id, version = charge.version)]
pub struct ChargeOpened {
    /// The charge.
    pub charge: ChargeStatus,
}

/// The money of a charge arrived.
#[message("commerce.charge.paid", key = charge.payer, entity = charge.charge_id, version = charge.version)]
pub struct ChargePaid {
    /// The charge.
    pub charge: ChargeStatus,
    /// When the money was captured.
    pub paid_at: DateTime<Utc>,
    /// Whether it came after the hold had ended or the charge had been withdrawn.
    pub late: bool,
}

/// The hold of a charge ended before it was paid.
#[message("commerce.charge.expired", key = charge.payer, entity = charge.charge_id, version = charge.version)]
pub struct ChargeExpired {
    /// The charge.
    pub charge: ChargeStatus,
}

/// A charge cannot be charged as it was asked.
#[message("commerce.charge.refused", key = charge.payer, entity = charge.charge_id, version = charge.version)]
pub struct ChargeRefused {
    /// The charge.
    pub charge: ChargeStatus,
    /// Why: `no_lines`, `mixed_currencies`, `unknown_currency`, `not_positive`, `too_large`.
    pub code: String,
}

/// Money of a charge was given back.
#[message("commerce.charge.refunded", key = charge.payer, entity = charge.charge_id, version = charge.version)]
pub struct ChargeRefunded {
    /// The charge.
    pub charge: ChargeStatus,
    /// What was given back this time.
    pub amount: Money,
    /// Why, as the asker said it: a code.
    pub reason: String,
}

/// An order: the charges a payer pays together.
#[state]
pub struct Order {
    /// The order.
    pub order_id: OrderId,
    /// Who pays.
    pub payer: PersonId,
    /// The charges in it.
    pub charges: Vec<ChargeId>,
    /// What is bought, as the receipt prints it.
    pub lines: Vec<OrderLine>,
    /// What it comes to.
    pub total: Money,
    /// The legal entity that sells.
    pub legal_entity: String,
    /// Where it stands.
    pub state: OrderState,
    /// The receipt's number, once paid.
    pub receipt_number: Option<String>,
    /// Version of the order.
    pub version: i64,
}

/// One line of an order.
#[state]
pub struct OrderLine {
    /// What is bought, in [`Self::language`].
    pub text: String,
    /// The language of the text (BCP 47).
    pub language: String,
    /// How many.
    pub quantity: i64,
    /// What the line comes to.
    pub amount: Money,
}

open_enum! {
    /// Where an order stands.
    OrderState {
        /// Waits for payment.
        Open = "open",
        /// Paid.
        Paid = "paid",
        /// Given up or out of time.
        Cancelled = "cancelled",
        /// All of it was given back.
        Refunded = "refunded",
    }
}

/// A payer set out to pay.
#[message("commerce.order.opened", key = order.payer, entity = order.order_id, version = order.version)]
pub struct OrderOpened {
    /// The order.
    pub order: Order,
}

/// An order was paid: here is the receipt.
#[message("commerce.order.paid", key = order.payer, entity = order.order_id, version = order.version)]
pub struct OrderPaid {
    /// The order, with its receipt number.
    pub order: Order,
    /// When the money was captured.
    pub paid_at: DateTime<Utc>,
}

/// An attempt to pay was declined by the provider.
#[message("commerce.payment.failed", key = order.payer, entity = order.order_id, version = order.version)]
pub struct PaymentFailed {
    /// The order that is still unpaid.
    pub order: Order,
    /// Why, as the provider's code: `card_declined`, `insufficient_funds`.
    pub code: String,
}
