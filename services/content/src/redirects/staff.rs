//! `/staff/content/redirects`: where old paths lead.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use chassis::command::Audited;
use chassis::{Answer, Fields, Form, Page, Result, Routes, Staff, StaffContent, Tx};
use serde::Deserialize;

use super::commands::{ALL, AddRedirect, RemoveRedirect};
use super::tables;

type Editor = Page<Staff<StaffContent>>;

/// How many redirects a page of the list shows.
const PAGE: usize = 50;

/// The staff pages of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/staff/content/redirects", show_redirects)
        .post("/staff/content/redirects", add)
        .post("/staff/content/redirects/remove", remove)
}

/// Where the list goes on.
#[derive(Debug, Default, Deserialize)]
struct After {
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "redirects/list.html")]
struct List {
    redirects: Vec<(String, String, Fields)>,
    after: Option<String>,
    first: bool,
    form: Fields,
    history: Vec<Audited>,
}

/// `GET /staff/content/redirects`: all redirects by old path, and a form for one more.
async fn show_redirects(page: Editor, Query(from): Query<After>) -> Answer {
    let form = page.blank();
    show(&page, StatusCode::OK, form, from.after.unwrap_or_default()).await
}

async fn show(page: &Editor, status: StatusCode, form: Fields, from: String) -> Answer {
    let (mut found, history) = page
        .read(async |tx: &Tx| {
            Ok((tables::listed(tx, &from).await?, tx.audited("redirects", ALL).await?))
        })
        .await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let after = found.last().filter(|_| more).map(|(old, _)| old.clone());
    let with_button = |(old, new): (String, String)| {
        let button = page.blank().with("old", &old);
        (old, new, button)
    };
    let redirects = found.into_iter().map(with_button).collect();
    let first = from.is_empty();
    page.show_as(status, "Redirects", &List { redirects, after, first, form, history })
}

/// `POST /staff/content/redirects`.
async fn add(page: Editor, form: Form) -> Answer {
    let outcome = match read(&form) {
        Ok(add) => page.execute_once(&form, &add).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => page.to("/staff/content/redirects"),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            show(&page, status, fields, String::new()).await
        }
    }
}

fn read(form: &Form) -> Result<AddRedirect> {
    let mut read = form.read();
    let (old, new) = (read.text("old", 1..=500), read.text("new", 1..=500));
    read.done()?;
    Ok(AddRedirect { old: old.take(), new: new.take() })
}

/// `POST /staff/content/redirects/remove`.
async fn remove(page: Editor, form: Form) -> Answer {
    let mut read = form.read();
    let old = read.text("old", 1..=500);
    read.done()?;
    page.execute_once(&form, &RemoveRedirect { old: old.take() }).await?;
    page.to("/staff/content/redirects")
}
