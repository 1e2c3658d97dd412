//! `/checkout/orders/{order}`: where the payment stands, from "contacting the provider" to the
//! receipt; what is pending completes by itself.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use chassis::ui::{Markup, Timeline, Tone, When, instant, state};
use chassis::{Answer, Error, Fields, Form, Page, Routes, SignedIn};
use contracts::OrderId;
use contracts::commerce::OrderState;

use super::sheet::Sheet;
use super::steps::Way;
use crate::charges::domain::Charge;
use crate::orders::commands::TryAgain;
use crate::orders::domain::{Order, shown_number};
use crate::orders::tables;
use crate::payments::commands::NoteReturn;
use crate::payments::domain::{Payment, Stage, failure_sentence};
use crate::refunds::domain::Refund;
use crate::text::{self, Hold};
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

    /// Whether the next step is the payer's, within the hold.
    fn waits_for_payer(&self) -> bool {
        matches!(self, Self::Ready { .. } | Self::Declined { offered: true, .. })
    }

    /// Whether what was paid for comes next.
    fn goes_on(&self) -> bool {
        matches!(self, Self::Paid { .. })
    }

    /// Whether nothing more comes.
    pub(super) fn is_over(&self) -> bool {
        *self == Self::Refunded
    }

    /// The state in a word and its shape.
    fn state(&self) -> (Tone, &'static str) {
        match self {
            Self::Contacting | Self::Confirming { .. } => (Tone::Wait, "pending"),
            Self::Ready { .. } => (Tone::Wait, "waiting for payment"),
            Self::Declined { .. } => (Tone::Bad, "not paid"),
            Self::InReview => (Tone::Warn, "in review"),
            Self::Closed => (Tone::Off, "not paid in time"),
            Self::Paid { late: false } => (Tone::Ok, "paid"),
            Self::Paid { late: true } => (Tone::Warn, "paid late"),
            Self::Refunded => (Tone::Off, "refunded"),
        }
    }

    /// What heads the page.
    fn heading(&self, order: &Order) -> String {
        match self {
            Self::Paid { .. } => "Paid. Thank you.".to_owned(),
            Self::Refunded => "Refunded.".to_owned(),
            _ => format!("Payment of {}", order.total),
        }
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
    number: String,
    state: Markup,
    heading: String,
    sheet: Sheet,
    stand: Stand,
    /// As long as payment is offered.
    hold: Option<Hold>,
    paid_at: Option<When>,
    timeline: Timeline,
    return_path: String,
    again: String,
    fields: Fields,
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
    let (site, now) = (page.app().site(), page.now());
    let offered = charges.iter().all(|charge| charge.is_offered(now));
    let hold_until = charges.iter().map(|charge| charge.hold_until).min();
    let stand = stand(&order, latest.as_ref(), offered);
    let pending = stand.is_pending();
    let first = charges.first().map(|charge| charge.return_path.clone());
    let return_path = first.unwrap_or_else(|| "/billing".to_owned());
    let refunds: Vec<Refund> = refunds.into_iter().filter(|one| one.charge_id.is_some()).collect();
    let way =
        Way { order: &order, stand: &stand, latest: latest.as_ref(), refunds: &refunds, now, site };
    let (tone, word) = stand.state();
    let view = ShowOrder {
        number: shown_number(id),
        state: state(tone, word),
        heading: stand.heading(&order),
        sheet: Sheet::of_order(page.app(), &order, &charges),
        hold: hold_until.filter(|_| stand.waits_for_payer()).and_then(|at| Hold::at(at, now, site)),
        paid_at: order.paid_at.map(|at| instant(site, at)),
        timeline: way.steps(),
        again: format!("/checkout/orders/{id}/again"),
        stand,
        return_path,
        fields,
    };
    if pending {
        page.show_pending("Payment", &view)
    } else {
        page.show_as(status, "Payment", &view)
    }
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
