//! Opening and closing a staff task.

use chassis::{Command, Error, Result, Tx};
use contracts::{ChargeId, Money, PersonId};
use serde_json::json;
use uuid::Uuid;

use super::domain::{Kind, Task};
use super::tables;

/// Leaves staff a task about money of `charge_id`.
pub(crate) async fn open(
    tx: &Tx,
    kind: Kind,
    person_id: Option<PersonId>,
    charge_id: ChargeId,
    (amount, reason): (&Money, &str),
) -> Result<()> {
    let task = Task {
        id: tx.id(),
        kind: kind.as_str().to_owned(),
        person_id,
        charge_id,
        detail: json!({ "amount": amount.to_string(), "reason": reason }),
        opened_at: tx.now(),
        closed_at: None,
        version: 1,
    };
    tables::insert(tx, &task).await?;
    tx.audit("task", task.id, "opened", json!({ "kind": task.kind })).await
}

/// Notes that a task is done. Closing it twice is the same as once.
pub(crate) struct CloseTask(pub(crate) Uuid);

impl Command for CloseTask {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let task =
            tables::load(tx, self.0).await?.ok_or_else(|| Error::not_found("task", self.0))?;
        if task.closed_at.is_some() {
            return Ok(());
        }
        tables::save_closed(tx, &Task { closed_at: Some(tx.now()), ..task }).await?;
        tx.audit("task", self.0, "closed", json!({})).await
    }
}
