//! What can be tried on the design page: a list, a form, a confirmation, a page that waits. Nobody
//! needs to be signed in, and nothing is kept.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use chassis::ui::{Asked, Cell, Column, Confirm, List, Markup};
use chassis::{Answer, Anyone, Form, Page, Routes};
use serde::Deserialize;

use super::samples::{STATES, Sample, money};
use super::tables;

/// Where the whole sample list is.
const LIST: &str = "/ops/design/list";
/// How many seconds the page that waits does so.
const WAITS: i64 = 6;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get(LIST, show_list)
        .get("/ops/design/form", show_form)
        .post("/ops/design/form", take_form)
        .get("/ops/design/confirm", show_confirm)
        .post("/ops/design/done", take_done)
        .get("/ops/design/pending", show_pending)
}

/// The sample list, with everything a list can do.
pub(super) fn list() -> List<'static, Sample> {
    List::new("samples", "Sample orders", LIST)
        .search("Number or payer")
        .choice("state", "State", STATES.map(|(word, _)| (word, word)))
        .day("from", "Due from")
        .column(
            Column::id("Number", |one: &Sample| Cell::text(&one.number))
                .sorted("number", |one| one.number.clone()),
        )
        .column(
            Column::new("Payer", |one: &Sample| {
                Cell::link(format!("{LIST}?q={}", one.number), &one.payer).sub(one.what)
            })
            .sorted("payer", |one| one.payer.clone()),
        )
        .column(Column::new("State", |one: &Sample| Cell::state(one.tone(), one.state.as_str())))
        .column(
            Column::id("Due", |one: &Sample| Cell::text(one.due.to_string()))
                .sorted("due", |one| one.due),
        )
        .column(
            Column::num("Total, sample", |one: &Sample| Cell::text(money(one.total)))
                .sorted("total", |one| one.total),
        )
        .identified(|one| one.id)
        .sorted_by("-number")
        .act("Confirm something", "/ops/design/confirm")
        .bulk("/ops/design/done", "Mark as done")
        .empty("No order matches", "No sample has this number, payer or state.")
}

/// `GET /ops/design/list`: search, filters, sorting, pages, CSV and bulk acts over sample rows.
async fn show_list(page: Page<Anyone>, asked: Asked) -> Answer {
    page.list(&list(), &asked, async |tx, wanted| tables::rows(tx, wanted).await).await
}

#[derive(Template)]
#[template(path = "ops/design/try.html")]
struct Try {
    form: Markup,
    taken: bool,
}

/// `GET /ops/design/form`: every control, blank.
async fn show_form(page: Page<Anyone>) -> Answer {
    let form = super::form(&page.blank())?;
    page.show("A form to try", &Try { form, taken: false })
}

/// Checks what was typed, shows what is wrong with it, and keeps nothing.
async fn take_form(page: Page<Anyone>, form: Form) -> Answer {
    let mut read = form.read();
    let _name = read.text("name", 1..=40);
    let _address = read.address("address");
    let _due = read.date("due");
    let _amount = read.amount("amount", 100..=50_000);
    let _seats = read.number("seats", 1..=20);
    if let Err(error) = read.done() {
        let (fields, status) = page.again(&form, error)?;
        let form = super::form(&fields)?;
        return page.show_as(status, "A form to try", &Try { form, taken: false });
    }
    let form = super::form(&page.blank())?;
    page.show("A form to try", &Try { form, taken: true })
}

/// `GET /ops/design/confirm`: how something irreversible is asked.
async fn show_confirm(page: Page<Anyone>) -> Answer {
    let confirm = Confirm::new("Refund $119.00?", "/ops/design/done")
        .says("The money goes back to the card it came from, and the membership ends today. This is a sample: nothing happens.")
        .fact("Payer", "Dana Whitlock, sample")
        .fact("Order", "2027-000123, sample")
        .asks("reason", "Reason", "It stands in the audit.")
        .act("Refund $119.00")
        .danger()
        .back("/ops/design#process");
    page.confirm(&confirm, &page.blank())
}

/// Takes chosen rows or a confirmation, and does nothing with them.
async fn take_done(page: Page<Anyone>, form: Form) -> Answer {
    match form.values("chosen").count() {
        0 => page.to("/ops/design#process"),
        count => page.acted(LIST, count),
    }
}

#[derive(Debug, Default, Deserialize)]
struct Since {
    /// When the waiting began, in seconds.
    since: Option<i64>,
}

#[derive(Template)]
#[template(path = "ops/design/pending.html")]
struct Pending {
    timeline: chassis::ui::Timeline,
    waits: bool,
}

/// `GET /ops/design/pending`: a page that waits a moment for another service, and completes.
async fn show_pending(page: Page<Anyone>, Query(asked): Query<Since>) -> Answer {
    let now = page.now().timestamp();
    let Some(since) = asked.since.filter(|since| (now - 60..=now).contains(since)) else {
        return page.to(format!("/ops/design/pending?since={now}"));
    };
    let waits = now - since < WAITS;
    let body = Pending { timeline: super::samples::waiting(waits), waits };
    if waits {
        return page.show_again(StatusCode::OK, 1, "A page that waits", &body);
    }
    page.show("A page that waits", &body)
}
