//! Who reads: what every service knows of people, from messages alone, and what they may.
//!
//! Read in this order: [`Reader`] and [`may`] here, the projections that feed the tables, the one
//! query of a request, the menu.

mod project;
mod load;
mod menu;
mod catalogue;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use contracts::membership::TermKind;
use contracts::{ChapterId, PersonId, SignInId};
use messaging::{Consumers, Migration};

pub use catalogue::{chapters, name_of, terms_of, types};
pub use contracts::shared::Audience;
pub use project::*;

pub(crate) use load::{Found, Seen, load};
pub(crate) use menu::{Entry as MenuEntry, Menu, MenuCache, Seen as SeenMenu};

use crate::signin::FRESH_MINUTES;

/// The tables of the readers; run before a service's own migrations.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "chassis/0001_readers",
        sql: include_str!("../../migrations/0001_readers.sql"),
    },
    Migration {
        name: "chassis/0004_strong_roles",
        sql: include_str!("../../migrations/0004_strong_roles.sql"),
    },
    Migration {
        name: "chassis/0005_access_tokens",
        sql: include_str!("../../migrations/0005_access_tokens.sql"),
    },
    Migration { name: "chassis/0006_seats", sql: include_str!("../../migrations/0006_seats.sql") },
];

/// All projections that feed them.
#[must_use]
pub fn projections() -> Consumers {
    Consumers::new()
        .projects(RememberKey)
        .projects(RememberAccount)
        .projects(RememberVerified)
        .projects(RememberPasswordChange)
        .projects(RememberSignedOut)
        .projects(RememberLock)
        .projects(RememberUnlock)
        .projects(RememberEnding)
        .projects(RememberTokenEnding)
        .projects(RememberClient)
        .projects(RememberGrant)
        .projects(RememberRevocation)
        .projects(RememberAlias)
        .projects(RememberIntroduction)
        .projects(RememberPerson)
        .projects(RememberPersonChange)
        .projects(RememberTerm)
        .projects(RememberChapterTerm)
        .projects(RememberCompany)
        .projects(RememberCompanyTerm)
        .projects(RememberCompanyTermEnd)
        .projects(RememberSeat)
        .projects(RememberSeatRelease)
        .projects(RememberType)
        .projects(RememberChapter)
        .projects(RememberNavigation)
        .projects(RememberMenu)
}

/// Who asks for a page, as far as this service knows; nobody in particular when not signed in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reader {
    /// Who, aliases resolved; none: not signed in.
    pub person: Option<PersonId>,
    /// Other ids under which the same human was met; see [`Reader::is`].
    pub also: Vec<PersonId>,
    /// Their name, once membership told it.
    pub name: Option<String>,
    /// The language they read (BCP 47), once identity told it.
    pub language: Option<String>,
    /// Their staff roles that count in this sign-in: `staff.finance`.
    pub roles: Vec<String>,
    /// Whether they have roles that do not count, because those ask for a stronger proof.
    pub withheld: bool,
    /// When they last proved who they are.
    pub signed_in_at: Option<DateTime<Utc>>,
    /// By which sign-in.
    pub signin: Option<SignInId>,
    /// How they did: `password`.
    pub signed_in_how: Option<String>,
    /// Whether that took two factors, or a passkey.
    pub strong: bool,
    /// The colleague who looks with this person's eyes, if it is not the person: sees what they see,
    /// holds no role, and changes nothing.
    pub viewed_by: Option<PersonId>,
    /// Their terms, past and coming ones too, also those of companies whose seats they hold.
    pub terms: Vec<HeldTerm>,
}

/// A stretch of membership that a reader holds: `[starts_on, ends_before)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldTerm {
    /// National, or of a chapter.
    pub kind: TermKind,
    /// The chapter, for a chapter's term.
    pub chapter_id: Option<ChapterId>,
    /// The first day covered.
    pub starts_on: NaiveDate,
    /// The first day no longer covered.
    pub ends_before: NaiveDate,
}

impl HeldTerm {
    /// Whether the term covers `day`.
    #[must_use]
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.starts_on <= day && day < self.ends_before
    }
}

impl Reader {
    /// Nobody in particular: not signed in.
    #[must_use]
    pub fn stranger() -> Self {
        Self::default()
    }

    /// Somebody who is signed in and nothing more, to see a thing with other eyes.
    #[must_use]
    pub fn somebody(person: PersonId) -> Self {
        Self { person: Some(person), ..Self::default() }
    }

    /// A member of the society `today`, to see a thing with other eyes.
    #[must_use]
    pub fn member(person: PersonId, today: NaiveDate) -> Self {
        let term = HeldTerm {
            kind: TermKind::National,
            chapter_id: None,
            starts_on: today,
            ends_before: today + TimeDelta::days(1),
        };
        Self { terms: vec![term], ..Self::somebody(person) }
    }

    /// Takes over roles (`staff.content staff.finance`); those that ask for a strong proof are
    /// withheld from a sign-in that has none.
    pub(crate) fn hold(&mut self, roles: &str, ask_strong: bool) {
        let mut roles = roles.split_whitespace().map(str::to_owned).peekable();
        if ask_strong && !self.strong {
            self.withheld |= roles.peek().is_some();
        } else {
            self.roles.extend(roles);
        }
    }

    /// Whether anybody is signed in.
    #[must_use]
    pub fn is_signed_in(&self) -> bool {
        self.person.is_some()
    }

    /// Whether the reader is this person, under whichever of their ids.
    #[must_use]
    pub fn is(&self, person: PersonId) -> bool {
        self.person == Some(person) || self.also.contains(&person)
    }

    /// Whether the reader has a national term that covers `today`.
    #[must_use]
    pub fn is_member(&self, today: NaiveDate) -> bool {
        self.terms.iter().any(|term| term.kind == TermKind::National && term.covers(today))
    }

    /// Whether the reader belongs to a chapter `today`.
    #[must_use]
    pub fn in_chapter(&self, chapter: ChapterId, today: NaiveDate) -> bool {
        self.terms.iter().any(|term| term.chapter_id == Some(chapter) && term.covers(today))
    }

    /// Until when the reader is a member without a gap: the first day not covered any more.
    #[must_use]
    pub fn member_until(&self, today: NaiveDate) -> Option<NaiveDate> {
        let national = || self.terms.iter().filter(|term| term.kind == TermKind::National);
        let mut until =
            national().filter(|term| term.covers(today)).map(|t| t.ends_before).max()?;
        while let Some(next) = national().find(|term| term.covers(until)) {
            until = next.ends_before;
        }
        Some(until)
    }

    /// Whether the reader holds a staff role; `staff.admin` holds all of them.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|held| held == role || held == "staff.admin")
    }

    /// Whether the reader holds any staff role.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        self.roles.iter().any(|held| held.starts_with("staff."))
    }

    /// Whether the reader proved who they are within the last [`FRESH_MINUTES`].
    #[must_use]
    pub fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        // Nobody proves anything with somebody else's eyes.
        self.viewed_by.is_none()
            && self.signed_in_at.is_some_and(|at| now - at <= TimeDelta::minutes(FRESH_MINUTES))
    }

    /// Whether the reader belongs to an audience. A word of a later version is for staff only.
    #[must_use]
    pub fn is_among(&self, audience: &Audience, today: NaiveDate) -> bool {
        match audience {
            Audience::Public => true,
            Audience::SignedIn => self.is_signed_in(),
            Audience::Members => self.is_member(today) || self.is_staff(),
            Audience::Staff | Audience::Unknown(_) => self.is_staff(),
        }
    }
}

/// What somebody wants to do with a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Look at it.
    See,
    /// Change it.
    Change,
}

/// A thing whose audience is asked before it is shown, found, mailed or changed.
pub trait Thing {
    /// Who may see it, beside its owner.
    fn audience(&self) -> Audience;

    /// Whose it is, if it is a person's.
    fn owner(&self) -> Option<PersonId> {
        None
    }

    /// The staff role that looks after it: sees it always, and may change it.
    fn kept_by(&self) -> &'static str {
        "staff.admin"
    }
}

/// Whether `reader` may do `act` with `thing`: the one rule of pages, API, search, mail and export.
///
/// An owner sees and changes what is theirs; the staff role that keeps it too. A thing for
/// [`Audience::Staff`] that has an owner is private: other staff do not see it.
#[must_use]
pub fn may(reader: &Reader, act: Act, thing: &impl Thing, today: NaiveDate) -> bool {
    let owner = thing.owner();
    if owner.is_some_and(|owner| reader.is(owner)) || reader.has_role(thing.kept_by()) {
        return true;
    }
    let audience = thing.audience();
    let private = owner.is_some() && audience == Audience::Staff;
    act == Act::See && !private && reader.is_among(&audience, today)
}

#[cfg(test)]
mod tests;
