//! Tasks and notes are made by the other slices and closed by staff.

use chassis::{Command, Error, Result, Tx};
use contracts::{ChargeId, OrderId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::domain::Task;
use super::tables;

/// Something that staff must decide.
pub(crate) async fn task(
    tx: &Tx,
    code: &'static str,
    charge: Option<ChargeId>,
    order: Option<OrderId>,
    detail: Value,
) -> Result<()> {
    add(tx, "task", code, (charge, order), detail).await
}

/// As [`task`], unless staff have the same about this order before them already.
pub(crate) async fn task_once(
    tx: &Tx,
    code: &'static str,
    order: OrderId,
    detail: Value,
) -> Result<()> {
    if tables::is_open(tx, code, order).await? {
        return Ok(());
    }
    task(tx, code, None, Some(order), detail).await
}

/// Something that was ignored, and why.
pub(crate) async fn note(
    tx: &Tx,
    code: &'static str,
    charge: Option<ChargeId>,
    order: Option<OrderId>,
    detail: Value,
) -> Result<()> {
    add(tx, "note", code, (charge, order), detail).await
}

async fn add(
    tx: &Tx,
    kind: &str,
    code: &str,
    (charge_id, order_id): (Option<ChargeId>, Option<OrderId>),
    detail: Value,
) -> Result<()> {
    tracing::warn!(code, kind, "commerce made a {kind} for staff: {code}");
    let task = Task {
        id: tx.id(),
        kind: kind.to_owned(),
        code: code.to_owned(),
        charge_id,
        order_id,
        detail,
        at: tx.now(),
        done_at: None,
        version: 1,
    };
    tables::insert(tx, &task).await
}

/// Staff saw to a task; gives the order it is about.
pub(super) struct Close {
    pub(super) task: Uuid,
}

impl Command for Close {
    type Out = Option<OrderId>;

    async fn run(&self, tx: &Tx) -> Result<Option<OrderId>> {
        let task = tables::load(tx, self.task).await?;
        let task = task.ok_or_else(|| Error::not_found("task", self.task))?;
        close(tx, &task).await?;
        Ok(task.order_id)
    }
}

/// Staff saw to several tasks at once; gives how many of them had been due. What is done, a note
/// or unknown by now stays as it is.
pub(super) struct CloseAll {
    pub(super) tasks: Vec<Uuid>,
}

impl Command for CloseAll {
    type Out = usize;

    async fn run(&self, tx: &Tx) -> Result<usize> {
        let mut closed = 0;
        for id in &self.tasks {
            let Some(task) = tables::load(tx, *id).await? else { continue };
            closed += usize::from(close(tx, &task).await?);
        }
        Ok(closed)
    }
}

/// Closes what is due, and notes who did; says whether it was.
async fn close(tx: &Tx, task: &Task) -> Result<bool> {
    if !task.is_due() {
        return Ok(false);
    }
    tables::close(tx, task).await?;
    tx.audit("task", task.id, "done", json!({ "code": task.code })).await?;
    Ok(true)
}
