//! Table `staff_tasks`: the only file of this slice that speaks SQL.

use chassis::{Result, Row, Tx, params};
use uuid::Uuid;

use super::domain::Task;

/// The task of this id.
pub(super) async fn load(tx: &Tx, id: Uuid) -> Result<Option<Task>> {
    let row = tx.first("select * from staff_tasks where task_id = $1", params![id]).await?;
    row.as_ref().map(read).transpose()
}

/// Up to `limit` tasks, the open ones first, of each the oldest first.
pub(super) async fn list(tx: &Tx, limit: i64) -> Result<Vec<Task>> {
    let sql = "select * from staff_tasks
               order by case when closed_at is null then 0 else 1 end, opened_at, task_id limit $1";
    tx.all(sql, params![limit]).await?.iter().map(read).collect()
}

/// Stores a new task.
pub(super) async fn insert(tx: &Tx, task: &Task) -> Result<()> {
    let sql =
        "insert into staff_tasks (task_id, kind, person_id, charge_id, detail, opened_at, version)
               values ($1, $2, $3, $4, $5, $6, $7)";
    let row = params![
        task.id,
        task.kind.clone(),
        task.person_id,
        task.charge_id,
        task.detail.clone(),
        task.opened_at,
        task.version
    ];
    tx.run(sql, row).await?;
    Ok(())
}

/// Stores that `task` was closed.
pub(super) async fn save_closed(tx: &Tx, task: &Task) -> Result<()> {
    let sql = "update staff_tasks set closed_at = $3, version = version + 1
               where task_id = $1 and version = $2";
    tx.one_or_conflict(sql, params![task.id, task.version, task.closed_at]).await
}

fn read(row: &Row) -> Result<Task> {
    Ok(Task {
        id: row.get("task_id")?,
        kind: row.get("kind")?,
        person_id: row.get("person_id")?,
        charge_id: row.get("charge_id")?,
        detail: row.get("detail")?,
        opened_at: row.get("opened_at")?,
        closed_at: row.get("closed_at")?,
        version: row.get("version")?,
    })
}
