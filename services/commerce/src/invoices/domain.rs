//! The rules of invoices and credit notes: numbers, lines, what a credit takes back of which line.
//! Pure.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use contracts::{ChargeId, Currency, Money, OrderId, PersonId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::charges::domain::{Charge, line_amount};
use crate::entities::{Seller, Tax, half_up, tax_in};

/// Which of the two a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Invoice,
    CreditNote,
}

impl Kind {
    /// The word in the table.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::CreditNote => "credit_note",
        }
    }

    /// The kind of a word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        [Self::Invoice, Self::CreditNote].into_iter().find(|kind| kind.as_str() == word)
    }

    /// As a heading says it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Invoice => "Invoice",
            Self::CreditNote => "Credit note",
        }
    }

    /// The series that documents of this kind are numbered by; each begins anew every year.
    pub(crate) fn series(self, prefix: &str, day: NaiveDate) -> String {
        let year = day.year();
        match self {
            // The name under which receipts were numbered before there were invoices: the number
            // of a receipt has always been that of its invoice.
            Self::Invoice => format!("receipt/{prefix}/{year}"),
            Self::CreditNote => format!("credit_note/{prefix}/{year}"),
        }
    }

    /// A number: `scte-2027-000001`, `scte-cn-2027-000001`.
    pub(crate) fn number(self, prefix: &str, day: NaiveDate, number: i64) -> String {
        let year = day.year();
        match self {
            Self::Invoice => format!("{prefix}-{year}-{number:06}"),
            Self::CreditNote => format!("{prefix}-cn-{year}-{number:06}"),
        }
    }
}

/// One line. Amounts are minor units of the document's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Its place on the invoice, from 1; a line of a credit note has that of the line it takes
    /// back of.
    pub(crate) place: i64,
    pub(crate) charge: ChargeId,
    pub(crate) text: String,
    /// The language of the text (BCP 47).
    pub(crate) language: String,
    pub(crate) quantity: i64,
    pub(crate) unit: i64,
    pub(crate) amount: i64,
    /// The tax in the amount.
    pub(crate) tax: i64,
    pub(crate) tax_name: Option<String>,
}

/// What stands on a document beside its sums: the copy of the moment it was issued at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) seller: Seller,
    /// Who it is made out to.
    pub(crate) bill_to: String,
    pub(crate) lines: Vec<Line>,
    /// The day it was paid on, when that was so at its issue.
    pub(crate) paid_on: Option<NaiveDate>,
    /// Of a credit note: the number of its invoice.
    pub(crate) of_number: Option<String>,
    /// Of a credit note: the code of its reason.
    pub(crate) reason: Option<String>,
    /// Whether the prices are invented.
    pub(crate) sample: bool,
    /// Whether no money moves at the provider.
    pub(crate) sandbox: bool,
}

/// An invoice or a credit note.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document {
    pub(crate) id: Uuid,
    pub(crate) kind: Kind,
    pub(crate) number: String,
    pub(crate) order_id: OrderId,
    pub(crate) payer: PersonId,
    pub(crate) legal_entity: String,
    pub(crate) issued_at: DateTime<Utc>,
    pub(crate) issued_on: NaiveDate,
    pub(crate) due_on: Option<NaiveDate>,
    pub(crate) po_number: Option<String>,
    pub(crate) total: Money,
    pub(crate) tax: i64,
    pub(crate) content: Content,
    pub(crate) invoice_id: Option<Uuid>,
    pub(crate) refund_id: Option<Uuid>,
    /// What credit notes took back of it so far.
    pub(crate) credited: i64,
    pub(crate) version: i64,
}

/// What a credit note is about.
#[derive(Debug, Clone)]
pub(crate) struct TakeBack<'a> {
    pub(crate) id: Uuid,
    pub(crate) number: String,
    /// The money that went back.
    pub(crate) refund: Uuid,
    pub(crate) charge: ChargeId,
    /// How much of the charge, in minor units.
    pub(crate) amount: i64,
    /// The code of the reason.
    pub(crate) reason: &'a str,
    pub(crate) at: DateTime<Utc>,
    pub(crate) on: NaiveDate,
}

/// How an invoice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Paid,
    PartCredited,
    /// Void: all of it was taken back.
    Credited,
    /// A credit note: it is what takes back.
    TakesBack,
}

/// More would be taken back than the invoice asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a credit note takes back at most what is left of its invoice")]
pub(crate) struct MoreThanInvoiced;

impl Document {
    /// An amount in its currency.
    pub(crate) fn money(&self, minor: i64) -> Money {
        Money { minor, currency: self.total.currency.clone() }
    }

    /// What no credit note has taken back yet.
    pub(crate) fn left(&self) -> i64 {
        self.total.minor - self.credited
    }

    /// How it stands.
    pub(crate) fn standing(&self) -> Standing {
        match (self.kind, self.credited, self.left()) {
            (Kind::CreditNote, ..) => Standing::TakesBack,
            (_, 0, _) => Standing::Paid,
            (_, _, 0) => Standing::Credited,
            _ => Standing::PartCredited,
        }
    }

    /// The credit note over a part of a charge, when `earlier` ones took theirs.
    ///
    /// # Errors
    /// [`MoreThanInvoiced`], also for nothing.
    pub(crate) fn take_back(
        &self,
        earlier: &[Self],
        back: TakeBack<'_>,
    ) -> Result<Self, MoreThanInvoiced> {
        let lines = self.credit(earlier, back.charge, back.amount)?;
        let (total, tax) = sums(&lines, self.total.currency.clone());
        let content = Content {
            lines,
            paid_on: None,
            of_number: Some(self.number.clone()),
            reason: Some(back.reason.to_owned()),
            ..self.content.clone()
        };
        Ok(Self {
            id: back.id,
            kind: Kind::CreditNote,
            number: back.number,
            issued_at: back.at,
            issued_on: back.on,
            due_on: None,
            total,
            tax,
            content,
            invoice_id: Some(self.id),
            refund_id: Some(back.refund),
            credited: 0,
            version: 1,
            ..self.clone()
        })
    }

    /// The lines of a credit note: each line of the charge gives the same part of what is left
    /// of it.
    fn credit(
        &self,
        earlier: &[Self],
        charge: ChargeId,
        amount: i64,
    ) -> Result<Vec<Line>, MoreThanInvoiced> {
        let lines = self.content.lines.iter().filter(|line| line.charge == charge);
        let open: Vec<_> = lines.map(|line| (line, taken(earlier, line.place))).collect();
        let left: Vec<i64> = open.iter().map(|(line, taken)| line.amount - taken.0).collect();
        let parts = split(amount, &left).ok_or(MoreThanInvoiced)?;
        let credited = open.into_iter().zip(parts).filter(|(_, part)| *part != 0);
        let credited = credited.map(|((line, (amount, tax)), part)| {
            let so_far = i128::from(line.tax) * i128::from(amount + part);
            let tax = half_up(so_far, i128::from(line.amount)) - tax;
            Line { quantity: 1, unit: part, amount: part, tax, ..line.clone() }
        });
        Ok(credited.collect())
    }
}

/// What credit notes took back of a line: amount and tax.
fn taken(earlier: &[Document], place: i64) -> (i64, i64) {
    let lines = earlier.iter().flat_map(|note| &note.content.lines);
    let of_it = lines.filter(|line| line.place == place);
    of_it.fold((0, 0), |(amount, tax), line| (amount + line.amount, tax + line.tax))
}

/// `amount` in parts that stand to each other as `shares` do, by largest remainder; no part is
/// more than its share. Nothing when `amount` is not between 1 and the sum of the shares.
pub(crate) fn split(amount: i64, shares: &[i64]) -> Option<Vec<i64>> {
    let whole: i128 = shares.iter().copied().map(i128::from).sum();
    let amount = i128::from(amount);
    if amount < 1 || amount > whole {
        return None;
    }
    let product = |share: &i64| amount * i128::from(*share);
    let mut parts: Vec<i128> = shares.iter().map(|s| product(s).div_euclid(whole)).collect();
    let mut by_rest: Vec<usize> = (0..shares.len()).collect();
    by_rest.sort_by_key(|at| std::cmp::Reverse(product(&shares[*at]).rem_euclid(whole)));
    let missing = usize::try_from(amount - parts.iter().sum::<i128>()).ok()?;
    for at in by_rest.into_iter().take(missing) {
        parts[at] += 1;
    }
    parts.into_iter().map(|part| i64::try_from(part).ok()).collect()
}

/// The lines of an invoice over charges, with the tax that is in each price.
pub(crate) fn lines(charges: &[Charge], taxes: &[Tax]) -> Vec<Line> {
    let all = charges.iter().flat_map(|charge| charge.lines.iter().map(move |line| (charge, line)));
    let numbered = (1_i64..).zip(all);
    let line = |(place, (charge, line)): (i64, (&Charge, &_))| {
        let tax = tax_in(taxes, charge, line);
        Line {
            place,
            charge: charge.id,
            text: line.text.clone(),
            language: line.language.clone(),
            quantity: line.quantity,
            unit: line.unit.minor,
            amount: line_amount(line).minor,
            tax: tax.minor,
            tax_name: tax.name,
        }
    };
    numbered.map(line).collect()
}

/// Whether somebody wrote what could be a number of a document.
pub(crate) fn is_number(written: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=60).contains(&written.len()) && written.bytes().all(fits)
}

/// What lines come to, and the tax in it.
pub(crate) fn sums(lines: &[Line], currency: Currency) -> (Money, i64) {
    let minor = lines.iter().map(|line| line.amount).sum();
    (Money { minor, currency }, lines.iter().map(|line| line.tax).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_of_an_entity_a_year_and_a_kind() {
        let day = NaiveDate::from_ymd_opt(2027, 3, 1).unwrap();
        let (invoice, note) = (Kind::Invoice, Kind::CreditNote);
        assert_eq!(invoice.number("scte", day, 1), "scte-2027-000001");
        assert_eq!(note.number("scte", day, 12), "scte-cn-2027-000012");
        assert_eq!(invoice.series("scte", day), "receipt/scte/2027");
        assert_ne!(invoice.series("scte", day), note.series("scte", day));
    }

    #[test]
    fn a_split_gives_all_of_it_and_no_part_more_than_its_share() {
        assert_eq!(split(100, &[9900, 1500]), Some(vec![87, 13]));
        assert_eq!(split(1, &[1, 1, 1]), Some(vec![1, 0, 0]));
        assert_eq!(split(11_400, &[9900, 1500]), Some(vec![9900, 1500]));
        assert_eq!(split(500, &[1000, -500]), Some(vec![1000, -500]));
        assert_eq!(split(250, &[1000, -500]), Some(vec![500, -250]));
        for (amount, shares) in [(0, [5, 5]), (-1, [5, 5]), (11, [5, 5]), (1, [0, 0])] {
            assert_eq!(split(amount, &shares), None, "{amount} of {shares:?}");
        }
    }
}
