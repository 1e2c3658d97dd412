//! The list of companies: by name and region, by how they stand today.

use chassis::ui::{Asked, Cell, Column, List, Tone, Wanted};
use chassis::{Answer, Result, Routes, Tx};
use chrono::NaiveDate;
use contracts::CompanyId;
use contracts::membership::CompanyTerm;

use crate::companies::domain::{Company, covers, current};
use crate::companies::tables;
use crate::desk::{Desk, tabs};
use crate::people::domain::name_key;
use crate::{seats, words};

pub(super) const PATH: &str = "/staff/membership/companies";

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get(PATH, list_companies)
}

/// A company, and how it stands.
struct Row {
    company: Company,
    term: Option<CompanyTerm>,
    taken: i64,
}

/// How a company stands on a day, by the term that counts, in a look and a word.
pub(super) fn standing(term: Option<&CompanyTerm>, today: NaiveDate) -> (Tone, &'static str) {
    match term {
        Some(term) if covers(term, today) => (Tone::Ok, "member"),
        Some(_) => (Tone::Wait, "member to be"),
        None => (Tone::Off, "not a member"),
    }
}

/// `GET /staff/membership/companies`: companies by name.
async fn list_companies(page: Desk, asked: Asked) -> Answer {
    let today = page.today();
    let list = List::new("companies", "Companies", PATH)
        .lead(tabs(&page, PATH).await?)
        .search("Name, region or domain")
        .choice("standing", "Standing", [("member", "Member"), ("none", "Not a member")])
        .column(
            Column::new("Name", |row: &Row| {
                let branch = if row.company.parent.is_some() { "a branch" } else { "" };
                Cell::link(format!("{PATH}/{}", row.company.id), &row.company.name).sub(branch)
            })
            .sorted("name", |row| name_key(Some(&row.company.name))),
        )
        .column(
            Column::new("Region", |row: &Row| Cell::text(&row.company.region))
                .sorted("region", |row| row.company.region.clone()),
        )
        .column(Column::new("Standing", move |row: &Row| {
            let (tone, word) = standing(row.term.as_ref(), today);
            Cell::state(tone, word)
        }))
        .column(Column::new("Paid until", |row: &Row| {
            let last = row.term.as_ref().map(|term| words::last_day(term.ends_before));
            Cell::text(last.map(|last| last.text().to_owned()).unwrap_or_default())
        }))
        .column(Column::num("Seats taken", |row: &Row| {
            let paid = row.term.as_ref().map(|term| format!("{} of {}", row.taken, term.seats));
            Cell::text(paid.unwrap_or_default())
        }))
        .identified(|row| row.company.id.0)
        .sorted_by("name")
        .act("Add a company", "/staff/membership/companies/new")
        .empty("No company is found", "None of this name, region or domain is known here.");
    page.list(&list, &asked, async |tx: &Tx, wanted| rows(tx, wanted).await).await
}

async fn rows(tx: &Tx, wanted: &Wanted) -> Result<Vec<Row>> {
    let companies = tables::list(tx, wanted).await?;
    let mut roots: Vec<CompanyId> = companies.iter().map(Company::root).collect();
    roots.sort();
    roots.dedup();
    let terms = tables::terms_of(tx, &roots).await?;
    let taken = seats::tables::taken(tx, &roots).await?;
    let row = |company: Company| {
        let root = company.root();
        let own: Vec<CompanyTerm> =
            terms.iter().filter(|term| term.company_id == root).cloned().collect();
        let taken = taken.iter().find(|(id, _)| *id == root).map_or(0, |(_, taken)| *taken);
        Row { term: current(&own, tx.today()).cloned(), taken, company }
    };
    Ok(companies.into_iter().map(row).collect())
}
