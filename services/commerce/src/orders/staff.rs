//! `/staff/commerce`: orders as the finance staff see them.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use chassis::{Answer, Error, Fields, Page, Result, Routes, Staff, StaffFinance};
use contracts::OrderId;
use contracts::commerce::OrderState;
use serde::Deserialize;

use super::domain::Order;
use super::tables::{self, Filter};
use crate::charges::domain::Charge;
use crate::ledger::tables::Posted;
use crate::orders::domain::Fate;
use crate::payments::domain::Payment;
use crate::payments::tables::Capture;
use crate::refunds::domain::Refund;
use crate::text::when;
use crate::{charges, ledger, payments, refunds};

/// How many orders a page of the list has.
const PER_PAGE: usize = 50;

/// The routes of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/staff/commerce", list_orders).get("/staff/commerce/orders/{order}", show_order)
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    state: String,
    #[serde(default)]
    receipt: String,
    before: Option<OrderId>,
}

#[derive(Template)]
#[template(path = "staff/orders.html")]
struct ListOrders {
    orders: Vec<Line>,
    states: Vec<(&'static str, bool)>,
    state: String,
    receipt: String,
    older: Option<OrderId>,
}

struct Line {
    order: Order,
    opened: String,
}

/// `GET /staff/commerce`.
async fn list_orders(page: Page<Staff<StaffFinance>>, Query(asked): Query<Asked>) -> Answer {
    let known = OrderState::WORDS.contains(&asked.state.as_str());
    if !known && !asked.state.is_empty() {
        return Err(Error::invalid("state", "is one of the states offered").into());
    }
    let receipt = asked.receipt.trim().to_lowercase();
    let filter = Filter {
        state: known.then(|| OrderState::from(asked.state.as_str())),
        receipt: (!receipt.is_empty()).then(|| receipt.clone()),
    };
    let before = asked.before.unwrap_or_else(tables::newest);
    let found = page.read(async |tx| tables::list(tx, &filter, before, PER_PAGE + 1).await).await?;
    let more = found.len() > PER_PAGE;
    let orders: Vec<Line> = found
        .into_iter()
        .take(PER_PAGE)
        .map(|order| Line { opened: when(order.opened_at, page.app().site()), order })
        .collect();
    let older = orders.last().filter(|_| more).map(|line| line.order.id);
    let states = OrderState::WORDS.iter().map(|word| (*word, *word == asked.state)).collect();
    page.show("Orders", &ListOrders { orders, states, state: asked.state, receipt, older })
}

#[derive(Template)]
#[template(path = "staff/order.html")]
struct ShowOrder {
    found: Found,
    opened: String,
    paid: Option<String>,
    refundable: Vec<Refundable>,
    unmatched: Vec<Capture>,
    entries: Vec<(String, Posted)>,
    audit: Vec<(String, chassis::command::Audited)>,
    reasons: Vec<chassis::Choice>,
    fresh: bool,
    refunds: String,
    returns: String,
    fields: Fields,
}

/// A charge with money that can still be given back.
struct Refundable {
    charge: Charge,
    remaining: String,
}

/// All there is about an order.
struct Found {
    order: Order,
    charges: Vec<Charge>,
    payments: Vec<Payment>,
    captures: Vec<Capture>,
    refunds: Vec<Refund>,
    entries: Vec<Posted>,
    audit: Vec<chassis::command::Audited>,
}

async fn find(page: &Page<Staff<StaffFinance>>, id: OrderId) -> Result<Found> {
    page.read(async |tx| {
        let order = tables::load(tx, id).await?;
        Ok(Found {
            order: order.ok_or_else(|| Error::not_found("order", id))?,
            charges: charges::tables::of_order(tx, id).await?,
            payments: payments::tables::of_order(tx, id).await?,
            captures: payments::tables::captures_of(tx, id).await?,
            refunds: refunds::tables::of_order(tx, id).await?,
            entries: ledger::tables::of_order(tx, id).await?,
            audit: tx.audited("order", id).await?,
        })
    })
    .await
}

/// `GET /staff/commerce/orders/{order}`.
async fn show_order(page: Page<Staff<StaffFinance>>, Path(id): Path<OrderId>) -> Answer {
    let fields = page.blank();
    show(&page, id, fields, StatusCode::OK).await
}

/// The order with its forms; also after a form that could not be used.
pub(crate) async fn show(
    page: &Page<Staff<StaffFinance>>,
    id: OrderId,
    fields: Fields,
    status: StatusCode,
) -> Answer {
    let mut found = find(page, id).await?;
    let site = page.app().site();
    let refundable = found.charges.iter().filter(|charge| charge.remaining().minor > 0);
    let unmatched = found
        .captures
        .iter()
        .filter(|one| one.fate != Fate::Applied.as_str() && one.remaining().minor > 0);
    let view = ShowOrder {
        opened: when(found.order.opened_at, site),
        paid: found.order.paid_at.map(|at| when(at, site)),
        refundable: refundable
            .map(|charge| Refundable {
                remaining: charge.remaining().to_string(),
                charge: charge.clone(),
            })
            .collect(),
        unmatched: unmatched.cloned().collect(),
        entries: found.entries.drain(..).map(|one| (when(one.at, site), one)).collect(),
        audit: found.audit.drain(..).map(|one| (when(one.at, site), one)).collect(),
        reasons: refunds::staff::reasons(),
        refunds: format!("/staff/commerce/orders/{id}/refunds"),
        returns: format!("/staff/commerce/orders/{id}/returns"),
        fresh: page.reader().is_fresh(page.now()),
        found,
        fields,
    };
    page.show_as(status, "Order", &view)
}
