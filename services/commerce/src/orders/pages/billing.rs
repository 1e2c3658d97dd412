//! `/billing`: what I bought, and the receipts to print.

use askama::Template;
use axum::extract::{Path, Query};
use chassis::{Answer, Error, Page, Routes, SignedIn};
use contracts::OrderId;
use contracts::commerce::{OrderLine, OrderState};
use serde::Deserialize;

use crate::orders::domain::{Order, lines};
use crate::orders::tables;
use crate::text::day;
use crate::{charges, refunds};

/// How many orders a page of the list has.
const PER_PAGE: usize = 25;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/billing", list_orders).get("/billing/receipts/{order}", show_receipt)
}

#[derive(Deserialize)]
struct From {
    before: Option<OrderId>,
}

#[derive(Template)]
#[template(path = "orders/list.html")]
struct ListOrders {
    orders: Vec<Line>,
    older: Option<OrderId>,
}

struct Line {
    order: Order,
    opened: String,
    state: &'static str,
}

/// `GET /billing`.
async fn list_orders(page: Page<SignedIn>, Query(from): Query<From>) -> Answer {
    let before = from.before.unwrap_or_else(tables::newest);
    let ids: Vec<_> = page.reader().person.iter().chain(&page.reader().also).copied().collect();
    let found = page.read(async |tx| {
        let mut found = Vec::new();
        for id in &ids {
            found.extend(tables::of_payer(tx, *id, before, PER_PAGE + 1).await?);
        }
        found.sort_by_key(|order| std::cmp::Reverse(order.id));
        Ok(found)
    });
    let found = found.await?;
    let more = found.len() > PER_PAGE;
    let orders: Vec<Line> = found
        .into_iter()
        .take(PER_PAGE)
        .map(|order| Line {
            opened: day(order.opened_at, page.app().site()),
            state: word(&order.state),
            order,
        })
        .collect();
    let older = orders.last().filter(|_| more).map(|line| line.order.id);
    page.show("My orders", &ListOrders { orders, older })
}

fn word(state: &OrderState) -> &'static str {
    match state {
        OrderState::Paid => "paid",
        OrderState::Cancelled => "not paid in time",
        OrderState::Refunded => "refunded",
        _ => "waiting for payment",
    }
}

#[derive(Template)]
#[template(path = "orders/receipt.html")]
struct ShowReceipt {
    order: Order,
    number: String,
    paid_on: String,
    payer: String,
    seller: String,
    lines: Vec<OrderLine>,
    refunded: Vec<String>,
}

/// `GET /billing/receipts/{order}`: to be printed; only for what was paid.
async fn show_receipt(page: Page<SignedIn>, Path(id): Path<OrderId>) -> Answer {
    let (order, charges, refunds) = page
        .read(async |tx| {
            let order = tables::load(tx, id).await?;
            let order = order.ok_or_else(|| Error::not_found("receipt", id))?;
            let charges = charges::tables::of_order(tx, id).await?;
            Ok((order, charges, refunds::tables::of_order(tx, id).await?))
        })
        .await?;
    let (Some(number), Some(paid_at)) = (order.receipt_number.clone(), order.paid_at) else {
        return Err(Error::not_found("receipt", id).into());
    };
    if !page.reader().is(order.payer) {
        return Err(Error::not_found("receipt", id).into());
    }
    let done = refunds.iter().filter(|refund| refund.charge_id.is_some());
    let done = done.filter_map(|refund| Some((refund.amount.to_string(), refund.done_at?)));
    let site = page.app().site();
    let view = ShowReceipt {
        paid_on: day(paid_at, site),
        payer: page.reader().name.clone().unwrap_or_default(),
        seller: order.legal_entity.to_uppercase(),
        lines: lines(&charges),
        refunded: done.map(|(amount, at)| format!("{amount} on {}", day(at, site))).collect(),
        number,
        order,
    };
    page.show(&format!("Receipt {}", view.number), &view)
}
