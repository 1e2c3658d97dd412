//! The reader's own name.

use askama::Template;
use axum::http::StatusCode;
use chassis::{Answer, Fields, Form, Page, Result, Routes, SignedIn};
use contracts::PersonId;

use super::commands::RenamePerson;
use super::tables;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/membership/profile", show_profile).post("/membership/profile", rename)
}

#[derive(Template)]
#[template(path = "people/profile.html")]
struct Profile {
    fields: Fields,
}

/// `GET /membership/profile`: the form with the name as it stands.
async fn show_profile(page: Page<SignedIn>) -> Answer {
    let fields = page.blank();
    profile(&page, fields, StatusCode::OK).await
}

async fn profile(page: &Page<SignedIn>, fields: Fields, status: StatusCode) -> Answer {
    let id = page.person();
    let person = page.read(async |tx| tables::load(tx, id).await).await?;
    let version = person.as_ref().map_or(0, |person| person.version);
    let name = person.and_then(|person| person.name).unwrap_or_default();
    // What was typed stays; the version is that of now, so that a second try after reading what
    // changed is meant.
    let fields = fields.fill("name", name).with("version", version);
    page.show_as(status, "Your name", &Profile { fields })
}

/// `POST /membership/profile`: writes the name.
async fn rename(page: Page<SignedIn>, form: Form) -> Answer {
    let outcome = page.execute_read(&form, read_name(page.person(), &form)).await;
    match outcome {
        Ok(()) => page.to("/membership"),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            profile(&page, fields, status).await
        }
    }
}

fn read_name(person: PersonId, form: &Form) -> Result<RenamePerson> {
    let mut read = form.read();
    let name = read.text("name", 1..=120);
    let seen = read.number("version", 0..=i64::MAX);
    read.done()?;
    Ok(RenamePerson { person, name: name.take(), seen: seen.take() })
}
