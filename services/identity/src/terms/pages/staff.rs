//! Staff: the versions of each text with how many accepted them, and a new one.

use askama::Template;
use axum::http::StatusCode;
use chassis::page::StaffAdmin;
use chassis::ui::{When, day};
use chassis::{
    Answer, Choice, Error, Fields, Form, Markup, Page, Result, Routes, Staff, StaffIdentity, Tone,
    Tx, state,
};

use super::super::domain::{self, Kind, LONGEST_BODY, LONGEST_TITLE, Version};
use crate::roles::domain::ADMIN;
use crate::terms::commands::Publish;
use crate::terms::tables;

const PATH: &str = "/staff/identity/terms";

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get(PATH, show)
        .get("/staff/identity/terms/new", show_new)
        .post("/staff/identity/terms/new", publish)
}

#[derive(Template)]
#[template(path = "terms/staff.html")]
struct Show {
    lines: Vec<Line>,
    /// Whether whoever asks may publish.
    admin: bool,
}

/// A version in the list.
struct Line {
    path: String,
    title: String,
    kind: &'static str,
    state: Markup,
    from: When,
    people: i64,
}

/// `GET /staff/identity/terms`.
async fn show(page: Page<Staff<StaffIdentity>>) -> Answer {
    let today = page.today();
    let (versions, counts) =
        page.read(async |tx: &Tx| Ok((tables::all(tx).await?, tables::counts(tx).await?))).await?;
    let in_force = domain::in_force(&versions, today);
    let line = |version: &Version| Line {
        path: format!("/account/terms/{}", version.id),
        title: version.title.clone(),
        kind: version.kind.label(),
        state: if in_force.iter().any(|one| one.id == version.id) {
            state(Tone::Ok, "in force")
        } else if version.from > today {
            state(Tone::Wait, "to come")
        } else {
            state(Tone::Off, "replaced")
        },
        from: day(version.from),
        people: counts.iter().find(|(id, _)| *id == version.id).map_or(0, |(_, people)| *people),
    };
    let lines = versions.iter().map(line).collect();
    page.show("Terms", &Show { lines, admin: page.reader().has_role(ADMIN) })
}

#[derive(Template)]
#[template(path = "terms/new.html")]
struct ShowNew {
    fields: Fields,
    kinds: Vec<Choice>,
}

type Administration = Page<Staff<StaffAdmin>>;

/// `GET /staff/identity/terms/new`: for administrators who proved just now who they are.
async fn show_new(page: Administration) -> Answer {
    page.fresh()?;
    let fields = page.blank().fill("from", page.today());
    new_page(&page, fields, StatusCode::OK)
}

fn new_page(page: &Administration, fields: Fields, status: StatusCode) -> Answer {
    let kinds = Kind::ALL.map(|kind| Choice::new(kind.as_str(), kind.label())).to_vec();
    page.show_as(status, "Publish terms", &ShowNew { fields, kinds })
}

/// `POST /staff/identity/terms/new`.
async fn publish(page: Administration, form: Form) -> Answer {
    page.fresh()?;
    match try_publish(&page, &form).await {
        Ok(()) => page.to(PATH),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            new_page(&page, fields, status)
        }
    }
}

async fn try_publish(page: &Administration, form: &Form) -> Result<()> {
    let mut read = form.read();
    let kind = read.choice("kind", &Kind::ALL.map(Kind::as_str));
    let title = read.text("title", 3..=LONGEST_TITLE);
    let from = read.date("from");
    let body = read.long("body", 20..=LONGEST_BODY);
    read.done()?;
    let (kind, title, from, body) = (kind.take(), title.take(), from.take(), body.take());
    let kind = Kind::from_word(&kind).ok_or_else(|| Error::not_found("kind", &kind))?;
    page.execute_once(form, &Publish { kind, title: &title, body: &body, from }).await
}
