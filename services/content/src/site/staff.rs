//! `/staff/content`: the pages for editors: list, edit with preview, publish, take back.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use chassis::command::Audited;
use chassis::{
    Answer, Choice, Error, Failure, Fields, Form, Page, Reader, Result, Routes, Staff,
    StaffContent, Tx,
};
use contracts::shared::Audience;
use contracts::{PageId, PersonId};
use serde::Deserialize;

use super::commands::{PublishPage, SavePage, UnpublishPage};
use super::domain::{self, Block, Change, Front, Kind, State, changes};
use super::render;
use super::tables::{self, Listed, PAGE};
use super::view::{Copies, Piece, pieces};

/// How a text is written, as the form says it.
const HINT: &str = "Markdown. A line of :::members or :::signed-in opens a part for them, a line of ::: closes it. \
                    {{membership-types}} on a line of its own shows kinds and prices.";

type Editor = Page<Staff<StaffContent>>;

/// The staff pages of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/staff/content", show_pages)
        .get("/staff/content/new", show_new)
        .post("/staff/content/new", save_new)
        .get("/staff/content/pages/{id}", show_page)
        .post("/staff/content/pages/{id}", save_page)
        .post("/staff/content/pages/{id}/publish", publish)
        .post("/staff/content/pages/{id}/unpublish", unpublish)
}

/// Where a list goes on.
#[derive(Debug, Default, Deserialize)]
struct After {
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "site/list.html")]
struct List {
    pages: Vec<Listed>,
    after: Option<String>,
    first: bool,
}

/// `GET /staff/content`: all pages by path.
async fn show_pages(page: Editor, Query(from): Query<After>) -> Answer {
    let from = from.after.unwrap_or_default();
    let mut pages = page.read(async |tx| tables::listed(tx, &from).await).await?;
    let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = pages.len() > most;
    pages.truncate(most);
    let after = pages.last().filter(|_| more).map(|last| last.path.clone());
    page.show("Pages", &List { pages, after, first: from.is_empty() })
}

/// What stands beside the form of a page that is there already.
struct Known {
    page: domain::Page,
    state: &'static str,
    history: Vec<Audited>,
    publish: Fields,
}

/// What somebody else changed since the editor opened the page.
struct Theirs<'a> {
    front: Vec<(&'static str, String, String)>,
    lines: Vec<Change<'a>>,
}

/// How what is typed would look, to two kinds of reader.
struct Preview<'a> {
    stranger: Vec<Piece<'a>>,
    member: Vec<Piece<'a>>,
}

#[derive(Template)]
#[template(path = "site/edit.html")]
struct Edit<'a> {
    action: String,
    form: Fields,
    known: Option<&'a Known>,
    theirs: Option<Theirs<'a>>,
    preview: Option<Preview<'a>>,
    said: Option<Fields>,
    audiences: &'a [Choice],
    return_to: &'a str,
}

/// `GET /staff/content/new`.
async fn show_new(page: Editor) -> Answer {
    let form = page.blank().fill("audience", "public").fill("language", "en").fill("path", "/");
    edit(&page, StatusCode::OK, form, Beside::default())
}

/// `POST /staff/content/new`: saves a draft, or shows a preview of it.
async fn save_new(page: Editor, form: Form) -> Answer {
    if form.value("act") == Some("preview") {
        return preview(&page, &form, None).await;
    }
    let outcome = match read(&form, None, 0) {
        Ok(save) => page.execute_once(&form, &save).await,
        Err(error) => Err(error),
    };
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
    let outcome = match read(&form, Some(id), seen) {
        Ok(save) => page.execute_once(&form, &save).await,
        Err(error) => Err(error),
    };
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

/// `POST /staff/content/pages/{id}/publish`.
async fn publish(page: Editor, Path(id): Path<PageId>, form: Form) -> Answer {
    let command = PublishPage { page: id, version: version(&form) };
    let done = page.execute_once(&form, &command).await;
    settled(&page, id, &form, done).await
}

/// `POST /staff/content/pages/{id}/unpublish`.
async fn unpublish(page: Editor, Path(id): Path<PageId>, form: Form) -> Answer {
    let command = UnpublishPage { page: id, version: version(&form) };
    let done = page.execute_once(&form, &command).await;
    settled(&page, id, &form, done).await
}

/// Back to the page; a refusal is said there.
async fn settled(page: &Editor, id: PageId, form: &Form, done: Result<()>) -> Answer {
    let Err(error) = done else { return page.to(format!("/staff/content/pages/{id}")) };
    let (said, status) = page.again(form, error)?;
    let known = known(page, id).await?;
    let form = filled(page, &known.page);
    edit(page, status, form, Beside { known: Some(&known), said: Some(said), ..Beside::default() })
}

/// The version that the editor saw; an unreadable one is older than any.
fn version(form: &Form) -> i64 {
    form.value("version").and_then(|version| version.parse().ok()).unwrap_or(-1)
}

fn read(form: &Form, page: Option<PageId>, version: i64) -> Result<SavePage> {
    let mut read = form.read();
    let (path, title) = (read.text("path", 1..=200), read.text("title", 1..=150));
    let summary = read.text("summary", 0..=400);
    let (topic, byline) = (read.text("topic", 0..=60), read.text("byline", 0..=120));
    let dated = if form.value("dated").is_none_or(|day| day.trim().is_empty()) {
        None
    } else {
        Some(read.date("dated"))
    };
    let language = read.text("language", 2..=20);
    let audience = read.choice("audience", &["public", "signed_in", "members", "staff"]);
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

async fn known(page: &Editor, id: PageId) -> Result<Known, Failure> {
    let (found, history) = page
        .read(async |tx: &Tx| Ok((tables::load(tx, id).await?, tx.audited("page", id).await?)))
        .await?;
    let found = found.ok_or_else(|| Error::not_found("page", id))?;
    let publish = page.blank().with("version", found.version);
    Ok(Known { state: found.state.as_str(), page: found, history, publish })
}

fn filled(page: &Editor, known: &domain::Page) -> Fields {
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
    let rendered = read(form, None, seen).and_then(|typed| {
        let kind = Kind::of(&typed.front.path);
        let rendered = render::rendered(&typed.markdown, kind);
        rendered.map_err(|no| Error::invalid("markdown", no.to_string()))
    });
    let kept = |fields: Fields| if known.is_some() { fields.with("version", seen) } else { fields };
    let blocks: Vec<Block> = match rendered {
        Ok(rendered) => rendered.blocks,
        Err(error) => {
            let (fields, status) = page.again(form, error)?;
            return edit(
                page,
                status,
                kept(fields),
                Beside { known: known.as_ref(), ..Beside::default() },
            );
        }
    };
    let copies = page.read(async |tx| Copies::read(tx, &Audience::Public, &blocks).await).await?;
    let preview = Preview {
        stranger: pieces(&blocks, &copies, &Reader::stranger(), page.today()),
        member: pieces(&blocks, &copies, &a_member(page), page.today()),
    };
    let beside = Beside { known: known.as_ref(), preview: Some(preview), ..Beside::default() };
    edit(page, StatusCode::OK, kept(page.typed(form)), beside)
}

/// Somebody who is a member today and nothing else.
fn a_member(page: &Editor) -> Reader {
    let today = page.today();
    let term = chassis::HeldTerm {
        kind: contracts::membership::TermKind::National,
        chapter_id: None,
        starts_on: today,
        ends_before: today + chrono::Days::new(1),
    };
    Reader { terms: vec![term], ..Reader::somebody(PersonId(uuid::Uuid::nil())) }
}

/// What the form is shown with.
#[derive(Default)]
struct Beside<'a> {
    known: Option<&'a Known>,
    theirs: Option<Theirs<'a>>,
    preview: Option<Preview<'a>>,
    /// Why publishing or taking back was refused.
    said: Option<Fields>,
}

fn edit(page: &Editor, status: StatusCode, form: Fields, beside: Beside<'_>) -> Answer {
    let Beside { known, theirs, preview, said } = beside;
    let action = known.map_or_else(
        || "/staff/content/new".to_owned(),
        |known| format!("/staff/content/pages/{}", known.page.id),
    );
    let audiences = [
        Choice::new("public", "Everybody"),
        Choice::new("signed_in", "Whoever is signed in"),
        Choice::new("members", "Members"),
        Choice::new("staff", "Staff"),
    ];
    let title = known.map_or("New page", |known| known.page.front.title.as_str());
    let shown =
        Edit { action, form, known, theirs, preview, said, audiences: &audiences, return_to: "/" };
    page.show_as(status, title, &shown)
}
