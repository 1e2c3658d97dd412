//! Staff give money back: a fresh authentication, at most what is left, once per form. A page asks
//! how much and why, another asks once more with the sum on its button.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use chassis::readers::name_of;
use chassis::ui::{Asked, Confirm, When, instant};
use chassis::{
    Answer, Choice, Error, Fields, Form, Mode, Page, Result, Routes, Staff, StaffFinance,
};
use contracts::{ChargeId, Money, OrderId};

use super::commands::{RefundCharge, ReturnCapture};
use crate::charges::domain::{Charge, LARGEST_TOTAL};
use crate::orders::domain::{Order, shown_number, what_for};
use crate::payments::tables::Capture;
use crate::{charges, orders, payments};

/// The routes of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/staff/commerce/orders/{order}/refund", ask_refund)
        .post("/staff/commerce/orders/{order}/refund", check_refund)
        .get("/staff/commerce/orders/{order}/refund/confirm", confirm_refund)
        .post("/staff/commerce/orders/{order}/refunds", refund_charge)
        .get("/staff/commerce/orders/{order}/return", confirm_return)
        .post("/staff/commerce/orders/{order}/returns", return_capture)
}

/// The reasons staff choose from: codes, because no sentence travels in a message.
const REASONS: [(&str, &str); 4] = [
    ("asked_by_payer", "The payer asked for it"),
    ("not_delivered", "What was paid for was not delivered"),
    ("charged_in_error", "Charged in error"),
    ("goodwill", "Goodwill"),
];

/// What money is given back of.
struct Ground {
    order: Order,
    charge: Charge,
    payer: String,
}

async fn ground(
    page: &Page<Staff<StaffFinance>>,
    order: OrderId,
    charge: Option<ChargeId>,
) -> Result<Ground> {
    page.read(async |tx| {
        let order = orders::tables::load(tx, order).await?;
        let order = order.ok_or_else(|| Error::not_found("order", "of the refund"))?;
        let charges = charges::tables::of_order(tx, order.id).await?;
        let charge = charges.into_iter().find(|one| charge.is_none_or(|id| one.id == id));
        let charge = charge.ok_or_else(|| Error::not_found("charge", "of the refund"))?;
        let payer = name_of(tx, order.payer).await?;
        Ok(Ground { payer: payer.unwrap_or_else(|| order.payer.to_string()), charge, order })
    })
    .await
}

impl Ground {
    fn path(&self, end: &str) -> String {
        format!("/staff/commerce/orders/{}{end}", self.order.id)
    }

    /// `114.00`, as a field of money takes it.
    fn typed(minor: i64) -> String {
        format!("{}.{:02}", minor / 100, minor % 100)
    }

    /// The page that asks, with what was chosen before.
    fn form_path(&self, minor: i64, reason: &str) -> String {
        let (charge, amount) = (self.charge.id, Self::typed(minor));
        self.path(&format!("/refund?charge={charge}&amount={amount}&reason={reason}"))
    }
}

#[derive(Template)]
#[template(path = "staff/refund.html")]
struct AskRefund {
    order: String,
    number: String,
    payer: String,
    what: String,
    receipt: String,
    paid: Option<When>,
    charge: Charge,
    currency: String,
    sample: bool,
    reasons: Vec<Choice>,
    action: String,
    fields: Fields,
}

/// `GET /staff/commerce/orders/{order}/refund`: how much, and why.
async fn ask_refund(
    page: Page<Staff<StaffFinance>>,
    Path(order): Path<OrderId>,
    asked: Asked,
) -> Answer {
    page.fresh()?;
    let charge = asked.value("charge").and_then(|id| id.parse().ok());
    let ground = ground(&page, order, charge).await?;
    let most = ground.charge.remaining();
    if most.minor < 1 {
        return page.to(ground.path(""));
    }
    let all = Ground::typed(most.minor);
    let fields = page
        .blank()
        .fill("amount", asked.value("amount").unwrap_or(&all))
        .fill("reason", asked.value("reason").unwrap_or_default());
    ask(&page, ground, fields, StatusCode::OK)
}

fn ask(
    page: &Page<Staff<StaffFinance>>,
    ground: Ground,
    fields: Fields,
    status: StatusCode,
) -> Answer {
    let site = page.app().site();
    let none = Choice::new("", "Choose one");
    let known = REASONS.iter().map(|(value, label)| Choice::new(*value, *label));
    let view = AskRefund {
        order: ground.path(""),
        action: ground.path("/refund"),
        number: shown_number(ground.order.id),
        what: what_for(std::iter::once(&ground.charge)),
        receipt: ground.order.receipt_number.clone().unwrap_or_default(),
        paid: ground.order.paid_at.map(|at| instant(site, at)),
        currency: ground.charge.total.currency.to_string(),
        sample: site.mode == Mode::Demo,
        reasons: std::iter::once(none).chain(known).collect(),
        fields: fields.with("charge", ground.charge.id),
        payer: ground.payer,
        charge: ground.charge,
    };
    page.show_as(status, "Refund", &view)
}

/// What was typed, checked against the charge; `most` in minor units.
fn read_refund(form: &Form, most: i64) -> Result<(i64, String)> {
    let mut read = form.read();
    let amount = read.amount("amount", 1..=most);
    let reason = read.choice("reason", &REASONS.map(|(code, _)| code));
    read.done()?;
    Ok((amount.take(), reason.take()))
}

/// The charge that a form is about.
fn charge_of(form: &Form) -> Result<ChargeId> {
    let mut read = form.read();
    let charge = read.id::<ChargeId>("charge");
    read.done()?;
    Ok(charge.take())
}

/// `POST /staff/commerce/orders/{order}/refund`: looks at what was typed; nothing happens yet.
async fn check_refund(
    page: Page<Staff<StaffFinance>>,
    Path(order): Path<OrderId>,
    form: Form,
) -> Answer {
    page.fresh()?;
    let ground = ground(&page, order, Some(charge_of(&form)?)).await?;
    match read_refund(&form, ground.charge.remaining().minor.max(1)) {
        Ok((minor, reason)) => {
            let query = format!("?charge={}&minor={minor}&reason={reason}", ground.charge.id);
            page.to(ground.path(&format!("/refund/confirm{query}")))
        }
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            ask(&page, ground, fields, status)
        }
    }
}

/// `GET /staff/commerce/orders/{order}/refund/confirm`: once more, with the sum on the button.
async fn confirm_refund(
    page: Page<Staff<StaffFinance>>,
    Path(order): Path<OrderId>,
    asked: Asked,
) -> Answer {
    page.fresh()?;
    let charge = asked.value("charge").and_then(|id| id.parse().ok());
    let ground = ground(&page, order, charge).await?;
    let minor: i64 = asked.value("minor").and_then(|minor| minor.parse().ok()).unwrap_or(0);
    let reason = asked.value("reason").unwrap_or_default();
    let known = REASONS.iter().find(|(code, _)| *code == reason);
    let most = ground.charge.remaining().minor;
    let Some((code, label)) = known.filter(|_| (1..=most).contains(&minor)) else {
        return page.to(ground.path(&format!("/refund?charge={}", ground.charge.id)));
    };
    let amount = ground.charge.money(minor);
    let number = shown_number(ground.order.id);
    let confirm = Confirm::new(format!("Refund {amount}?"), ground.path("/refunds"))
        .crumb("/staff/commerce", "Orders")
        .crumb(ground.path(""), format!("Order {number}"))
        .says(
            "The payment provider is asked at once to give the money back. This cannot be undone.",
        )
        .says("The service that charged hears of it when the provider has confirmed.")
        .fact("Amount", format!("{amount} of {}", ground.charge.total))
        .fact("Reason", *label)
        .fact("Payer", &ground.payer)
        .fact("For", what_for(std::iter::once(&ground.charge)))
        .fact("Receipt", ground.order.receipt_number.as_deref().unwrap_or("–"))
        .act(format!("Refund {amount}"))
        .danger()
        .back(ground.form_path(minor, code));
    let fields = page
        .blank()
        .with("charge", ground.charge.id)
        .with("amount", Ground::typed(minor))
        .with("reason", code);
    page.confirm(&confirm, &fields)
}

/// `POST /staff/commerce/orders/{order}/refunds`: part or all of a charge.
async fn refund_charge(
    page: Page<Staff<StaffFinance>>,
    Path(order): Path<OrderId>,
    form: Form,
) -> Answer {
    page.fresh()?;
    let ground = ground(&page, order, Some(charge_of(&form)?)).await?;
    let outcome = match read_refund(&form, LARGEST_TOTAL) {
        Ok((minor, reason)) => {
            let (charge, amount) = (ground.charge.id, ground.charge.money(minor));
            let asked_key = format!("staff/{}", form.key());
            page.execute_once(&form, &RefundCharge { charge, amount, reason, asked_key }).await
        }
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => page.to(ground.path("")),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            ask(&page, ground, fields, status)
        }
    }
}

/// The money of an order that came under a payment of the provider.
async fn money(
    page: &Page<Staff<StaffFinance>>,
    order: OrderId,
    payment: &str,
) -> Result<(Capture, String)> {
    let found = page.read(async |tx| {
        let found = payments::tables::capture(tx, payment).await?;
        let found = found.filter(|found| found.order_id == order);
        let found = found.ok_or_else(|| Error::not_found("payment", payment))?;
        let order = orders::tables::load(tx, order).await?;
        let order = order.ok_or_else(|| Error::internal("money without its order"))?;
        Ok((found, name_of(tx, order.payer).await?.unwrap_or_else(|| order.payer.to_string())))
    });
    found.await
}

/// `GET /staff/commerce/orders/{order}/return`: asks before money that pays nothing goes back.
async fn confirm_return(
    page: Page<Staff<StaffFinance>>,
    Path(order): Path<OrderId>,
    asked: Asked,
) -> Answer {
    page.fresh()?;
    let (found, payer) = money(&page, order, asked.value("payment").unwrap_or_default()).await?;
    let back = format!("/staff/commerce/orders/{order}");
    let amount: Money = found.remaining();
    if amount.minor < 1 {
        return page.to(back);
    }
    let confirm = Confirm::new(format!("Give {amount} back?"), format!("{back}/returns"))
        .crumb("/staff/commerce", "Orders")
        .crumb(&back, format!("Order {}", shown_number(order)))
        .says("No charge was waiting for this money. The payment provider is asked at once to give it back.")
        .fact("Amount", amount.to_string())
        .fact("Payment", &found.provider_payment)
        .fact("Payer", payer)
        .act(format!("Give {amount} back"))
        .danger()
        .back(back);
    page.confirm(&confirm, &page.blank().with("payment", &found.provider_payment))
}

/// `POST /staff/commerce/orders/{order}/returns`: money that no charge was waiting for.
async fn return_capture(
    page: Page<Staff<StaffFinance>>,
    Path(order): Path<OrderId>,
    form: Form,
) -> Answer {
    page.fresh()?;
    let mut read = form.read();
    let payment = read.text("payment", 1..=100);
    read.done()?;
    let provider_payment = payment.take();
    money(&page, order, &provider_payment).await?;
    let asked_key = format!("staff/{}", form.key());
    let command = ReturnCapture { provider_payment, asked_key, reason: "unmatched" };
    match page.execute_once(&form, &command).await {
        Ok(()) => page.to(format!("/staff/commerce/orders/{order}")),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            orders::staff::show(&page, order, fields, status).await
        }
    }
}
