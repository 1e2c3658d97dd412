//! The list of people: by name and number, by how they stand today.

use chassis::ui::{Asked, Cell, Column, List};
use chassis::{Answer, Routes, Tx};
use chrono::NaiveDate;

use crate::desk::{Desk, tabs};
use crate::people::domain::{Person, name_key};
use crate::people::tables;
use crate::terms::domain::{Standing, standing};
use crate::terms::pages::standing_word;
use crate::{terms, words};

const PATH: &str = "/staff/membership";

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get(PATH, list_people)
}

/// A person, and how they stand.
struct Row {
    person: Person,
    standing: Standing,
    /// The last day that is paid, past or coming.
    paid_until: Option<NaiveDate>,
}

/// `GET /staff/membership`: people by name.
async fn list_people(page: Desk, asked: Asked) -> Answer {
    let tabs = tabs(&page, PATH).await?;
    let list = List::new("people", "People", PATH)
        .lead(tabs)
        .search("Name or number")
        .choice(
            "standing",
            "Standing",
            [
                ("member", "Member"),
                ("coming", "Member to be"),
                ("lapsed", "Lapsed"),
                ("none", "Not a member"),
            ],
        )
        .column(
            Column::new("Name", |row: &Row| {
                let path = format!("{PATH}/people/{}", row.person.id);
                Cell::link(path, row.person.shown_name())
            })
            .sorted("name", |row| name_key(row.person.name.as_deref())),
        )
        .column(Column::id("Number", |row: &Row| Cell::text(number(row))).sorted("number", number))
        .column(Column::new("Standing", |row: &Row| {
            let (tone, word) = standing_word(row.standing);
            Cell::state(tone, word)
        }))
        .column(Column::new("Paid until", |row: &Row| {
            let last = row.paid_until.map(words::last_day);
            Cell::text(last.map(|last| last.text().to_owned()).unwrap_or_default())
        }))
        .column(Column::new("Application", |row: &Row| match row.person.open_application {
            Some(_) => Cell::text("waits for payment"),
            None => Cell::text(""),
        }))
        .identified(|row| row.person.id.0)
        .sorted_by("name")
        .act("Introduce a person", "/staff/membership/introduce")
        .act("Invite somebody", "/staff/membership/invite")
        .empty(
            "Nobody is found",
            "Nobody of this name or number, and of this standing, is known here.",
        );
    page.list(&list, &asked, async |tx: &Tx, wanted| {
        let people = tables::list(tx, wanted).await?;
        let ids: Vec<_> = people.iter().map(|person| person.id).collect();
        let held = terms::tables::held_by_all(tx, &ids).await?;
        let today = tx.today();
        let row = |person: Person| {
            let own: Vec<_> =
                held.iter().filter(|term| term.person_id == person.id).cloned().collect();
            let paid_until = terms::domain::paid_until(&own);
            Row { standing: standing(&own, today), paid_until, person }
        };
        Ok(people.into_iter().map(row).collect())
    })
    .await
}

fn number(row: &Row) -> String {
    row.person.member_number.clone().unwrap_or_default()
}
