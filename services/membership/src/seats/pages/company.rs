//! One company: how it stands, how many seats are free, who has one.

use askama::Template;
use chassis::ui::{Asked, Cell, Column, List, Listed, Markup, Tone, Wanted};
use chassis::{Answer, Page, Result, Routes, SignedIn, Tx};
use contracts::{CompanyId, PersonId};

use super::mine::standing;
use super::who::Administered;
use crate::companies::domain::current;
use crate::seats::domain::{Seat, State};
use crate::seats::tables;
use crate::{companies, people};

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/companies/{id}", show_company)
}

#[derive(Template)]
#[template(path = "seats/company.html")]
struct Show {
    name: String,
    path: String,
    standing: Markup,
    /// The company it is a branch of.
    parent: Option<String>,
    /// Seats that are paid for, of the company and its branches.
    seats: i64,
    taken: i64,
    free: i64,
    /// Those that this company or branch gave.
    held: i64,
    /// Of them, who never accepted: nobody of them has signed in as far as we know.
    never: i64,
    branches: Vec<(String, String)>,
    list: Markup,
}

impl Show {
    /// Four fifths are taken: it is time to think of more.
    fn nearly_full(&self) -> bool {
        self.free > 0 && self.taken * 5 >= self.seats * 4
    }
}

/// A seat, and what its person is called.
pub(super) struct Row {
    seat: Seat,
    name: String,
}

/// Where a seat stands, as its list and its page say it.
pub(super) fn word(seat: &Seat) -> (Tone, &'static str) {
    match seat.state {
        State::Held => (Tone::Ok, "taken"),
        State::Offered => (Tone::Wait, "invited, never signed in"),
        State::Released => (Tone::Off, "released"),
    }
}

/// `GET /companies/{id}`.
async fn show_company(page: Page<SignedIn>, of: Administered, asked: Asked) -> Answer {
    let (path, company, site) = (of.path(), of.company.id, page.app().site());
    let list = List::new("seats", "Seats", path.clone())
        .search("Name or address")
        .choice(
            "state",
            "State",
            [("held", "Taken"), ("offered", "Never signed in"), ("released", "Released")],
        )
        .column(
            Column::new("Name", |row: &Row| {
                Cell::link(format!("/companies/seats/{}", row.seat.id), &row.name)
            })
            .sorted("name", |row| row.seat.name_key.clone()),
        )
        .column(Column::new("Invited at", |row: &Row| Cell::text(&row.seat.address)))
        .column(Column::new("State", |row: &Row| {
            let (tone, word) = word(&row.seat);
            Cell::state(tone, word)
        }))
        .column(
            Column::id("Since", |row: &Row| Cell::time(site, row.seat.changed_at))
                .sorted("since", |row| row.seat.changed_at),
        )
        .identified(|row| row.seat.id.0)
        .sorted_by("name")
        .empty("Nobody has a seat here", "Invite people by their addresses.");
    let fetch = async move |tx: &_, wanted: &_| rows(tx, company, wanted).await;
    let list = match page.listed(&list, &asked, fetch).await? {
        Listed::File(answer) => return Ok(answer),
        Listed::Table(list) => list,
    };
    let template = shown(&page, of, list).await?;
    page.show(&format!("{}, seats", template.name), &template)
}

async fn rows(tx: &Tx, company: CompanyId, wanted: &Wanted) -> Result<Vec<Row>> {
    let seats = tables::list(tx, company, wanted).await?;
    let ids: Vec<PersonId> = seats.iter().map(|seat| seat.person).collect();
    let people = people::tables::load_all(tx, &ids).await?;
    let row = |seat: Seat| {
        let person = people.iter().find(|person| person.id == seat.person);
        let name = person.map_or(seat.address.as_str(), |person| person.shown_name()).to_owned();
        Row { seat, name }
    };
    Ok(seats.into_iter().map(row).collect())
}

async fn shown(page: &Page<SignedIn>, of: Administered, list: Markup) -> Result<Show> {
    let (root, today) = (of.root(), page.today());
    page.read(async |tx: &Tx| {
        let terms = companies::tables::terms(tx, root).await?;
        let taken = tables::taken(tx, &[root]).await?.first().map_or(0, |(_, taken)| *taken);
        let (held, never) = tables::given(tx, of.company.id).await?;
        let branches = companies::tables::branches(tx, of.company.id).await?;
        let term = current(&terms, today);
        let seats = term.map_or(0, |term| term.seats);
        Ok(Show {
            path: of.path(),
            standing: standing(term, today),
            parent: of.parent.map(|parent| parent.name),
            free: (seats - taken).max(0),
            branches: branches
                .into_iter()
                .map(|branch| (format!("/companies/{}", branch.id), branch.name))
                .collect(),
            name: of.company.name,
            seats,
            taken,
            held,
            never,
            list,
        })
    })
    .await
}
