//! Money as every service counts it: whole minor units and a currency.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

crate::open_enum! {
    /// An ISO 4217 currency.
    Currency { Usd = "USD", Eur = "EUR", Cad = "CAD" }
}

/// An amount of money.
///
/// Unit: minor units of the currency (`9900` in USD is $99.00).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Money {
    /// The amount in minor units; negative is owed back.
    pub minor: i64,
    /// What it is counted in.
    pub currency: Currency,
}

impl Money {
    /// An amount in US dollars, from cents.
    #[must_use]
    pub const fn usd(minor: i64) -> Self {
        Self { minor, currency: Currency::Usd }
    }

    /// No money at all, in the given currency.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// The sum, or nothing when the currencies differ or the sum does not fit.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        let minor = self.minor.checked_add(other.minor)?;
        Some(Self { minor, currency: self.currency.clone() })
    }

    /// The sum of many amounts of one currency; nothing when there are none, when they differ or
    /// when the sum does not fit.
    pub fn sum<'a>(amounts: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let mut amounts = amounts.into_iter();
        let first = amounts.next()?.clone();
        amounts.try_fold(first, |sum, one| sum.plus(one))
    }
}

/// `$99.00`, `-€5.20`, or `12.00 XXX` for a currency without a sign here.
impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (sign, minor) = (if self.minor < 0 { "-" } else { "" }, self.minor.unsigned_abs());
        let (whole, cents) = (minor / 100, minor % 100);
        match &self.currency {
            Currency::Usd => write!(f, "{sign}${whole}.{cents:02}"),
            Currency::Eur => write!(f, "{sign}€{whole}.{cents:02}"),
            Currency::Cad => write!(f, "{sign}CA${whole}.{cents:02}"),
            Currency::Unknown(code) => write!(f, "{sign}{whole}.{cents:02} {code}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_one_currency_add_up_and_others_do_not() {
        assert_eq!(Money::sum([&Money::usd(9900), &Money::usd(1500)]), Some(Money::usd(11400)));
        let euro = Money { minor: 1, currency: Currency::Eur };
        assert_eq!(Money::usd(1).plus(&euro), None);
        assert_eq!(Money::usd(i64::MAX).plus(&Money::usd(1)), None);
    }

    #[test]
    fn money_reads_as_people_write_it() {
        assert_eq!(Money::usd(9905).to_string(), "$99.05");
        assert_eq!(Money::usd(-50).to_string(), "-$0.50");
    }
}
