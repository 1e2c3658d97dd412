//! `/checkout/orders/{order}`: where the payment stands, from "contacting the provider" to the
//! receipt; what is pending completes by itself.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use chassis::{Answer, Error, Fields, Form, Page, Routes, SignedIn};
use contracts::OrderId;
use contracts::commerce::{OrderLine, OrderState};

use crate::charges::domain::Charge;
use crate::orders::commands::TryAgain;
use crate::orders::domain::{Order, lines};
use crate::orders::tables;
use crate::payments::commands::NoteReturn;
use crate::payments::domain::{Payment, Stage, failure_sentence};
use crate::refunds::domain::{Refund, State};
use crate::text::{self, when};
use crate::{charges, payments, refunds};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/checkout/orders/{order}", show_order)
        .get("/checkout/orders/{order}/return", come_back)
        .post("/checkout/orders/{order}/again", try_again)
}

/// What the payer sees of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stand {
    /// The provider is being asked for a page.
    Contacting,
    /// There is a page to pay on.
    Ready { url: String },
    /// The payer was there; the provider has not confirmed yet.
    Confirming { url: Option<String> },
    /// Declined; may be tried again.
    Declined { why: &'static str, offered: bool },
    /// Another amount arrived: staff look at it.
    InReview,
    /// Nothing is offered any more.
    Closed,
    /// Paid.
    Paid { late: bool },
    /// All of it was given back.
    Refunded,
}

impl Stand {
    /// Whether the page is to complete by itself.
    fn is_pending(&self) -> bool {
        matches!(self, Self::Contacting | Self::Confirming { .. })
    }
}

/// Where an order stands for its payer.
fn stand(order: &Order, latest: Option<&Payment>, offered: bool) -> Stand {
    match order.state {
        OrderState::Paid => return Stand::Paid { late: order.late },
        OrderState::Refunded => return Stand::Refunded,
        _ => {}
    }
    let Some(payment) = latest else { return Stand::Closed };
    match payment.stage {
        Stage::Captured => Stand::InReview,
        Stage::Failed => {
            let code = payment.code.as_deref().unwrap_or_default();
            Stand::Declined { why: failure_sentence(code), offered }
        }
        // Who was on the provider's page may have paid: that is told even after the hold.
        Stage::Started if payment.returned_at.is_some() => {
            Stand::Confirming { url: payment.url.clone().filter(|_| offered) }
        }
        _ if !offered => Stand::Closed,
        Stage::Starting => Stand::Contacting,
        Stage::Started => match payment.url.clone() {
            Some(url) => Stand::Ready { url },
            None => Stand::Contacting,
        },
    }
}

#[derive(Template)]
#[template(path = "orders/show.html")]
struct ShowOrder {
    order: Order,
    lines: Vec<OrderLine>,
    refunds: Vec<ShownRefund>,
    stand: Stand,
    hold_until: Option<String>,
    paid_at: Option<String>,
    return_path: String,
    again: String,
    fields: Fields,
}

/// A refund as the payer reads it.
struct ShownRefund {
    amount: String,
    state: &'static str,
}

struct Found {
    order: Order,
    charges: Vec<Charge>,
    latest: Option<Payment>,
    refunds: Vec<Refund>,
}

async fn own_order(page: &Page<SignedIn>, id: OrderId) -> Result<Found, Error> {
    let found = page.read(async |tx| {
        let order = tables::load(tx, id).await?;
        let order = order.ok_or_else(|| Error::not_found("order", id))?;
        let charges = charges::tables::of_order(tx, id).await?;
        let latest = payments::tables::latest(tx, id).await?;
        let refunds = refunds::tables::of_order(tx, id).await?;
        Ok(Found { order, charges, latest, refunds })
    });
    let found = found.await?;
    let own = page.reader().is(found.order.payer);
    if own { Ok(found) } else { Err(Error::not_found("order", id)) }
}

/// `GET /checkout/orders/{order}`.
async fn show_order(page: Page<SignedIn>, Path(id): Path<String>) -> Answer {
    let id: OrderId = text::id("order", &id)?;
    let fields = page.blank();
    show(&page, id, fields, StatusCode::OK).await
}

async fn show(page: &Page<SignedIn>, id: OrderId, fields: Fields, status: StatusCode) -> Answer {
    let Found { order, charges, latest, refunds } = own_order(page, id).await?;
    let site = page.app().site();
    let offered = charges.iter().all(|charge| charge.is_offered(page.now()));
    let hold_until = charges.iter().map(|charge| charge.hold_until).min();
    let stand = stand(&order, latest.as_ref(), offered);
    let pending = stand.is_pending();
    let first = charges.first().map(|charge| charge.return_path.clone());
    let view = ShowOrder {
        lines: lines(&charges),
        refunds: refunds.iter().filter(|one| one.charge_id.is_some()).map(shown).collect(),
        stand,
        hold_until: hold_until.map(|at| when(at, site)),
        paid_at: order.paid_at.map(|at| when(at, site)),
        again: format!("/checkout/orders/{id}/again"),
        return_path: first.unwrap_or_else(|| "/billing".to_owned()),
        order,
        fields,
    };
    if pending {
        page.show_pending("Payment", &view)
    } else {
        page.show_as(status, "Payment", &view)
    }
}

fn shown(refund: &Refund) -> ShownRefund {
    let state = match refund.state {
        State::Asked => "on its way",
        State::Done => "given back",
        State::Failed => "being looked at by our staff",
    };
    ShownRefund { amount: refund.amount.to_string(), state }
}

/// `GET /checkout/orders/{order}/return`: the way back from the provider's page. A browser that
/// never comes back loses nothing: the webhook and the clock do the same.
async fn come_back(page: Page<SignedIn>, Path(id): Path<String>) -> Answer {
    let id: OrderId = text::id("order", &id)?;
    own_order(&page, id).await?;
    page.execute(&NoteReturn { order: id }).await?;
    page.to(format!("/checkout/orders/{id}"))
}

/// `POST /checkout/orders/{order}/again`.
async fn try_again(page: Page<SignedIn>, Path(id): Path<String>, form: Form) -> Answer {
    let id: OrderId = text::id("order", &id)?;
    own_order(&page, id).await?;
    match page.execute_once(&form, &TryAgain { order: id }).await {
        Ok(()) => page.to(format!("/checkout/orders/{id}")),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            show(&page, id, fields, status).await
        }
    }
}
