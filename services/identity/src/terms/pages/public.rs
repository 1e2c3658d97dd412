//! The texts in force for everybody; for whoever is signed in, what they accepted and when.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use chassis::ui::{When, day, instant};
use chassis::{Answer, Error, Fields, Form, Page, Result, Routes, SignedIn, Tx};
use uuid::Uuid;

use super::{Text, agreed, carried, carrying};
use crate::terms::commands::{Accept, to_accept};
use crate::terms::domain::{self, Version};
use crate::terms::tables;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/account/terms", show)
        .limit(120)
        .post("/account/terms", accept)
        .get("/account/terms/{id}", show_one)
        .limit(120)
}

#[derive(Template)]
#[template(path = "terms/list.html")]
struct Show {
    in_force: Vec<Text>,
    coming: Vec<Text>,
    signed_in: bool,
    accepted: Vec<Line>,
    /// What is to be accepted, and the form for it.
    open: Vec<Text>,
    fields: Fields,
}

/// Something that was accepted.
struct Line {
    title: String,
    path: String,
    from: When,
    at: When,
}

/// `GET /account/terms`.
async fn show(page: Page) -> Answer {
    list_page(&page, page.blank(), StatusCode::OK).await
}

async fn list_page<R: chassis::page::Role>(
    page: &Page<R>,
    fields: Fields,
    status: StatusCode,
) -> Answer {
    let (person, today, site) = (page.reader().person, page.today(), page.app().site());
    let (versions, accepted, open) = page
        .read(async |tx: &Tx| {
            let versions = tables::all(tx).await?;
            let Some(person) = person else { return Ok((versions, Vec::new(), Vec::new())) };
            let accepted = tables::accepted_by(tx, person).await?;
            Ok((versions, accepted, to_accept(tx, person).await?))
        })
        .await?;
    let line = |one: &domain::Accepted| {
        let version = versions.iter().find(|version| version.id == one.terms_id)?;
        Some(Line {
            title: version.title.clone(),
            path: format!("/account/terms/{}", version.id),
            from: day(version.from),
            at: instant(site, one.at),
        })
    };
    let open: Vec<Text> = open.iter().map(Text::of).collect();
    let coming: Vec<&Version> = versions.iter().filter(|one| one.from > today).collect();
    let shown = Show {
        in_force: domain::in_force(&versions, today).into_iter().map(Text::of).collect(),
        coming: coming.into_iter().map(Text::of).collect(),
        signed_in: person.is_some(),
        accepted: accepted.iter().filter_map(line).collect(),
        fields: carrying(fields, &open),
        open,
    };
    page.show_as(status, "Terms and privacy", &shown)
}

/// `POST /account/terms`.
async fn accept(page: Page<SignedIn>, form: Form) -> Answer {
    match try_accept(&page, &form).await {
        Ok(()) => page.to("/account/terms"),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            list_page(&page, fields, status).await
        }
    }
}

async fn try_accept(page: &Page<SignedIn>, form: &Form) -> Result<()> {
    agreed(form.read())?;
    let shown = carried(form.value("texts"));
    page.execute_once(form, &Accept { person_id: page.person(), shown: &shown }).await
}

#[derive(Template)]
#[template(path = "terms/one.html")]
struct ShowOne {
    text: Text,
}

/// `GET /account/terms/{id}`: one version, whether in force or not.
async fn show_one(page: Page, Path(id): Path<Uuid>) -> Answer {
    let versions = page.read(async |tx: &Tx| tables::all(tx).await).await?;
    let version = versions.iter().find(|version| version.id == id);
    let text = version.map(Text::of).ok_or_else(|| Error::not_found("text", id))?;
    let title = text.title.clone();
    page.show(&title, &ShowOne { text })
}
