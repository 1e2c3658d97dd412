//! Who is a member, for programs: a person's own, and all members for machines.

use axum::extract::Query;
use chassis::api::{MembersRead, MembershipRead};
use chassis::{Answer, Api, Error, Routes, Tx};
use chrono::NaiveDate;
use contracts::membership::Term;
use contracts::{ChapterId, PersonId};
use serde::{Deserialize, Serialize};

use super::domain::{self, Standing};
use super::tables;
use crate::people;

/// How many members an answer has when nobody says.
const USUAL: usize = 100;
/// The most members of one answer.
const MOST: usize = 500;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/api/membership/me", me)
        .limit(120)
        .get("/api/membership/members", members)
        .limit(120)
}

/// A person with their terms, as of today.
#[derive(Serialize)]
struct Shown {
    person_id: PersonId,
    name: Option<String>,
    member_number: Option<String>,
    /// Whether a national term covers today, their own or by a seat of a company.
    member: bool,
    /// The first day no longer covered, in the society's zone.
    member_until: Option<NaiveDate>,
    terms: Vec<Stretch>,
}

/// A stretch of membership: `[starts_on, ends_before)`.
#[derive(Serialize)]
struct Stretch {
    /// `national` or `chapter`.
    kind: String,
    chapter_id: Option<ChapterId>,
    starts_on: NaiveDate,
    ends_before: NaiveDate,
}

impl Shown {
    fn of(person: people::domain::Person, terms: &[Term], today: NaiveDate) -> Self {
        let member_until = match domain::standing(terms, today) {
            Standing::Member(until) => Some(until),
            Standing::None | Standing::From(_) | Standing::Lapsed(_) => None,
        };
        let stretch = |term: &Term| Stretch {
            kind: term.kind.as_str().to_owned(),
            chapter_id: term.chapter_id,
            starts_on: term.starts_on,
            ends_before: term.ends_before,
        };
        Self {
            person_id: person.id,
            name: person.name,
            member_number: person.member_number,
            member: member_until.is_some(),
            member_until,
            terms: terms.iter().map(stretch).collect(),
        }
    }
}

/// `GET /api/membership/me`: what the person's own page says.
async fn me(api: Api<MembershipRead>) -> Answer {
    let id = api.person();
    let read = async |tx: &Tx| {
        let person = people::tables::load(tx, id).await?;
        let person = person.ok_or_else(|| Error::not_found("person", id))?;
        Ok((person, tables::held_by(tx, id).await?))
    };
    let (person, terms) = api.read(read).await?;
    api.json(Shown::of(person, &terms, api.today()))
}

/// Where to go on, and with how many.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    /// The `next` of the answer before.
    cursor: Option<PersonId>,
    limit: Option<usize>,
}

/// A page of members.
#[derive(Serialize)]
struct Members {
    members: Vec<Shown>,
    /// The cursor of the next page; none: these were the last.
    next: Option<PersonId>,
}

/// `GET /api/membership/members`: whoever is a member today, by their ids.
async fn members(api: Api<MembersRead>, Query(asked): Query<Asked>) -> Answer {
    let (today, limit) = (api.today(), asked.limit.unwrap_or(USUAL));
    if !(1..=MOST).contains(&limit) {
        return Err(Error::invalid("limit", format!("ask for 1 to {MOST}")).into());
    }
    let after = asked.cursor.unwrap_or(PersonId(uuid::Uuid::nil()));
    let read = async |tx: &Tx| {
        // One more than asked tells whether there is a next page.
        let mut found = people::tables::members_after(tx, after, today, limit + 1).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        let ids: Vec<PersonId> = found.iter().map(|person| person.id).collect();
        let terms = tables::held_by_all(tx, &ids).await?;
        Ok((found, terms, more))
    };
    let (found, terms, more) = api.read(read).await?;
    let next = found.last().map(|person| person.id).filter(|_| more);
    let member = |person: people::domain::Person| {
        let own: Vec<Term> =
            terms.iter().filter(|term| term.person_id == person.id).cloned().collect();
        Shown::of(person, &own, today)
    };
    api.json(Members { members: found.into_iter().map(member).collect(), next })
}
