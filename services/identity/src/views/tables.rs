//! Table `views`: the only file of this slice that speaks SQL.

use chassis::{Result, Row, Tx, params};
use chrono::{DateTime, Utc};
use contracts::{PersonId, SignInId};

use super::domain::View;

const COLUMNS: &str =
    "id, person_id, by_person, by_signin, reason, started_at, expires_at, ended_at,
                       version";

/// Stores a view that begins.
pub(super) async fn insert(tx: &Tx, view: &View) -> Result<()> {
    let sql = format!("insert into views ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, null, 1)");
    let values = params![
        view.id,
        view.person_id,
        view.by,
        view.by_signin,
        &view.reason,
        view.started_at,
        view.expires_at
    ];
    tx.run(&sql, values).await?;
    Ok(())
}

/// One view.
pub(super) async fn load(tx: &Tx, id: SignInId) -> Result<Option<View>> {
    let sql = format!("select {COLUMNS} from views where id = $1");
    tx.first(&sql, params![id]).await?.map(|row| from_row(&row)).transpose()
}

/// Who looked with the eyes of a person, the newest first.
pub(crate) async fn of_person(tx: &Tx, person: PersonId) -> Result<Vec<View>> {
    let sql = format!(
        "select {COLUMNS} from views where person_id = $1
         order by started_at desc, id desc limit 100"
    );
    tx.all(&sql, params![person]).await?.iter().map(from_row).collect()
}

/// Ends a view.
pub(super) async fn end(tx: &Tx, view: &View, now: DateTime<Utc>) -> Result<()> {
    let sql = "update views set ended_at = $3, version = version + 1
               where id = $1 and version = $2 and ended_at is null";
    tx.one_or_conflict(sql, params![view.id, view.version, now]).await
}

/// Removes the views that began before `then`.
pub(super) async fn remove_before(tx: &Tx, then: DateTime<Utc>) -> Result<u64> {
    tx.run("delete from views where started_at < $1", params![then]).await
}

fn from_row(row: &Row) -> Result<View> {
    Ok(View {
        id: row.get("id")?,
        person_id: row.get("person_id")?,
        by: row.get("by_person")?,
        by_signin: row.get("by_signin")?,
        reason: row.get("reason")?,
        started_at: row.get("started_at")?,
        expires_at: row.get("expires_at")?,
        ended_at: row.get("ended_at")?,
        version: row.get("version")?,
    })
}
