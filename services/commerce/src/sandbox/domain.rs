//! What the sandbox provider does on a click: when money counts as taken, and which webhooks go
//! out when, in which order, how often. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// How a session is to behave once the button is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Paid, and told at once.
    Pay,
    /// The bank says no.
    Decline,
    /// Too little on the card.
    Insufficient,
    /// Paid after a delay, as a transfer is.
    Late,
    /// Paid, and told three times.
    Thrice,
    /// Declined, then paid; told in the wrong order, and after a refund told of the payment again.
    Reordered,
    /// Paid, and not told at all: the merchant must ask.
    Silent,
    /// Paid twice by two payments of the same session.
    Twice,
}

/// All of them, with the word in the form and what the button says.
pub(crate) const BEHAVIOURS: [(Behaviour, &str, &str); 8] = [
    (Behaviour::Pay, "pay", "Pay"),
    (Behaviour::Decline, "decline", "Decline the card"),
    (Behaviour::Insufficient, "insufficient_funds", "Decline for insufficient funds"),
    (Behaviour::Late, "late", "Pay, confirmed late"),
    (Behaviour::Thrice, "thrice", "Pay, confirmed three times"),
    (Behaviour::Reordered, "reordered", "Decline then pay, confirmed out of order"),
    (Behaviour::Silent, "silent", "Pay, never confirmed by webhook"),
    (Behaviour::Twice, "twice", "Pay twice"),
];

impl Behaviour {
    /// The behaviour of a word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        BEHAVIOURS.iter().find(|(_, known, _)| *known == word).map(|(behaviour, _, _)| *behaviour)
    }

    /// What happens then, for whoever tries it.
    pub(crate) fn says(self) -> &'static str {
        match self {
            Self::Pay => "Paid, and the shop is told at once.",
            Self::Decline => "The bank says no; the shop offers to try again.",
            Self::Insufficient => "The bank says no, and why.",
            Self::Late => "Paid, and the shop is told 20 seconds later.",
            Self::Thrice => "The same news three times: one receipt all the same.",
            Self::Reordered => "The older news comes last; the money counts.",
            Self::Silent => "Paid, and the shop has to ask.",
            Self::Twice => "Two payments for one order: the second goes back.",
        }
    }

    /// The word.
    pub(crate) fn as_str(self) -> &'static str {
        BEHAVIOURS.iter().find(|(known, _, _)| *known == self).map_or("pay", |(_, word, _)| word)
    }
}

/// A session: one page to pay on.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) reference: String,
    pub(crate) description: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) return_url: String,
    pub(crate) webhook_url: String,
    pub(crate) state: String,
    pub(crate) code: Option<String>,
    pub(crate) behaviour: String,
    pub(crate) version: i64,
}

/// Money taken.
#[derive(Debug, Clone)]
pub(crate) struct Payment {
    pub(crate) id: String,
    pub(crate) session: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) refunded: i64,
    pub(crate) captured_at: DateTime<Utc>,
    pub(crate) version: i64,
}

/// A request to open a session.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionRequest {
    pub(crate) reference: String,
    #[serde(default)]
    pub(crate) description: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) return_url: String,
    pub(crate) webhook_url: String,
}

/// A request to give money back.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundRequest {
    pub(crate) payment: String,
    pub(crate) amount: i64,
    #[serde(default)]
    pub(crate) reference: String,
}

impl SessionRequest {
    /// The name of the first field that cannot be used.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let web = |url: &str| {
            (url.starts_with("http://") || url.starts_with("https://")) && url.len() <= 500
        };
        let currency = self.currency.len() == 3;
        let currency = currency && self.currency.chars().all(|c| c.is_ascii_uppercase());
        let checks = [
            ("reference", (1..=100).contains(&self.reference.len())),
            ("description", self.description.len() <= 1000),
            ("amount", (1..=1_000_000_000).contains(&self.amount)),
            ("currency", currency),
            ("return_url", web(&self.return_url)),
            ("webhook_url", web(&self.webhook_url)),
        ];
        checks.iter().find(|(_, sound)| !sound).map(|(field, _)| *field)
    }
}

/// What is told by a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    Captured,
    Declined,
}

impl Told {
    /// The type of the event.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Captured => "payment.captured",
            Self::Declined => "payment.declined",
        }
    }
}

/// What happens after the button: the state at once, payments taken, webhooks with their delays.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Script {
    pub(crate) state: &'static str,
    pub(crate) code: Option<&'static str>,
    /// How many payments are taken at once.
    pub(crate) payments: usize,
    /// After how many seconds each webhook goes out; one delay per repetition of the same event.
    pub(crate) webhooks: Vec<(Told, Vec<i64>)>,
}

/// The script of a behaviour. A late one does nothing now: see [`confirmed`].
pub(crate) fn script(behaviour: Behaviour) -> Script {
    let paid = |payments, webhooks| Script { state: "paid", code: None, payments, webhooks };
    let declined = |code| Script {
        state: "declined",
        code: Some(code),
        payments: 0,
        webhooks: vec![(Told::Declined, vec![0])],
    };
    match behaviour {
        Behaviour::Pay => paid(1, vec![(Told::Captured, vec![0])]),
        Behaviour::Thrice => paid(1, vec![(Told::Captured, vec![0, 1, 2])]),
        Behaviour::Silent => paid(1, vec![]),
        Behaviour::Twice => paid(2, vec![(Told::Captured, vec![0])]),
        // The decline came first and is told last.
        Behaviour::Reordered => paid(1, vec![(Told::Captured, vec![0]), (Told::Declined, vec![2])]),
        Behaviour::Decline => declined("card_declined"),
        Behaviour::Insufficient => declined("insufficient_funds"),
        Behaviour::Late => {
            Script { state: "processing", code: None, payments: 0, webhooks: vec![] }
        }
    }
}

/// The script of a late payment once its delay is over.
pub(crate) fn confirmed() -> Script {
    script(Behaviour::Pay)
}

/// How long a late payment takes, unless the form says so.
pub(crate) const LATE_SECONDS: i64 = 20;

/// For how long an undelivered webhook is sent again.
pub(crate) const SENT_FOR: TimeDelta = TimeDelta::days(3);

/// The body of a webhook.
#[derive(Debug, Serialize)]
pub(crate) struct EventBody<'a> {
    pub(crate) id: &'a str,
    pub(crate) r#type: &'a str,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) session: &'a str,
    pub(crate) reference: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payment: Option<PaymentBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refund: Option<RefundBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<&'a str>,
}

/// A payment as the API and the webhooks tell it.
#[derive(Debug, Serialize)]
pub(crate) struct PaymentBody<'a> {
    pub(crate) id: &'a str,
    pub(crate) amount: i64,
    pub(crate) currency: &'a str,
    pub(crate) captured_at: DateTime<Utc>,
}

impl<'a> From<&'a Payment> for PaymentBody<'a> {
    fn from(payment: &'a Payment) -> Self {
        let Payment { id, amount, currency, captured_at, .. } = payment;
        Self { id, amount: *amount, currency, captured_at: *captured_at }
    }
}

/// A refund as the API and the webhooks tell it.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct RefundBody<'a> {
    pub(crate) id: &'a str,
    pub(crate) payment: &'a str,
    pub(crate) amount: i64,
    pub(crate) reference: &'a str,
}

/// The signature header of a webhook sent at `now`. An HMAC takes a key of any length.
pub(crate) fn sign(secret: &str, now: DateTime<Utc>, body: &[u8]) -> Option<String> {
    let stamp = now.timestamp().to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(stamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(format!("t={stamp},v1={}", hex::encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_behaviour_has_a_word_of_its_own() {
        for (behaviour, word, _) in BEHAVIOURS {
            assert_eq!(Behaviour::of(word), Some(behaviour));
            assert_eq!(behaviour.as_str(), word);
        }
        assert_eq!(Behaviour::of("steal"), None);
    }

    #[test]
    fn what_is_told_can_be_delayed_repeated_reordered_and_lost() {
        assert_eq!(script(Behaviour::Thrice).webhooks, [(Told::Captured, vec![0, 1, 2])]);
        let reordered = script(Behaviour::Reordered).webhooks;
        assert_eq!(reordered, [(Told::Captured, vec![0]), (Told::Declined, vec![2])]);
        assert_eq!(script(Behaviour::Silent).webhooks, []);
        assert_eq!(script(Behaviour::Late).payments, 0);
        assert_eq!(confirmed().payments, 1);
    }

    #[test]
    fn a_request_that_cannot_be_used_names_its_field() {
        let sound = SessionRequest {
            reference: "a".to_owned(),
            description: String::new(),
            amount: 1,
            currency: "USD".to_owned(),
            return_url: "http://shop/".to_owned(),
            webhook_url: "http://shop/hook".to_owned(),
        };
        assert_eq!(sound.fault(), None);
        assert_eq!(SessionRequest { amount: 0, ..sound.clone() }.fault(), Some("amount"));
        let odd = SessionRequest { return_url: "javascript:x".to_owned(), ..sound };
        assert_eq!(odd.fault(), Some("return_url"));
    }
}
