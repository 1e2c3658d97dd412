//! Staff give money back: a fresh authentication, at most what is left, once per form.

use axum::extract::Path;
use chassis::{Answer, Choice, Error, Form, Page, Result, Routes, Staff, StaffFinance};
use contracts::{ChargeId, Money, OrderId};

use super::commands::{RefundCharge, ReturnCapture};
use crate::charges::domain::LARGEST_TOTAL;
use crate::{charges, orders, payments};

/// The routes of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .post("/staff/commerce/orders/{order}/refunds", refund_charge)
        .post("/staff/commerce/orders/{order}/returns", return_capture)
}

/// The reasons staff choose from: codes, because no sentence travels in a message.
const REASONS: [(&str, &str); 4] = [
    ("asked_by_payer", "The payer asked for it"),
    ("not_delivered", "What was paid for was not delivered"),
    ("charged_in_error", "Charged in error"),
    ("goodwill", "Goodwill"),
];

/// The reasons as choices of a form.
pub(crate) fn reasons() -> Vec<Choice> {
    REASONS.iter().map(|(value, label)| Choice::new(*value, *label)).collect()
}

async fn read_refund(
    page: &Page<Staff<StaffFinance>>,
    order: OrderId,
    form: &Form,
) -> Result<RefundCharge> {
    let mut read = form.read();
    let charge = read.id::<ChargeId>("charge");
    let amount = read.amount("amount", 1..=LARGEST_TOTAL);
    let reason = read.choice("reason", &REASONS.map(|(code, _)| code));
    read.done()?;
    let (charge, minor, reason) = (charge.take(), amount.take(), reason.take());
    let known = page.read(async |tx| charges::tables::load(tx, charge).await).await?;
    let known = known.filter(|known| known.order_id == Some(order));
    let known = known.ok_or_else(|| Error::not_found("charge", charge))?;
    let amount = Money { minor, currency: known.total.currency };
    Ok(RefundCharge { charge, amount, reason, asked_key: format!("staff/{}", form.key()) })
}

/// `POST /staff/commerce/orders/{order}/refunds`: part or all of a charge.
async fn refund_charge(
    page: Page<Staff<StaffFinance>>,
    Path(order): Path<OrderId>,
    form: Form,
) -> Answer {
    page.fresh()?;
    let outcome = match read_refund(&page, order, &form).await {
        Ok(command) => page.execute_once(&form, &command).await,
        Err(error) => Err(error),
    };
    answer(&page, order, &form, outcome).await
}

/// `POST /staff/commerce/orders/{order}/returns`: money that no charge was waiting for.
async fn return_capture(
    page: Page<Staff<StaffFinance>>,
    Path(order): Path<OrderId>,
    form: Form,
) -> Answer {
    page.fresh()?;
    let outcome = match read_return(&page, order, &form).await {
        Ok(command) => page.execute_once(&form, &command).await,
        Err(error) => Err(error),
    };
    answer(&page, order, &form, outcome).await
}

async fn read_return(
    page: &Page<Staff<StaffFinance>>,
    order: OrderId,
    form: &Form,
) -> Result<ReturnCapture> {
    let mut read = form.read();
    let payment = read.text("payment", 1..=100);
    read.done()?;
    let provider_payment = payment.take();
    let id = provider_payment.as_str();
    let known = page.read(async |tx| payments::tables::capture(tx, id).await).await?;
    if known.is_none_or(|known| known.order_id != order) {
        return Err(Error::not_found("payment", id));
    }
    let asked_key = format!("staff/{}", form.key());
    Ok(ReturnCapture { provider_payment, asked_key, reason: "unmatched" })
}

async fn answer(
    page: &Page<Staff<StaffFinance>>,
    order: OrderId,
    form: &Form,
    outcome: Result<()>,
) -> Answer {
    match outcome {
        Ok(()) => page.to(format!("/staff/commerce/orders/{order}")),
        Err(error) => {
            let (fields, status) = page.again(form, error)?;
            orders::staff::show(page, order, fields, status).await
        }
    }
}
