//! `/ops`: what runs, who reads whom, what is parked, what was done.

use askama::Template;
use axum::extract::{Extension, Query};
use axum::http::StatusCode;
use chassis::ui::Markup;
use chassis::ui::chart::Line;
use chassis::{Answer, Fields, Operator, Page, Routes};
use serde::Deserialize;

use super::places::{self, At};
use super::rows::{self, CallRow, DoneRow, ParkedRow, PointRow, ServiceRow, number};
use super::standing::Standing;
use super::words::{self, Wall};
use super::{House, apart};
use crate::status::State;
use crate::tables;

/// After how many seconds the page looks again.
pub(super) const AGAIN: u32 = 2;
/// How many keys with parked messages are shown here; a service's own page shows all of its own.
const MOST_PARKED: usize = 50;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/ops", show_overview)
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    /// Set where the page is to stand still.
    still: Option<String>,
}

#[derive(Template)]
#[template(path = "ops/overview.html")]
struct Overview {
    as_of: String,
    still: bool,
    up: usize,
    carried: String,
    counted: bool,
    slowest: (String, String),
    parked_in_all: usize,
    map: Markup,
    used: usize,
    possible: usize,
    points: Vec<PointRow>,
    parked: Vec<ParkedRow>,
    messages: Markup,
    services: Vec<ServiceRow>,
    calls: Vec<CallRow>,
    done: Vec<DoneRow>,
    blank: Fields,
    mode: String,
    version: &'static str,
}

/// `GET /ops`: the whole house at one moment; looks again every two seconds unless it is held.
async fn show_overview(
    page: Page<Operator>,
    Extension(estate): House,
    Query(asked): Query<Asked>,
) -> Answer {
    let wall = Wall { zone: page.app().site().zone, now: page.now() };
    let standing = Standing::of(&estate, wall.now).await;
    if places::has_others(&estate) {
        return apart::shown(&page, &estate, &standing, asked.still.is_some(), &wall).await;
    }
    let db = page.app().db();
    let (parked, whole) = (standing.seen.iter(), ("overview", At::default()));
    let parked = parked.flat_map(|seen| rows::parked(seen, &wall, whole, || page.blank()));
    let still = asked.still.is_some();
    let used = standing.crosspoints.iter().filter(|one| one.carried.unwrap_or(0) > 0).count();
    let overview = Overview {
        as_of: wall.zoned(wall.now),
        still,
        up: standing.services().filter(|seen| seen.service.state == State::Up).count(),
        carried: words::count(standing.carried()),
        counted: standing.is_counted(),
        slowest: rows::slowest(&standing),
        parked_in_all: standing.seen.iter().map(|seen| seen.parked.len()).sum(),
        map: super::map::drawn(&standing)?,
        used,
        possible: standing.services().count() * standing.seen.len(),
        points: standing.crosspoints.iter().map(|one| PointRow::of(one, &wall)).collect(),
        parked: parked.take(MOST_PARKED).collect(),
        messages: messages("Messages of all feeds", &standing.minutes(), &wall),
        services: standing.services().map(|seen| ServiceRow::of(seen, &standing, &wall)).collect(),
        calls: standing.seen.iter().flat_map(|seen| rows::calls(seen, &wall)).collect(),
        done: rows::done(db, tables::done_last(db, 20).await?, &wall).await?,
        blank: page.blank(),
        mode: crate::data::word(estate.mode).to_owned(),
        version: env!("CARGO_PKG_VERSION"),
    };
    if still {
        return page.show("Operations", &overview);
    }
    page.show_again(StatusCode::OK, AGAIN, "Operations", &overview)
}

/// A line of how many messages there were in each minute.
pub(super) fn messages(heading: &str, minutes: &[i64], wall: &Wall) -> Markup {
    let most = minutes.iter().max().copied().unwrap_or(0);
    let all: i64 = minutes.iter().sum();
    let finding = format!(
        "{} in the last hour, {} in the busiest minute.",
        words::things(all, "message"),
        words::count(most)
    );
    let line = Line::new(heading, "in each minute of the last hour", &finding);
    let line = line.over("Minute", wall.minutes(minutes.len()));
    line.hot("Messages", minutes.iter().copied().map(number)).wide().drawn()
}
