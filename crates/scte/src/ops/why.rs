//! `/ops/{service}/why`: why what a service knows may be old, feed by feed and for one thing.

use askama::Template;
use axum::extract::{Extension, Path, Query};
use chassis::{Answer, Operator, Page, Routes};
use chrono::TimeDelta;
use serde::Deserialize;
use uuid::Uuid;

use super::places::At;
use super::words::{self, Wall};
use super::{House, known};
use crate::why::{self, OfFeed, Said};

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/ops/{service}/why", show_why)
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    thing: Option<String>,
}

#[derive(Template)]
#[template(path = "ops/why.html")]
struct Shown {
    name: String,
    /// Which replica was asked, where one was meant.
    at: At,
    as_of: String,
    typed: String,
    wrong: bool,
    feeds: Vec<Row>,
    why: why::Why,
}

/// A feed, written out.
struct Row {
    feed: String,
    pos: String,
    head: String,
    head_at: String,
    behind: String,
    lag: String,
    said: Said,
}

impl Row {
    fn of(feed: &OfFeed, wall: &Wall) -> Self {
        let unknown = || "–".to_owned();
        Self {
            feed: feed.feed.clone(),
            pos: words::count(feed.pos),
            head: feed.head.map_or_else(unknown, words::count),
            head_at: feed.head_at.map_or_else(unknown, |at| wall.moment(at)),
            behind: feed.behind.map_or_else(unknown, words::count),
            lag: match (feed.behind, feed.waits_seconds) {
                (Some(0), _) => words::span(TimeDelta::zero()),
                (_, Some(seconds)) => words::span(TimeDelta::seconds(seconds)),
                _ => unknown(),
            },
            said: feed.said.clone(),
        }
    }
}

/// `GET /ops/{service}/why?thing=…`: what `scte why` prints, as a page.
async fn show_why(
    page: Page<Operator>,
    Extension(estate): House,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
    Query(at): Query<At>,
) -> Answer {
    known(&estate, &name)?;
    let typed = asked.thing.unwrap_or_default().trim().to_owned();
    let thing: Option<Uuid> = typed.parse().ok();
    let wrong = thing.is_none() && !typed.is_empty();
    let wall = Wall { zone: page.app().site().zone, now: page.now() };
    let why = why::of(&estate, &name, thing, &|at| wall.moment(at)).await?;
    let feeds = why.feeds.iter().map(|feed| Row::of(feed, &wall)).collect();
    let title =
        if wrong { format!("Error: why {name} is stale") } else { format!("Why {name} is stale") };
    let as_of = wall.zoned(wall.now);
    page.show(&title, &Shown { name, at, as_of, typed, wrong, feeds, why })
}
