//! Staff: find people, look at one, introduce one.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use chassis::{Answer, Error, Fields, Form, Page, Result, Routes, Staff, StaffMembership};
use contracts::PersonId;
use serde::Deserialize;

use super::commands::IntroducePerson;
use super::domain::Person;
use super::tables;
use crate::terms::domain::standing;
use crate::terms::pages::{ApplicationRow, TermRow, application_rows, sentence, term_rows};
use crate::words::{self, AuditLine};
use crate::{applications, terms};

/// How many people a list shows at once.
const LIMIT: usize = 50;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/staff/membership", list_people)
        .get("/staff/membership/people/{id}", show_person)
        .get("/staff/membership/introduce", show_introduce)
        .post("/staff/membership/introduce", introduce)
}

/// What a list is asked for; what cannot be read of it is as if it had not been said.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
    after: String,
}

struct PersonRow {
    path: String,
    name: String,
    number: String,
}

#[derive(Template)]
#[template(path = "people/list.html")]
struct List {
    q: String,
    people: Vec<PersonRow>,
    next: Option<PersonId>,
    first: bool,
}

/// `GET /staff/membership?q=&after=`: people by name.
async fn list_people(page: Page<Staff<StaffMembership>>, Query(asked): Query<Asked>) -> Answer {
    let word = asked.q.trim().chars().take(100).collect::<String>();
    let after = asked.after.parse::<PersonId>().ok();
    let limit = i64::try_from(LIMIT + 1).map_err(Error::internal)?;
    let mut people = page.read(async |tx| tables::page(tx, &word, after, limit).await).await?;
    let more = people.len() > LIMIT;
    people.truncate(LIMIT);
    let next = people.last().map(|person| person.id).filter(|_| more);
    let people = people.iter().map(person_row).collect();
    page.show("Members", &List { q: word, people, next, first: after.is_none() })
}

fn person_row(person: &Person) -> PersonRow {
    PersonRow {
        path: format!("/staff/membership/people/{}", person.id),
        name: person.shown_name().to_owned(),
        number: person.member_number.clone().unwrap_or_default(),
    }
}

#[derive(Template)]
#[template(path = "people/show.html")]
struct Show {
    id: PersonId,
    name: String,
    number: Option<String>,
    standing: String,
    terms: Vec<TermRow>,
    applications: Vec<ApplicationRow>,
    audit: Vec<AuditLine>,
}

/// `GET /staff/membership/people/{id}`: all that membership knows of one person.
async fn show_person(page: Page<Staff<StaffMembership>>, Path(id): Path<PersonId>) -> Answer {
    let today = page.today();
    let site = page.app().site();
    let template = page
        .read(async |tx| {
            let person =
                tables::load(tx, id).await?.ok_or_else(|| Error::not_found("person", id))?;
            let held = terms::tables::of_person(tx, id).await?;
            let mut audit = tx.audited("person", id).await?;
            audit.extend(applications::tables::audited_of_person(tx, id).await?);
            Ok(Show {
                id,
                name: person.shown_name().to_owned(),
                number: person.member_number.clone(),
                standing: sentence(standing(&held, today)),
                terms: term_rows(tx, &held, today).await?,
                applications: application_rows(tx, site, id).await?,
                audit: words::audit(site, audit),
            })
        })
        .await?;
    page.show("Member", &template)
}

#[derive(Template)]
#[template(path = "people/introduce.html")]
struct Introduce {
    fields: Fields,
}

/// `GET /staff/membership/introduce`: the form for somebody met outside the website.
async fn show_introduce(page: Page<Staff<StaffMembership>>) -> Answer {
    page.show_as(StatusCode::OK, "Introduce a person", &Introduce { fields: page.blank() })
}

/// `POST /staff/membership/introduce`: mints the person; identity makes them a dormant account.
async fn introduce(page: Page<Staff<StaffMembership>>, form: Form) -> Answer {
    let outcome = match read_introduction(&form) {
        Ok(command) => page.execute_once(&form, &command).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(id) => page.to(format!("/staff/membership/people/{id}")),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            page.show_as(status, "Introduce a person", &Introduce { fields })
        }
    }
}

fn read_introduction(form: &Form) -> Result<IntroducePerson> {
    let mut read = form.read();
    let name = read.text("name", 1..=120);
    let address = read.address("address");
    read.done()?;
    Ok(IntroducePerson { name: name.take(), address: address.take() })
}
