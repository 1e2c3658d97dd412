//! What is decided about a refund: asked, done, failed.

use chassis::{Command, Error, Result, Tx};
use contracts::commerce::ChargeRefunded;
use contracts::{ChargeId, Money};
use serde_json::json;
use uuid::Uuid;

use super::domain::{Refund, State};
use super::remote::{GiveBack, Order as GiveBackOrder};
use super::tables;
use crate::charges::domain::{Charge, Refusal};
use crate::ledger::domain::RefundStep;
use crate::orders::commands::locked;
use crate::orders::domain::{Fate, Order};
use crate::payments::domain::ProviderRefund;
use crate::payments::tables::{Capture, capture, captures_of, return_of};
use crate::{charges, invoices, ledger, orders, payments, tasks};

/// Gives back money of a charge. The same key again changes nothing.
pub(super) struct RefundCharge {
    pub(super) charge: ChargeId,
    pub(super) amount: Money,
    pub(super) reason: String,
    pub(super) asked_key: String,
}

impl Command for RefundCharge {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let charge = charges::tables::load(tx, self.charge).await?;
        let charge = charge.ok_or_else(|| Error::not_found("charge", self.charge))?;
        let Some(order) = charge.order_id else { return Err(Refusal::MoreThanCaptured.into()) };
        // The order's lock, then what was asked and the charge as they stand under it.
        let (order, charges) = locked(tx, order).await?;
        if tables::is_known(tx, &self.asked_key).await? {
            return Ok(());
        }
        let charge = charges.into_iter().find(|charge| charge.id == self.charge);
        let charge = charge.ok_or_else(|| Error::internal("a charge left its order"))?;
        let charge = charge.refund_asked(&self.amount)?;
        let captures = captures_of(tx, order.id).await?;
        let applied = captures.into_iter().find(|one| one.fate == Fate::Applied.as_str());
        let applied = applied.ok_or_else(|| Error::internal("a paid charge without its money"))?;

        charges::tables::save(tx, charge).await?;
        let wanted = Wanted {
            asked_key: &self.asked_key,
            charge: Some(self.charge),
            amount: &self.amount,
            reason: &self.reason,
        };
        ask(tx, &order, &applied, &wanted).await
    }
}

/// Gives back all that is left of money no charge was waiting for.
pub(super) struct ReturnCapture {
    pub(super) provider_payment: String,
    pub(super) asked_key: String,
    pub(super) reason: &'static str,
}

impl Command for ReturnCapture {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let found = money(tx, &self.provider_payment).await?;
        let (order, _) = locked(tx, found.order_id).await?;
        if tables::is_known(tx, &self.asked_key).await? {
            return Ok(());
        }
        let found = money(tx, &self.provider_payment).await?;
        let amount = found.remaining();
        // Money that pays an order is given back by its charges, so that their askers hear of it.
        if found.fate == Fate::Applied.as_str() || amount.minor < 1 {
            return Err(Refusal::MoreThanCaptured.into());
        }
        let wanted = Wanted {
            asked_key: &self.asked_key,
            charge: None,
            amount: &amount,
            reason: self.reason,
        };
        ask(tx, &order, &found, &wanted).await
    }
}

async fn money(tx: &Tx, provider_payment: &str) -> Result<Capture> {
    let found = capture(tx, provider_payment).await?;
    found.ok_or_else(|| Error::not_found("payment", provider_payment))
}

/// A second payment for an order that is paid goes back by itself.
pub(crate) async fn give_surplus_back(tx: &Tx, order: &Order, payment: &str) -> Result<()> {
    tx.audit("order", order.id, "paid_twice", json!({ "payment": payment })).await?;
    let (provider_payment, asked_key) = (payment.to_owned(), format!("commerce/{payment}"));
    ReturnCapture { provider_payment, asked_key, reason: "paid_twice" }.run(tx).await
}

struct Wanted<'a> {
    asked_key: &'a str,
    charge: Option<ChargeId>,
    amount: &'a Money,
    reason: &'a str,
}

/// Sets the money aside and asks the provider after the commit.
async fn ask(tx: &Tx, order: &Order, money: &Capture, wanted: &Wanted<'_>) -> Result<()> {
    let refund = Refund {
        id: tx.id(),
        asked_key: wanted.asked_key.to_owned(),
        order_id: order.id,
        charge_id: wanted.charge,
        provider_payment: money.provider_payment.clone(),
        amount: wanted.amount.clone(),
        reason: wanted.reason.to_owned(),
        state: State::Asked,
        provider_id: None,
        code: None,
        asked_at: tx.now(),
        done_at: None,
        version: 1,
    };
    if !tables::insert(tx, &refund).await? {
        // Somebody asked the same a moment ago: run again, and find it.
        return Err(Error::Conflict);
    }
    return_of(tx, money, refund.amount.minor).await?;
    post(tx, order, &refund, RefundStep::Asked).await?;
    let detail = json!({ "refund": refund.id, "amount": refund.amount, "reason": refund.reason });
    tx.audit("order", order.id, "refund_asked", detail).await?;
    let order = GiveBackOrder {
        refund: refund.id,
        payment: refund.provider_payment,
        amount: refund.amount.minor,
    };
    tx.effect::<GiveBack>(&order).await.map(drop)
}

async fn post(tx: &Tx, order: &Order, refund: &Refund, step: RefundStep) -> Result<()> {
    let of_charge = refund.charge_id.is_some();
    let posted = ledger::domain::refund(&refund.id.to_string(), &refund.amount, of_charge, step);
    ledger::tables::post(tx, order, &posted.map_err(Error::internal)?).await
}

/// The provider says that money was given back, by webhook; it may come before the answer to our
/// own call, after it, or for a refund somebody made on the provider's side.
pub(crate) async fn confirm(tx: &Tx, said: &ProviderRefund) -> Result<()> {
    let ours = match said.reference.parse::<Uuid>() {
        Ok(id) => tables::load(tx, id).await?,
        Err(_) => None,
    };
    match ours {
        Some(refund) => done(tx, refund.id, said).await,
        None => tasks::task(tx, "refund_unknown", None, None, json!({ "refund": said.id })).await,
    }
}

/// The provider gave the money back. Publishes `commerce.charge.refunded` for money of a charge.
/// Another amount, or of another payment, than was asked for settles nothing: staff look.
pub(super) async fn done(tx: &Tx, id: Uuid, said: &ProviderRefund) -> Result<()> {
    let Some((order, charges, refund)) = under_lock(tx, id).await? else { return Ok(()) };
    if !refund.is_told_by(said) {
        let detail = json!({ "refund": id, "asked": refund.amount, "said": said });
        return tasks::task_once(tx, "refund_differs", order.id, detail).await;
    }
    match refund.state {
        State::Done => return Ok(()),
        State::Failed => {
            let detail = json!({ "refund": id, "provider": said.id });
            let code = "refund_done_after_failure";
            return tasks::task(tx, code, refund.charge_id, Some(order.id), detail).await;
        }
        State::Asked => {}
    }
    let refund = tables::save(tx, refund.done(&said.id, tx.now())).await?;
    post(tx, &order, &refund, RefundStep::Done).await?;
    tx.audit("order", order.id, "refunded", json!({ "refund": id, "amount": refund.amount }))
        .await?;
    let Some(charge) = refund.charge_id else {
        return payments::commands::amount_returned(tx, &order, &refund.provider_payment).await;
    };
    invoices::commands::credit(tx, &order, charge, &refund).await?;
    let mut after: Vec<Charge> = Vec::with_capacity(charges.len());
    for one in charges {
        if one.id != charge {
            after.push(one);
            continue;
        }
        let one = charges::tables::save(tx, one.refund_done(refund.amount.minor)).await?;
        let (amount, reason) = (refund.amount.clone(), refund.reason.clone());
        tx.publish(ChargeRefunded { charge: one.public(), amount, reason });
        after.push(one);
    }
    orders::tables::save(tx, order.after_refund(&after)).await.map(drop)
}

/// The provider would not give the money back: it can be asked for again, and staff see to it.
pub(super) async fn failed(tx: &Tx, id: Uuid, code: &str) -> Result<()> {
    let Some((order, charges, refund)) = under_lock(tx, id).await? else { return Ok(()) };
    if refund.state != State::Asked {
        return Ok(());
    }
    let refund = tables::save(tx, refund.failed(code)).await?;
    post(tx, &order, &refund, RefundStep::Failed).await?;
    let money = capture(tx, &refund.provider_payment).await?;
    let money = money.ok_or_else(|| Error::internal("a refund without its money"))?;
    return_of(tx, &money, -refund.amount.minor).await?;
    if let Some(charge) = charges.into_iter().find(|one| Some(one.id) == refund.charge_id) {
        charges::tables::save(tx, charge.refund_failed(refund.amount.minor)).await?;
    }
    let detail = json!({ "refund": id, "amount": refund.amount, "said": code });
    tasks::task(tx, "refund_failed", refund.charge_id, Some(order.id), detail).await
}

/// The refund, its order and its charges as they stand under the order's lock.
async fn under_lock(tx: &Tx, id: Uuid) -> Result<Option<(Order, Vec<Charge>, Refund)>> {
    let Some(refund) = tables::load(tx, id).await? else { return Ok(None) };
    let (order, charges) = locked(tx, refund.order_id).await?;
    let refund = tables::load(tx, id).await?.ok_or(Error::Conflict)?;
    Ok(Some((order, charges, refund)))
}
