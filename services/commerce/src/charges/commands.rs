//! What is decided about a charge: taken in, withdrawn, out of time.

use chassis::{Command, Error, Result, Tx};
use contracts::commerce::{ChargeExpired, ChargeOpened, ChargeRefused, ChargeState};
use contracts::{ChargeId, shared};
use serde_json::json;

use super::domain::{Charge, Refusal};
use super::jobs::{EndHold, Hold};
use super::tables;
use crate::{orders, tasks};

impl From<Refusal> for Error {
    fn from(why: Refusal) -> Self {
        Self::refused(why.code(), why)
    }
}

/// Takes a charge in, once. Publishes `commerce.charge.opened` or `.refused`.
pub(super) struct TakeIn<'a> {
    pub(super) asked_by: &'a str,
    pub(super) asked: &'a shared::Charge,
}

impl Command for TakeIn<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let charge = Charge::asked(self.asked_by, self.asked);
        if !tables::insert(tx, &charge).await? {
            return note_if_changed(tx, &charge).await;
        }
        if let Some(code) = charge.code.clone() {
            tx.publish(ChargeRefused { charge: charge.public(), code });
            return Ok(());
        }
        let hold = Hold { charge: charge.id };
        tx.at::<EndHold>(charge.hold_until, charge.id.0, &hold).await?;
        tx.publish(ChargeOpened { charge: charge.public() });
        Ok(())
    }
}

/// A charge is taken as it was asked first: another one under its id is noted, not charged.
async fn note_if_changed(tx: &Tx, again: &Charge) -> Result<()> {
    let known = tables::load(tx, again.id).await?;
    let same = known.is_some_and(|known| {
        (&known.asked_by, known.payer, &known.lines) == (&again.asked_by, again.payer, &again.lines)
    });
    if same {
        return Ok(());
    }
    tasks::note(tx, "charge_known_already", Some(again.id), None, json!({ "by": again.asked_by }))
        .await
}

/// The asker no longer wants the charge: it is not offered any more. One that was paid stays paid;
/// the asker learns of that from `commerce.charge.paid`.
pub(super) struct Withdraw<'a> {
    pub(super) asked_by: &'a str,
    pub(super) asked: &'a shared::Charge,
}

impl Command for Withdraw<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let id = self.asked.charge_id;
        let Some(charge) = under_lock(tx, id).await? else {
            // Never asked for here: kept, so that a request that was dropped cannot open it.
            let charge = Charge::asked(self.asked_by, self.asked).withdrawn();
            tables::insert(tx, &charge).await?;
            return Ok(());
        };
        if charge.asked_by != self.asked_by {
            let detail = json!({ "by": self.asked_by });
            return tasks::note(
                tx,
                "withdrawn_by_other_service",
                Some(id),
                charge.order_id,
                detail,
            )
            .await;
        }
        if charge.state != ChargeState::Open {
            return Ok(());
        }
        tx.cancel::<EndHold>(id.0).await?;
        end_offer(tx, charge.withdrawn()).await?;
        Ok(())
    }
}

/// The hold of a charge is over. Publishes `commerce.charge.expired` when it was still open.
pub(super) struct Expire {
    pub(super) charge: ChargeId,
}

impl Command for Expire {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let Some(charge) = under_lock(tx, self.charge).await? else { return Ok(()) };
        if charge.state != ChargeState::Open || tx.now() < charge.hold_until {
            return Ok(());
        }
        let charge = end_offer(tx, charge.expired()).await?;
        tx.publish(ChargeExpired { charge: charge.public() });
        Ok(())
    }
}

/// A charge as it stands under the lock of its order, once it has one.
async fn under_lock(tx: &Tx, id: ChargeId) -> Result<Option<Charge>> {
    let charge = tables::load(tx, id).await?;
    let Some(order) = charge.as_ref().and_then(|charge| charge.order_id) else {
        return Ok(charge);
    };
    orders::commands::lock(tx, order).await?;
    tables::load(tx, id).await
}

/// Stores a charge that is no longer offered, and cancels its order when nothing of it is.
async fn end_offer(tx: &Tx, charge: Charge) -> Result<Charge> {
    let charge = tables::save(tx, charge).await?;
    if let Some(order) = charge.order_id {
        orders::commands::cancel_if_nothing_is_offered(tx, order).await?;
    }
    Ok(charge)
}
