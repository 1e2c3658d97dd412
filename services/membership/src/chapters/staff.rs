//! Staff: the chapters and their dues.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use chassis::{Answer, Error, Fields, Form, Page, Result, Routes, Staff, StaffMembership};
use contracts::membership::Chapter;
use contracts::{ChapterId, Money};

use super::commands::{AddChapter, EditChapter};
use super::domain::Draft;
use super::tables;
use crate::types::domain::{MOST, shown, typed};
use crate::types::staff::flag;
use crate::words::{self, AuditLine};

type Desk = Page<Staff<StaffMembership>>;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/staff/membership/chapters", list_chapters)
        .get("/staff/membership/chapters/new", show_new)
        .post("/staff/membership/chapters/new", add)
        .get("/staff/membership/chapters/{id}", show_chapter)
        .post("/staff/membership/chapters/{id}", edit)
}

struct ChapterRow {
    path: String,
    name: String,
    region: String,
    price: String,
}

#[derive(Template)]
#[template(path = "chapters/list.html")]
struct List {
    chapters: Vec<ChapterRow>,
}

/// `GET /staff/membership/chapters`: all chapters.
async fn list_chapters(page: Desk) -> Answer {
    let chapters = page.read(async |tx| tables::all(tx).await).await?;
    page.show("Chapters", &List { chapters: chapters.iter().map(chapter_row).collect() })
}

fn chapter_row(chapter: &Chapter) -> ChapterRow {
    ChapterRow {
        path: format!("/staff/membership/chapters/{}", chapter.chapter_id),
        name: chapter.name.clone(),
        region: chapter.region.clone(),
        price: shown(&chapter.price, chapter.sample),
    }
}

#[derive(Template)]
#[template(path = "chapters/edit.html")]
struct Edit {
    fields: Fields,
    action: String,
    heading: String,
    /// What was done to it; nothing of what is not there yet.
    audit: Option<Vec<AuditLine>>,
}

async fn show_new(page: Desk) -> Answer {
    let fields = page.blank();
    new(&page, fields, StatusCode::OK)
}

fn new(page: &Desk, fields: Fields, status: StatusCode) -> Answer {
    let action = "/staff/membership/chapters/new".to_owned();
    let heading = "Add a chapter".to_owned();
    page.show_as(status, "Add a chapter", &Edit { fields, action, heading, audit: None })
}

/// `POST /staff/membership/chapters/new`: adds a chapter.
async fn add(page: Desk, form: Form) -> Answer {
    let outcome = match read_draft(&form) {
        Ok(draft) => page.execute_once(&form, &AddChapter(draft)).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(_) => page.to("/staff/membership/chapters"),
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
    let (chapter, audit) = page
        .read(async |tx| {
            let stored = tables::load(tx, id).await?;
            let stored = stored.ok_or_else(|| Error::not_found("chapter", id))?;
            Ok((stored, tx.audited("chapter", id).await?))
        })
        .await?;
    let fields = fields
        .fill("name", &chapter.name)
        .fill("region", &chapter.region)
        .fill("price", typed(&chapter.price))
        .fill("sample", flag(chapter.sample))
        .with("version", chapter.version);
    let action = format!("/staff/membership/chapters/{id}");
    page.show_as(
        status,
        "Chapter",
        &Edit {
            fields,
            action,
            heading: chapter.name,
            audit: Some(words::audit(page.app().site(), audit)),
        },
    )
}

/// `POST /staff/membership/chapters/{id}`: changes a chapter.
async fn edit(page: Desk, Path(id): Path<ChapterId>, form: Form) -> Answer {
    let outcome = match read_edit(id, &form) {
        Ok(command) => page.execute_once(&form, &command).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => page.to("/staff/membership/chapters"),
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
