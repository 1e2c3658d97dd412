//! `/billing`: what I bought, with its invoices and credit notes, and the receipts to print.

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
use crate::invoices::domain::Document;
use crate::orders::domain::{Fate, Order, shown_number, what_for};
use crate::orders::tables;
use crate::payments::tables::captures_of;
use crate::refunds::domain::Refund;
use crate::{charges, invoices, refunds};

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
    /// The invoice and its credit notes.
    documents: Vec<Document>,
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
        let documents = invoices::tables::of_orders(tx, &orders).await?;
        Ok((found, charges, documents, more))
    });
    let (found, charges, documents, more) = found.await?;
    let site = page.app().site();
    let line = |order| line(order, &charges, &documents, site);
    let orders: Vec<Line> = found.into_iter().map(line).collect();
    let view = ListOrders {
        older: orders.last().filter(|_| more).map(|line| line.id),
        orders,
        from_middle: from.before.is_some(),
        sample: site.mode == chassis::Mode::Demo,
    };
    page.show("My orders", &view)
}

fn line(order: Order, charges: &[Charge], all: &[Document], site: &chassis::Site) -> Line {
    let own = charges.iter().filter(|charge| charge.order_id == Some(order.id));
    Line {
        id: order.id,
        what: what_for(own),
        number: shown_number(order.id),
        opened: day(site.day(order.opened_at)),
        state: stands(&order),
        receipt: order.receipt_number.clone().map(|number| (receipt_path(&order), number)),
        documents: all.iter().filter(|one| one.order_id == order.id).cloned().collect(),
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
struct ShowReceipt {
    id: OrderId,
    order: String,
    state: Markup,
    paid_on: When,
    /// What was paid, as it stands on the invoice.
    invoice: Document,
    sheet: Sheet,
    /// The provider's id of the payment.
    payment: Option<String>,
    /// What went back, when, and by which credit note.
    refunded: Vec<(Money, When, String)>,
    timeline: Timeline,
    /// Whether nothing more comes: all of it was given back.
    over: bool,
}

/// What a receipt is made of.
struct Proof {
    order: Order,
    refunds: Vec<Refund>,
    payment: Option<String>,
    invoice: Document,
    notes: Vec<Document>,
}

async fn proof(page: &Page<SignedIn>, id: OrderId) -> Result<Proof, Error> {
    let found = page.read(async |tx| {
        let order = tables::load(tx, id).await?;
        let order = order.ok_or_else(|| Error::not_found("receipt", id))?;
        let captures = captures_of(tx, id).await?;
        let applied = captures.into_iter().find(|one| one.fate == Fate::Applied.as_str());
        let refunds = refunds::tables::of_order(tx, id).await?;
        let mut documents = invoices::tables::of_order(tx, id).await?.into_iter();
        let invoice = documents.next().ok_or_else(|| Error::not_found("receipt", id))?;
        Ok(Proof {
            refunds: refunds.into_iter().filter(|refund| refund.charge_id.is_some()).collect(),
            payment: applied.map(|one| one.provider_payment),
            notes: documents.collect(),
            order,
            invoice,
        })
    });
    let found = found.await?;
    let own = page.reader().is(found.order.payer);
    if own { Ok(found) } else { Err(Error::not_found("receipt", id)) }
}

/// `GET /billing/receipts/{order}`: to be printed; only for what was paid.
async fn show_receipt(page: Page<SignedIn>, Path(id): Path<OrderId>) -> Answer {
    let Proof { order, refunds, payment, invoice, notes } = proof(&page, id).await?;
    let site = page.app().site();
    let stand = match order.state {
        OrderState::Refunded => Stand::Refunded,
        _ => Stand::Paid { late: order.late },
    };
    let (now, latest) = (page.now(), None);
    let way = Way { order: &order, stand: &stand, latest, refunds: &refunds, now, site };
    let back = |note: Document| (note.total, day(note.issued_on), note.number);
    let view = ShowReceipt {
        id,
        order: shown_number(id),
        state: stands(&order),
        paid_on: day(order.paid_at.map_or(invoice.issued_on, |at| site.day(at))),
        sheet: Sheet::of_invoice(&invoice),
        payment,
        refunded: notes.into_iter().map(back).collect(),
        timeline: way.steps(),
        over: stand.is_over(),
        invoice,
    };
    page.show(&format!("Receipt {}", view.invoice.number), &view)
}
