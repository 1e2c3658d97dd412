//! Companies and their seats, for the programs of those who give them; the same rights as pages.

use axum::extract::{Path, Query};
use chassis::api::MembershipRead;
use chassis::{Answer, Api, Error, Routes, Tx};
use chrono::NaiveDate;
use contracts::{CompanyId, PersonId, SeatId};
use serde::{Deserialize, Serialize};

use super::domain::Seat;
use super::pages::administered;
use super::tables;
use crate::companies::domain::{covers, current};
use crate::{companies, people};

/// How many seats an answer has when nobody says.
const USUAL: usize = 100;
/// The most seats of one answer.
const MOST: usize = 500;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/api/membership/companies/{id}", company)
        .limit(120)
        .get("/api/membership/companies/{id}/seats", seats)
        .limit(120)
}

/// A company, as of today.
#[derive(Serialize)]
struct ShownCompany {
    company_id: CompanyId,
    name: String,
    branch_of: Option<CompanyId>,
    /// Whether a term covers today.
    member: bool,
    /// The first day no longer covered, in the society's zone.
    member_until: Option<NaiveDate>,
    /// Seats that are paid for, of the company with its branches.
    seats: i64,
    /// Those that are taken, offered ones among them.
    seats_taken: i64,
}

/// `GET /api/membership/companies/{id}`: how a company of the person's stands.
async fn company(api: Api<MembershipRead>, Path(id): Path<CompanyId>) -> Answer {
    let today = api.today();
    let read = async |tx: &Tx| {
        let of = administered(tx, api.reader(), id).await?;
        let terms = companies::tables::terms(tx, of.root()).await?;
        let taken = tables::taken(tx, &[of.root()]).await?;
        let term = current(&terms, today);
        let running = term.filter(|term| covers(term, today));
        Ok(ShownCompany {
            company_id: id,
            branch_of: of.company.parent,
            member: running.is_some(),
            member_until: running.map(|term| term.ends_before),
            seats: term.map_or(0, |term| term.seats),
            seats_taken: taken.first().map_or(0, |(_, taken)| *taken),
            name: of.company.name,
        })
    };
    let shown = api.read(read).await?;
    api.json(shown)
}

/// Where to go on, and with how many.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    /// The `next` of the answer before.
    cursor: Option<SeatId>,
    limit: Option<usize>,
}

/// A seat that is offered or held.
#[derive(Serialize)]
struct ShownSeat {
    seat_id: SeatId,
    person_id: PersonId,
    name: Option<String>,
    /// Where the invitation went.
    address: String,
    /// `offered` or `held`.
    state: &'static str,
}

/// A page of seats.
#[derive(Serialize)]
struct Seats {
    seats: Vec<ShownSeat>,
    /// The cursor of the next page; none: these were the last.
    next: Option<SeatId>,
}

/// `GET /api/membership/companies/{id}/seats`: who has a seat, by the ids of the seats.
async fn seats(
    api: Api<MembershipRead>,
    Path(id): Path<CompanyId>,
    Query(asked): Query<Asked>,
) -> Answer {
    let limit = asked.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Error::invalid("limit", format!("ask for 1 to {MOST}")).into());
    }
    let after = asked.cursor.unwrap_or(SeatId(uuid::Uuid::nil()));
    let read = async |tx: &Tx| {
        let of = administered(tx, api.reader(), id).await?;
        // One more than asked tells whether there is a next page.
        let mut found = tables::after(tx, of.company.id, after, limit + 1).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        let ids: Vec<PersonId> = found.iter().map(|seat| seat.person).collect();
        Ok((found, people::tables::load_all(tx, &ids).await?, more))
    };
    let (found, people, more) = api.read(read).await?;
    let next = found.last().map(|seat| seat.id).filter(|_| more);
    let shown = |seat: Seat| ShownSeat {
        seat_id: seat.id,
        person_id: seat.person,
        name: people.iter().find(|one| one.id == seat.person).and_then(|one| one.name.clone()),
        address: seat.address,
        state: seat.state.as_str(),
    };
    api.json(Seats { seats: found.into_iter().map(shown).collect(), next })
}
