//! What other services ask back: `refund.requested`.

use chassis::{Attempt, Command, Fault, Got, Reaction, Result, Tx};
use contracts::shared::RefundRequested;
use serde_json::json;

use super::commands::RefundCharge;
use super::domain::key_of_service;
use crate::{charges, tasks};

/// The service that charged wants the payer to have money back. A request that a rule refuses
/// becomes a note or a task for staff: money is never dropped silently.
pub(crate) struct RefundOnRequest;

impl Reaction for RefundOnRequest {
    const NAME: &'static str = "refunds.on_request";

    const FROM_START: bool = true;

    type Message = RefundRequested;

    async fn react(&self, tx: &Tx, got: &Got<RefundRequested>) -> Result<(), Fault> {
        let Some(charge) = charges::tables::load(tx, got.charge_id).await? else {
            return note(tx, got, "refund_of_unknown_charge").await;
        };
        if charge.asked_by != got.feed {
            return note(tx, got, "refund_by_other_service").await;
        }
        let asked = RefundCharge {
            charge: charge.id,
            amount: got.amount.clone(),
            reason: got.reason.clone(),
            asked_key: key_of_service(&got.feed, charge.id, got.version),
        };
        match asked.attempt(tx).await? {
            Attempt::Done(()) => Ok(()),
            Attempt::Refused(why) => {
                let detail = json!({ "by": got.feed, "amount": got.amount, "why": why.code });
                let code = "refund_refused";
                Ok(tasks::task(tx, code, Some(charge.id), charge.order_id, detail).await?)
            }
        }
    }
}

async fn note(tx: &Tx, got: &Got<RefundRequested>, code: &'static str) -> Result<(), Fault> {
    let detail = json!({ "by": got.feed, "amount": got.amount, "reason": got.reason });
    Ok(tasks::note(tx, code, Some(got.charge_id), None, detail).await?)
}
