//! "My membership": how the reader stands today, read from dates.

use askama::Template;
use chassis::{Answer, Page, Result, Routes, SignedIn, Site, Tx};
use chrono::NaiveDate;
use contracts::PersonId;
use contracts::membership::Term;

use super::domain::{self, Standing};
use super::tables;
use crate::{applications, chapters, people, types, words};

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/membership", show_mine)
}

/// A term as pages show it.
pub(crate) struct TermRow {
    pub(crate) what: String,
    pub(crate) starts_on: String,
    pub(crate) last_day: String,
    pub(crate) status: &'static str,
    /// The look of the status.
    pub(crate) class: &'static str,
}

/// An application as lists show it.
pub(crate) struct ApplicationRow {
    pub(crate) path: String,
    pub(crate) submitted: String,
    pub(crate) total: String,
    pub(crate) state: String,
    pub(crate) note: String,
    pub(crate) open: bool,
}

#[derive(Template)]
#[template(path = "terms/mine.html")]
struct Mine {
    name: Option<String>,
    number: Option<String>,
    standing: String,
    member: bool,
    terms: Vec<TermRow>,
    applications: Vec<ApplicationRow>,
    /// Set while another service still has to say something.
    as_of: Option<String>,
}

/// `GET /membership`: what the reader has, until when, and what is under way.
async fn show_mine(page: Page<SignedIn>) -> Answer {
    let (person, today, site) = (page.person(), page.today(), page.app().site());
    let (known, held, terms, applications) = page
        .read(async |tx| {
            let held = tables::of_person(tx, person).await?;
            let rows = term_rows(tx, &held, today).await?;
            let known = people::tables::load(tx, person).await?;
            Ok((known, held, rows, application_rows(tx, site, person).await?))
        })
        .await?;
    let standing = domain::standing(&held, today);
    let pending = applications.iter().any(|application| application.open);
    let template = Mine {
        name: known.as_ref().and_then(|person| person.name.clone()),
        number: known.and_then(|person| person.member_number),
        standing: sentence(standing),
        member: matches!(standing, Standing::Member(_)),
        terms,
        applications,
        as_of: pending.then(|| words::instant(site, page.now())),
    };
    page.show("My membership", &template)
}

/// How somebody stands, in a sentence about them.
pub(crate) fn sentence(standing: Standing) -> String {
    match standing {
        Standing::None => "Not a member.".to_owned(),
        Standing::Member(end) => format!("Member until {}.", words::last_day(end)),
        Standing::From(start) => format!("Member from {}.", words::day(start)),
        Standing::Lapsed(end) => format!("Was a member until {}.", words::last_day(end)),
    }
}

/// The last day of what is paid, for a member of today or later.
pub(crate) fn member_until(held: &[Term], today: NaiveDate) -> Option<String> {
    match domain::standing(held, today) {
        Standing::Member(end) => Some(words::last_day(end)),
        Standing::From(_) => held.iter().map(|term| term.ends_before).max().map(words::last_day),
        Standing::None | Standing::Lapsed(_) => None,
    }
}

/// The terms with the names of what they are of, as they stand on `today`.
pub(crate) async fn term_rows(tx: &Tx, held: &[Term], today: NaiveDate) -> Result<Vec<TermRow>> {
    let (kinds, chapters) = (types::tables::all(tx).await?, chapters::tables::all(tx).await?);
    let title = |term: &Term| {
        let kind = kinds.iter().find(|kind| Some(kind.type_id) == term.type_id);
        let chapter = chapters.iter().find(|one| Some(one.chapter_id) == term.chapter_id);
        kind.map(|kind| kind.title.clone()).or(chapter.map(|one| one.name.clone()))
    };
    let status = |term: &Term| match () {
        () if domain::covers(term, today) => ("running", "ok"),
        () if term.starts_on > today => ("to come", "wait"),
        () => ("over", "off"),
    };
    let row = |term: &Term| TermRow {
        what: title(term).unwrap_or_else(|| term.kind.to_string()),
        starts_on: words::day(term.starts_on),
        last_day: words::last_day(term.ends_before),
        status: status(term).0,
        class: status(term).1,
    };
    Ok(held.iter().map(row).collect())
}

/// The applications of a person, the latest first.
pub(crate) async fn application_rows(
    tx: &Tx,
    site: &Site,
    person: PersonId,
) -> Result<Vec<ApplicationRow>> {
    let applications = applications::tables::of_person(tx, person).await?;
    Ok(applications.iter().map(|one| application_row(site, one)).collect())
}

fn application_row(site: &Site, application: &applications::domain::Application) -> ApplicationRow {
    ApplicationRow {
        path: format!("/membership/applications/{}", application.id),
        submitted: words::instant(site, application.submitted_at),
        total: application.total().to_string(),
        state: words::state(&application.state).to_owned(),
        note: application.reason.as_deref().map(words::reason).unwrap_or_default(),
        open: application.is_open(),
    }
}
