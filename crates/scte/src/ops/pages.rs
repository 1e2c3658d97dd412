//! `/ops`: the overview, one service, and what one request brought about.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, Path, Query};
use chassis::{Answer, Error, Fields, Operator, Page, Result, Routes};
use serde::Deserialize;
use uuid::Uuid;

use super::NAME;
use crate::house::Estate;
use crate::parked::{self, Listed};
use crate::status::{self, OfService, State};
use crate::tables::{self, Done, Said};

pub(super) type House = Extension<Arc<Estate>>;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/ops", show_overview)
        .get("/ops/search", show_search)
        .get("/ops/{service}", show_service)
}

#[derive(Template)]
#[template(path = "ops/overview.html")]
struct Overview {
    services: Vec<OfService>,
    up: usize,
    behind: i64,
    parked: i64,
    mode: String,
    version: String,
    done: Vec<Done>,
}

/// `GET /ops`: what runs, and where everybody stands.
async fn show_overview(page: Page<Operator>, Extension(estate): House) -> Answer {
    let status = status::of(&estate).await;
    let services: Vec<OfService> =
        status.services.into_iter().filter(|service| service.name != NAME).collect();
    let overview = Overview {
        up: services.iter().filter(|service| service.state == State::Up).count(),
        behind: services.iter().map(OfService::behind).sum(),
        parked: services.iter().filter_map(|one| one.waiting.as_ref()).map(|one| one.parked).sum(),
        services,
        mode: status.mode,
        version: status.version,
        done: tables::done_last(page.app().db(), 20).await?,
    };
    page.show("Operations", &overview)
}

#[derive(Template)]
#[template(path = "ops/service.html")]
struct OneService {
    service: OfService,
    parked: Vec<ParkedRow>,
    done: Vec<Done>,
    blank: Fields,
    stoppable: bool,
}

/// A parked message, and the forms that decide on it where it is the first of its key.
struct ParkedRow {
    listed: Listed,
    first: bool,
    decide: Fields,
}

/// `GET /ops/{service}`: feeds and cursors, parked messages, the switch, what was done last.
async fn show_service(
    page: Page<Operator>,
    Extension(estate): House,
    Path(name): Path<String>,
) -> Answer {
    known(&estate, &name)?;
    let service = status::of_service(&estate, &name).await;
    let (parked, done) = match estate.open(&name) {
        Some(open) => {
            (parked::of_service(&estate, &name).await?, tables::done_last(&open.db, 30).await?)
        }
        None => (Vec::new(), Vec::new()),
    };
    let mut keys = std::collections::BTreeSet::new();
    let parked = parked
        .into_iter()
        .map(|listed| ParkedRow {
            first: keys.insert(listed.what.clone()),
            decide: page.blank().with("what", &listed.what).with("pos", listed.pos),
            listed,
        })
        .collect();
    let stoppable = name != NAME;
    let shown = OneService { service, parked, done, blank: page.blank(), stoppable };
    page.show(&name, &shown)
}

/// The service, or there is no such page.
pub(super) fn known(estate: &Estate, name: &str) -> Result<()> {
    if estate.names().any(|known| known == name) {
        return Ok(());
    }
    Err(Error::not_found("service", name))
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
    service: &'static str,
    what: String,
    place: String,
    actor: String,
    at: chrono::DateTime<chrono::Utc>,
}

/// `GET /ops/search?correlation=…`: all that one request brought about, in every running service.
async fn show_search(
    page: Page<Operator>,
    Extension(estate): House,
    Query(asked): Query<Asked>,
) -> Answer {
    let typed = asked.correlation.unwrap_or_default().trim().to_owned();
    let id: Option<Uuid> = typed.parse().ok();
    let (mut found, mut away) = (Vec::new(), Vec::new());
    if let Some(id) = id {
        for service in estate.names() {
            let Some(open) = estate.open(service) else {
                away.push(service);
                continue;
            };
            let said = tables::said(&open.db, id).await?;
            found.extend(said.into_iter().map(|said| message(service, said)));
            let done = tables::done_for(&open.db, id).await?;
            found.extend(done.into_iter().map(|done| act(service, done)));
        }
        found.sort_by_key(|one| one.at);
    }
    let (asked, wrong) = (id.is_some(), id.is_none() && !typed.is_empty());
    page.show("Search", &Search { typed, wrong, asked, found, away })
}

fn message(service: &'static str, said: Said) -> Found {
    let place = format!("message {}", said.pos);
    Found { service, what: said.r#type, place, actor: said.actor, at: said.at }
}

fn act(service: &'static str, done: Done) -> Found {
    let what = format!("{} {}", done.thing, done.act);
    Found { service, what, place: "audit".to_owned(), actor: done.actor, at: done.at }
}
