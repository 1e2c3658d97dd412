//! A refund: money that goes back to a payer. Pure.

use chrono::{DateTime, Utc};
use contracts::{ChargeId, Money, OrderId};
use uuid::Uuid;

use crate::payments::domain::ProviderRefund;
use crate::payments::tables::Capture;

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// The provider is being asked.
    Asked,
    /// The provider gave it back.
    Done,
    /// The provider would not: staff see to it.
    Failed,
}

impl State {
    /// The word in the table.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// The state of a word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        [Self::Asked, Self::Done, Self::Failed].into_iter().find(|state| state.as_str() == word)
    }
}

/// One refund.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refund {
    pub(crate) id: Uuid,
    pub(crate) asked_key: String,
    pub(crate) order_id: OrderId,
    pub(crate) charge_id: Option<ChargeId>,
    pub(crate) provider_payment: String,
    pub(crate) amount: Money,
    pub(crate) reason: String,
    pub(crate) state: State,
    /// The provider's own id of it.
    pub(crate) provider_id: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) asked_at: DateTime<Utc>,
    pub(crate) done_at: Option<DateTime<Utc>>,
    pub(crate) version: i64,
}

impl Refund {
    /// Whether the provider speaks of the money that we asked to be given back.
    pub(crate) fn is_told_by(&self, said: &ProviderRefund) -> bool {
        (&self.provider_payment, self.amount.minor) == (&said.payment, said.amount)
    }

    /// The provider gave it back.
    pub(crate) fn done(self, provider_id: &str, now: DateTime<Utc>) -> Self {
        let provider_id = Some(provider_id.to_owned());
        Self { state: State::Done, provider_id, done_at: Some(now), code: None, ..self }
    }

    /// The provider would not.
    pub(crate) fn failed(self, code: &str) -> Self {
        Self { state: State::Failed, code: Some(code.to_owned()), ..self }
    }
}

/// Whether all of what arrived was given back by these refunds.
pub(crate) fn is_given_back(money: &Capture, refunds: &[Refund]) -> bool {
    let done = refunds.iter().filter(|one| one.state == State::Done);
    let of_it = done.filter(|one| one.provider_payment == money.provider_payment);
    of_it.map(|one| one.amount.minor).sum::<i64>() == money.amount.minor
}

/// The key that makes two requests of a service one: they name the same charge in the same version.
pub(crate) fn key_of_service(service: &str, charge: ChargeId, version: i64) -> String {
    format!("{service}/{charge}/{version}")
}
