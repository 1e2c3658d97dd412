//! `/ops` where the services run in several processes: the rows of those of this process, and a
//! place for each other, which the browser fills with what that process says of itself.

use askama::Template;
use axum::http::StatusCode;
use chassis::{Answer, Fields, Operator, Page};

use super::overview::AGAIN;
use super::places::{self, Place};
use super::rows::{self, DoneRow, PointRow, ServiceRow};
use super::standing::Standing;
use super::words::Wall;
use crate::house::Estate;
use crate::{services, tables};

/// A service as this process knows it, or where it is asked.
enum Entry {
    Here(Box<ServiceRow>),
    Asked(Place),
    /// This process was asked past the website's address, from where no other can be reached.
    Elsewhere(&'static str),
}

#[derive(Template)]
#[template(path = "ops/apart.html")]
struct Apart {
    as_of: String,
    still: bool,
    /// This process, and what it has.
    here: String,
    has: String,
    /// The overview of all, where this page cannot be it.
    all_at: Option<String>,
    entries: Vec<Entry>,
    /// Crosspoints of the readers here whose rows are none of the asked.
    points: Vec<PointRow>,
    done: Vec<DoneRow>,
    blank: Fields,
    mode: String,
    version: &'static str,
}

/// The overview; looks again every two seconds unless it is held.
pub(super) async fn shown(
    page: &Page<Operator>,
    estate: &Estate,
    standing: &Standing,
    still: bool,
    wall: &Wall,
) -> Answer {
    let direct = places::is_direct(page);
    let entries = entries(estate, standing, direct, wall);
    let is_row = |name: &str| {
        let here = |entry: &Entry| matches!(entry, Entry::Here(row) if row.name == name);
        entries.iter().any(here)
    };
    let points = standing.crosspoints.iter().filter(|one| is_row(&one.reader));
    let db = page.app().db();
    let has: Vec<_> = standing.services().map(|seen| seen.service.name.as_str()).collect();
    let apart = Apart {
        as_of: wall.zoned(wall.now),
        still,
        here: places::here(estate),
        has: has.join(", "),
        all_at: direct.then(|| format!("{}/ops", estate.house.site.origin)),
        points: points.map(|one| PointRow::of(one, wall)).collect(),
        entries,
        done: rows::done(db, tables::done_last(db, 20).await?, wall).await?,
        blank: page.blank(),
        mode: crate::data::word(estate.mode).to_owned(),
        version: env!("CARGO_PKG_VERSION"),
    };
    if still {
        return page.show("Operations", &apart);
    }
    page.show_again(StatusCode::OK, AGAIN, "Operations", &apart)
}

/// All services of the website by name.
fn entries(estate: &Estate, standing: &Standing, direct: bool, wall: &Wall) -> Vec<Entry> {
    let mut names = services::names();
    names.sort_unstable();
    let mut entries = Vec::new();
    for name in names {
        let asked = if direct { Vec::new() } else { places::asked(estate, name) };
        if !asked.is_empty() {
            entries.extend(asked.into_iter().map(Entry::Asked));
        } else if let Some(seen) = standing.services().find(|seen| seen.service.name == name) {
            let row = ServiceRow::of(seen, standing, wall);
            let row = row.at(places::At::default(), estate, seen);
            entries.push(Entry::Here(Box::new(row)));
        } else {
            entries.push(Entry::Elsewhere(name));
        }
    }
    entries
}
