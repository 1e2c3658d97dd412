//! The companies whose seats the reader gives.

use askama::Template;
use chassis::ui::{Markup, Tone, state};
use chassis::{Answer, Page, Routes, SignedIn, Tx};
use contracts::membership::CompanyTerm;
use contracts::{CompanyId, PersonId};

use crate::companies::domain::{Company, covers, current};
use crate::seats::tables;
use crate::{companies, words};

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/companies", show_mine)
}

struct Row {
    path: String,
    name: String,
    branch: bool,
    standing: Markup,
    /// `43 of 50`, of the company with its branches.
    seats: String,
}

#[derive(Template)]
#[template(path = "seats/mine.html")]
struct Mine {
    companies: Vec<Row>,
}

/// `GET /companies`: the companies of the reader, and their branches.
async fn show_mine(page: Page<SignedIn>) -> Answer {
    let (reader, today) = (page.reader(), page.today());
    let ids: Vec<PersonId> = reader.person.iter().chain(&reader.also).copied().collect();
    let (found, terms, taken) = page
        .read(async |tx: &Tx| {
            let found = companies::tables::run_by(tx, &ids).await?;
            let mut roots: Vec<CompanyId> = found.iter().map(Company::root).collect();
            roots.sort();
            roots.dedup();
            let terms = companies::tables::terms_of(tx, &roots).await?;
            Ok((found, terms, tables::taken(tx, &roots).await?))
        })
        .await?;
    let row = |company: Company| {
        let root = company.root();
        let own: Vec<CompanyTerm> =
            terms.iter().filter(|term| term.company_id == root).cloned().collect();
        let taken = taken.iter().find(|(id, _)| *id == root).map_or(0, |(_, taken)| *taken);
        let term = current(&own, today);
        Row {
            path: format!("/companies/{}", company.id),
            branch: company.parent.is_some(),
            standing: standing(term, today),
            seats: term
                .map_or_else(|| "none".to_owned(), |term| format!("{taken} of {}", term.seats)),
            name: company.name,
        }
    };
    page.show("My companies", &Mine { companies: found.into_iter().map(row).collect() })
}

/// How a company stands, by the term that counts.
pub(super) fn standing(term: Option<&CompanyTerm>, today: chrono::NaiveDate) -> Markup {
    match term {
        Some(term) if covers(term, today) => {
            let last = words::last_day(term.ends_before);
            state(Tone::Ok, &format!("member until {}", last.text()))
        }
        Some(term) => {
            let first = chassis::ui::day(term.starts_on);
            state(Tone::Wait, &format!("member from {}", first.text()))
        }
        None => state(Tone::Off, "not a member"),
    }
}
