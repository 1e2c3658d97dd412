//! `/checkout/pay/{charge}`: what is asked for, until when, and the button that opens an order.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use chassis::ui::Timeline;
use chassis::{Answer, Error, Fields, Form, Page, Routes, SignedIn};
use contracts::ChargeId;
use contracts::commerce::ChargeState;

use super::domain::Charge;
use super::tables;
use crate::orders::commands::Pay;
use crate::orders::pages::Sheet;
use crate::text::{self, Hold};

/// The routes of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/checkout/pay/{charge}", show_charge).post("/checkout/pay/{charge}", pay)
}

#[derive(Template)]
#[template(path = "charges/pay.html")]
struct ShowCharge {
    sheet: Sheet,
    hold: Option<Hold>,
    return_path: String,
    /// Why it cannot be paid; else the form is shown.
    closed: Option<&'static str>,
    action: String,
    button: String,
    timeline: Timeline,
    fields: Fields,
}

#[derive(Template)]
#[template(path = "charges/unknown.html")]
struct NotYetKnown;

/// The charge, when the reader is the one who pays; nothing when it has not come here yet.
async fn own_charge(page: &Page<SignedIn>, id: ChargeId) -> Result<Option<Charge>, Error> {
    let charge = page.read(async |tx| tables::load(tx, id).await).await?;
    match charge {
        Some(charge) if !page.reader().is(charge.payer) => Err(Error::not_found("charge", id)),
        other => Ok(other),
    }
}

/// `GET /checkout/pay/{charge}`.
async fn show_charge(page: Page<SignedIn>, Path(id): Path<String>) -> Answer {
    let id: ChargeId = text::id("charge", &id)?;
    let Some(charge) = own_charge(&page, id).await? else {
        // The asker's message may still be on its way: the page completes by itself.
        return page.show_pending("Checkout", &NotYetKnown);
    };
    if let Some(order) = charge.order_id {
        return page.to(format!("/checkout/orders/{order}"));
    }
    let fields = page.blank();
    show(&page, &charge, fields, StatusCode::OK)
}

fn show(page: &Page<SignedIn>, charge: &Charge, fields: Fields, status: StatusCode) -> Answer {
    let site = page.app().site();
    let view = ShowCharge {
        sheet: Sheet::of_charge(page.app(), charge),
        hold: Hold::at(charge.hold_until, page.now(), site),
        return_path: charge.return_path.clone(),
        closed: closed(charge, page.now()),
        action: format!("/checkout/pay/{}", charge.id),
        button: format!("Pay {}", charge.total),
        timeline: ahead(),
        fields,
    };
    page.show_as(status, "Checkout", &view)
}

/// What comes after the button.
fn ahead() -> Timeline {
    Timeline::new()
        .next("first", "You pay on the page of the payment provider")
        .note("This site never sees the number of your card.")
        .next("then", "You come back here, and the provider confirms the payment")
        .note("Usually within seconds. The page says so by itself, and you may close it.")
        .next("then", "The receipt stands under My orders and goes to you by mail")
}

/// Why a charge without an order cannot be paid now.
fn closed(charge: &Charge, now: chrono::DateTime<chrono::Utc>) -> Option<&'static str> {
    match charge.state {
        ChargeState::Open if charge.is_offered(now) => None,
        ChargeState::Open | ChargeState::Expired => Some("The time to pay this is over."),
        ChargeState::Withdrawn => Some("This was withdrawn and can no longer be paid."),
        ChargeState::Refused => Some("This could not be charged as it was asked for."),
        _ => Some("This is settled."),
    }
}

/// `POST /checkout/pay/{charge}`: opens the order, or finds the one a first click opened.
async fn pay(page: Page<SignedIn>, Path(id): Path<String>, form: Form) -> Answer {
    let id: ChargeId = text::id("charge", &id)?;
    let charge = own_charge(&page, id).await?;
    let charge = charge.ok_or_else(|| Error::not_found("charge", id))?;
    match page.execute_once(&form, &Pay { charge: id }).await {
        Ok(order) => page.to(format!("/checkout/orders/{order}")),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            show(&page, &charge, fields, status)
        }
    }
}
