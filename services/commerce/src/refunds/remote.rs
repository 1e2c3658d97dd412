//! The call that gives money back; the effect's id is the idempotency key.

use chassis::{Call, Effect, Error, Fault, Outcome, Settled, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::commands;
use crate::payments::domain::ProviderRefund;
use crate::remote::{Said, Verb, call};
use crate::settings::Outside;

/// What is to be given back.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(super) refund: Uuid,
    pub(super) payment: String,
    pub(super) amount: i64,
}

/// Asks the provider to give money back.
pub(crate) struct GiveBack;

impl Effect for GiveBack {
    const NAME: &'static str = "refunds.give_back";

    type Payload = Order;

    async fn execute(&self, at: &Call<Order>) -> Outcome {
        let outside = match Outside::of(&at.db) {
            Ok(outside) => outside,
            Err(why) => return Outcome::Later(why.chain()),
        };
        let order = &at.payload;
        let body = json!({
            "payment": order.payment, "amount": order.amount, "reference": order.refund.to_string()
        });
        match call(&outside, Verb::Post { path: "refunds", key: at.id, body }).await {
            Said::Yes(answer) => match read(&answer) {
                Ok(_) => Outcome::Ok(answer),
                Err(why) => Outcome::Unknown(format!("the answer is no refund: {why}")),
            },
            Said::No(code) => Outcome::Failed(code),
            Said::Later(why) => Outcome::Later(why),
            Said::Unknown(why) => Outcome::Unknown(why),
        }
    }

    async fn settle(&self, tx: &Tx, _: Uuid, order: &Order, end: &Settled) -> Result<(), Fault> {
        match end {
            Settled::Ok(answer) => {
                let said = read(answer).map_err(Error::internal)?;
                Ok(commands::done(tx, order.refund, &said).await?)
            }
            Settled::Failed(code) => Ok(commands::failed(tx, order.refund, code).await?),
        }
    }
}

fn read(answer: &Value) -> Result<ProviderRefund, serde_json::Error> {
    serde_json::from_value(answer.clone())
}
