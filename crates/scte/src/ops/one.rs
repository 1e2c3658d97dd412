//! `/ops/{service}`: one service, what it reads, why a copy of its may be old, what is parked.

use askama::Template;
use axum::extract::{Extension, Path, Query};
use axum::http::StatusCode;
use chassis::ui::Markup;
use chassis::{Answer, Fields, Operator, Page, Result, Routes};

use super::places::{self, At, Place};
use super::rows::{self, CallRow, DoneRow, ParkedRow, PointRow};
use super::standing::{self, Crosspoint, PATIENCE, Standing};
use super::words::{self, Wall};
use super::{House, NAME, known, overview};
use crate::house::Estate;
use crate::status::State;
use crate::tables;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/ops/{service}", show_service)
}

#[derive(Template)]
#[template(path = "ops/service.html")]
struct OneService {
    name: String,
    /// Which replica the page is of, where one was meant.
    at: At,
    /// This process, where there are others.
    place: Option<String>,
    /// The replicas it may be chosen among.
    replicas: Vec<Place>,
    /// Whether what is done here reaches the process that the page is of.
    steers: bool,
    as_of: String,
    state: Markup,
    stopped: bool,
    trouble: Option<String>,
    held: bool,
    /// What waits in it; nothing when its database is not open.
    facts: Option<Facts>,
    feeds: Vec<PointRow>,
    readers: Vec<PointRow>,
    parked: Vec<ParkedRow>,
    calls: Vec<CallRow>,
    messages: Option<Markup>,
    /// How far its feed is copied to the broker, and whether that was halted.
    copied: Option<(String, bool)>,
    done: Vec<DoneRow>,
    blank: Fields,
}

struct Facts {
    published: String,
    hour: String,
    lag: String,
    parked: usize,
    epoch: String,
    timers: String,
    prefixes: String,
}

impl OneService {
    fn path(&self, act: &str) -> String {
        self.at.path(&self.name, format_args!("/{act}"))
    }

    fn stoppable(&self) -> bool {
        self.name != NAME
    }

    fn own_path(&self) -> String {
        self.at.path(&self.name, "")
    }
}

/// `GET /ops/{service}`: goes on by itself while something is under way.
async fn show_service(
    page: Page<Operator>,
    Extension(estate): House,
    Path(name): Path<String>,
    Query(at): Query<At>,
) -> Answer {
    known(&estate, &name)?;
    let wall = Wall { zone: page.app().site().zone, now: page.now() };
    let standing = Standing::of(&estate, wall.now).await;
    let shown = one_service(&page, &estate, &standing, (&name, at), &wall).await?;
    let under_way = standing.read_by(&name).any(|one| one.behind.unwrap_or(0) > 0);
    let preparing = standing::one(&standing, &name)?.service.state == State::Preparing;
    if under_way || preparing {
        return page.show_again(StatusCode::OK, overview::AGAIN, &name, &shown);
    }
    page.show(&name, &shown)
}

async fn one_service(
    page: &Page<Operator>,
    estate: &Estate,
    standing: &Standing,
    (name, at): (&str, At),
    wall: &Wall,
) -> Result<OneService> {
    let seen = standing::one(standing, name)?;
    let direct = places::is_direct(page);
    let replicas = if direct { Vec::new() } else { places::each(estate, name) };
    let done = match estate.open(name) {
        Some(open) => rows::done(&open.db, tables::done_last(&open.db, 15).await?, wall).await?,
        None => Vec::new(),
    };
    let of_feed = |one: &&Crosspoint| one.feed == name;
    let hour = seen.hour.as_ref();
    let lag = standing.worst_lag(name).filter(|lag| *lag >= PATIENCE);
    let facts = seen.service.waiting.as_ref().map(|waiting| Facts {
        published: words::count(waiting.head),
        hour: hour.map_or_else(|| "–".to_owned(), |hour| words::count(hour.total())),
        lag: lag.map_or_else(|| "0 s".to_owned(), words::span),
        parked: seen.parked.len(),
        epoch: waiting.epoch.clone(),
        timers: words::count(waiting.timers),
        prefixes: estate.prefixes(name).join(", "),
    });
    Ok(OneService {
        name: name.to_owned(),
        place: places::has_others(estate).then(|| words::place(estate, seen)),
        steers: replicas.is_empty() || replicas.iter().any(|place| place.at == at),
        at,
        replicas,
        copied: seen
            .publication
            .as_ref()
            .map(|copy| (words::copied(copy, wall), copy.halted.is_some())),
        as_of: wall.zoned(wall.now),
        state: words::state_of(seen, standing),
        stopped: seen.service.state == State::Stopped,
        trouble: seen.service.trouble.clone(),
        held: seen.service.is_held(),
        facts,
        feeds: standing.read_by(name).map(|one| PointRow::of(one, wall)).collect(),
        readers: standing
            .crosspoints
            .iter()
            .filter(of_feed)
            .map(|one| PointRow::of(one, wall))
            .collect(),
        parked: rows::parked(seen, wall, (name, at), || page.blank()),
        calls: rows::calls(seen, wall),
        messages: hour
            .map(|hour| overview::messages(&format!("Messages of {name}"), &hour.minutes, wall)),
        done,
        blank: page.blank(),
    })
}
