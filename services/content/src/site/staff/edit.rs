//! Editing one page: the form, what a preview shows, what somebody else changed meanwhile.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use chassis::ui::{History, When, instant};
use chassis::{Answer, Choice, Error, Failure, Fields, Form, Reader, Result, Routes, Tx};
use contracts::shared::Audience;
use contracts::{PageId, PersonId};
use serde::Deserialize;

use super::{AUDIENCES, Editor};
use crate::site::commands::SavePage;
use crate::site::domain::{self, Block, Change, Front, Kind, State, changes};
use crate::site::view::{Copies, Piece, pieces};
use crate::site::{render, tables};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/staff/content/new", show_new)
        .post("/staff/content/new", save_new)
        .get("/staff/content/pages/{id}", show_page)
        .post("/staff/content/pages/{id}", save_page)
}

/// What stands beside the form of a page that is there already.
pub(super) struct Known {
    pub(super) page: domain::Page,
    changed: When,
    history: History,
    publish: Fields,
}

/// What somebody else changed since the editor opened the page.
struct Theirs<'a> {
    front: Vec<(&'static str, String, String)>,
    lines: Vec<Change<'a>>,
}

/// How what is typed would look, to two kinds of reader; to both the same, when nothing is walled.
struct Preview<'a> {
    title: String,
    summary: String,
    stranger: Vec<Piece<'a>>,
    member: Option<Vec<Piece<'a>>>,
}

#[derive(Template)]
#[template(path = "site/edit.html")]
struct Edit<'a> {
    title: &'a str,
    action: String,
    form: Fields,
    known: Option<&'a Known>,
    theirs: Option<Theirs<'a>>,
    preview: Option<Preview<'a>>,
    said: Option<Fields>,
    audiences: &'a [Choice],
    return_to: &'a str,
}

/// What kind of page is begun.
#[derive(Debug, Default, Deserialize)]
struct Begun {
    kind: Option<String>,
}

/// `GET /staff/content/new`.
async fn show_new(page: Editor, Query(begun): Query<Begun>) -> Answer {
    let article = begun.kind.as_deref() == Some("article");
    let path = if article { "/news/" } else { "/" };
    let form = page.blank().fill("audience", "public").fill("language", "en").fill("path", path);
    edit(&page, StatusCode::OK, form, Beside::default())
}

/// `POST /staff/content/new`: saves a draft, or shows a preview of it.
async fn save_new(page: Editor, form: Form) -> Answer {
    if form.value("act") == Some("preview") {
        return preview(&page, &form, None).await;
    }
    let outcome = page.execute_read(&form, read(&form, None, 0)).await;
    match outcome {
        Ok(id) => page.to(format!("/staff/content/pages/{id}")),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            edit(&page, status, fields, Beside::default())
        }
    }
}

/// `GET /staff/content/pages/{id}`.
async fn show_page(page: Editor, Path(id): Path<PageId>) -> Answer {
    let known = known(&page, id).await?;
    let form = filled(&page, &known.page);
    edit(&page, StatusCode::OK, form, Beside { known: Some(&known), ..Beside::default() })
}

/// `POST /staff/content/pages/{id}`: saves, or shows a preview. A save over somebody else's is shown
/// with what they changed, with the input kept; saving once more is then meant so.
async fn save_page(page: Editor, Path(id): Path<PageId>, form: Form) -> Answer {
    if form.value("act") == Some("preview") {
        return preview(&page, &form, Some(known(&page, id).await?)).await;
    }
    let seen = version(&form);
    let outcome = page.execute_read(&form, read(&form, Some(id), seen)).await;
    let Err(error) = outcome else { return page.to(format!("/staff/content/pages/{id}")) };
    let stale = error.code() == "page_changed";
    let (fields, status) = page.again(&form, error)?;
    let known = known(&page, id).await?;
    let fields = fields.with("version", if stale { known.page.version } else { seen });
    let before = page.read(async |tx| tables::revision(tx, id, seen).await).await?;
    let theirs = before.as_ref().filter(|_| stale).map(|(front, markdown)| Theirs {
        front: known.page.front.differing(front),
        lines: changes(markdown, &known.page.markdown),
    });
    edit(&page, status, fields, Beside { known: Some(&known), theirs, ..Beside::default() })
}

/// The version that the editor saw; an unreadable one is older than any.
pub(super) fn version(form: &Form) -> i64 {
    form.value("version").and_then(|version| version.parse().ok()).unwrap_or(-1)
}

fn read(form: &Form, page: Option<PageId>, version: i64) -> Result<SavePage> {
    let mut read = form.read();
    let (path, title) = (read.text("path", 1..=200), read.text("title", 1..=150));
    let summary = read.text("summary", 0..=400);
    let (topic, byline) = (read.text("topic", 0..=60), read.text("byline", 0..=120));
    let undated = form.value("dated").is_none_or(|day| day.trim().is_empty());
    let dated = (!undated).then(|| read.date("dated"));
    let language = read.text("language", 2..=20);
    let audience = read.choice("audience", &AUDIENCES.map(|(word, _)| word));
    let markdown = read.long("markdown", 0..=40_000);
    read.done()?;
    let front = Front {
        path: path.take(),
        title: title.take(),
        summary: summary.take(),
        topic: topic.take(),
        byline: byline.take(),
        dated: dated.map(chassis::form::Field::take),
        language: language.take(),
        audience: Audience::from(audience.take().as_str()),
    };
    Ok(SavePage { page, version, front, markdown: markdown.take() })
}

pub(super) async fn known(page: &Editor, id: PageId) -> Result<Known, Failure> {
    let site = page.app().site();
    let (found, history) = page
        .read(async |tx: &Tx| {
            Ok((tables::load(tx, id).await?, History::read(tx, site, "page", &[id]).await?))
        })
        .await?;
    let found = found.ok_or_else(|| Error::not_found("page", id))?;
    let publish = page.blank().with("version", found.version);
    Ok(Known { changed: instant(site, found.changed_at), page: found, history, publish })
}

pub(super) fn filled(page: &Editor, known: &domain::Page) -> Fields {
    let front = &known.front;
    page.blank()
        .fill("path", &front.path)
        .fill("title", &front.title)
        .fill("summary", &front.summary)
        .fill("topic", &front.topic)
        .fill("byline", &front.byline)
        .fill("dated", front.dated.map(|day| day.to_string()).unwrap_or_default())
        .fill("language", &front.language)
        .fill("audience", front.audience.as_str())
        .fill("markdown", &known.markdown)
        .with("version", known.version)
}

/// Shows what is typed as a stranger and as a member would see it; nothing is saved.
async fn preview(page: &Editor, form: &Form, known: Option<Known>) -> Answer {
    let seen = version(form);
    let kept = |fields: Fields| if known.is_some() { fields.with("version", seen) } else { fields };
    let rendered = read(form, None, seen).and_then(|typed| {
        let kind = Kind::of(&typed.front.path);
        let rendered = render::rendered(&typed.markdown, kind);
        let rendered = rendered.map_err(|no| Error::invalid("markdown", no.to_string()))?;
        Ok((typed.front, rendered.blocks))
    });
    let (front, blocks): (Front, Vec<Block>) = match rendered {
        Ok(rendered) => rendered,
        Err(error) => {
            let (fields, status) = page.again(form, error)?;
            let beside = Beside { known: known.as_ref(), ..Beside::default() };
            return edit(page, status, kept(fields), beside);
        }
    };
    let copies = page.read(async |tx| Copies::read(tx, &front.audience, &blocks).await).await?;
    let walled = blocks.iter().any(|block| block.audience != Audience::Public);
    let member = || {
        let member = Reader::member(PersonId(uuid::Uuid::nil()), page.today());
        pieces(&blocks, &copies, &member, page.today())
    };
    let preview = Preview {
        title: front.title,
        summary: front.summary,
        stranger: pieces(&blocks, &copies, &Reader::stranger(), page.today()),
        member: walled.then(member),
    };
    let beside = Beside { known: known.as_ref(), preview: Some(preview), ..Beside::default() };
    edit(page, StatusCode::OK, kept(page.typed(form)), beside)
}

/// What the form is shown with.
#[derive(Default)]
pub(super) struct Beside<'a> {
    known: Option<&'a Known>,
    theirs: Option<Theirs<'a>>,
    preview: Option<Preview<'a>>,
    /// Why publishing or taking back was refused.
    said: Option<Fields>,
}

impl<'a> Beside<'a> {
    /// Publishing or taking back was refused.
    pub(super) fn refused(known: &'a Known, said: Fields) -> Self {
        Self { known: Some(known), said: Some(said), ..Self::default() }
    }
}

pub(super) fn edit(page: &Editor, status: StatusCode, form: Fields, beside: Beside<'_>) -> Answer {
    let Beside { known, theirs, preview, said } = beside;
    let action = known.map_or_else(
        || "/staff/content/new".to_owned(),
        |known| format!("/staff/content/pages/{}", known.page.id),
    );
    let begun = if form.value("path").starts_with("/news/") { "New article" } else { "New page" };
    let title = known.map_or(begun, |known| known.page.front.title.as_str()).to_owned();
    let audiences = AUDIENCES.map(|(word, label)| Choice::new(word, label));
    let (audiences, title) = (&audiences[..], title.as_str());
    let shown =
        Edit { title, action, form, known, theirs, preview, said, audiences, return_to: "/" };
    page.show_as(status, title, &shown)
}
