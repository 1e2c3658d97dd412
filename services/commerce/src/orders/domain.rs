//! The rules of an order: what it comes to, what arriving money means for it. Pure.

use chrono::{DateTime, Utc};
use contracts::commerce::{ChargeState, OrderLine, OrderState};
use contracts::{Money, OrderId, PersonId, commerce};

use crate::charges::domain::{Charge, line_amount};

/// An order: the charges a payer pays together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) payer: PersonId,
    pub(crate) total: Money,
    pub(crate) legal_entity: String,
    pub(crate) state: OrderState,
    pub(crate) receipt_number: Option<String>,
    pub(crate) late: bool,
    pub(crate) opened_at: DateTime<Utc>,
    pub(crate) paid_at: Option<DateTime<Utc>>,
    pub(crate) version: i64,
}

/// What becomes of money that arrived for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It pays the order.
    Applied,
    /// The order is paid already: it goes back.
    Surplus,
    /// It is not what was asked for: staff look at it.
    Unmatched,
}

impl Fate {
    /// The word in the table.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Surplus => "surplus",
            Self::Unmatched => "unmatched",
        }
    }
}

impl Order {
    /// A new order over one charge.
    pub(crate) fn over(id: OrderId, charge: &Charge, now: DateTime<Utc>) -> Self {
        Self {
            id,
            payer: charge.payer,
            total: charge.total.clone(),
            legal_entity: charge.legal_entity.clone(),
            state: OrderState::Open,
            receipt_number: None,
            late: false,
            opened_at: now,
            paid_at: None,
            version: 1,
        }
    }

    /// What arriving money means. An order takes money once, whatever its charges became since.
    pub(crate) fn fate_of(&self, amount: &Money) -> Fate {
        match self.state {
            OrderState::Paid | OrderState::Refunded => Fate::Surplus,
            _ if *amount == self.total => Fate::Applied,
            _ => Fate::Unmatched,
        }
    }

    /// The money arrived.
    pub(crate) fn paid(self, receipt: String, at: DateTime<Utc>, late: bool) -> Self {
        let (receipt_number, paid_at) = (Some(receipt), Some(at));
        Self { state: OrderState::Paid, receipt_number, paid_at, late, ..self }
    }

    /// Nothing of it is offered any more; an order that was paid stays paid.
    pub(crate) fn cancelled(self) -> Self {
        let open = self.state == OrderState::Open;
        if open { Self { state: OrderState::Cancelled, ..self } } else { self }
    }

    /// After a refund: refunded when every charge of it is.
    pub(crate) fn after_refund(self, charges: &[Charge]) -> Self {
        let all = charges.iter().all(|charge| charge.state == ChargeState::Refunded);
        let state = if all { OrderState::Refunded } else { self.state.clone() };
        Self { state, ..self }
    }

    /// The order as others see it.
    pub(crate) fn public(&self, charges: &[Charge]) -> commerce::Order {
        commerce::Order {
            order_id: self.id,
            payer: self.payer,
            charges: charges.iter().map(|charge| charge.id).collect(),
            lines: lines(charges),
            total: self.total.clone(),
            legal_entity: self.legal_entity.clone(),
            state: self.state.clone(),
            receipt_number: self.receipt_number.clone(),
            version: self.version,
        }
    }
}

/// The lines of a receipt.
pub(crate) fn lines(charges: &[Charge]) -> Vec<OrderLine> {
    let all = charges.iter().flat_map(|charge| &charge.lines);
    all.map(|line| OrderLine {
        text: line.text.clone(),
        language: line.language.clone(),
        quantity: line.quantity,
        amount: line_amount(line),
    })
    .collect()
}

/// What an order is for, in one line: its first line, and how many more there are.
pub(crate) fn what_for<'a>(charges: impl Iterator<Item = &'a Charge>) -> String {
    let mut texts = charges.flat_map(|charge| &charge.lines).map(|line| line.text.as_str());
    let first = texts.next().unwrap_or("Order").to_owned();
    match texts.count() {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// How an order is named before and beside its receipt: the beginning of its id, which is the
/// instant it was opened at.
pub(crate) fn shown_number(id: OrderId) -> String {
    id.to_string().chars().take(13).collect()
}

/// The first and the last id that begins as somebody typed it; nothing when it is no beginning of
/// an id, or one of too many.
pub(crate) fn ids_beginning(typed: &str) -> Option<(OrderId, OrderId)> {
    let digits: String = typed.chars().filter(|c| *c != '-').collect();
    if !(8..=32).contains(&digits.len()) || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
        return None;
    }
    let filled = |with: char| {
        let digits: String = digits.chars().chain(std::iter::repeat(with)).take(32).collect();
        digits.parse().ok()
    };
    Some((filled('0')?, filled('f')?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::Currency;
    use uuid::Uuid;

    fn order(state: OrderState) -> Order {
        Order {
            id: OrderId(Uuid::from_u128(1)),
            payer: PersonId(Uuid::from_u128(2)),
            total: Money::usd(9900),
            legal_entity: "scte".to_owned(),
            state,
            receipt_number: None,
            late: false,
            opened_at: "2027-03-01T10:00:00Z".parse().unwrap(),
            paid_at: None,
            version: 1,
        }
    }

    #[test]
    fn the_first_right_amount_pays_and_every_further_one_goes_back() {
        assert_eq!(order(OrderState::Open).fate_of(&Money::usd(9900)), Fate::Applied);
        assert_eq!(order(OrderState::Cancelled).fate_of(&Money::usd(9900)), Fate::Applied);
        assert_eq!(order(OrderState::Paid).fate_of(&Money::usd(9900)), Fate::Surplus);
        assert_eq!(order(OrderState::Paid).fate_of(&Money::usd(1)), Fate::Surplus);
        assert_eq!(order(OrderState::Refunded).fate_of(&Money::usd(9900)), Fate::Surplus);
    }

    #[test]
    fn another_amount_or_currency_pays_nothing() {
        assert_eq!(order(OrderState::Open).fate_of(&Money::usd(9899)), Fate::Unmatched);
        let euro = Money { minor: 9900, currency: Currency::Eur };
        assert_eq!(order(OrderState::Open).fate_of(&euro), Fate::Unmatched);
    }

    #[test]
    fn an_order_is_found_by_the_beginning_of_its_id() {
        let id: OrderId = "01959a1c-7f00-7a3b-8c11-0123456789ab".parse().unwrap();
        assert_eq!(shown_number(id), "01959a1c-7f00");

        for typed in ["01959a1c-7f00", "01959A1C7F00", "01959a1c", &id.to_string()] {
            let (first, last) = ids_beginning(typed).unwrap();
            assert!(first <= id && id <= last, "{typed}");
        }
        let (first, last) = ids_beginning(&id.to_string()).unwrap();
        assert_eq!((first, last), (id, id));
        let (first, last) = ids_beginning("01959a1d").unwrap();
        assert!(id < first && first < last);
        for typed in ["", "0195", "scte-2027-000001", "0195 9a1c", &format!("{id}0")] {
            assert_eq!(ids_beginning(typed), None, "{typed}");
        }
    }
}
