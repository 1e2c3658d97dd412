//! Staff: the chapters and their dues.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use chassis::ui::{Asked, Cell, Column, History, List};
use chassis::{Answer, Error, Fields, Form, Result, Routes, Tx};
use contracts::membership::Chapter;
use contracts::{ChapterId, Money};

use super::commands::{AddChapter, EditChapter};
use super::domain::Draft;
use super::tables;
use crate::desk::{Desk, tabs};
use crate::types::domain::{MOST, typed};
use crate::types::staff::flag;
use crate::words::Dues;

const PATH: &str = "/staff/membership/chapters";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get(PATH, list_chapters)
        .get("/staff/membership/chapters/new", show_new)
        .post("/staff/membership/chapters/new", add)
        .get("/staff/membership/chapters/{id}", show_chapter)
        .post("/staff/membership/chapters/{id}", edit)
}

/// `GET /staff/membership/chapters`: all chapters.
async fn list_chapters(page: Desk, asked: Asked) -> Answer {
    let list = List::new("chapters", "Chapters and their dues", PATH)
        .lead(tabs(&page, PATH).await?)
        .search("Name or region")
        .column(
            Column::new("Name", |chapter: &Chapter| {
                Cell::link(format!("{PATH}/{}", chapter.chapter_id), &chapter.name)
            })
            .sorted("name", |chapter| chapter.name.clone()),
        )
        .column(
            Column::new("Active in", |chapter: &Chapter| Cell::text(&chapter.region))
                .sorted("region", |chapter| chapter.region.clone()),
        )
        .column(
            Column::num("A year", |chapter: &Chapter| {
                Cell::text(Dues::of_chapter(chapter).to_string())
            })
            .sorted("price", |chapter| chapter.price.minor),
        )
        .identified(|chapter| chapter.chapter_id.0)
        .sorted_by("name")
        .act("Add a chapter", "/staff/membership/chapters/new")
        .empty("No chapter matches", "People can join the society without one.");
    page.list(&list, &asked, async |tx: &Tx, wanted| tables::list(tx, wanted).await).await
}

#[derive(Template)]
#[template(path = "chapters/edit.html")]
struct Edit {
    fields: Fields,
    action: String,
    heading: String,
    /// What was done to it; nothing of what is not there yet.
    history: Option<History>,
}

async fn show_new(page: Desk) -> Answer {
    let fields = page.blank();
    new(&page, fields, StatusCode::OK)
}

fn new(page: &Desk, fields: Fields, status: StatusCode) -> Answer {
    let (action, heading) = (format!("{PATH}/new"), "Add a chapter".to_owned());
    page.show_as(status, "Add a chapter", &Edit { fields, action, heading, history: None })
}

/// `POST /staff/membership/chapters/new`: adds a chapter.
async fn add(page: Desk, form: Form) -> Answer {
    let outcome = page.execute_read(&form, read_draft(&form).map(AddChapter)).await;
    match outcome {
        Ok(_) => page.to(PATH),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            new(&page, fields, status)
        }
    }
}

/// `GET /staff/membership/chapters/{id}`: the form of one chapter.
async fn show_chapter(page: Desk, Path(id): Path<ChapterId>) -> Answer {
    let fields = page.blank();
    one(&page, id, fields, StatusCode::OK).await
}

async fn one(page: &Desk, id: ChapterId, fields: Fields, status: StatusCode) -> Answer {
    let site = page.app().site();
    let (chapter, history) = page
        .read(async |tx| {
            let stored = tables::load(tx, id).await?;
            let stored = stored.ok_or_else(|| Error::not_found("chapter", id))?;
            Ok((stored, History::read(tx, site, "chapter", &[id]).await?))
        })
        .await?;
    let fields = fields
        .fill("name", &chapter.name)
        .fill("region", &chapter.region)
        .fill("price", typed(&chapter.price))
        .fill("sample", flag(chapter.sample))
        .with("version", chapter.version);
    let title = format!("{}, its dues", chapter.name);
    let (action, history) = (format!("{PATH}/{id}"), Some(history));
    page.show_as(status, &title, &Edit { fields, action, heading: chapter.name, history })
}

/// `POST /staff/membership/chapters/{id}`: changes a chapter.
async fn edit(page: Desk, Path(id): Path<ChapterId>, form: Form) -> Answer {
    let outcome = page.execute_read(&form, read_edit(id, &form)).await;
    match outcome {
        Ok(()) => page.to(PATH),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            one(&page, id, fields, status).await
        }
    }
}

fn read_edit(chapter_id: ChapterId, form: &Form) -> Result<EditChapter> {
    let mut read = form.read();
    let seen = read.number("version", 1..=i64::MAX);
    read.done()?;
    Ok(EditChapter { chapter_id, draft: read_draft(form)?, seen: seen.take() })
}

fn read_draft(form: &Form) -> Result<Draft> {
    let mut read = form.read();
    let name = read.text("name", 1..=100);
    let region = read.text("region", 0..=200);
    let price = read.amount("price", 0..=MOST);
    let sample = read.flag("sample");
    read.done()?;
    let price = Money::usd(price.take());
    Ok(Draft { name: name.take(), region: region.take(), price, sample: sample.take() })
}
