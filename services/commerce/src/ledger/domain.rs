//! Double entry: what each act posts, and the rule that every transaction sums to zero. Pure.
//!
//! Debit is positive, credit negative. Money with the provider is an asset (debit), what was sold
//! is income (credit), what goes back to a payer is first a debt to them, then leaves the provider.

use std::collections::BTreeMap;

use contracts::Money;

use crate::charges::domain::Charge;
use crate::orders::domain::Fate;

/// Where an amount is posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Account {
    /// What the payment provider holds for us.
    ProviderClearing,
    /// Dues taken, not yet earned month by month.
    DeferredDues,
    /// Everything else that was sold.
    Revenue,
    /// Sales given back (reduces income).
    Refunds,
    /// Owed to payers whose refund the provider has not yet confirmed.
    RefundsPayable,
    /// Money that no charge was waiting for: owed back.
    SurplusPayments,
}

impl Account {
    /// The word in the table.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ProviderClearing => "provider_clearing",
            Self::DeferredDues => "deferred_dues",
            Self::Revenue => "revenue",
            Self::Refunds => "refunds",
            Self::RefundsPayable => "refunds_payable",
            Self::SurplusPayments => "surplus_payments",
        }
    }

    /// The income account of a charge: dues are earned over the year, the rest at once.
    fn income_of(charge: &Charge) -> Self {
        if charge.asked_by == "membership" { Self::DeferredDues } else { Self::Revenue }
    }
}

/// One line of a transaction.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) account: Account,
    pub(crate) amount: Money,
}

/// Entries that sum to zero in each currency; it cannot be made otherwise.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Transaction {
    entries: Vec<Entry>,
    cause: String,
}

/// The entries of a transaction do not sum to zero: a bug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the ledger entries of {cause} do not sum to zero")]
pub(crate) struct Unbalanced {
    cause: String,
}

impl Transaction {
    /// A transaction of these entries.
    ///
    /// # Errors
    /// [`Unbalanced`].
    pub(crate) fn new(cause: String, entries: Vec<Entry>) -> Result<Self, Unbalanced> {
        let mut sums: BTreeMap<String, i128> = BTreeMap::new();
        for entry in &entries {
            let sum = sums.entry(entry.amount.currency.to_string()).or_default();
            *sum += i128::from(entry.amount.minor);
        }
        if entries.is_empty() || sums.values().any(|sum| *sum != 0) {
            return Err(Unbalanced { cause });
        }
        Ok(Self { entries, cause })
    }

    /// The lines, in order.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What it was posted for.
    pub(crate) fn cause(&self) -> &str {
        &self.cause
    }
}

/// Money arrived: income of each charge it pays, or a debt when no charge was waiting.
///
/// # Errors
/// [`Unbalanced`] when the charges do not come to the amount.
pub(crate) fn capture(
    provider_payment: &str,
    amount: &Money,
    fate: Fate,
    charges: &[Charge],
) -> Result<Transaction, Unbalanced> {
    let mut entries = vec![Entry { account: Account::ProviderClearing, amount: amount.clone() }];
    if fate == Fate::Applied {
        entries.extend(charges.iter().map(|charge| Entry {
            account: Account::income_of(charge),
            amount: negative(&charge.total),
        }));
    } else {
        entries.push(Entry { account: Account::SurplusPayments, amount: negative(amount) });
    }
    Transaction::new(format!("capture {provider_payment}"), entries)
}

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefundStep {
    Asked,
    Done,
    Failed,
}

/// A refund takes a step. `of_charge`: whether it reduces income, or returns a surplus.
///
/// # Errors
/// [`Unbalanced`]: never, by construction.
pub(crate) fn refund(
    refund: &str,
    amount: &Money,
    of_charge: bool,
    step: RefundStep,
) -> Result<Transaction, Unbalanced> {
    let from = if of_charge { Account::Refunds } else { Account::SurplusPayments };
    let (word, debit, credit) = match step {
        RefundStep::Asked => ("asked", from, Account::RefundsPayable),
        RefundStep::Done => ("done", Account::RefundsPayable, Account::ProviderClearing),
        RefundStep::Failed => ("failed", Account::RefundsPayable, from),
    };
    let entries = vec![
        Entry { account: debit, amount: amount.clone() },
        Entry { account: credit, amount: negative(amount) },
    ];
    Transaction::new(format!("refund {refund} {word}"), entries)
}

/// A line of the ledger as a sheet of two columns shows it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Posting {
    pub(crate) account: String,
    pub(crate) cause: String,
    pub(crate) debit: Option<Money>,
    pub(crate) credit: Option<Money>,
}

/// An account, its amount and its cause as two columns; and what each column comes to, in each
/// currency: both are the same, since every transaction sums to zero.
pub(crate) fn sheet<'a>(
    lines: impl Iterator<Item = (&'a str, &'a Money, String)>,
) -> (Vec<Posting>, Vec<Money>) {
    let mut sums: Vec<Money> = Vec::new();
    let posting = |(account, amount, cause): (&str, &Money, String)| {
        let debit = (amount.minor > 0).then(|| amount.clone());
        if let Some(debit) = &debit {
            match sums.iter_mut().find(|sum| sum.currency == debit.currency) {
                Some(sum) => sum.minor = sum.minor.saturating_add(debit.minor),
                None => sums.push(debit.clone()),
            }
        }
        let credit = (amount.minor < 0).then(|| negative(amount));
        Posting { account: titled(account), cause, debit, credit }
    };
    let postings = lines.map(posting).collect();
    (postings, sums)
}

/// What a transaction was posted for, without the id in it: `capture`, `refund asked`.
pub(crate) fn kind_of(cause: &str) -> String {
    let words = cause.split(' ').enumerate().filter(|(at, _)| *at != 1);
    words.map(|(_, word)| word).collect::<Vec<_>>().join(" ")
}

/// `provider_clearing` as people read it: `Provider clearing`.
fn titled(word: &str) -> String {
    let mut text = word.replace('_', " ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

fn negative(amount: &Money) -> Money {
    Money { minor: -amount.minor, currency: amount.currency.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::Currency;

    #[test]
    fn entries_that_do_not_sum_to_zero_are_no_transaction() {
        let one = |minor, currency| Entry {
            account: Account::Revenue,
            amount: Money { minor, currency },
        };
        let new = |entries| Transaction::new("test".to_owned(), entries);
        assert!(new(vec![one(5, Currency::Usd), one(-5, Currency::Usd)]).is_ok());
        assert!(new(vec![one(5, Currency::Usd), one(-4, Currency::Usd)]).is_err());
        assert!(new(vec![one(5, Currency::Usd), one(-5, Currency::Eur)]).is_err());
        assert!(new(vec![]).is_err());
    }

    #[test]
    fn a_cause_is_read_without_its_id() {
        let amount = Money::usd(1);
        let asked = refund("r1", &amount, true, RefundStep::Asked).unwrap();
        assert_eq!(kind_of(asked.cause()), "refund asked");
        assert_eq!(kind_of("capture pay_1"), "capture");
    }

    #[test]
    fn a_sheet_has_two_columns_that_come_to_the_same() {
        let euro = |minor| Money { minor, currency: Currency::Eur };
        let (in_dollars, out) = (Money::usd(500), Money::usd(-500));
        let (in_euro, out_euro) = (euro(7), euro(-7));
        let lines = [
            ("provider_clearing", &in_dollars, "capture pay_1"),
            ("revenue", &out, "capture pay_1"),
            ("refunds", &in_dollars, "refund"),
            ("refunds_payable", &out, "refund"),
            ("provider_clearing", &in_euro, "capture pay_2"),
            ("surplus_payments", &out_euro, "capture pay_2"),
        ];

        let (postings, sums) = sheet(
            lines.map(|(account, amount, cause)| (account, amount, cause.to_owned())).into_iter(),
        );

        assert_eq!(sums, [Money::usd(1000), euro(7)]);
        assert_eq!(postings[0].account, "Provider clearing");
        assert_eq!((&postings[0].debit, &postings[0].credit), (&Some(Money::usd(500)), &None));
        assert_eq!((&postings[1].debit, &postings[1].credit), (&None, &Some(Money::usd(500))));
        let credits = postings.iter().filter_map(|one| one.credit.as_ref());
        let dollars = credits.filter(|one| one.currency == Currency::Usd);
        assert_eq!(dollars.map(|one| one.minor).sum::<i64>(), 1000);
    }
}
