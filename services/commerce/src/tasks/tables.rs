//! Table `tasks`.

use chassis::{Result, Row, Tx, params};
use chrono::{DateTime, Utc};
use contracts::{ChargeId, OrderId};
use uuid::Uuid;

/// A task or a note.
pub(super) struct Task {
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) code: String,
    pub(super) charge_id: Option<ChargeId>,
    pub(super) order_id: Option<OrderId>,
    pub(super) detail: serde_json::Value,
    pub(super) at: DateTime<Utc>,
    pub(super) done_at: Option<DateTime<Utc>>,
    pub(super) version: i64,
}

/// Stores a new task or note.
pub(super) async fn insert(tx: &Tx, task: &Task) -> Result<()> {
    let sql = "insert into tasks (id, kind, code, charge_id, order_id, detail, at, version)
               values ($1, $2, $3, $4, $5, $6, $7, 1)";
    let row = params![
        task.id,
        &task.kind,
        &task.code,
        task.charge_id,
        task.order_id,
        task.detail.clone(),
        task.at,
    ];
    tx.run(sql, row).await.map(drop)
}

/// The task of this id.
pub(super) async fn load(tx: &Tx, id: Uuid) -> Result<Option<Task>> {
    let row = tx.first("select * from tasks where id = $1", params![id]).await?;
    row.as_ref().map(read).transpose()
}

/// Whether a task of this code about an order is still to be done.
pub(super) async fn is_open(tx: &Tx, code: &str, order: OrderId) -> Result<bool> {
    let sql = "select id from tasks
               where kind = 'task' and code = $1 and order_id = $2 and done_at is null limit 1";
    Ok(tx.first(sql, params![code, order]).await?.is_some())
}

/// Tasks, open ones first, then notes; newest first, two hundred at most.
pub(super) async fn list(tx: &Tx) -> Result<Vec<Task>> {
    let sql = "select * from tasks
               order by case when kind = 'task' and done_at is null then 0 else 1 end, id desc
               limit 200";
    tx.all(sql, params![]).await?.iter().map(read).collect()
}

/// Closes a task.
pub(super) async fn close(tx: &Tx, task: &Task) -> Result<()> {
    let sql = "update tasks set done_at = $3, version = version + 1 where id = $1 and version = $2";
    tx.one_or_conflict(sql, params![task.id, task.version, tx.now()]).await
}

fn read(row: &Row) -> Result<Task> {
    Ok(Task {
        id: row.get("id")?,
        kind: row.get("kind")?,
        code: row.get("code")?,
        charge_id: row.get("charge_id")?,
        order_id: row.get("order_id")?,
        detail: row.get("detail")?,
        at: row.get("at")?,
        done_at: row.get("done_at")?,
        version: row.get("version")?,
    })
}
