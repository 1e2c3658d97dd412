//! `/ops/search`: what one request brought about, in every running service; those of other processes
//! are asked by the browser, each for itself.

use askama::Template;
use axum::extract::{Extension, Path, Query};
use chassis::{Answer, Operator, Page, Result, Routes};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::places::{self, At};
use super::rows::{self, Moment};
use super::words::{self, Wall};
use super::{House, known};
use crate::house::{Estate, Open};
use crate::services;
use crate::tables::{self, Done, Said};

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/ops/search", show_search).get("/ops/{service}/search", show_in_one)
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    correlation: Option<String>,
}

impl Asked {
    fn id(&self) -> Option<Uuid> {
        self.correlation.as_deref().unwrap_or_default().trim().parse().ok()
    }
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
    /// Where services of other processes are asked.
    elsewhere: Vec<Elsewhere>,
    /// The only service that is asked, where it is one.
    only: Option<String>,
    /// Those that were asked here.
    here: String,
}

/// A service that another process is asked about.
struct Elsewhere {
    service: String,
    path: String,
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
    let mut elsewhere = Vec::new();
    if !places::is_direct(&page)
        && let Some(id) = asked.id()
    {
        let names = services::names().into_iter().filter(|name| !places::is_here(&estate, name));
        // One replica knows as much as the next.
        elsewhere.extend(names.map(|service| Elsewhere {
            path: At::default().path(service, format_args!("/search?correlation={id}")),
            service: service.to_owned(),
        }));
    }
    show(&page, &estate, &asked, (elsewhere, None)).await
}

/// `GET /ops/{service}/search?correlation=…`: the same in one service of this process.
async fn show_in_one(
    page: Page<Operator>,
    Extension(estate): House,
    Path(service): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer {
    known(&estate, &service)?;
    show(&page, &estate, &asked, (Vec::new(), Some(service))).await
}

async fn show(
    page: &Page<Operator>,
    estate: &Estate,
    asked: &Asked,
    (elsewhere, only): (Vec<Elsewhere>, Option<String>),
) -> Answer {
    let typed = asked.correlation.as_deref().unwrap_or_default().trim().to_owned();
    let wall = Wall { zone: page.app().site().zone, now: page.now() };
    let id = asked.id();
    let (found, away) = match id {
        Some(id) => brought_about(estate, only.as_deref(), id, &wall).await?,
        None => (Vec::new(), Vec::new()),
    };
    let (asked, wrong) = (id.is_some(), id.is_none() && !typed.is_empty());
    let title = if wrong { "Error: search by reference" } else { "Search by reference" };
    let here = only.clone().unwrap_or_else(|| estate.names().collect::<Vec<_>>().join(" and "));
    page.show(title, &Search { typed, wrong, asked, found, away, elsewhere, only, here })
}

async fn brought_about(
    estate: &Estate,
    only: Option<&str>,
    id: Uuid,
    wall: &Wall,
) -> Result<(Vec<Found>, Vec<&'static str>)> {
    let (mut found, mut away) = (Vec::new(), Vec::new());
    for service in estate.names().filter(|name| only.is_none_or(|only| only == *name)) {
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
