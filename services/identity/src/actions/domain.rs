//! What staff can ask of the owner of an account. Pure: no database, no clock, no HTTP.

use chrono::{DateTime, Utc};

use crate::accounts::domain::{Account, State};

/// Something to be done before the next sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// To choose a new password.
    Password,
    /// To prove that the address is still read.
    Address,
    /// To accept the terms again.
    Terms,
}

impl Action {
    /// All, in the order they are done in.
    pub(crate) const ALL: [Self; 3] = [Self::Password, Self::Address, Self::Terms];

    /// The word it is stored under.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Address => "address",
            Self::Terms => "terms",
        }
    }

    /// The action stored under `word`.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == word)
    }

    /// What it is called on pages.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Password => "Choose a new password",
            Self::Address => "Prove the e-mail address",
            Self::Terms => "Accept the terms again",
        }
    }
}

/// An action that was asked for and is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) action: Action,
    /// Why, for colleagues.
    pub(crate) reason: String,
    pub(crate) at: DateTime<Utc>,
}

/// When an action was asked for, if it is to be done.
pub(crate) fn since(asked: &[Asked], action: Action) -> Option<DateTime<Utc>> {
    asked.iter().find(|one| one.action == action).map(|one| one.at)
}

/// Why an action is not asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Nobody signs in to it anyway.
    #[error("only of an account that can be signed in to something can be asked")]
    NotActive,
    /// Only an administrator may ask a colleague.
    #[error("only an administrator may ask something of a member of staff")]
    OfStaff,
    /// It is signed in to by a passkey alone.
    #[error("this account has no password")]
    NoPassword,
    /// There is nothing to accept.
    #[error("no terms are in force that could be accepted")]
    NoTerms,
    /// The owner has not followed the link yet.
    #[error("the address is not confirmed yet; follow the link in our newest mail, then go on")]
    NotProved,
}

impl Refusal {
    /// The stable code of the refusal.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::NotActive => "account_not_active",
            Self::OfStaff => "account_of_staff",
            Self::NoPassword => "account_without_password",
            Self::NoTerms => "no_terms",
            Self::NotProved => "address_not_proved",
        }
    }
}

/// Decides whether an action can be asked of the owner of an account.
///
/// # Errors
/// [`Refusal`].
pub(crate) fn require(account: &Account, action: Action, has_terms: bool) -> Result<(), Refusal> {
    if account.state != State::Active {
        return Err(Refusal::NotActive);
    }
    match action {
        Action::Password if account.password_hash.is_none() => Err(Refusal::NoPassword),
        Action::Terms if !has_terms => Err(Refusal::NoTerms),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::domain::Address;

    fn account(state: State) -> Account {
        Account {
            person_id: contracts::PersonId(uuid::Uuid::nil()),
            address: Address::read("jo@example.org").unwrap(),
            state,
            language: "en".to_owned(),
            password_hash: Some("hash".to_owned()),
            generation: 1,
            registered_at: DateTime::UNIX_EPOCH,
            version: 1,
        }
    }

    #[test]
    fn nothing_is_asked_that_cannot_be_done() {
        let active = account(State::Active);
        for action in Action::ALL {
            assert_eq!(require(&active, action, true), Ok(()));
            assert_eq!(require(&account(State::Locked), action, true), Err(Refusal::NotActive));
            assert_eq!(Action::from_word(action.as_str()), Some(action));
        }
        assert_eq!(require(&active, Action::Terms, false), Err(Refusal::NoTerms));
        let keyless = Account { password_hash: None, ..active };
        assert_eq!(require(&keyless, Action::Password, true), Err(Refusal::NoPassword));
        assert_eq!(require(&keyless, Action::Address, true), Ok(()));
    }
}
