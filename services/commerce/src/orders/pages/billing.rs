//! `/billing`: what I bought, and the receipts to print.

use askama::Template;
use axum::extract::{Path, Query};
use chassis::ui::{Markup, Timeline, Tone, When, day, state};
use chassis::{Answer, Error, Page, Routes, SignedIn};
use contracts::commerce::OrderState;
use contracts::{Money, OrderId};
use serde::Deserialize;

use super::checkout::Stand;
use super::sheet::Sheet;
use super::steps::{Way, receipt_path};
use crate::charges::domain::Charge;
use crate::orders::domain::{Fate, Order, Seller, seller, shown_number, what_for};
use crate::orders::tables;
use crate::payments::tables::captures_of;
use crate::refunds::domain::{Refund, State};
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
    /// Whether these are not the newest.
    from_middle: bool,
    sample: bool,
}

struct Line {
    id: OrderId,
    what: String,
    number: String,
    opened: When,
    state: Markup,
    receipt: Option<(String, String)>,
    total: Money,
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
        let more = found.len() > PER_PAGE;
        found.truncate(PER_PAGE);
        let orders: Vec<_> = found.iter().map(|order| order.id).collect();
        let charges = charges::tables::of_orders(tx, &orders).await?;
        Ok((found, charges, more))
    });
    let (found, charges, more) = found.await?;
    let site = page.app().site();
    let orders: Vec<Line> = found.into_iter().map(|order| line(order, &charges, site)).collect();
    let view = ListOrders {
        older: orders.last().filter(|_| more).map(|line| line.id),
        orders,
        from_middle: from.before.is_some(),
        sample: site.mode == chassis::Mode::Demo,
    };
    page.show("My orders", &view)
}

fn line(order: Order, charges: &[Charge], site: &chassis::Site) -> Line {
    let own = charges.iter().filter(|charge| charge.order_id == Some(order.id));
    Line {
        id: order.id,
        what: what_for(own),
        number: shown_number(order.id),
        opened: day(site.day(order.opened_at)),
        state: stands(&order),
        receipt: order.receipt_number.clone().map(|number| (receipt_path(&order), number)),
        total: order.total,
    }
}

fn stands(order: &Order) -> Markup {
    match order.state {
        OrderState::Paid if order.late => state(Tone::Warn, "paid late"),
        OrderState::Paid => state(Tone::Ok, "paid"),
        OrderState::Cancelled => state(Tone::Off, "not paid in time"),
        OrderState::Refunded => state(Tone::Off, "refunded"),
        _ => state(Tone::Wait, "waiting for payment"),
    }
}

#[derive(Template)]
#[template(path = "orders/receipt.html")]
struct ShowReceipt<'a> {
    id: OrderId,
    order: String,
    state: Markup,
    number: String,
    paid_on: When,
    payer: String,
    seller: Seller<'a>,
    sheet: Sheet,
    /// The provider's id of the payment.
    payment: Option<String>,
    refunded: Vec<(Money, When)>,
    timeline: Timeline,
    /// Whether nothing more comes: all of it was given back.
    over: bool,
}

/// `GET /billing/receipts/{order}`: to be printed; only for what was paid.
async fn show_receipt(page: Page<SignedIn>, Path(id): Path<OrderId>) -> Answer {
    let (order, charges, refunds, payment) = page
        .read(async |tx| {
            let order = tables::load(tx, id).await?;
            let order = order.ok_or_else(|| Error::not_found("receipt", id))?;
            let captures = captures_of(tx, id).await?;
            let applied = captures.into_iter().find(|one| one.fate == Fate::Applied.as_str());
            let charges = charges::tables::of_order(tx, id).await?;
            let refunds = refunds::tables::of_order(tx, id).await?;
            Ok((order, charges, refunds, applied.map(|one| one.provider_payment)))
        })
        .await?;
    let (Some(number), Some(paid_at)) = (order.receipt_number.clone(), order.paid_at) else {
        return Err(Error::not_found("receipt", id).into());
    };
    if !page.reader().is(order.payer) {
        return Err(Error::not_found("receipt", id).into());
    }
    let site = page.app().site();
    let refunds: Vec<Refund> =
        refunds.into_iter().filter(|refund| refund.charge_id.is_some()).collect();
    let stand = match order.state {
        OrderState::Refunded => Stand::Refunded,
        _ => Stand::Paid { late: order.late },
    };
    let (now, latest) = (page.now(), None);
    let way = Way { order: &order, stand: &stand, latest, refunds: &refunds, now, site };
    let done = refunds.iter().filter(|refund| refund.state == State::Done);
    let view = ShowReceipt {
        id,
        order: shown_number(id),
        state: stands(&order),
        paid_on: day(site.day(paid_at)),
        payer: page.reader().name.clone().unwrap_or_default(),
        seller: seller(&order.legal_entity),
        sheet: Sheet::of_order(page.app(), &order, &charges),
        payment,
        refunded: done
            .filter_map(|one| Some((one.amount.clone(), day(site.day(one.done_at?)))))
            .collect(),
        timeline: way.steps(),
        over: stand.is_over(),
        number,
    };
    page.show(&format!("Receipt {}", view.number), &view)
}
