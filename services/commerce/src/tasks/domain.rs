//! A task or a note: what it is about, what to do, whether it still waits. Pure.

use chrono::{DateTime, Utc};
use contracts::{ChargeId, Money, OrderId};
use serde_json::Value;
use uuid::Uuid;

/// A task or a note.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) code: String,
    pub(crate) charge_id: Option<ChargeId>,
    pub(crate) order_id: Option<OrderId>,
    pub(crate) detail: Value,
    pub(crate) at: DateTime<Utc>,
    pub(crate) done_at: Option<DateTime<Utc>>,
    pub(crate) version: i64,
}

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Staff have still to see to it.
    Due,
    /// They did.
    Done,
    /// Nobody has to do anything.
    Note,
}

impl Standing {
    /// The word in the list, which is sorted by it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Due => "to do",
            Self::Done => "done",
            Self::Note => "note",
        }
    }

    /// What comes first in a list has the greatest rank.
    pub(crate) fn rank(self) -> i64 {
        match self {
            Self::Due => 2,
            Self::Done => 1,
            Self::Note => 0,
        }
    }
}

impl Task {
    /// How far it is.
    pub(crate) fn standing(&self) -> Standing {
        match (self.kind.as_str(), self.done_at) {
            ("task", None) => Standing::Due,
            ("task", Some(_)) => Standing::Done,
            _ => Standing::Note,
        }
    }

    /// Whether staff have still to see to it.
    pub(crate) fn is_due(&self) -> bool {
        self.standing() == Standing::Due
    }

    /// Whether money of its order is in doubt: `IN_DOUBT` of the orders' tables says the same.
    pub(crate) fn is_about_money(&self) -> bool {
        self.is_due() && self.code != "session_refused"
    }

    /// What it is about, in a few words.
    pub(crate) fn title(&self) -> String {
        let mut title = self.code.replace('_', " ");
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        title
    }

    /// What happened, and what to do.
    pub(crate) fn sentence(&self) -> &'static str {
        sentence(&self.code)
    }

    /// What it remembers, in one line.
    pub(crate) fn said(&self) -> String {
        said(&self.detail)
    }
}

/// A value as people read it: fields by name, money as money.
fn said(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(said).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            if let Ok(money) = serde_json::from_value::<Money>(value.clone()) {
                return money.to_string();
            }
            let one = |(name, value): (&String, &Value)| {
                format!("{} {}", name.replace('_', " "), said(value))
            };
            fields.iter().map(one).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// What happened, and what to do.
fn sentence(code: &str) -> &'static str {
    match code {
        "amount_does_not_match" => {
            "Another amount arrived than was asked for. The order is not paid: give the money back or settle it with the payer."
        }
        "refund_refused" => {
            "A service asked for a refund that a rule forbids. Look at the order and settle it by hand."
        }
        "refund_failed" => {
            "The provider would not give the money back. It can be asked for again on the order."
        }
        "refund_unknown" => {
            "The provider made a refund that we did not ask for. Look for it at the provider."
        }
        "refund_done_after_failure" => {
            "The provider made a refund after it had said no. The books show it as not made."
        }
        "refund_differs" => {
            "The provider tells of a refund with another amount, or of another payment, than we asked for. It counts as not made: look for it at the provider."
        }
        "session_refused" => {
            "The provider would not open a payment page. Look at the provider's settings."
        }
        "question_refused" => "The provider does not know a payment of ours.",
        "payment_in_doubt" => {
            "Long after the time to pay it, the provider has not said how a payment ended. Look for it at the provider."
        }
        "refund_of_unknown_charge" => {
            "A refund was asked for a charge that never came here; ignored."
        }
        "refund_by_other_service" => {
            "A refund was asked for by a service that did not charge; ignored."
        }
        "withdrawn_by_other_service" => {
            "A charge was withdrawn by a service that did not ask for it; ignored."
        }
        "charge_known_already" => "A second, different charge came under a known id; ignored.",
        _ => "See the detail.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn task(kind: &str, code: &str, done: bool) -> Task {
        let at = DateTime::UNIX_EPOCH;
        Task {
            id: Uuid::nil(),
            kind: kind.to_owned(),
            code: code.to_owned(),
            charge_id: None,
            order_id: None,
            detail: json!({}),
            at,
            done_at: done.then_some(at),
            version: 1,
        }
    }

    #[test]
    fn only_a_task_that_is_not_done_is_due() {
        assert!(task("task", "refund_failed", false).is_due());
        assert_eq!(task("task", "refund_failed", true).standing(), Standing::Done);
        assert_eq!(task("note", "refund_failed", false).standing(), Standing::Note);
    }

    #[test]
    fn a_provider_that_opens_no_page_puts_no_money_in_doubt() {
        assert!(task("task", "payment_in_doubt", false).is_about_money());
        assert!(!task("task", "payment_in_doubt", true).is_about_money());
        assert!(!task("task", "session_refused", false).is_about_money());
    }

    #[test]
    fn details_read_as_words_and_money() {
        let mut task = task("task", "amount_does_not_match", false);
        task.detail = json!({ "arrived": Money::usd(11_399), "attempt": 2, "why": null });
        assert_eq!(task.title(), "Amount does not match");
        assert_eq!(task.said(), "arrived $113.99, attempt 2, why ");
    }
}
