//! Every path that nobody else owns: a page, else a redirect, else "there is no page here".

use std::hash::{DefaultHasher, Hash, Hasher};

use askama::Template;
use axum::body::{Body, to_bytes};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderValue, LOCATION,
};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use chassis::{Act, Answer, Anyone, Error, Page, Result, Routes, may};
use contracts::shared::Audience;

use super::domain::{self, likeness, normal_path};
use super::tables;
use super::view::{Copies, For, Piece, pieces, wall};
use crate::redirects;

/// The longest path that is looked up.
const LONGEST: usize = 1000;

/// Every path.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/", show_page).get("/{*path}", show_page)
}

/// A published page, with the copies that its live blocks show.
struct Published {
    page: domain::Page,
    copies: Copies,
}

/// What stands at a path where no page is.
enum Otherwise {
    Moved(String),
    Nothing(Vec<(String, String, Audience)>),
}

/// `GET /…`: no statement for a page that was read since the last message, at most two otherwise,
/// and no Markdown: it was rendered when it was saved.
async fn show_page(page: Page<Anyone>, uri: Uri) -> Answer {
    let asked = uri.path();
    if asked.len() > LONGEST {
        return not_found(&page, asked, &[]);
    }
    let path = normal_path(asked);
    let found = page.remembered(&path, async |tx| published(tx, &path).await).await?;
    let Some(found) = found else {
        return match page.read(async |tx| otherwise(tx, &path).await).await? {
            Otherwise::Moved(new) => Ok(moved(&new, uri.query())),
            Otherwise::Nothing(places) => not_found(&page, asked, &places),
        };
    };
    if asked != path {
        return Ok(moved(&path, uri.query()));
    }
    let shown = show(&page, &found.page, &found.copies, &path)?;
    // What a person sees is theirs; what strangers see is the same for all of them.
    let common = !page.reader().is_signed_in() && shown.status() == StatusCode::OK;
    if common { revalidated(shown, page.header("if-none-match")).await } else { Ok(shown) }
}

/// A page comes and goes with a message of ours, its copies with one of those who publish them.
async fn published(tx: &chassis::Tx, path: &str) -> Result<Option<Published>> {
    let Some(page) = tables::published_at(tx, path).await? else { return Ok(None) };
    let copies = Copies::read(tx, &page.blocks).await?;
    Ok(Some(Published { page, copies }))
}

async fn otherwise(tx: &chassis::Tx, path: &str) -> Result<Otherwise> {
    match redirects::tables::target(tx, path).await? {
        Some(new) => Ok(Otherwise::Moved(new)),
        None => Ok(Otherwise::Nothing(tables::places(tx).await?)),
    }
}

#[derive(Template)]
#[template(path = "site/show.html")]
struct Shown<'a> {
    title: &'a str,
    pieces: Vec<Piece<'a>>,
    return_to: &'a str,
}

fn show(page: &Page<Anyone>, found: &domain::Page, copies: &Copies, path: &str) -> Answer {
    if may(page.reader(), Act::See, &For(&found.audience), page.today()) {
        let pieces = pieces(&found.blocks, copies, page.reader(), page.today());
        return page.show(&found.title, &Shown { title: &found.title, pieces, return_to: path });
    }
    // A page for staff is not there for others; of any other, the wall says whom it is for.
    let Some(wall) = wall(&found.audience) else {
        return Err(Error::not_found("page", path).into());
    };
    let title =
        if matches!(wall, Piece::MembersWall) { "For members" } else { "Sign in to read this" };
    page.show_as(
        StatusCode::FORBIDDEN,
        title,
        &Shown { title, pieces: vec![wall], return_to: path },
    )
}

/// Lets browsers and caches in between ask again cheaply: 304 when nothing changed.
async fn revalidated(shown: Response, known: Option<&str>) -> Answer {
    let (mut parts, body) = shown.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.map_err(Error::internal)?;
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let tag = format!("\"{:016x}\"", hasher.finish());
    let same = |one: &str| one.trim().trim_start_matches("W/") == tag;
    let fresh = known.is_some_and(|known| known.split(',').any(same));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        parts.headers.insert(ETAG, tag);
    }
    if !fresh {
        return Ok(Response::from_parts(parts, Body::from(bytes)));
    }
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(CONTENT_TYPE);
    parts.headers.remove(CONTENT_LENGTH);
    Ok(Response::from_parts(parts, Body::empty()))
}

/// Leads to where it stands now, for good; what was asked behind `?` goes along.
///
/// Browsers keep such an answer for ever unless told otherwise, and a page may move back: they would
/// go in circles between the two paths.
fn moved(new: &str, query: Option<&str>) -> Response {
    let place = match query {
        Some(query) if !new.contains(['?', '#']) => format!("{new}?{query}"),
        _ => new.to_owned(),
    };
    match HeaderValue::from_str(&place) {
        Ok(place) => {
            let headers =
                [(LOCATION, place), (CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
            (StatusCode::MOVED_PERMANENTLY, headers).into_response()
        }
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

#[derive(Template)]
#[template(path = "site/not_found.html")]
struct NotFound<'a> {
    correlation: uuid::Uuid,
    suggestions: Vec<(&'a str, &'a str)>,
}

/// 404 in the frame, with the pages that are most like what was asked for.
fn not_found(page: &Page<Anyone>, asked: &str, places: &[(String, String, Audience)]) -> Answer {
    let seen = |audience: &Audience| may(page.reader(), Act::See, &For(audience), page.today());
    let mut alike: Vec<(usize, &str, &str)> = places
        .iter()
        .filter(|(_, _, audience)| seen(audience))
        .map(|(path, title, _)| (likeness(asked, path, title), path.as_str(), title.as_str()))
        .filter(|(likeness, _, _)| *likeness > 0)
        .collect();
    alike.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let suggestions = alike.into_iter().take(3).map(|(_, path, title)| (path, title)).collect();
    let shown = NotFound { correlation: page.correlation(), suggestions };
    page.show_as(StatusCode::NOT_FOUND, "There is no page here", &shown)
}
