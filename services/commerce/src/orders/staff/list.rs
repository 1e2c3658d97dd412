//! The list of orders: searched, narrowed, sorted, as a page or as a file.

use chassis::ui::{Asked, Cell, Column, List, Tone, short_instant};
use chassis::{Answer, Mode, Page, Site, Staff, StaffFinance};
use chrono::NaiveDate;
use contracts::commerce::OrderState;

use super::{Tab, tabs};
use crate::orders::domain::{Order, shown_number};
use crate::orders::tables::{self, Between, Listed};
use crate::text::begins;

/// What the list is narrowed to by.
const STATES: [(&str, &str); 6] = [
    ("open", "Waiting for payment"),
    ("paid", "Paid"),
    ("late", "Paid late"),
    ("refunded", "Refunded"),
    ("cancelled", "Not paid in time"),
    ("doubt", "Money in doubt"),
];

/// `GET /staff/commerce`.
pub(super) async fn list_orders(page: Page<Staff<StaffFinance>>, asked: Asked) -> Answer {
    let site = page.app().site();
    let current = if asked.value("state") == Some("doubt") { Tab::InDoubt } else { Tab::Orders };
    let total = if site.mode == Mode::Demo { "Total, sample" } else { "Total" };
    let path = |one: &Listed| format!("/staff/commerce/orders/{}", one.order.id);
    let list = List::new("orders", "Orders", "/staff/commerce")
        .lead(tabs(&page, current).await?)
        .search("Order, receipt, payment or name")
        .choice("state", "State", STATES)
        .day("from", "From")
        .day("to", "To")
        .column(Column::id("Order", move |one: &Listed| {
            Cell::link(path(one), shown_number(one.order.id))
        }))
        .column(Column::id("Receipt", |one: &Listed| {
            Cell::text(one.order.receipt_number.as_deref().unwrap_or("–"))
        }))
        .column(Column::new("Payer", |one: &Listed| {
            Cell::text(one.payer.as_deref().unwrap_or("–"))
        }))
        .column(Column::id("Service", |one: &Listed| Cell::text(&one.asked_by)))
        .column(Column::new("State", |one: &Listed| {
            let (tone, word) = standing(&one.order, one.refunded, one.in_doubt);
            Cell::state(tone, word)
        }))
        .column(
            Column::id("Opened", |one: &Listed| {
                Cell::text(short_instant(site, one.order.opened_at).text())
            })
            .sorted("opened", |one| one.order.opened_at),
        )
        .column(
            Column::num(total, |one: &Listed| Cell::text(one.order.total.to_string()))
                .sorted("total", |one| one.order.total.minor),
        )
        .identified(|one| one.order.id.0)
        .sorted_by("-opened")
        .empty("No order matches", "An order stands here as soon as a payer presses “Pay”.");
    let between = between(site, &asked);
    page.list(&list, &asked, async move |tx, wanted| tables::list(tx, wanted, between).await).await
}

/// From the beginning of one day to the end of another, both as the society's clocks show them.
fn between(site: &Site, asked: &Asked) -> Between {
    let day = |name| asked.value(name)?.parse::<NaiveDate>().ok();
    let next = day("to").and_then(|day| day.succ_opt());
    Between {
        from: day("from").and_then(|day| begins(day, site)),
        before: next.and_then(|day| begins(day, site)),
    }
}

/// How an order stands for staff: what needs them comes before all else.
pub(super) fn standing(order: &Order, refunded: i64, in_doubt: bool) -> (Tone, &'static str) {
    match order.state {
        _ if in_doubt => (Tone::Bad, "money in doubt"),
        OrderState::Paid if refunded > 0 => (Tone::Ok, "part refunded"),
        OrderState::Paid if order.late => (Tone::Warn, "paid late"),
        OrderState::Paid => (Tone::Ok, "paid"),
        OrderState::Refunded => (Tone::Off, "refunded"),
        OrderState::Cancelled => (Tone::Off, "not paid in time"),
        _ => (Tone::Wait, "waiting for payment"),
    }
}
