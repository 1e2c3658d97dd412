//! The rules of seats: how many there are, who gets one, what becomes of it. Pure.

use chrono::{DateTime, Utc};
use contracts::membership::{self, CompanyTerm, SeatState};
use contracts::{CompanyId, PersonId, SeatId};
use uuid::Uuid;

use crate::invitations::commands::Guest;

/// How many people can be invited at once.
pub(crate) const MOST_AT_ONCE: usize = 200;

/// Where a seat stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Somebody is invited to it.
    Offered,
    /// Somebody holds it.
    Held,
    /// It was taken back.
    Released,
}

impl State {
    /// The word it is stored under.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Held => "held",
            Self::Released => "released",
        }
    }

    /// The state stored under `word`.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Offered, Self::Held, Self::Released];
        all.into_iter().find(|state| state.as_str() == word)
    }

    fn public(self) -> SeatState {
        SeatState::from(self.as_str())
    }
}

/// A seat, as the row holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) id: SeatId,
    /// The company or branch that gave it.
    pub(crate) company: CompanyId,
    pub(crate) person: PersonId,
    /// Where the invitation went, as it was typed.
    pub(crate) address: String,
    /// The name it was offered under, as it is sorted by.
    pub(crate) name_key: String,
    pub(crate) invitation: Option<Uuid>,
    pub(crate) state: State,
    /// Somebody accepted it, so there is an account behind it.
    pub(crate) signed_in: bool,
    pub(crate) changed_at: DateTime<Utc>,
    /// 0: not stored yet.
    pub(crate) version: i64,
}

impl Seat {
    /// What others may know.
    pub(crate) fn public(&self) -> membership::Seat {
        membership::Seat {
            seat_id: self.id,
            company_id: self.company,
            person_id: self.person,
            state: self.state.public(),
            version: self.version,
        }
    }
}

/// Why a seat is not given, or not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// More are asked for than are free.
    #[error(
        "{seats} seats are paid for and {taken} of them are taken, so {} can be given now, not {asked}: \
         release a seat, or ask the office for more",
        (*seats - *taken).max(0)
    )]
    Full { seats: i64, taken: i64, asked: i64 },
    /// No term covers today or a day to come.
    #[error("no membership of the company runs, so there are no seats to give: ask the office")]
    NoTerm,
    /// The address has a living seat here.
    #[error("{0} has a seat here already, or is invited to one")]
    Doubled(String),
    /// The person has another living seat of the company.
    #[error("they hold another seat of this company")]
    HoldsAnother,
    /// It was released before.
    #[error("this seat was released; give it back before you do more with it")]
    IsReleased,
    /// Nothing is to be given back.
    #[error("this seat was not released, so there is nothing to undo")]
    NotReleased,
}

impl Refusal {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Full { .. } => "seats_full",
            Self::NoTerm => "seats_without_term",
            Self::Doubled(_) => "seat_doubled",
            Self::HoldsAnother => "seat_held_twice",
            Self::IsReleased => "seat_released",
            Self::NotReleased => "seat_not_released",
        }
    }
}

/// How many seats are taken once `asked` more are; `term` is the one that counts today.
///
/// # Errors
/// [`Refusal::NoTerm`], [`Refusal::Full`].
pub(crate) fn take(term: Option<&CompanyTerm>, taken: i64, asked: i64) -> Result<i64, Refusal> {
    let seats = term.ok_or(Refusal::NoTerm)?.seats;
    let after = taken.saturating_add(asked);
    if after > seats { Err(Refusal::Full { seats, taken, asked }) } else { Ok(after) }
}

/// Takes a seat back, whether it was held or only offered.
///
/// # Errors
/// [`Refusal::IsReleased`].
pub(crate) fn release(seat: &Seat, now: DateTime<Utc>) -> Result<Seat, Refusal> {
    if seat.state == State::Released {
        return Err(Refusal::IsReleased);
    }
    Ok(Seat { state: State::Released, changed_at: now, ..seat.clone() })
}

/// What undoing a release makes of a seat: held again when there is an account behind it, otherwise
/// offered anew.
///
/// # Errors
/// [`Refusal::NotReleased`], [`Refusal::HoldsAnother`].
pub(crate) fn restore(
    seat: &Seat,
    holds_another: bool,
    now: DateTime<Utc>,
) -> Result<Seat, Refusal> {
    if seat.state != State::Released {
        return Err(Refusal::NotReleased);
    }
    if holds_another {
        return Err(Refusal::HoldsAnother);
    }
    let state = if seat.signed_in { State::Held } else { State::Offered };
    Ok(Seat { state, changed_at: now, ..seat.clone() })
}

/// What an acceptance makes of a seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Accepted {
    /// It is theirs.
    Held(Seat),
    /// It was taken back meanwhile, or they hold another: who they are is noted, and it stays free.
    Noted(Seat),
}

/// Somebody accepted the invitation to a seat, under the id that identity knows them by. Nothing when
/// that was known.
pub(crate) fn accept(
    seat: &Seat,
    person: PersonId,
    holds_another: bool,
    now: DateTime<Utc>,
) -> Option<Accepted> {
    if seat.signed_in {
        return None;
    }
    let known = Seat { person, signed_in: true, changed_at: now, ..seat.clone() };
    Some(match seat.state {
        State::Offered if !holds_another => Accepted::Held(Seat { state: State::Held, ..known }),
        State::Offered | State::Released | State::Held => {
            Accepted::Noted(Seat { state: State::Released, ..known })
        }
    })
}

/// Reads people as an admin pastes them, one on a line: `lee@acme.example`, `Lee Marsh, lee@…` or
/// `Lee Marsh <lee@…>`; empty lines are none. Says of each line what is wrong with it.
pub(crate) fn guests(typed: &str) -> Result<Vec<Guest>, String> {
    let (mut found, mut wrong) = (Vec::<Guest>::new(), Vec::new());
    for (n, line) in typed.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match guest(line.trim()) {
            Some(one) if found.iter().any(|other| same(&other.address, &one.address)) => {
                wrong.push(format!("line {}: {} stands here twice", n + 1, one.address));
            }
            Some(one) => found.push(one),
            None => wrong.push(format!(
                "line {}: write a name and an address, such as Lee Marsh, lee@example.org",
                n + 1
            )),
        }
    }
    if found.len() > MOST_AT_ONCE {
        return Err(format!(
            "{} people are more than {MOST_AT_ONCE}: send the rest after these",
            found.len()
        ));
    }
    if !wrong.is_empty() {
        // The first few tell what to look for.
        wrong.truncate(5);
        return Err(wrong.join("; "));
    }
    if found.is_empty() { Err("write at least one address".to_owned()) } else { Ok(found) }
}

/// Whether two addresses are the same as far as we can tell.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

fn guest(line: &str) -> Option<Guest> {
    let (name, address) = match line.strip_suffix('>').and_then(|line| line.rsplit_once('<')) {
        Some((name, address)) => (name, address),
        None => line.rsplit_once([',', ';', '\t']).unwrap_or(("", line)),
    };
    let (name, address) = (name.trim().trim_matches('"').trim(), address.trim());
    let (local, domain) = address.split_once('@')?;
    let sound = !local.is_empty()
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && address.matches('@').count() == 1
        && !address.chars().any(|c| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c));
    let name = if name.is_empty() { local } else { name };
    let fits = address.chars().count() <= 254 && name.chars().count() <= 120;
    let plain = !name.chars().any(char::is_control);
    (sound && fits && plain).then(|| Guest { name: name.to_owned(), address: address.to_owned() })
}

#[cfg(test)]
mod tests {
    use contracts::{MembershipTypeId, TermId};

    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn person(n: u128) -> PersonId {
        PersonId(Uuid::from_u128(n))
    }

    fn seat(state: State, signed_in: bool) -> Seat {
        Seat {
            id: SeatId(Uuid::from_u128(1)),
            company: CompanyId(Uuid::from_u128(2)),
            person: person(3),
            address: "lee@acme.example".to_owned(),
            name_key: "lee".to_owned(),
            invitation: Some(Uuid::from_u128(4)),
            state,
            signed_in,
            changed_at: now(),
            version: 1,
        }
    }

    fn term(seats: i64) -> CompanyTerm {
        CompanyTerm {
            term_id: TermId(Uuid::from_u128(5)),
            company_id: CompanyId(Uuid::from_u128(2)),
            type_id: MembershipTypeId(Uuid::from_u128(6)),
            seats,
            starts_on: "2027-01-01".parse().unwrap(),
            ends_before: "2028-01-01".parse().unwrap(),
            version: 1,
        }
    }

    #[test]
    fn the_last_seat_is_given_and_the_one_after_it_is_refused() {
        assert_eq!(take(Some(&term(50)), 49, 1), Ok(50));
        let refusal = take(Some(&term(50)), 48, 3).unwrap_err();
        assert!(
            refusal.to_string().contains("50 seats are paid for and 48 of them are taken, so 2")
        );
        // A renewal for fewer takes nobody's seat, and gives none.
        let refusal = take(Some(&term(10)), 12, 1).unwrap_err();
        assert!(refusal.to_string().contains("so 0 can be given"));
        assert_eq!(take(None, 0, 1), Err(Refusal::NoTerm));
    }

    #[test]
    fn a_release_is_undone_to_what_it_was() {
        let held = release(&seat(State::Held, true), now()).unwrap();
        assert_eq!(release(&held, now()), Err(Refusal::IsReleased));
        assert_eq!(restore(&held, false, now()), Ok(seat(State::Held, true)));
        assert_eq!(restore(&held, true, now()), Err(Refusal::HoldsAnother));
        let offered = release(&seat(State::Offered, false), now()).unwrap();
        assert_eq!(restore(&offered, false, now()), Ok(seat(State::Offered, false)));
        assert_eq!(restore(&seat(State::Held, true), false, now()), Err(Refusal::NotReleased));
    }

    #[test]
    fn who_accepts_holds_the_seat_under_their_own_id() {
        let held = Seat { person: person(9), ..seat(State::Held, true) };
        let offered = seat(State::Offered, false);
        assert_eq!(accept(&offered, person(9), false, now()), Some(Accepted::Held(held.clone())));
        assert_eq!(accept(&held, person(9), false, now()), None);
        // Taken back while the mail lay there, or theirs already.
        let free = Seat { state: State::Released, ..held };
        let gone = seat(State::Released, false);
        assert_eq!(accept(&gone, person(9), false, now()), Some(Accepted::Noted(free.clone())));
        assert_eq!(accept(&offered, person(9), true, now()), Some(Accepted::Noted(free)));
    }

    #[test]
    fn people_are_pasted_in_any_of_three_ways() {
        let guest = |name: &str, address: &str| Guest {
            name: name.to_owned(),
            address: address.to_owned(),
        };
        let typed =
            "lee@acme.example\n\n  Kim Osei, Kim@acme.example\n\"Ann Roe\" <ann@acme.example>";
        let read = [
            guest("lee", "lee@acme.example"),
            guest("Kim Osei", "Kim@acme.example"),
            guest("Ann Roe", "ann@acme.example"),
        ];
        assert_eq!(guests(typed).unwrap(), read);

        assert!(guests("lee@acme.example\nLEE@acme.example").unwrap_err().contains("line 2"));
        for odd in ["", "lee", "a@b@c.example", "lee@acme", "<>", "x, lee @acme.example"] {
            assert!(guests(odd).is_err(), "{odd}");
        }
        let many: Vec<String> = (0..=MOST_AT_ONCE).map(|n| format!("p{n}@acme.example")).collect();
        let many = many.join("\n");
        assert!(guests(&many).unwrap_err().contains("201 people"));
    }
}
