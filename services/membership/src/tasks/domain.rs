//! What a staff task says. Pure.

use chrono::{DateTime, Utc};
use contracts::{ChargeId, PersonId};
use serde_json::Value;
use uuid::Uuid;

/// Why a human has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Money came for an application that could no longer start a membership; a refund was asked.
    GivenBack,
    /// Money came for a charge that we cannot find.
    UnknownCharge,
    /// Money went back while the membership that it bought goes on.
    RefundedMember,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::GivenBack, Self::UnknownCharge, Self::RefundedMember];

    /// What it is called.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::GivenBack => "Payment given back",
            Self::UnknownCharge => "Unknown payment",
            Self::RefundedMember => "Refund of a member",
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::GivenBack => "given_back",
            Self::UnknownCharge => "unknown_charge",
            Self::RefundedMember => "refunded_member",
        }
    }
}

/// A task as the row holds it.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) id: Uuid,
    /// A word of [`Kind`], or of a later version.
    pub(crate) kind: String,
    pub(crate) person_id: Option<PersonId>,
    pub(crate) charge_id: ChargeId,
    pub(crate) detail: Value,
    pub(crate) opened_at: DateTime<Utc>,
    pub(crate) closed_at: Option<DateTime<Utc>>,
    pub(crate) version: i64,
}

impl Task {
    /// What it is called; a kind of a later version by its word.
    pub(crate) fn title(&self) -> &str {
        let known = Kind::ALL.into_iter().find(|kind| kind.as_str() == self.kind);
        match known {
            Some(kind) => kind.title(),
            None => &self.kind,
        }
    }

    /// What there is to do, in a sentence.
    pub(crate) fn sentence(&self) -> String {
        let amount = self.detail["amount"].as_str().unwrap_or("an unknown amount");
        let reason = self.detail["reason"].as_str().unwrap_or("for a reason not noted");
        let reason = reason.replace('_', " ");
        match self.kind.as_str() {
            "given_back" => format!(
                "{amount} was paid but no membership could start ({reason}). A refund was asked for: see that it arrives, and write to the payer."
            ),
            "unknown_charge" => format!(
                "{amount} was paid for a charge that membership does not know. Find out with finance who paid, for what."
            ),
            "refunded_member" => format!(
                "{amount} was given back ({reason}), yet the membership that it paid for goes on. Agree with finance and the member whether it is to."
            ),
            other => format!("Look at this: {other}."),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_of_task_says_what_to_do() {
        let task = |kind: &str| Task {
            id: Uuid::nil(),
            kind: kind.to_owned(),
            person_id: None,
            charge_id: ChargeId(Uuid::nil()),
            detail: json!({ "amount": "$119.00", "reason": "already_covered" }),
            opened_at: DateTime::UNIX_EPOCH,
            closed_at: None,
            version: 1,
        };
        for kind in [Kind::GivenBack, Kind::UnknownCharge] {
            assert!(task(kind.as_str()).sentence().starts_with("$119.00 was paid"));
        }
        let refunded = task(Kind::RefundedMember.as_str()).sentence();
        assert!(refunded.starts_with("$119.00 was given back (already covered)"), "{refunded}");
        assert_eq!(task("later").sentence(), "Look at this: later.");
        assert_eq!(
            (task("given_back").title(), task("later").title()),
            ("Payment given back", "later")
        );
    }
}
