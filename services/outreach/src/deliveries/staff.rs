//! `/staff/outreach`: did she get the mail, and if not, why.

use askama::Template;
use axum::extract::Path;
use chassis::ui::{
    Asked, Cell, Column, History, List, Markup, Timeline, When, instant, short_instant, state,
};
use chassis::{Answer, Error, Page, Routes, Site, Staff, StaffOutreach};
use contracts::DeliveryId;

use super::domain::{Delivery, Entry, Facts, Notice, State, why};
use super::tables::{self, Whose};
use super::words;
use crate::people;

/// The staff pages of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/staff/outreach", show_log).get("/staff/outreach/{id}", show_delivery)
}

/// `GET /staff/outreach`: the delivery log, newest first, by the beginning of an address, by state
/// and by notice.
async fn show_log(page: Page<Staff<StaffOutreach>>, asked: Asked) -> Answer {
    let site = page.app().site();
    let states = State::ALL.map(|state| (state.as_str(), words::state(state).1));
    let notices = Notice::ALL.iter().map(|notice| (notice.code(), notice.name()));
    let list = List::new("deliveries", "Deliveries", "/staff/outreach")
        .search("Address begins with")
        .choice("state", "State", states)
        .choice("notice", "Notice", notices)
        .column(Column::new("Mail", |one: &Entry| {
            Cell::link(format!("/staff/outreach/{}", one.id), one.title())
        }))
        .column(Column::new("To", |one: &Entry| Cell::text(words::address(one.address.as_deref()))))
        .column(Column::new("Name", |one: &Entry| Cell::text(one.name.clone().unwrap_or_default())))
        .column(Column::id("Notice", |one: &Entry| Cell::text(&one.notice)))
        .column(Column::new("State", words::state_cell))
        .column(Column::new("Problem", |one: &Entry| {
            Cell::text(one.problem.as_deref().map(words::problem).unwrap_or_default())
        }))
        .column(
            Column::id("When", |one: &Entry| Cell::time(site, one.made_at))
                .sorted("made", |one| one.id.0),
        )
        .identified(|one| one.id.0)
        .sorted_by("-made")
        .empty("No delivery matches", "Nothing was written to such an address, in such a state.");
    page.list(&list, &asked, async |tx, wanted| tables::listed(tx, Whose::All, wanted).await).await
}

#[derive(Template)]
#[template(path = "deliveries/delivery.html")]
struct Shown<'a> {
    delivery: &'a Delivery,
    title: &'a str,
    state: Markup,
    address: String,
    name: Option<String>,
    /// What the notice is called, and why it came.
    notice: &'a str,
    why: &'static str,
    problem: Option<String>,
    failed: bool,
    made: When,
    timeline: Timeline,
    history: History,
}

/// `GET /staff/outreach/{id}`: one delivery, its cause and its history. Never its text: it is the
/// person's, and may hold a code.
async fn show_delivery(page: Page<Staff<StaffOutreach>>, Path(id): Path<DeliveryId>) -> Answer {
    let site = page.app().site();
    let read = page.read(async |tx| {
        let delivery = tables::load(tx, id).await?;
        let delivery = delivery.ok_or_else(|| Error::not_found("delivery", id))?;
        let known = people::tables::known(tx, delivery.person).await?;
        Ok((delivery, known.name, History::read(tx, site, "delivery", &[id]).await?))
    });
    let (delivery, name, history) = read.await?;
    let notice = Notice::from_code(&delivery.notice).map_or("A later notice", Notice::name);
    let (tone, word) = words::state(delivery.state);
    let shown = Shown {
        title: delivery.letter.as_ref().map_or(notice, |letter| &letter.subject),
        state: state(tone, word),
        address: words::address(delivery.address.as_deref()),
        name,
        notice,
        why: why(&delivery.notice),
        problem: delivery.problem.as_deref().map(words::problem),
        failed: delivery.state == State::Failed,
        made: instant(site, delivery.made_at),
        timeline: course(&delivery, site),
        history,
        delivery: &delivery,
    };
    page.show(shown.title, &shown)
}

/// What became of a delivery, and what comes.
fn course(delivery: &Delivery, site: &Site) -> Timeline {
    let at = |at| short_instant(site, at).text().to_owned();
    let made = format!("Caused by a message of {}", delivery.cause_feed);
    let course = Timeline::new()
        .done(at(delivery.made_at), made)
        .note(format!("What the reader is told: {}.", why(&delivery.notice)));
    let settled = delivery.settled_at.map(at).unwrap_or_default();
    let problem = delivery.problem.as_deref().map(words::problem).unwrap_or_default();
    let lacks = delivery.facts.as_ref().and_then(Facts::lacks_chapter);
    let lacking = if lacks.is_some() { "the name of the chapter" } else { "the address" };
    match delivery.state {
        State::Awaiting => course
            .now("now", format!("Waits for {lacking}"))
            .note("The message that tells it lets the mail go out by itself.")
            .next("then", "Handed to the mail server"),
        State::Muted => {
            course.done(settled, "Not written").note("The person switched such mails off.")
        }
        State::Queued => course.now("now", "Being handed to the mail server").note(problem),
        State::Sent => course
            .done(settled, "Sent")
            .note("Taken by the mail server; where none is set, by the mailbox page."),
        State::Repeated => course
            .done(settled, "Sent, perhaps twice")
            .note("An answer of the server was lost; both mails bear the same Message-ID."),
        State::Failed => course.failed(settled, "Not sent").note(problem),
    }
}
