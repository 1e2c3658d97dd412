//! `/staff/content/redirects`: where old paths lead.

use askama::Template;
use axum::http::StatusCode;
use chassis::ui::{Asked, Cell, Column, History, List, Listed, Markup};
use chassis::{Answer, Fields, Form, Page, Result, Routes, Staff, StaffContent, Tx};
use uuid::Uuid;

use super::commands::{ALL, AddRedirect, RemoveRedirects};
use super::tables;
use crate::site::staff::Tabs;

type Editor = Page<Staff<StaffContent>>;

const PLACE: &str = "/staff/content/redirects";

/// The most redirects that are forgotten at once.
const MOST: usize = 200;

/// The staff pages of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/staff/content/redirects", list_redirects)
        .get("/staff/content/redirects/new", show_new)
        .post("/staff/content/redirects/new", add)
        .post("/staff/content/redirects/remove", remove)
}

#[derive(Template)]
#[template(path = "redirects/list.html")]
struct Shown {
    tabs: Tabs,
    /// Where the same rows are had as a file.
    file: String,
    table: Markup,
    history: History,
}

/// `GET /staff/content/redirects`: all redirects, and who made them.
async fn list_redirects(page: Editor, asked: Asked) -> Answer {
    let site = page.app().site();
    let list = List::new("redirects", "Redirects", PLACE)
        .search("Old or new path")
        .column(
            Column::id("Old path", |one: &tables::Listed| Cell::text(&one.old))
                .sorted("old", |one| one.old.clone()),
        )
        .column(
            Column::id("Leads to", |one: &tables::Listed| Cell::link(&one.new, &one.new))
                .sorted("new", |one| one.new.clone()),
        )
        .column(
            Column::id("Made", move |one: &tables::Listed| Cell::time(site, one.made_at))
                .sorted("made", |one| one.made_at),
        )
        .identified(|one| one.id)
        .sorted_by("old")
        .bulk("/staff/content/redirects/remove", "Forget")
        .empty("No redirects", "A page that moves leaves one behind by itself.");
    let table = match page.listed(&list, &asked, tables::listed).await? {
        Listed::File(file) => return Ok(file),
        Listed::Table(table) => table,
    };
    let history =
        page.read(async |tx: &Tx| History::read(tx, site, "redirects", &[ALL]).await).await?;
    let file =
        format!("{}{}format=csv", page.path(), if page.path().contains('?') { '&' } else { '?' });
    page.show("Redirects", &Shown { tabs: Tabs { here: PLACE }, file, table, history })
}

#[derive(Template)]
#[template(path = "redirects/new.html")]
struct New {
    form: Fields,
}

/// `GET /staff/content/redirects/new`.
async fn show_new(page: Editor) -> Answer {
    let form = page.blank();
    page.show("New redirect", &New { form })
}

/// `POST /staff/content/redirects/new`.
async fn add(page: Editor, form: Form) -> Answer {
    let outcome = page.execute_read(&form, read(&form)).await;
    match outcome {
        Ok(()) => page.to(PLACE),
        Err(error) => {
            let (form, status): (Fields, StatusCode) = page.again(&form, error)?;
            page.show_as(status, "New redirect", &New { form })
        }
    }
}

fn read(form: &Form) -> Result<AddRedirect> {
    let mut read = form.read();
    let (old, new) = (read.text("old", 1..=500), read.text("new", 1..=500));
    read.done()?;
    Ok(AddRedirect { old: old.take(), new: new.take() })
}

/// `POST /staff/content/redirects/remove`: forgets those that were chosen.
async fn remove(page: Editor, form: Form) -> Answer {
    let chosen = form.values("chosen").take(MOST).filter_map(|id| Uuid::parse_str(id).ok());
    let command = RemoveRedirects { ids: chosen.collect() };
    let removed = page.execute_once(&form, &command).await?;
    page.acted(PLACE, removed)
}
