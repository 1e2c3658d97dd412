//! What membership tells: people, kinds of membership, chapters, applications, terms, companies and
//! their seats.

use chrono::{DateTime, NaiveDate, Utc};
use macros::{message, state};

use crate::{
    ApplicationId, ChapterId, ChargeId, CompanyId, MembershipTypeId, Money, PersonId, SeatId,
    TermId,
};

/// A person as the society knows them.
#[state]
pub struct Person {
    /// The id, the same everywhere.
    pub person_id: PersonId,
    /// The name as it is to be written.
    #[personal]
    pub name: String,
    /// The member number, when there is one.
    pub member_number: Option<String>,
    /// The language they read (BCP 47).
    pub language: String,
    /// Version of the person.
    pub version: i64,
}

/// A person became known.
#[message("membership.person.created", key = person.person_id, entity = person.person_id, version = person.version)]
pub struct PersonCreated {
    /// The person.
    pub person: Person,
}

/// What is known of a person changed.
#[message("membership.person.updated", key = person.person_id, entity = person.person_id, version = person.version)]
pub struct PersonUpdated {
    /// The person.
    pub person: Person,
}

/// A kind of membership.
#[state]
pub struct MembershipType {
    /// The id.
    pub type_id: MembershipTypeId,
    /// The code staff know it by: `ACTIVE`.
    pub code: String,
    /// What it is called, in [`Self::language`].
    pub title: String,
    /// For whom it is, in a sentence.
    pub audience: String,
    /// The language of title and audience (BCP 47).
    pub language: String,
    /// The dues of a year.
    pub price: Money,
    /// Whether the price is a sample, invented for demonstration.
    pub sample: bool,
    /// Whether it can be bought today.
    pub open: bool,
    /// For how many people it is when a company has it, unless agreed otherwise; none: a person's.
    #[serde(default)]
    pub seats: Option<i64>,
    /// Version of the type.
    pub version: i64,
}

/// A kind of membership was published or changed.
#[message("membership.type.published", key = membership_type.type_id, entity = membership_type.type_id, version = membership_type.version)]
pub struct TypePublished {
    /// The type.
    pub membership_type: MembershipType,
}

/// A local chapter.
#[state]
pub struct Chapter {
    /// The id.
    pub chapter_id: ChapterId,
    /// Its name.
    pub name: String,
    /// Where it is active, as far as known.
    pub region: String,
    /// The dues of a year.
    pub price: Money,
    /// Whether the price is a sample, invented for demonstration.
    pub sample: bool,
    /// Version of the chapter.
    pub version: i64,
}

/// A chapter was published or changed.
#[message("membership.chapter.published", key = chapter.chapter_id, entity = chapter.chapter_id, version = chapter.version)]
pub struct ChapterPublished {
    /// The chapter.
    pub chapter: Chapter,
}

/// A person's request to become a member.
#[state]
pub struct Application {
    /// The id.
    pub application_id: ApplicationId,
    /// Who applies.
    pub person_id: PersonId,
    /// For which kind of membership.
    pub type_id: MembershipTypeId,
    /// For which chapter, if any.
    pub chapter_id: Option<ChapterId>,
    /// The charge that pays for it.
    pub charge_id: ChargeId,
    /// Where it stands.
    pub state: ApplicationState,
    /// Until when it waits for payment.
    pub hold_until: DateTime<Utc>,
    /// Version of the application.
    pub version: i64,
}

open_enum! {
    /// Where an application stands.
    ApplicationState {
        /// Waits for payment.
        Submitted = "submitted",
        /// Paid; the terms have started.
        Completed = "completed",
        /// Nobody paid in time.
        Expired = "expired",
        /// The applicant gave it up.
        Withdrawn = "withdrawn",
        /// Paid, but no membership could start: the money goes back.
        GivenBack = "given_back",
        /// Commerce could not charge it as asked.
        Refused = "refused",
    }
}

/// Somebody applied.
#[message("membership.application.submitted", key = application.person_id, entity = application.application_id, version = application.version)]
pub struct ApplicationSubmitted {
    /// The application.
    pub application: Application,
}

/// An application ended, one way or the other: its state says how.
#[message("membership.application.ended", key = application.person_id, entity = application.application_id, version = application.version)]
pub struct ApplicationEnded {
    /// The application.
    pub application: Application,
}

/// A stretch of membership, half-open: `[starts_on, ends_before)`.
#[state]
pub struct Term {
    /// The id.
    pub term_id: TermId,
    /// Whose membership.
    pub person_id: PersonId,
    /// National, or of a chapter.
    pub kind: TermKind,
    /// The kind of membership, for a national term.
    pub type_id: Option<MembershipTypeId>,
    /// The chapter, for a chapter's term.
    pub chapter_id: Option<ChapterId>,
    /// The first day covered, in the society's zone.
    pub starts_on: NaiveDate,
    /// The first day no longer covered, in the society's zone.
    pub ends_before: NaiveDate,
    /// The charge that paid for it.
    pub charge_id: Option<ChargeId>,
    /// Version of the term.
    pub version: i64,
}

open_enum! {
    /// What a term is of.
    TermKind {
        /// The society.
        National = "national",
        /// A chapter.
        Chapter = "chapter",
    }
}

/// A term started.
#[message("membership.term.started", key = term.person_id, entity = term.term_id, version = term.version)]
pub struct TermStarted {
    /// The term.
    pub term: Term,
    /// The member's number.
    pub member_number: String,
}

/// A person joined a chapter: the first term of that chapter started.
#[message("membership.chapter.joined", key = term.person_id, entity = term.term_id, version = term.version)]
pub struct ChapterJoined {
    /// The chapter's term.
    pub term: Term,
}

/// A company, or a branch of one.
#[state]
pub struct Company {
    /// The id.
    pub company_id: CompanyId,
    /// Its name.
    pub name: String,
    /// The company it is a branch of; then that one's terms cover it.
    pub parent_id: Option<CompanyId>,
    /// Where it is, as far as known.
    pub region: String,
    /// How many people work there, roughly.
    pub size: CompanySize,
    /// The domains of its mail addresses: a hint, never a right.
    pub domains: Vec<String>,
    /// Who gives its seats; sees to its branches, too.
    pub admins: Vec<PersonId>,
    /// Whom to ask about its dues.
    pub dues_contact: Option<PersonId>,
    /// Whom to ask about its people.
    pub member_contact: Option<PersonId>,
    /// Version of the company.
    pub version: i64,
}

open_enum! {
    /// How many people work at a company, roughly.
    CompanySize {
        /// Nobody said.
        NotKnown = "not_known",
        /// Fewer than 50.
        Under50 = "under_50",
        /// 50 to 499.
        Under500 = "under_500",
        /// 500 to 4,999.
        Under5000 = "under_5000",
        /// 5,000 or more.
        Over5000 = "over_5000",
    }
}

/// A company was entered or changed.
#[message("membership.company.published", key = company.company_id, entity = company.company_id, version = company.version)]
pub struct CompanyPublished {
    /// The company.
    pub company: Company,
}

/// A stretch of a company's membership, half-open: `[starts_on, ends_before)`. Whoever holds a seat of
/// the company, or of a branch of it, is a member by it.
#[state]
pub struct CompanyTerm {
    /// The id.
    pub term_id: TermId,
    /// Whose membership.
    pub company_id: CompanyId,
    /// The kind of membership.
    pub type_id: MembershipTypeId,
    /// For how many people it is.
    pub seats: i64,
    /// The first day covered, in the society's zone.
    pub starts_on: NaiveDate,
    /// The first day no longer covered, in the society's zone; the first day, when it covers none.
    pub ends_before: NaiveDate,
    /// Version of the term.
    pub version: i64,
}

/// A company's term started: all who hold its seats are members by this one message.
#[message("membership.company_term.started", key = term.company_id, entity = term.term_id, version = term.version)]
pub struct CompanyTermStarted {
    /// The term.
    pub term: CompanyTerm,
}

/// A company's term was ended before its time: by this one message nobody is a member by its seats
/// from that day on.
#[message("membership.company_term.ended", key = term.company_id, entity = term.term_id, version = term.version)]
pub struct CompanyTermEnded {
    /// The term, as short as it became.
    pub term: CompanyTerm,
}

/// A place under a company's membership. It has no dates: who holds it is a member as long as a term
/// of the company covers the day.
#[state]
pub struct Seat {
    /// The id.
    pub seat_id: SeatId,
    /// The company or branch that gave it.
    pub company_id: CompanyId,
    /// Who is invited to it, holds it, or had it.
    pub person_id: PersonId,
    /// Where it stands.
    pub state: SeatState,
    /// Version of the seat.
    pub version: i64,
}

open_enum! {
    /// Where a seat stands.
    SeatState {
        /// Somebody is invited to it.
        Offered = "offered",
        /// Somebody holds it.
        Held = "held",
        /// It was taken back.
        Released = "released",
    }
}

/// Somebody was invited to a seat.
#[message("membership.seat.offered", key = seat.person_id, entity = seat.seat_id, version = seat.version)]
pub struct SeatOffered {
    /// The seat.
    pub seat: Seat,
}

/// Somebody took a seat.
#[message("membership.seat.assigned", key = seat.person_id, entity = seat.seat_id, version = seat.version)]
pub struct SeatAssigned {
    /// The seat.
    pub seat: Seat,
}

/// A seat was taken back.
#[message("membership.seat.released", key = seat.person_id, entity = seat.seat_id, version = seat.version)]
pub struct SeatReleased {
    /// The seat.
    pub seat: Seat,
}
