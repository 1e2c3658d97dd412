//! `/ops/search`: what one request brought about, in every running service.

use askama::Template;
use axum::extract::{Extension, Query};
use chassis::{Answer, Operator, Page, Result, Routes};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::House;
use super::rows::{self, Moment};
use super::words::{self, Wall};
use crate::house::{Estate, Open};
use crate::tables::{self, Done, Said};

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/ops/search", show_search)
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    correlation: Option<String>,
}

#[derive(Template)]
#[template(path = "ops/search.html")]
struct Search {
    typed: String,
    wrong: bool,
    asked: bool,
    found: Vec<Found>,
    /// Services that are stopped and could not be asked.
    away: Vec<&'static str>,
}

/// Something that a request brought about.
struct Found {
    at: DateTime<Utc>,
    service: &'static str,
    moment: Moment,
    what: String,
    place: String,
    by: String,
}

/// `GET /ops/search?correlation=…`: all that one request brought about, in every running service.
async fn show_search(
    page: Page<Operator>,
    Extension(estate): House,
    Query(asked): Query<Asked>,
) -> Answer {
    let typed = asked.correlation.unwrap_or_default().trim().to_owned();
    let id: Option<Uuid> = typed.parse().ok();
    let wall = Wall { zone: page.app().site().zone, now: page.now() };
    let (found, away) = match id {
        Some(id) => brought_about(&estate, id, &wall).await?,
        None => (Vec::new(), Vec::new()),
    };
    let (asked, wrong) = (id.is_some(), id.is_none() && !typed.is_empty());
    let title = if wrong { "Error: search by reference" } else { "Search by reference" };
    page.show(title, &Search { typed, wrong, asked, found, away })
}

async fn brought_about(
    estate: &Estate,
    id: Uuid,
    wall: &Wall,
) -> Result<(Vec<Found>, Vec<&'static str>)> {
    let (mut found, mut away) = (Vec::new(), Vec::new());
    for service in estate.names() {
        let Some(open) = estate.open(service) else {
            away.push(service);
            continue;
        };
        for said in tables::said(&open.db, id).await? {
            found.push(message(service, &open, said, wall).await?);
        }
        for done in tables::done_for(&open.db, id).await? {
            found.push(act(service, &open, done, wall).await?);
        }
    }
    found.sort_by_key(|one| one.at);
    Ok((found, away))
}

async fn message(service: &'static str, open: &Open, said: Said, wall: &Wall) -> Result<Found> {
    Ok(Found {
        at: said.at,
        service,
        moment: Moment::of(said.at, wall),
        what: words::message(&said.r#type),
        place: format!("message {}", words::count(said.pos)),
        by: rows::who(&open.db, &said.actor).await?,
    })
}

async fn act(service: &'static str, open: &Open, done: Done, wall: &Wall) -> Result<Found> {
    Ok(Found {
        at: done.at,
        service,
        moment: Moment::of(done.at, wall),
        what: format!("{} {}", done.thing, done.act),
        place: "audit".to_owned(),
        by: rows::who(&open.db, &done.actor).await?,
    })
}
