//! The console's page of everything that happened: filters, a file of what is seen, a live tail.

use askama::Template;
use axum::http::StatusCode;
use chassis::{
    Answer, Asked, Cell, Column, List, Listed, Markup, Page, Routes, Site, Staff, StaffIdentity,
    Tx, Wanted,
};
use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use contracts::PersonId;

use super::domain::ACTORS;
use super::tables::{self, Event, Narrowed};
use crate::accounts::staff::path_of;

const PATH: &str = "/staff/identity/audit";
/// How often the live tail is asked for again, in seconds.
const TAIL_SECONDS: u32 = 3;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get(PATH, show_audit)
}

#[derive(Template)]
#[template(path = "audits/tail.html")]
struct Tail {
    /// The same without following.
    stop: String,
    table: Markup,
}

/// `GET /staff/identity/audit`.
async fn show_audit(page: Page<Staff<StaffIdentity>>, asked: Asked) -> Answer {
    let acts = page.read(async |tx: &Tx| tables::acts(tx).await).await?;
    let tail = asked.value("tail").is_some();
    let list = list_of(page.app().site(), &acts, &kept(&asked), tail);
    let zone = page.app().site().zone;
    let fetch = async move |tx: &Tx, wanted: &Wanted| {
        let narrowed = Narrowed {
            act: wanted.chosen("act").unwrap_or_default(),
            actor: wanted.chosen("actor").unwrap_or_default(),
            times: times(zone, wanted.day("from"), wanted.day("to")),
        };
        tables::list(tx, wanted, &narrowed).await
    };
    if !tail {
        return page.list(&list, &asked, fetch).await;
    }
    match page.listed(&list, &asked, fetch).await? {
        Listed::File(file) => Ok(file),
        Listed::Table(table) => {
            let stop = format!("{PATH}{}", kept(&asked));
            page.show_again(StatusCode::OK, TAIL_SECONDS, "Audit", &Tail { stop, table })
        }
    }
}

/// The filters as they are, for a link that changes something else.
fn kept(asked: &Asked) -> String {
    let said = ["q", "act", "actor", "from", "to"].into_iter().filter_map(|name| {
        Some(format!("{name}={}", crate::own_path::encoded(asked.value(name)?)))
    });
    let said = said.collect::<Vec<_>>().join("&");
    if said.is_empty() { said } else { format!("?{said}") }
}

fn list_of<'a>(site: &'a Site, acts: &[String], kept: &str, tail: bool) -> List<'a, Event> {
    let joint = if kept.is_empty() { '?' } else { '&' };
    let words = acts.iter().map(|act| (act.clone(), words(act)));
    let list = List::new("audit", "Audit", PATH)
        .search("Address begins with")
        .choice("act", "What", words)
        .choice("actor", "By", ACTORS)
        .day("from", "From")
        .day("to", "To")
        .column(
            Column::id("When", |event: &Event| Cell::text(to_the_second(site, event.at)))
                .sorted("at", |event: &Event| event.at),
        )
        .column(Column::new("What", |event: &Event| Cell::text(event.told.what.as_str())))
        .column(Column::new("About", about))
        .column(Column::new("By", by))
        .column(Column::new("Details", |event: &Event| Cell::text(event.told.details.as_str())))
        .column(Column::id("Request", |event: &Event| Cell::text(event.correlation.to_string())))
        .identified(|event| event.id)
        .sorted_by("-at")
        .empty(
            "Nothing of the kind",
            "The search finds the beginning of an address, or the whole of one without an account.",
        );
    if tail { list } else { list.act("Follow live", format!("{PATH}{kept}{joint}tail=1")) }
}

fn about(event: &Event) -> Cell {
    match (event.thing.as_str(), &event.called) {
        ("account", Some(address)) => {
            Cell::link(path_of(PersonId(event.thing_id)), address.as_str())
        }
        ("account", None) => Cell::text("an account that is gone"),
        ("address", _) => Cell::text("an address without an account"),
        (thing, Some(name)) => Cell::text(format!("{}: {name}", words(thing))),
        (thing, None) => Cell::text(words(thing)),
    }
}

fn by(event: &Event) -> Cell {
    match (event.by, &event.by_called) {
        (Some(person), Some(address)) => Cell::link(path_of(person), address.as_str()),
        _ => Cell::text(event.told.who.as_str()),
    }
}

/// `sign_in_failed` as people read it.
fn words(code: &str) -> String {
    code.replace('_', " ")
}

fn to_the_second(site: &Site, at: DateTime<Utc>) -> String {
    at.with_timezone(&site.zone).format("%-d %b %Y, %H:%M:%S %Z").to_string()
}

/// From the first instant of a day to the last of another, in the society's zone.
fn times(
    zone: impl TimeZone + Copy,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
) -> (DateTime<Utc>, DateTime<Utc>) {
    let first = from.and_then(|day| begins(zone, day));
    let beyond = to.and_then(|day| begins(zone, day.succ_opt()?));
    (first.unwrap_or(DateTime::UNIX_EPOCH), beyond.unwrap_or(FAR_AHEAD))
}

/// The first instant of a day; where clocks are put forward at midnight it is one o'clock.
fn begins(zone: impl TimeZone + Copy, day: NaiveDate) -> Option<DateTime<Utc>> {
    let at = |hour| day.and_hms_opt(hour, 0, 0)?.and_local_timezone(zone).earliest();
    Some(at(0).or_else(|| at(1))?.to_utc())
}

/// Later than anything that happened.
const FAR_AHEAD: DateTime<Utc> = match DateTime::from_timestamp(32_503_680_000, 0) {
    Some(at) => at,
    None => DateTime::UNIX_EPOCH,
};
