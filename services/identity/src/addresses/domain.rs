//! The rules of changing an address. Pure: no database, no clock, no HTTP.

use chrono::{DateTime, Duration, Utc};
use contracts::PersonId;
use uuid::Uuid;

use crate::accounts::domain::{self as accounts, Account, Address, State};

/// For how many hours the link to the new address works.
pub(crate) const CONFIRM_HOURS: i64 = 24;
/// For how many hours the old address can take a change back.
pub(crate) const UNDO_HOURS: i64 = 72;
/// For how many days a change is remembered.
pub(crate) const REMEMBERED_DAYS: i64 = 365;

/// A change of address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) id: Uuid,
    pub(crate) person_id: PersonId,
    pub(crate) old: Address,
    /// The same as the old one when only its mailbox is to be proved again.
    pub(crate) new: Address,
    pub(crate) asked_at: DateTime<Utc>,
    pub(crate) confirm_until: DateTime<Utc>,
    pub(crate) confirmed_at: Option<DateTime<Utc>>,
    /// Until when the old address can take it back, once it is confirmed.
    pub(crate) undo_until: Option<DateTime<Utc>>,
    pub(crate) undone_at: Option<DateTime<Utc>>,
    pub(crate) version: i64,
}

impl Change {
    /// Whether nothing changes: the mailbox is proved once more.
    pub(crate) fn is_proof(&self) -> bool {
        self.old.normal == self.new.normal && self.old.written == self.new.written
    }
}

/// Why an address is not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Never issued, or replaced by a newer one.
    #[error("this link is not known; a newer mail may have taken its place")]
    Unknown,
    /// Used before.
    #[error("this link was used already")]
    Used,
    /// Too old.
    #[error("this link is too old and no longer works")]
    Expired,
    /// The account has it already.
    #[error("this is the address of your account already")]
    Same,
    /// Somebody else's account has it, or had it a short while ago.
    #[error(
        "this address belongs to another account of ours; if both are yours, write to us and we \
         bring them together"
    )]
    Taken,
    /// The account is closed, or its address was changed in another way meanwhile.
    #[error("the account changed since this mail was sent; ask for the change again")]
    Moved,
}

impl Refusal {
    /// Every refusal.
    pub(crate) const ALL: [Self; 6] =
        [Self::Unknown, Self::Used, Self::Expired, Self::Same, Self::Taken, Self::Moved];

    /// The stable code of the refusal.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Unknown => "address_link_unknown",
            Self::Used => "address_link_used",
            Self::Expired => "address_link_expired",
            Self::Same => "address_unchanged",
            Self::Taken => "address_taken",
            Self::Moved => "address_moved",
        }
    }
}

/// Decides whether a change can be confirmed at `now`.
///
/// # Errors
/// [`Refusal`], the used one first: a used link is also soon an old one.
pub(crate) fn confirmable(found: Option<Change>, now: DateTime<Utc>) -> Result<Change, Refusal> {
    let change = found.ok_or(Refusal::Unknown)?;
    if change.confirmed_at.is_some() {
        return Err(Refusal::Used);
    }
    if change.undone_at.is_some() {
        return Err(Refusal::Unknown);
    }
    if now < change.confirm_until { Ok(change) } else { Err(Refusal::Expired) }
}

/// Decides whether a change can be taken back at `now`.
///
/// # Errors
/// [`Refusal`].
pub(crate) fn undoable(found: Option<Change>, now: DateTime<Utc>) -> Result<Change, Refusal> {
    let change = found.ok_or(Refusal::Unknown)?;
    if change.undone_at.is_some() {
        return Err(Refusal::Used);
    }
    match change.undo_until {
        Some(until) if now < until => Ok(change),
        _ => Err(Refusal::Expired),
    }
}

/// Whether an address is free for `person`: nobody holds it, or only somebody who never confirmed
/// it; that account goes.
///
/// # Errors
/// [`Refusal::Taken`].
pub(crate) fn free(holder: Option<Account>, person: PersonId) -> Result<Option<Account>, Refusal> {
    match holder.filter(|holder| holder.person_id != person) {
        None => Ok(None),
        Some(holder) if holder.state == State::Unverified => Ok(Some(holder)),
        Some(_) => Err(Refusal::Taken),
    }
}

/// The account with the new address.
///
/// # Errors
/// [`Refusal::Moved`].
pub(crate) fn confirm(account: &Account, change: &Change) -> Result<Account, Refusal> {
    if account.state != State::Active || account.address != change.old {
        return Err(Refusal::Moved);
    }
    Ok(Account { address: change.new.clone(), ..account.clone() })
}

/// The account with the address it had before and a new password; every sign-in ends.
pub(crate) fn undo(account: &Account, change: &Change, password_hash: String) -> Account {
    Account { address: change.old.clone(), ..accounts::with_password(account, password_hash) }
}

/// Until when the link to the new address works that was asked for at `now`.
pub(crate) fn confirm_until(now: DateTime<Utc>) -> DateTime<Utc> {
    now + Duration::hours(CONFIRM_HOURS)
}

/// Until when a change that was confirmed at `now` can be taken back.
pub(crate) fn undo_until(now: DateTime<Utc>) -> DateTime<Utc> {
    now + Duration::hours(UNDO_HOURS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap() + Duration::hours(hour)
    }

    fn person(n: u128) -> PersonId {
        PersonId(Uuid::from_u128(n))
    }

    fn change() -> Change {
        Change {
            id: Uuid::nil(),
            person_id: person(1),
            old: Address::read("jo@example.org").unwrap(),
            new: Address::read("jo@example.net").unwrap(),
            asked_at: at(0),
            confirm_until: confirm_until(at(0)),
            confirmed_at: None,
            undo_until: None,
            undone_at: None,
            version: 1,
        }
    }

    fn confirmed() -> Change {
        Change { confirmed_at: Some(at(1)), undo_until: Some(undo_until(at(1))), ..change() }
    }

    fn account(n: u128, state: State) -> Account {
        Account {
            person_id: person(n),
            address: Address::read("jo@example.org").unwrap(),
            state,
            language: "en".to_owned(),
            password_hash: Some("old".to_owned()),
            generation: 1,
            registered_at: at(0),
            version: 1,
        }
    }

    #[test]
    fn a_change_is_confirmed_once_within_a_day() {
        assert!(confirmable(Some(change()), at(23)).is_ok());
        assert_eq!(confirmable(Some(change()), at(24)), Err(Refusal::Expired));
        assert_eq!(confirmable(Some(confirmed()), at(2)), Err(Refusal::Used));
        assert_eq!(confirmable(None, at(0)), Err(Refusal::Unknown));
        let voided = Change { undone_at: Some(at(1)), ..change() };
        assert_eq!(confirmable(Some(voided), at(2)), Err(Refusal::Unknown));
    }

    #[test]
    fn a_change_is_taken_back_once_within_three_days() {
        assert!(undoable(Some(confirmed()), at(72)).is_ok());
        assert_eq!(undoable(Some(confirmed()), at(73)), Err(Refusal::Expired));
        assert_eq!(undoable(Some(change()), at(2)), Err(Refusal::Expired));
        let undone = Change { undone_at: Some(at(2)), ..confirmed() };
        assert_eq!(undoable(Some(undone), at(3)), Err(Refusal::Used));
        assert_eq!(undoable(None, at(0)), Err(Refusal::Unknown));
    }

    #[test]
    fn only_an_address_that_nobody_proved_is_taken_over() {
        assert_eq!(free(None, person(1)), Ok(None));
        assert_eq!(free(Some(account(1, State::Active)), person(1)), Ok(None));
        let unproved = account(2, State::Unverified);
        assert_eq!(free(Some(unproved.clone()), person(1)), Ok(Some(unproved)));
        for state in [State::Dormant, State::Active, State::Locked] {
            assert_eq!(free(Some(account(2, state)), person(1)), Err(Refusal::Taken));
        }
    }

    #[test]
    fn a_change_is_of_the_account_as_it_was_asked() {
        let jo = account(1, State::Active);
        assert_eq!(confirm(&jo, &change()).unwrap().address.normal, "jo@example.net");
        assert_eq!(confirm(&account(1, State::Locked), &change()), Err(Refusal::Moved));
        let moved = Account { address: Address::read("jo@example.com").unwrap(), ..jo };
        assert_eq!(confirm(&moved, &change()), Err(Refusal::Moved));
    }

    #[test]
    fn taking_back_voids_the_password_and_every_sign_in() {
        let moved = confirm(&account(1, State::Active), &change()).unwrap();
        let back = undo(&moved, &confirmed(), "new".to_owned());
        assert_eq!(back.address.normal, "jo@example.org");
        assert_eq!((back.generation, back.password_hash.as_deref()), (2, Some("new")));
    }
}
