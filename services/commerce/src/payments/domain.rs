//! An attempt to pay, and what the provider says of it. Pure.
//!
//! What the provider says is a snapshot of a session, whether it came as a webhook or as an
//! answer; it may come late, repeated or in the wrong order, and means the same each time.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{Currency, Money, OrderId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where an attempt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The provider is being asked for a session.
    Starting,
    /// There is a page to pay on.
    Started,
    /// Declined, or the provider would not open a session.
    Failed,
    /// Money arrived.
    Captured,
}

impl Stage {
    /// The word in the table.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Started => "started",
            Self::Failed => "failed",
            Self::Captured => "captured",
        }
    }

    /// The stage of a word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        let all = [Self::Starting, Self::Started, Self::Failed, Self::Captured];
        all.into_iter().find(|stage| stage.as_str() == word)
    }
}

/// One attempt to pay an order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Payment {
    pub(crate) id: Uuid,
    pub(crate) order_id: OrderId,
    pub(crate) number: i64,
    pub(crate) stage: Stage,
    pub(crate) session: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) returned_at: Option<DateTime<Utc>>,
    pub(crate) asking: bool,
    pub(crate) asked: i64,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) version: i64,
}

/// The longest that the clock waits before it asks the provider again.
pub(crate) const LONGEST_WAIT: TimeDelta = TimeDelta::hours(3);

/// For how long after the hold the clock asks: money may be on its way when the hold ends.
pub(crate) const ASKED_AFTER_HOLD: TimeDelta = TimeDelta::hours(24);

impl Payment {
    /// A new attempt.
    pub(crate) fn new(id: Uuid, order_id: OrderId, number: i64, now: DateTime<Utc>) -> Self {
        Self {
            id,
            order_id,
            number,
            stage: Stage::Starting,
            session: None,
            url: None,
            code: None,
            returned_at: None,
            asking: false,
            asked: 0,
            started_at: now,
            version: 1,
        }
    }

    /// The provider opened a session; a payment that went on meanwhile stays where it is.
    pub(crate) fn opened(self, session: Session) -> Self {
        let starting = self.stage == Stage::Starting;
        let stage = if starting { Stage::Started } else { self.stage };
        Self { stage, session: Some(session.id), url: web_address(session.url), ..self }
    }

    /// The attempt failed; money that arrived is never forgotten for a decline that comes late.
    pub(crate) fn failed(self, code: &str) -> Self {
        match self.stage {
            Stage::Captured | Stage::Failed => self,
            _ => Self { stage: Stage::Failed, code: Some(code.to_owned()), ..self },
        }
    }

    /// Money arrived, even after a decline.
    pub(crate) fn captured(self) -> Self {
        Self { stage: Stage::Captured, code: None, ..self }
    }

    /// All that arrived was another amount and went back: as if it had been declined.
    pub(crate) fn returned(self) -> Self {
        Self { stage: Stage::Failed, code: Some(AMOUNT_RETURNED.to_owned()), ..self }
    }

    /// Whether the payer or the provider may still settle it.
    pub(crate) fn is_running(&self) -> bool {
        matches!(self.stage, Stage::Starting | Stage::Started)
    }

    /// Whether staff must look, after the last answer: it settled nothing. A session that is open
    /// and that the payer never came back from was left unpaid, and needs no one.
    pub(crate) fn is_in_doubt(&self, state: &str) -> bool {
        self.is_running() && (state != "open" || self.returned_at.is_some())
    }
}

/// The code of an attempt whose money was another amount and went back.
const AMOUNT_RETURNED: &str = "amount_returned";

/// When the clock asks again, after it asked `asked` times: in 2 minutes, doubled each time up to
/// [`LONGEST_WAIT`], and a last time at `until`.
pub(crate) fn next_question(asked: i64, now: DateTime<Utc>, until: DateTime<Utc>) -> DateTime<Utc> {
    let doublings = u32::try_from(asked.clamp(0, 10)).unwrap_or(0);
    let wait = TimeDelta::minutes(2 * 2_i64.pow(doublings)).min(LONGEST_WAIT);
    (now + wait).min(until)
}

/// Only a page of the web is ever shown as a link.
fn web_address(url: String) -> Option<String> {
    let web = url.starts_with("https://") || url.starts_with("http://");
    web.then_some(url)
}

/// What we ask the provider for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SessionWish {
    pub(crate) reference: Uuid,
    pub(crate) description: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) return_url: String,
    pub(crate) webhook_url: String,
}

/// A session as the provider tells it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) url: String,
    /// `open`, `processing`, `paid`, `declined`; words we do not know change nothing.
    pub(crate) state: String,
    pub(crate) code: Option<String>,
    #[serde(default)]
    pub(crate) payments: Vec<ProviderPayment>,
}

/// Money the provider took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ProviderPayment {
    pub(crate) id: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) captured_at: DateTime<Utc>,
}

impl ProviderPayment {
    /// The amount.
    pub(crate) fn money(&self) -> Money {
        Money { minor: self.amount, currency: Currency::from(self.currency.as_str()) }
    }

    /// Whether it can be money at all.
    pub(crate) fn is_sound(&self) -> bool {
        self.amount > 0 && !self.id.is_empty() && self.id.len() <= 100
    }
}

/// A refund as the provider tells it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ProviderRefund {
    pub(crate) id: String,
    /// The provider's id of the money it is taken from.
    pub(crate) payment: String,
    /// In minor units of that money's currency.
    pub(crate) amount: i64,
    /// Our own id of it.
    pub(crate) reference: String,
}

/// A webhook's body.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ProviderEvent {
    pub(crate) id: String,
    pub(crate) r#type: String,
    pub(crate) session: String,
    #[serde(default)]
    pub(crate) payment: Option<ProviderPayment>,
    #[serde(default)]
    pub(crate) refund: Option<ProviderRefund>,
    #[serde(default)]
    pub(crate) code: Option<String>,
}

/// What an event means to us.
#[derive(Debug, Clone)]
pub(crate) enum News {
    /// Money arrived.
    Captured(ProviderPayment),
    /// The attempt was declined.
    Declined(String),
    /// Money was given back.
    Refunded(ProviderRefund),
    /// Nothing we act upon.
    Nothing,
}

impl ProviderEvent {
    /// What it means. A known type without its part is malformed: nothing.
    ///
    /// # Errors
    /// The name of the missing or unusable part.
    pub(crate) fn news(self) -> Result<News, &'static str> {
        match self.r#type.as_str() {
            "payment.captured" => match self.payment {
                Some(payment) if payment.is_sound() => Ok(News::Captured(payment)),
                _ => Err("payment"),
            },
            "payment.declined" => Ok(News::Declined(failure_code(self.code.as_deref()))),
            "refund.succeeded" => self.refund.map(News::Refunded).ok_or("refund"),
            _ => Ok(News::Nothing),
        }
    }
}

/// The news in a session we asked for.
pub(crate) fn news_of(session: &Session) -> Vec<News> {
    let sound = session.payments.iter().filter(|payment| payment.is_sound());
    let mut news: Vec<News> = sound.cloned().map(News::Captured).collect();
    if news.is_empty() && session.state == "declined" {
        news.push(News::Declined(failure_code(session.code.as_deref())));
    }
    news
}

/// A code as we publish it: short and plain, whatever the provider says.
pub(crate) fn failure_code(said: Option<&str>) -> String {
    match said {
        Some(code)
            if (1..=40).contains(&code.len())
                && code.chars().all(|c| c.is_ascii_lowercase() || c == '_') =>
        {
            code.to_owned()
        }
        _ => "declined".to_owned(),
    }
}

/// A failure in a sentence for the payer.
pub(crate) fn failure_sentence(code: &str) -> &'static str {
    match code {
        "card_declined" => "Your bank declined the card. Nothing was charged.",
        "insufficient_funds" => "The card has not enough funds. Nothing was charged.",
        "provider_refused" => {
            "The payment provider could not start the payment. Nothing was charged."
        }
        AMOUNT_RETURNED => "Another amount arrived than was asked for. It was given back.",
        _ => "The payment did not go through. Nothing was charged.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment() -> Payment {
        let now = "2027-03-01T10:00:00Z".parse().unwrap();
        Payment::new(Uuid::from_u128(1), OrderId(Uuid::from_u128(2)), 1, now)
    }

    fn session(state: &str) -> Session {
        Session {
            id: "ses_1".to_owned(),
            url: "http://provider/pay".to_owned(),
            state: state.to_owned(),
            code: None,
            payments: vec![],
        }
    }

    #[test]
    fn a_decline_that_comes_after_the_money_changes_nothing() {
        let captured = payment().opened(session("open")).captured();
        assert_eq!(captured.clone().failed("card_declined"), captured);
    }

    #[test]
    fn money_that_comes_after_a_decline_counts() {
        let failed = payment().opened(session("open")).failed("card_declined");
        assert_eq!(failed.code.as_deref(), Some("card_declined"));
        assert_eq!(failed.captured().stage, Stage::Captured);
    }

    #[test]
    fn only_a_web_address_is_shown_as_a_link() {
        let odd = Session { url: "javascript:alert(1)".to_owned(), ..session("open") };
        assert_eq!(payment().opened(odd).url, None);
        assert!(payment().opened(session("open")).url.is_some());
    }

    #[test]
    fn the_clock_asks_less_and_less_often_and_a_last_time_at_the_end() {
        let now = payment().started_at;
        let until = now + TimeDelta::days(3);
        assert_eq!(next_question(0, now, until), now + TimeDelta::minutes(2));
        assert_eq!(next_question(3, now, until), now + TimeDelta::minutes(16));
        assert_eq!(next_question(7, now, until), now + LONGEST_WAIT);
        assert_eq!(next_question(99, now, until), now + LONGEST_WAIT);
        let soon = now + TimeDelta::minutes(5);
        assert_eq!(next_question(99, now, soon), soon);
    }

    #[test]
    fn what_was_left_unpaid_is_no_doubt_and_all_else_without_an_end_is() {
        let started = payment().opened(session("open"));
        assert!(!started.is_in_doubt("open"));
        assert!(started.is_in_doubt("processing"));
        let returned_at = Some(started.started_at);
        assert!(Payment { returned_at, ..started.clone() }.is_in_doubt("open"));
        assert!(!started.captured().is_in_doubt("paid"));
    }

    #[test]
    fn a_failure_code_is_plain_or_just_declined() {
        assert_eq!(failure_code(Some("card_declined")), "card_declined");
        assert_eq!(failure_code(Some("<b>")), "declined");
        assert_eq!(failure_code(None), "declined");
    }
}
