//! Table `staff_tasks`: the only file of this slice that speaks SQL.

use chassis::ui::{Seek, Wanted};
use chassis::{Result, Row, Tx, params};
use uuid::Uuid;

use super::domain::Task;

/// The task of this id.
pub(super) async fn load(tx: &Tx, id: Uuid) -> Result<Option<Task>> {
    let row = tx.first("select * from staff_tasks where task_id = $1", params![id]).await?;
    row.as_ref().map(read).transpose()
}

/// A task, and the name of the person it is about.
pub(super) struct Listed {
    pub(super) task: Task,
    name: Option<String>,
}

impl Listed {
    pub(super) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("(no name yet)")
    }
}

/// The tasks that a list wants.
pub(super) async fn list(tx: &Tx, wanted: &Wanted) -> Result<Vec<Listed>> {
    let state = match wanted.chosen("state") {
        Some("open") => "t.closed_at is null",
        Some(_) => "t.closed_at is not null",
        None => "1 = 1",
    };
    let closed = "case when t.closed_at is null then 0 else 1 end";
    let keys = [("state", closed), ("opened", "t.opened_at")];
    let mut given = params![wanted.pattern()];
    let mut kind = "1 = 1";
    if let Some(chosen) = wanted.chosen("kind") {
        given.push(chosen.into());
        kind = "t.kind = $2";
    }
    let Seek { after, order, limit, params } = wanted.seek(&keys, "t.task_id", given);
    let sql = format!(
        r"select t.*, p.name from staff_tasks t left join people p on p.person_id = t.person_id
          where coalesce(p.name_key, '') like $1 escape '\'
            and {state} and {kind} and {after} order by {order} limit {limit}"
    );
    let listed = |row: &Row| Ok(Listed { task: read(row)?, name: row.get("name")? });
    tx.all(&sql, params).await?.iter().map(listed).collect()
}

/// How many tasks wait.
pub(crate) async fn waiting(tx: &Tx) -> Result<i64> {
    let sql = "select count(*) as waiting from staff_tasks where closed_at is null";
    tx.first(sql, params![]).await?.map_or(Ok(0), |row| row.get("waiting"))
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
