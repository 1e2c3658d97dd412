//! Every path that nobody else owns: a page, else a redirect, else "there is no page here".

use std::hash::{DefaultHasher, Hash, Hasher};

use askama::Template;
use axum::body::{Body, to_bytes};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderValue, LOCATION,
};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use chassis::{Answer, Anyone, Error, Page, Result, Routes, Tx};

use super::domain::{self, Kind, above, likeness, normal_path, part_of, words_of};
use super::tables::{self, Place};
use super::view::{Copies, Home, Piece, minutes, pieces, sees, wall};
use crate::news::domain::{Article, Beside};
use crate::redirects;

/// The longest path that is looked up.
const LONGEST: usize = 1000;

/// How many pages are suggested to whoever is lost.
const SUGGESTED: usize = 3;

/// Every path.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/", show_page).get("/{*path}", show_page)
}

/// A published page, with all that is shown around its text.
struct Published {
    page: domain::Page,
    copies: Copies,
    /// The pages of its part of the site, itself among them.
    part: Vec<Place>,
    /// Of an article: what to read next.
    beside: Beside,
}

/// `GET /…`: no statement for a page that was read since the last message, a few otherwise, and no
/// Markdown: it was rendered when it was saved.
async fn show_page(page: Page<Anyone>, uri: Uri) -> Answer {
    let asked = uri.path();
    if asked.len() > LONGEST {
        return not_found(&page, asked).await;
    }
    let path = normal_path(asked);
    let found = page.remembered(&path, async |tx| published(tx, &path).await).await?;
    let Some(found) = found else {
        let target = page.read(async |tx| redirects::tables::target(tx, &path).await).await?;
        return match target {
            Some(new) => Ok(moved(&new, uri.query())),
            None => not_found(&page, asked).await,
        };
    };
    if asked != path {
        return Ok(moved(&path, uri.query()));
    }
    let shown = show(&page, &found)?;
    // What a person sees is theirs; what strangers see is the same for all of them.
    let common = !page.reader().is_signed_in() && shown.status() == StatusCode::OK;
    if common { revalidated(shown, page.header("if-none-match")).await } else { Ok(shown) }
}

/// A page comes and goes with a message of ours, its copies with one of those who publish them.
async fn published(tx: &Tx, path: &str) -> Result<Option<Published>> {
    let Some(page) = tables::published_at(tx, path).await? else { return Ok(None) };
    let copies = Copies::read(tx, &page.front.audience, &page.blocks).await?;
    let (part, beside) = match Kind::of(path) {
        Kind::Home => (Vec::new(), Beside::default()),
        Kind::Article => (Vec::new(), crate::news::tables::beside(tx, &page).await?),
        Kind::Plain => (tables::part(tx, part_of(path)).await?, Beside::default()),
    };
    Ok(Some(Published { page, copies, part, beside }))
}

#[derive(Template)]
#[template(path = "site/home.html")]
struct ShownHome<'a> {
    front: &'a domain::Front,
    home: Home<'a>,
    return_to: &'a str,
}

#[derive(Template)]
#[template(path = "site/article.html")]
struct ShownArticle<'a> {
    front: &'a domain::Front,
    minutes: usize,
    for_members: bool,
    pieces: Vec<Piece<'a>>,
    newer: Option<&'a Article>,
    older: Option<&'a Article>,
    more: Vec<&'a Article>,
    return_to: &'a str,
}

#[derive(Template)]
#[template(path = "site/show.html")]
struct Shown<'a> {
    above: Vec<&'a Place>,
    /// The other pages of its part of the site.
    part: Vec<&'a Place>,
    path: &'a str,
    title: &'a str,
    summary: &'a str,
    pieces: Vec<Piece<'a>>,
    return_to: &'a str,
}

fn show(page: &Page<Anyone>, found: &Published) -> Answer {
    let (reader, today) = (page.reader(), page.today());
    let Published { page: shown, copies, part, beside } = found;
    let front = &shown.front;
    let return_to = front.path.as_str();
    if !sees(reader, today, &front.audience) {
        return walled(page, shown, copies);
    }
    let pieces = pieces(&shown.blocks, copies, reader, today);
    match Kind::of(&front.path) {
        Kind::Home => {
            let home = Home::of(pieces);
            page.show(&front.title, &ShownHome { front, home, return_to })
        }
        Kind::Article => {
            let theirs = |one: &&Article| sees(reader, today, &one.audience);
            let article = ShownArticle {
                front,
                minutes: minutes(shown.words()),
                for_members: shown.is_for_members(),
                pieces,
                newer: beside.newer.iter().find(theirs),
                older: beside.older.iter().find(theirs),
                more: beside.more(|one| theirs(&one)),
                return_to,
            };
            page.show(&front.title, &article)
        }
        Kind::Plain => {
            let theirs = |place: &&Place| sees(reader, today, &place.audience);
            let part: Vec<&Place> = part.iter().filter(theirs).collect();
            let paths = above(&front.path);
            let above = part.iter().copied().filter(|place| paths.contains(&place.path.as_str()));
            let (path, title, summary) = (&*front.path, &*front.title, &*front.summary);
            let above = above.collect();
            let plain = Shown { above, part, path, title, summary, pieces, return_to };
            page.show(title, &plain)
        }
    }
}

/// A page for staff is not there for others; of any other, the wall says whom it is for.
fn walled(page: &Page<Anyone>, shown: &domain::Page, copies: &Copies) -> Answer {
    let front = &shown.front;
    let Some(wall) = wall(&front.audience, shown.words(), copies) else {
        return Err(Error::not_found("page", &front.path).into());
    };
    let members = matches!(wall, Piece::MembersWall(..));
    let title = if members { "For members" } else { "Sign in to read this" };
    let (pieces, return_to) = (vec![wall], front.path.as_str());
    let (above, part, path) = (Vec::new(), Vec::new(), return_to);
    let walled = Shown { above, part, path, title, summary: "", pieces, return_to };
    page.show_as(StatusCode::FORBIDDEN, title, &walled)
}

/// Lets browsers and caches in between ask again cheaply: 304 when nothing changed.
pub(crate) async fn revalidated(shown: Response, known: Option<&str>) -> Answer {
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
    /// What the path may have meant, to look for.
    words: String,
    suggestions: Vec<&'a Place>,
}

/// 404 in the frame, with the pages that are most like what was asked for.
async fn not_found(page: &Page<Anyone>, asked: &str) -> Answer {
    let read = async |tx: &Tx| Ok(Some(tables::places(tx).await?));
    let places = page.remembered("all pages", read).await?;
    let places = places.as_deref().map(Vec::as_slice).unwrap_or_default();
    let (reader, today) = (page.reader(), page.today());
    let theirs = places.iter().filter(|place| sees(reader, today, &place.audience));
    let mut alike: Vec<(usize, &Place)> = theirs
        .map(|place| (likeness(asked, &place.path, &place.title), place))
        .filter(|(likeness, _)| *likeness > 0)
        .collect();
    alike.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.path.cmp(&other.path)));
    let suggestions = alike.into_iter().take(SUGGESTED).map(|(_, place)| place).collect();
    let words = words_of(asked);
    let shown = NotFound { correlation: page.correlation(), words, suggestions };
    page.show_as(StatusCode::NOT_FOUND, "There is no page here", &shown)
}
