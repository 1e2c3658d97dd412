//! All that membership knows of one company.

use askama::Template;
use axum::extract::Path;
use chassis::ui::{History, Markup, Timeline, Tone, When, day, state};
use chassis::{Answer, Routes, Tx};
use chrono::NaiveDate;
use contracts::membership::{CompanySize, CompanyTerm};
use contracts::{CompanyId, PersonId};

use super::list::{PATH, standing};
use crate::companies::commands::found;
use crate::companies::domain::{Company, covers, current};
use crate::companies::tables;
use crate::desk::Desk;
use crate::people::domain::Person;
use crate::{people, seats, types, words};

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/staff/membership/companies/{id}", show_company)
}

/// Somebody with a role.
struct RoleRow {
    role: &'static str,
    name: String,
    path: String,
    remove: String,
}

struct TermRow {
    what: String,
    starts_on: When,
    last_day: String,
    seats: i64,
    state: Markup,
    /// Where it is ended, as long as it can be.
    end: Option<String>,
}

#[derive(Template)]
#[template(path = "companies/show.html")]
struct Show {
    path: String,
    name: String,
    state: Markup,
    parent: Option<(String, String)>,
    branches: Vec<(String, String)>,
    region: String,
    size: &'static str,
    domains: String,
    roles: Vec<RoleRow>,
    terms: Vec<TermRow>,
    /// `43 of 50`, of the company with its branches.
    seats: String,
    held: i64,
    offered: i64,
    course: Timeline,
    history: History,
}

/// How many people work there, in words.
pub(super) fn size(size: &CompanySize) -> &'static str {
    match size {
        CompanySize::Under50 => "fewer than 50 people",
        CompanySize::Under500 => "50 to 499 people",
        CompanySize::Under5000 => "500 to 4,999 people",
        CompanySize::Over5000 => "5,000 people or more",
        CompanySize::NotKnown | CompanySize::Unknown(_) => "not known",
    }
}

fn role_rows(company: &Company, people: &[Person]) -> Vec<RoleRow> {
    let row = |held: &crate::companies::domain::RoleHeld| {
        let person = people.iter().find(|person| person.id == held.person);
        RoleRow {
            role: held.role.title(),
            name: person.map_or("(no name yet)", |person| person.shown_name()).to_owned(),
            path: format!("/staff/membership/people/{}", held.person),
            remove: format!("/staff/membership/company-roles/{}/remove", held.id),
        }
    };
    company.roles.iter().map(row).collect()
}

fn term_row(term: &CompanyTerm, what: String, today: NaiveDate, own: bool) -> TermRow {
    let status = match () {
        () if covers(term, today) => state(Tone::Ok, "running"),
        () if term.starts_on >= term.ends_before => state(Tone::Bad, "taken back"),
        () if term.starts_on > today => state(Tone::Wait, "to come"),
        () => state(Tone::Off, "over"),
    };
    let living = own && today < term.ends_before && term.starts_on < term.ends_before;
    let none = term.starts_on >= term.ends_before;
    TermRow {
        what,
        starts_on: day(term.starts_on),
        last_day: if none {
            "none".to_owned()
        } else {
            words::last_day(term.ends_before).text().to_owned()
        },
        seats: term.seats,
        state: status,
        end: living.then(|| format!("/staff/membership/company-terms/{}/end", term.term_id)),
    }
}

/// What happened and comes: the first day of each term, and its end.
fn course(terms: &[CompanyTerm], today: NaiveDate) -> Timeline {
    let mut timeline = Timeline::new();
    for term in terms.iter().rev().take(6).rev() {
        let ends = words::last_day(term.ends_before);
        for (on, what) in [
            (term.starts_on, format!("{} seats begin", term.seats)),
            (term.ends_before, format!("{} is the last day", ends.text())),
        ] {
            let when = on.format("%b %Y").to_string();
            timeline =
                if on <= today { timeline.done(when, what) } else { timeline.next(when, what) };
        }
    }
    timeline
}

/// `GET /staff/membership/companies/{id}`: all that membership knows of one company.
async fn show_company(page: Desk, Path(id): Path<CompanyId>) -> Answer {
    let (today, site) = (page.today(), page.app().site());
    let template = page
        .read(async |tx: &Tx| {
            let company = found(tx, id).await?;
            let root = company.root();
            let parent = match company.parent {
                Some(parent) => Some(found(tx, parent).await?),
                None => None,
            };
            let ids: Vec<PersonId> = company.roles.iter().map(|held| held.person).collect();
            let people = people::tables::load_all(tx, &ids).await?;
            let terms = tables::terms(tx, root).await?;
            let kinds = types::tables::all(tx).await?;
            let title = |term: &CompanyTerm| {
                let kind = kinds.iter().find(|kind| kind.type_id == term.type_id);
                kind.map_or_else(String::new, |kind| kind.title.clone())
            };
            let taken = seats::tables::taken(tx, &[root]).await?;
            let taken = taken.first().map_or(0, |(_, taken)| *taken);
            let (held, offered) = seats::tables::given(tx, id).await?;
            let term = current(&terms, today);
            let (tone, word) = standing(term, today);
            let link = |one: Company| (format!("{PATH}/{}", one.id), one.name);
            let own = company.parent.is_none();
            Ok(Show {
                path: format!("{PATH}/{id}"),
                state: state(tone, word),
                parent: parent.map(link),
                branches: tables::branches(tx, id).await?.into_iter().map(link).collect(),
                region: company.region.clone(),
                size: size(&company.size),
                domains: company.domains.join(", "),
                roles: role_rows(&company, &people),
                terms: terms.iter().map(|term| term_row(term, title(term), today, own)).collect(),
                seats: term.map_or_else(
                    || "none paid for".to_owned(),
                    |t| format!("{taken} of {}", t.seats),
                ),
                held,
                offered,
                course: course(&terms, today),
                history: History::read(tx, site, "company", &[id]).await?,
                name: company.name,
            })
        })
        .await?;
    page.show(&format!("{}, company", template.name), &template)
}
