//! Table `tasks`.

use std::fmt::Write as _;

use chassis::ui::Wanted;
use chassis::{Result, Row, Tx, Value, params};
use contracts::OrderId;
use uuid::Uuid;

use super::domain::Task;
use crate::orders::domain::ids_beginning;

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

/// The tasks and notes about an order, oldest first.
pub(crate) async fn of_order(tx: &Tx, order: OrderId) -> Result<Vec<Task>> {
    let sql = "select * from tasks where order_id = $1 order by id";
    tx.all(sql, params![order]).await?.iter().map(read).collect()
}

/// How many tasks are still to be done.
pub(crate) async fn due(tx: &Tx) -> Result<i64> {
    let sql = "select count(*) as n from tasks where kind = 'task' and done_at is null";
    tx.one(sql, params![]).await?.get("n")
}

/// [`Standing::rank`](super::domain::Standing::rank) of a row.
const RANK: &str = "cast(case when kind <> 'task' then 0 when done_at is null then 2 else 1 end
    as bigint)";

/// A page of the tasks and notes that `wanted` narrows them to.
pub(super) async fn list(tx: &Tx, wanted: &Wanted) -> Result<Vec<Task>> {
    let mut given: Vec<Value> = Vec::new();
    let mut give = |value: Value| {
        given.push(value);
        format!("${}", given.len())
    };
    let mut narrowed = match wanted.chosen("state") {
        Some("due") => "kind = 'task' and done_at is null",
        Some("done") => "kind = 'task' and done_at is not null",
        Some(_) => "kind <> 'task'",
        None => "1 = 1",
    }
    .to_owned();
    if let Some(word) = wanted.word() {
        let like = give(wanted.pattern().into());
        let mut any = format!(
            "code like {like} escape '\\' or replace(code, '_', ' ') like {like} escape '\\'
             or lower(cast(detail as text)) like {like} escape '\\'"
        );
        if let Some((first, last)) = ids_beginning(word) {
            let (first, last) = (give(first.into()), give(last.into()));
            let _ = write!(any, " or order_id between {first} and {last}");
        }
        let _ = write!(narrowed, " and ({any})");
    }
    let seek = wanted.seek(&[("state", RANK), ("when", "at")], "id", given);
    let sql = format!(
        "select * from tasks where {narrowed} and {} order by {} limit {}",
        seek.after, seek.order, seek.limit
    );
    tx.all(&sql, seek.params).await?.iter().map(read).collect()
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
