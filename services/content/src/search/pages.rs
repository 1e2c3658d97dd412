//! `/search`: the published pages that have the words, for whoever asks.

use askama::Template;
use axum::extract::Query;
use chassis::{Answer, Anyone, Page, Result, Routes, Tx};
use serde::Deserialize;

use super::domain::{Hit, Stretch, marked, ranked, snippet, words};
use super::tables;
use crate::site::view::audiences;

/// How many hits a page of the list shows.
const PAGE: usize = 10;

/// Hits that are counted and ordered; who gets more is asked for more words.
const MOST: usize = 200;

/// Letters of a question that are read.
const LONGEST: usize = 200;

/// The pages of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/search", show_hits)
}

/// What is asked.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    /// Which page of the list; whatever is no number is the first.
    #[serde(default)]
    page: String,
}

/// A hit as it is shown.
struct Shown {
    path: String,
    kind: &'static str,
    title: Vec<Stretch>,
    says: Vec<Stretch>,
    topic: String,
    dated: Option<chrono::NaiveDate>,
    for_members: bool,
}

#[derive(Template)]
#[template(path = "search/results.html")]
struct Results<'a> {
    asked: &'a str,
    /// Whether there was anything to look for.
    looked: bool,
    hits: Vec<Shown>,
    first: usize,
    found: usize,
    /// Whether there are more than are counted.
    more: bool,
    earlier: Option<usize>,
    later: Option<usize>,
}

/// `GET /search?q=`: for everybody, each with what they may read.
async fn show_hits(page: Page<Anyone>, Query(asked): Query<Asked>) -> Answer {
    let typed: String = asked.q.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    let words = words(&typed);
    let audiences = audiences(page.reader(), page.today());
    let number: usize = asked.page.parse().unwrap_or(1);
    let (found, first, hits) = if words.is_empty() {
        (0, 0, Vec::new())
    } else {
        page.read(async |tx| find(tx, &audiences, &words, number).await).await?
    };
    let shown = Results {
        asked: typed.trim(),
        looked: !words.is_empty(),
        first: first + 1,
        found: found.min(MOST),
        more: found > MOST,
        earlier: (first > 0).then_some(first / PAGE),
        later: (first + hits.len() < found.min(MOST)).then(|| first / PAGE + 2),
        hits,
    };
    let title =
        if words.is_empty() { "Search".to_owned() } else { format!("Search: {}", shown.asked) };
    page.show(&title, &shown)
}

/// How many were found, where the wanted page of them begins, and what is on it.
async fn find(
    tx: &Tx,
    audiences: &str,
    words: &[String],
    number: usize,
) -> Result<(usize, usize, Vec<Shown>)> {
    let most = i64::try_from(MOST + 1).unwrap_or(i64::MAX);
    let hits = ranked(tables::find(tx, audiences, words, most).await?, words);
    let found = hits.len();
    let last = found.min(MOST).saturating_sub(1) / PAGE;
    let first = number.saturating_sub(1).min(last) * PAGE;
    let mut shown = Vec::new();
    for hit in hits.into_iter().take(MOST).skip(first).take(PAGE) {
        let said = tables::said(tx, audiences, hit.id).await?;
        shown.push(show(hit, &said, words));
    }
    Ok((found, first, shown))
}

/// A hit with the words marked: where they stand in the text, else its summary.
fn show(hit: Hit, said: &[String], words: &[String]) -> Shown {
    let summary = marked(&hit.summary, words);
    let in_text = || said.iter().find_map(|text| snippet(text, words));
    let says = if summary.iter().any(|stretch| stretch.found) {
        summary
    } else {
        in_text().unwrap_or(summary)
    };
    Shown {
        kind: if hit.path.starts_with("/news/") { "news" } else { "page" },
        title: marked(&hit.title, words),
        says,
        path: hit.path,
        topic: hit.topic,
        dated: hit.dated,
        for_members: hit.for_members,
    }
}
