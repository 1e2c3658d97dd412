//! What is decided about an order: opened, paid, cancelled, tried again.
//!
//! Every decision about an order first takes its lock, then bumps its version: money, refunds and
//! the end of an offer never decide at the same time.

use chassis::{Command, Error, Result, Tx};
use contracts::commerce::{ChargePaid, ChargeState, OrderOpened, OrderPaid, OrderState};
use contracts::{ChargeId, OrderId};
use serde_json::json;

use super::domain::Order;
use super::tables;
use crate::charges::domain::{Charge, Refusal};
use crate::payments::domain::{ProviderPayment, Stage};
use crate::{charges, invoices, payments};

/// Takes the lock of an order: always before a row of it or of its charges is saved.
pub(crate) async fn lock(tx: &Tx, id: OrderId) -> Result<()> {
    tx.lock(&format!("order/{id}")).await
}

/// An order with its charges, locked for this transaction.
pub(crate) async fn locked(tx: &Tx, id: OrderId) -> Result<(Order, Vec<Charge>)> {
    lock(tx, id).await?;
    let order = tables::load(tx, id).await?.ok_or_else(|| Error::not_found("order", id))?;
    let charges = charges::tables::of_order(tx, id).await?;
    Ok((order, charges))
}

/// "Pay": opens the order of a charge, or finds the one that is open. Publishes
/// `commerce.order.opened`. A second click finds what the first one opened.
/// Whose charge it is, the page has looked.
pub(crate) struct Pay {
    pub(crate) charge: ChargeId,
}

impl Command for Pay {
    type Out = OrderId;

    async fn run(&self, tx: &Tx) -> Result<OrderId> {
        let charge = charges::tables::load(tx, self.charge).await?;
        let charge = charge.ok_or_else(|| Error::not_found("charge", self.charge))?;
        if let Some(order) = charge.order_id {
            return Ok(order);
        }
        charge.offered(tx.now())?;

        let order = Order::over(tx.id(), &charge, tx.now());
        let charge = Charge { order_id: Some(order.id), ..charge };

        tables::insert(tx, &order).await?;
        // Of two clicks at once the second loses this save, is run again and finds the order.
        let charge = charges::tables::save(tx, charge).await?;
        payments::commands::start(tx, &order, std::slice::from_ref(&charge), 1).await?;
        tx.audit("order", order.id, "opened", json!({ "charge": charge.id })).await?;
        tx.publish(OrderOpened { order: order.public(&[charge]) });
        Ok(order.id)
    }
}

/// "Try again" after a declined attempt: a new attempt on the same order. While one is running
/// this changes nothing.
pub(crate) struct TryAgain {
    pub(crate) order: OrderId,
}

impl Command for TryAgain {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let (order, charges) = locked(tx, self.order).await?;
        let latest = payments::tables::latest(tx, order.id).await?;
        let number = match latest {
            Some(latest) if latest.stage != Stage::Failed => return Ok(()),
            Some(latest) => latest.number + 1,
            None => 1,
        };
        if order.state != OrderState::Open {
            return Err(Refusal::NotOffered.into());
        }
        for charge in &charges {
            charge.offered(tx.now())?;
        }
        // Bumped, so that of two at once one is run again and finds the other's attempt.
        let order = tables::save(tx, order).await?;
        payments::commands::start(tx, &order, &charges, number).await
    }
}

/// The money of an order arrived: its invoice, whose number is the receipt's too, and what each asker is told, in one transaction.
/// Publishes `commerce.order.paid` and a `commerce.charge.paid` for each charge.
pub(crate) async fn take_money(
    tx: &Tx,
    order: Order,
    charges: Vec<Charge>,
    money: &ProviderPayment,
) -> Result<()> {
    // A provider's clock that runs ahead of ours makes no receipt of tomorrow.
    let paid_at = money.captured_at.min(tx.now());
    let mut late = false;
    let mut paid = Vec::with_capacity(charges.len());
    for charge in charges {
        let (charge, was_late) = charge.paid(paid_at);
        late |= was_late;
        tx.cancel::<charges::jobs::EndHold>(charge.id.0).await?;
        let charge = charges::tables::save(tx, charge).await?;
        tx.publish(ChargePaid { charge: charge.public(), paid_at, late: was_late });
        paid.push(charge);
    }
    let order = Order { paid_at: Some(paid_at), ..order };
    let receipt = invoices::commands::issue(tx, &order, &paid).await?;
    let order = tables::save(tx, order.paid(receipt.clone(), paid_at, late)).await?;
    let detail = json!({ "receipt": receipt, "payment": money.id, "late": late });
    tx.audit("order", order.id, "paid", detail).await?;
    tx.publish(OrderPaid { order: order.public(&paid), paid_at });
    Ok(())
}

/// When nothing of an open order is offered any more, it is cancelled; money that comes all the
/// same still pays it, late.
pub(crate) async fn cancel_if_nothing_is_offered(tx: &Tx, id: OrderId) -> Result<()> {
    let (order, charges) = locked(tx, id).await?;
    let offered = charges.iter().any(|charge| charge.state == ChargeState::Open);
    if offered || order.state != OrderState::Open {
        return Ok(());
    }
    let order = tables::save(tx, order.cancelled()).await?;
    tx.audit("order", order.id, "cancelled", json!({})).await
}
