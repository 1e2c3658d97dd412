//! The rules of views. Pure: no database, no clock, no HTTP.

use chassis::signin::VIEW_MINUTES;
use chrono::{DateTime, Duration, Utc};
use contracts::{PersonId, SignInId};

use crate::accounts::domain::{Account, State};

/// For how many days a person sees who looked.
pub(crate) const KEPT_DAYS: i64 = 365;

/// A view as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct View {
    /// Stands as the sign-in of its token.
    pub(crate) id: SignInId,
    /// Whose eyes.
    pub(crate) person_id: PersonId,
    /// Who looks, and by which sign-in of theirs.
    pub(crate) by: PersonId,
    pub(crate) by_signin: SignInId,
    /// Why; the person reads it.
    pub(crate) reason: String,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    pub(crate) version: i64,
}

/// Why nobody may look with these eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// One sees the site as oneself anyway.
    #[error("this is your own account; you see the site as yourself")]
    OwnAccount,
    /// A colleague's eyes might see more than the own.
    #[error("nobody looks with the eyes of a member of staff")]
    OfStaff,
    /// There is nothing that such a person sees.
    #[error("the account is {0}; only those of active accounts see anything")]
    NotActive(&'static str),
}

impl Refusal {
    /// The stable code of the refusal.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::OwnAccount => "view_own",
            Self::OfStaff => "view_of_staff",
            Self::NotActive(_) => "account_not_active",
        }
    }
}

/// Whether `by` may look with the eyes of this account's person.
///
/// # Errors
/// [`Refusal`].
pub(crate) fn may_view(account: &Account, of_staff: bool, by: PersonId) -> Result<(), Refusal> {
    if account.person_id == by {
        Err(Refusal::OwnAccount)
    } else if of_staff {
        Err(Refusal::OfStaff)
    } else if account.state != State::Active {
        Err(Refusal::NotActive(account.state.as_str()))
    } else {
        Ok(())
    }
}

/// When a view that begins at `now` ends by itself.
pub(crate) fn expires_at(now: DateTime<Utc>) -> DateTime<Utc> {
    now + Duration::minutes(VIEW_MINUTES)
}

/// Views that began before this are forgotten.
pub(crate) fn kept_since(now: DateTime<Utc>) -> DateTime<Utc> {
    now - Duration::days(KEPT_DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::domain::Address;

    #[test]
    fn members_are_looked_through_and_colleagues_are_not() {
        let person = |n| PersonId(uuid::Uuid::from_u128(n));
        let account = Account {
            person_id: person(1),
            address: Address::read("jo@example.org").unwrap(),
            state: State::Active,
            language: "en".to_owned(),
            password_hash: None,
            generation: 1,
            registered_at: DateTime::UNIX_EPOCH,
            version: 1,
        };
        assert_eq!(may_view(&account, false, person(2)), Ok(()));
        assert_eq!(may_view(&account, false, person(1)), Err(Refusal::OwnAccount));
        assert_eq!(may_view(&account, true, person(2)), Err(Refusal::OfStaff));
        for state in [State::Dormant, State::Unverified, State::Locked] {
            let account = Account { state, ..account.clone() };
            let refused = Err(Refusal::NotActive(state.as_str()));
            assert_eq!(may_view(&account, false, person(2)), refused);
        }
    }
}
