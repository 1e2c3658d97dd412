//! `/staff/outreach`: did she get the mail, and if not, why.

use askama::Template;
use axum::extract::{Path, Query};
use chassis::command::Audited;
use chassis::{Answer, Error, Page, Routes, Staff, StaffOutreach};
use contracts::DeliveryId;
use serde::Deserialize;

use super::domain::{Delivery, State, why};
use super::pages::{Lines, Older, local};
use super::tables::{self, Listed};

/// The staff pages of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/staff/outreach", show_log).get("/staff/outreach/{id}", show_delivery)
}

/// What the log is searched by.
#[derive(Debug, Default, Deserialize)]
struct Search {
    address: Option<String>,
    state: Option<String>,
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "deliveries/log.html")]
struct Log {
    list: Lines,
    address: String,
    state: String,
    states: [&'static str; 6],
}

/// `GET /staff/outreach`: the delivery log, newest first, by the beginning of an address and by state.
async fn show_log(page: Page<Staff<StaffOutreach>>, Query(search): Query<Search>) -> Answer {
    let address = search.address.unwrap_or_default().trim().to_lowercase();
    if address.chars().count() > 320 || address.contains('\0') {
        return Err(Error::invalid("address", "is too long for an address").into());
    }
    let state = search.state.as_deref().and_then(State::from_word);
    let before = Older { before: search.before }.id();
    let searched = Some(address.as_str()).filter(|text| !text.is_empty());
    let wanted = Listed { person: None, address: searched, state, written: false, before };
    let found = page.read(async |tx| tables::listed(tx, &wanted).await).await?;
    let list = Lines::of(found, |at| local(page.app(), at));
    let state = state.map(State::as_str).unwrap_or_default().to_owned();
    let states = ["queued", "sent", "repeated", "failed", "awaiting", "muted"];
    page.show("Deliveries", &Log { list, address, state, states })
}

#[derive(Template)]
#[template(path = "deliveries/delivery.html")]
struct Shown<'a> {
    delivery: &'a Delivery,
    subject: &'a str,
    state: &'static str,
    why: &'static str,
    at: String,
    settled: Option<String>,
    history: Vec<(String, Audited)>,
}

/// `GET /staff/outreach/{id}`: one delivery, its cause and its history. Never its text: it is the
/// person's, and may hold a code.
async fn show_delivery(page: Page<Staff<StaffOutreach>>, Path(id): Path<DeliveryId>) -> Answer {
    let (delivery, history) = page
        .read(async |tx| Ok((tables::load(tx, id).await?, tx.audited("delivery", id).await?)))
        .await?;
    let delivery = delivery.ok_or_else(|| Error::not_found("delivery", id))?;
    let at = |at| local(page.app(), at);
    let shown = Shown {
        subject: delivery.letter.as_ref().map_or("not written yet", |letter| &letter.subject),
        state: delivery.state.as_str(),
        why: why(&delivery.notice),
        at: at(delivery.made_at),
        settled: delivery.settled_at.map(at),
        history: history.into_iter().map(|line| (at(line.at), line)).collect(),
        delivery: &delivery,
    };
    page.show("Delivery", &shown)
}
