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

/// The most tasks that are marked as done at once.
const MOST: usize = 100;

/// Notes that these tasks are done; gives how many were not before. Closing one twice is the same as
/// once.
pub(crate) struct CloseTasks(pub(crate) Vec<Uuid>);

impl Command for CloseTasks {
    type Out = usize;

    async fn run(&self, tx: &Tx) -> Result<usize> {
        if self.0.len() > MOST {
            let message = format!("{} tasks were chosen; mark {MOST} at most", self.0.len());
            return Err(Error::refused("too_many_chosen", message));
        }
        let mut done = 0;
        for id in &self.0 {
            let task = tables::load(tx, *id).await?.ok_or_else(|| Error::not_found("task", *id))?;
            if task.closed_at.is_some() {
                continue;
            }
            tables::save_closed(tx, &Task { closed_at: Some(tx.now()), ..task }).await?;
            tx.audit("task", *id, "done", json!({})).await?;
            done += 1;
        }
        Ok(done)
    }
}
