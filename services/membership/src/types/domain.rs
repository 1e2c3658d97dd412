//! What a kind of membership is, how its price is typed, and when it may be changed. Pure.

use contracts::membership::MembershipType;
use contracts::{Currency, MembershipTypeId, Money};

/// The most a year of anything costs here. Unit: minor units; a typing mistake is not a price.
pub(crate) const MOST: i64 = 10_000_000;

/// The most seats that one membership of a company has; a typing mistake is not a number of people.
pub(crate) const MOST_SEATS: i64 = 100_000;

/// What staff typed about a kind of membership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) title: String,
    pub(crate) audience: String,
    pub(crate) price: Money,
    pub(crate) sample: bool,
    pub(crate) open: bool,
    /// For how many people it is when a company has it; none: a person's.
    pub(crate) seats: Option<i64>,
}

/// Why a kind of membership is not stored as typed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Somebody else changed it since the form was opened.
    #[error(
        "{0} was changed since you opened the page; it now costs {1}; save again to replace it"
    )]
    Stale(String, Money),
    /// The code is that of another kind.
    #[error("the code {0} is in use; codes are unique and never change")]
    CodeTaken(String),
    /// It would be offered, yet checkout charges nobody for nothing.
    #[error("{0} costs nothing, and checkout cannot charge that: give it a price, or close it")]
    FreeOnSale(String),
    /// It is for companies, and checkout charges people.
    #[error(
        "{0} is for companies, and checkout cannot charge those yet: close it, or leave the seats empty"
    )]
    CompanyOnSale(String),
}

impl Refusal {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Stale(..) => "type_stale",
            Self::CodeTaken(_) => "type_code_taken",
            Self::FreeOnSale(_) => "free_type_cannot_be_sold",
            Self::CompanyOnSale(_) => "company_type_cannot_be_sold",
        }
    }
}

/// A new kind of membership, not stored yet.
///
/// # Errors
/// [`Refusal::FreeOnSale`], [`Refusal::CompanyOnSale`].
pub(crate) fn create(
    type_id: MembershipTypeId,
    code: &str,
    draft: &Draft,
) -> Result<MembershipType, Refusal> {
    let Draft { title, audience, price, sample, open, seats } = draft.clone();
    if open && price.minor <= 0 {
        return Err(Refusal::FreeOnSale(title));
    }
    if open && seats.is_some() {
        return Err(Refusal::CompanyOnSale(title));
    }
    let (code, language) = (code.to_owned(), "en".to_owned());
    #[rustfmt::skip]
    let kind = MembershipType { type_id, code, title, audience, language, price, sample, open, seats, version: 0 };
    Ok(kind)
}

/// Changes all but the code, which receipts and reports name, unless the row is not the one the
/// writer saw.
///
/// # Errors
/// [`Refusal::Stale`], [`Refusal::FreeOnSale`], [`Refusal::CompanyOnSale`].
pub(crate) fn edit(
    stored: &MembershipType,
    draft: &Draft,
    seen: i64,
) -> Result<MembershipType, Refusal> {
    if stored.version != seen {
        return Err(Refusal::Stale(stored.title.clone(), stored.price.clone()));
    }
    let edited = create(stored.type_id, &stored.code, draft)?;
    Ok(MembershipType { version: stored.version, ..edited })
}

/// A price as the form shows it: `99.00`.
pub(crate) fn typed(price: &Money) -> String {
    format!("{}.{:02}", price.minor / 100, price.minor % 100)
}

/// The amount in a currency as the table holds it.
pub(crate) fn money(minor: i64, currency: &str) -> Money {
    Money { minor, currency: Currency::from(currency) }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn draft(minor: i64) -> Draft {
        Draft {
            title: "Active Member".to_owned(),
            audience: "individuals".to_owned(),
            price: Money::usd(minor),
            sample: true,
            open: true,
            seats: None,
        }
    }

    #[test]
    fn a_price_is_changed_only_by_who_saw_the_latest_one() {
        let id = MembershipTypeId(Uuid::from_u128(1));
        let stored = MembershipType { version: 4, ..create(id, "ACTIVE", &draft(9900)).unwrap() };

        let edited = edit(&stored, &draft(12_000), 4).unwrap();
        assert_eq!((edited.price, edited.code.as_str()), (Money::usd(12_000), "ACTIVE"));

        let refusal = edit(&stored, &draft(12_000), 3).unwrap_err();
        assert_eq!(refusal.code(), "type_stale");
        assert!(refusal.to_string().contains("it now costs $99.00"));
    }

    #[test]
    fn what_costs_nothing_is_not_on_sale() {
        let id = MembershipTypeId(Uuid::from_u128(1));
        let refusal = create(id, "FREE", &draft(0)).unwrap_err();
        assert_eq!(refusal.code(), "free_type_cannot_be_sold");
        assert!(create(id, "FREE", &Draft { open: false, ..draft(0) }).is_ok());

        let stored = create(id, "ACTIVE", &draft(1)).unwrap();
        assert_eq!(edit(&stored, &draft(0), 0), Err(refusal));
    }

    #[test]
    fn what_is_for_companies_is_not_sold_at_checkout() {
        let id = MembershipTypeId(Uuid::from_u128(1));
        let corporate = Draft { seats: Some(50), ..draft(100_000) };
        let refusal = create(id, "CORP", &corporate).unwrap_err();
        assert_eq!(refusal.code(), "company_type_cannot_be_sold");
        let closed = create(id, "CORP", &Draft { open: false, ..corporate }).unwrap();
        assert_eq!(closed.seats, Some(50));
    }

    #[test]
    fn prices_are_typed_as_people_write_them() {
        assert_eq!(typed(&Money::usd(9905)), "99.05");
        assert_eq!(money(9900, "USD"), Money::usd(9900));
    }
}
