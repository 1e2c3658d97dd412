//! The rules of a charge: what may be charged, until when it is offered, what of it is given back.
//! Pure.

use chrono::{DateTime, Utc};
use contracts::commerce::{ChargeState, ChargeStatus};
use contracts::shared;
use contracts::shared::ChargeLine;
use contracts::{ChargeId, Currency, Money, OrderId, PersonId};

/// The largest total one charge may have, in minor units.
pub(crate) const LARGEST_TOTAL: i64 = 100_000_000;

/// Why a charge cannot be charged as asked, or money of it not be given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("a charge needs at least one line")]
    NoLines,
    #[error("all lines of a charge have one currency")]
    MixedCurrencies,
    #[error("this currency is not sold in")]
    UnknownCurrency,
    #[error("a charge comes to more than nothing, and each quantity is at least one")]
    NotPositive,
    #[error("a charge comes to at most 1,000,000.00")]
    TooLarge,
    #[error("this is no longer offered for payment")]
    NotOffered,
    #[error("more than what was captured and not yet given back cannot be refunded")]
    MoreThanCaptured,
    #[error("a refund has the currency of its charge")]
    OtherCurrency,
}

impl Refusal {
    /// The stable code.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::NoLines => "no_lines",
            Self::MixedCurrencies => "mixed_currencies",
            Self::UnknownCurrency => "unknown_currency",
            Self::NotPositive => "not_positive",
            Self::TooLarge => "too_large",
            Self::NotOffered => "not_offered",
            Self::MoreThanCaptured => "more_than_captured",
            Self::OtherCurrency => "other_currency",
        }
    }
}

/// A charge as commerce keeps it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Charge {
    pub(crate) id: ChargeId,
    pub(crate) asked_by: String,
    pub(crate) payer: PersonId,
    pub(crate) beneficiary: PersonId,
    pub(crate) lines: Vec<ChargeLine>,
    pub(crate) total: Money,
    pub(crate) hold_until: DateTime<Utc>,
    pub(crate) return_path: String,
    pub(crate) legal_entity: String,
    pub(crate) state: ChargeState,
    pub(crate) code: Option<String>,
    pub(crate) captured: i64,
    pub(crate) refunding: i64,
    pub(crate) refunded: i64,
    pub(crate) order_id: Option<OrderId>,
    pub(crate) version: i64,
}

/// What the lines of a charge come to.
///
/// # Errors
/// The refusals of intake.
pub(crate) fn total(lines: &[ChargeLine]) -> Result<Money, Refusal> {
    let first = lines.first().ok_or(Refusal::NoLines)?;
    let currency = &first.unit.currency;
    if matches!(currency, Currency::Unknown(_)) {
        return Err(Refusal::UnknownCurrency);
    }
    let mut minor: i64 = 0;
    for line in lines {
        if line.unit.currency != *currency {
            return Err(Refusal::MixedCurrencies);
        }
        if line.quantity < 1 {
            return Err(Refusal::NotPositive);
        }
        let amount = line.quantity.checked_mul(line.unit.minor).ok_or(Refusal::TooLarge)?;
        minor = minor.checked_add(amount).ok_or(Refusal::TooLarge)?;
    }
    match minor {
        ..=0 => Err(Refusal::NotPositive),
        1..=LARGEST_TOTAL => Ok(Money { minor, currency: currency.clone() }),
        _ => Err(Refusal::TooLarge),
    }
}

/// What one line comes to; a line of a charge that was accepted always fits.
pub(crate) fn line_amount(line: &ChargeLine) -> Money {
    let minor = line.quantity.saturating_mul(line.unit.minor);
    Money { minor, currency: line.unit.currency.clone() }
}

/// A path on our own site, or the list of orders when it is anything else: the browser is never
/// sent to where a message says without a look.
fn safe_path(path: &str) -> String {
    let local =
        path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\n', '\r']);
    if local { path.to_owned() } else { "/billing".to_owned() }
}

impl Charge {
    /// Takes a charge in: open, or refused with the reason kept.
    pub(crate) fn asked(asked_by: &str, asked: &shared::Charge) -> Self {
        let none = || {
            let currency = asked.lines.first().map_or(Currency::Usd, |l| l.unit.currency.clone());
            Money::zero(currency)
        };
        let (total, state, code) = match total(&asked.lines) {
            Ok(total) => (total, ChargeState::Open, None),
            Err(why) => (none(), ChargeState::Refused, Some(why.code().to_owned())),
        };
        Self {
            id: asked.charge_id,
            asked_by: asked_by.to_owned(),
            payer: asked.payer,
            beneficiary: asked.beneficiary,
            lines: asked.lines.clone(),
            total,
            hold_until: asked.hold_until,
            return_path: safe_path(&asked.return_path),
            legal_entity: asked.legal_entity.clone(),
            state,
            code,
            captured: 0,
            refunding: 0,
            refunded: 0,
            order_id: None,
            version: 1,
        }
    }

    /// The charge as others see it.
    pub(crate) fn public(&self) -> ChargeStatus {
        ChargeStatus {
            charge_id: self.id,
            asked_by: self.asked_by.clone(),
            payer: self.payer,
            state: self.state.clone(),
            total: self.total.clone(),
            captured: self.money(self.captured),
            refunded: self.money(self.refunded),
            order_id: self.order_id,
            version: self.version,
        }
    }

    /// An amount in the currency of the charge.
    pub(crate) fn money(&self, minor: i64) -> Money {
        Money { minor, currency: self.total.currency.clone() }
    }

    /// Whether payment is offered at `now`.
    pub(crate) fn is_offered(&self, now: DateTime<Utc>) -> bool {
        self.state == ChargeState::Open && now < self.hold_until
    }

    /// Whether payment is offered, as a rule.
    ///
    /// # Errors
    /// [`Refusal::NotOffered`].
    pub(crate) fn offered(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.is_offered(now) { Ok(()) } else { Err(Refusal::NotOffered) }
    }

    /// The charge is no longer wanted; one that was paid stays paid.
    pub(crate) fn withdrawn(self) -> Self {
        self.ended_as(ChargeState::Withdrawn)
    }

    /// The hold ended; one that was paid stays paid.
    pub(crate) fn expired(self) -> Self {
        self.ended_as(ChargeState::Expired)
    }

    fn ended_as(self, state: ChargeState) -> Self {
        if self.state == ChargeState::Open { Self { state, ..self } } else { self }
    }

    /// The money arrived, at the instant the provider took it. Late is money after the hold, and
    /// money of a charge that the asker was already told is over.
    pub(crate) fn paid(self, captured_at: DateTime<Utc>) -> (Self, bool) {
        let late = self.state != ChargeState::Open || captured_at >= self.hold_until;
        (Self { state: ChargeState::Paid, captured: self.total.minor, ..self }, late)
    }

    /// What can still be asked back.
    pub(crate) fn remaining(&self) -> Money {
        self.money(self.captured - self.refunding - self.refunded)
    }

    /// Sets `amount` aside to be given back.
    ///
    /// # Errors
    /// [`Refusal::OtherCurrency`], [`Refusal::NotPositive`], [`Refusal::MoreThanCaptured`].
    pub(crate) fn refund_asked(self, amount: &Money) -> Result<Self, Refusal> {
        if amount.currency != self.total.currency {
            return Err(Refusal::OtherCurrency);
        }
        if amount.minor < 1 {
            return Err(Refusal::NotPositive);
        }
        if amount.minor > self.remaining().minor {
            return Err(Refusal::MoreThanCaptured);
        }
        Ok(Self { refunding: self.refunding + amount.minor, ..self })
    }

    /// The provider gave back what was set aside.
    pub(crate) fn refund_done(self, minor: i64) -> Self {
        let (refunding, refunded) = (self.refunding - minor, self.refunded + minor);
        let all = refunded == self.captured;
        let state = if all { ChargeState::Refunded } else { self.state.clone() };
        Self { state, refunding, refunded, ..self }
    }

    /// The provider would not give it back: it can be asked for again.
    pub(crate) fn refund_failed(self, minor: i64) -> Self {
        Self { refunding: self.refunding - minor, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn line(quantity: i64, minor: i64, currency: Currency) -> ChargeLine {
        ChargeLine {
            r#ref: "a".to_owned(),
            code: "ACTIVE".to_owned(),
            text: "Membership".to_owned(),
            language: "en".to_owned(),
            quantity,
            unit: Money { minor, currency },
        }
    }

    fn asked(lines: Vec<ChargeLine>) -> Charge {
        let asked = shared::Charge {
            charge_id: ChargeId(Uuid::from_u128(1)),
            payer: PersonId(Uuid::from_u128(2)),
            beneficiary: PersonId(Uuid::from_u128(2)),
            lines,
            hold_until: at("2027-03-01T12:00:00Z"),
            return_path: "/membership".to_owned(),
            legal_entity: "scte".to_owned(),
            version: 1,
        };
        Charge::asked("membership", &asked)
    }

    fn open() -> Charge {
        asked(vec![line(1, 9900, Currency::Usd), line(2, 1500, Currency::Usd)])
    }

    #[test]
    fn lines_add_up_and_what_cannot_be_charged_is_refused_with_its_code() {
        assert_eq!(open().total, Money::usd(12_900));
        let code = |lines| asked(lines).code.unwrap_or_default();
        assert_eq!(code(vec![]), "no_lines");
        assert_eq!(
            code(vec![line(1, 1, Currency::Usd), line(1, 1, Currency::Eur)]),
            "mixed_currencies"
        );
        assert_eq!(code(vec![line(1, 1, Currency::Unknown("XXX".to_owned()))]), "unknown_currency");
        assert_eq!(code(vec![line(1, 0, Currency::Usd)]), "not_positive");
        assert_eq!(code(vec![line(0, 5, Currency::Usd)]), "not_positive");
        assert_eq!(code(vec![line(2, i64::MAX, Currency::Usd)]), "too_large");
        assert_eq!(code(vec![line(1, LARGEST_TOTAL + 1, Currency::Usd)]), "too_large");
    }

    #[test]
    fn payment_is_offered_until_the_hold_ends() {
        assert!(open().is_offered(at("2027-03-01T11:59:59Z")));
        assert_eq!(open().offered(at("2027-03-01T12:00:00Z")), Err(Refusal::NotOffered));
        assert!(!open().withdrawn().is_offered(at("2027-03-01T11:00:00Z")));
    }

    #[test]
    fn money_in_time_is_not_late_and_any_other_is() {
        let (paid, late) = open().paid(at("2027-03-01T11:00:00Z"));
        assert_eq!((paid.state, paid.captured, late), (ChargeState::Paid, 12_900, false));
        assert!(open().paid(at("2027-03-01T12:00:00Z")).1);
        assert!(open().withdrawn().paid(at("2027-03-01T11:00:00Z")).1);
        assert!(open().expired().paid(at("2027-03-01T11:00:00Z")).1);
    }

    #[test]
    fn a_paid_charge_neither_expires_nor_is_withdrawn() {
        let (paid, _) = open().paid(at("2027-03-01T11:00:00Z"));
        assert_eq!(paid.clone().withdrawn(), paid);
        assert_eq!(paid.clone().expired(), paid);
    }

    #[test]
    fn refunds_never_exceed_what_was_captured() {
        assert_eq!(open().refund_asked(&Money::usd(1)), Err(Refusal::MoreThanCaptured));
        let (paid, _) = open().paid(at("2027-03-01T11:00:00Z"));
        let part = paid.refund_asked(&Money::usd(12_000)).unwrap();
        assert_eq!(part.clone().refund_asked(&Money::usd(901)), Err(Refusal::MoreThanCaptured));
        let euro = Money { minor: 1, currency: Currency::Eur };
        assert_eq!(part.clone().refund_asked(&euro), Err(Refusal::OtherCurrency));
        assert_eq!(part.clone().refund_asked(&Money::usd(0)), Err(Refusal::NotPositive));
        let part = part.refund_done(12_000);
        assert_eq!(part.state, ChargeState::Paid);
        let failed = part.refund_asked(&Money::usd(900)).unwrap().refund_failed(900);
        let all = failed.refund_asked(&Money::usd(900)).unwrap().refund_done(900);
        assert_eq!((all.state.clone(), all.remaining()), (ChargeState::Refunded, Money::usd(0)));
    }

    #[test]
    fn a_return_path_stays_on_our_site() {
        assert_eq!(safe_path("/membership/join"), "/membership/join");
        assert_eq!(safe_path("//evil.example"), "/billing");
        assert_eq!(safe_path("https://evil.example"), "/billing");
        assert_eq!(safe_path("/\\evil.example"), "/billing");
    }
}
