//! What the operations' pages read of a service's messaging tables: by key, and never all of them.

use chrono::{DateTime, Utc};
use messaging::{Db, Result, Row, params};

pub(super) use crate::tables::said_at;

/// A message as it is counted.
#[derive(Debug, Clone)]
pub(super) struct Carried {
    pub(super) pos: i64,
    pub(super) r#type: String,
    pub(super) at: DateTime<Utc>,
}

fn carried(row: &Row) -> Result<Carried> {
    Ok(Carried { pos: row.get("pos")?, r#type: row.get("type")?, at: row.get("at")? })
}

/// Up to `most` messages of a feed behind `pos`, in order.
pub(super) async fn carried_after(db: &Db, pos: i64, most: i64) -> Result<Vec<Carried>> {
    let sql = "select pos, type, at from feed where pos > $1 order by pos limit $2";
    let rows = db.read(async |tx| tx.all(sql, params![pos, most]).await).await?;
    rows.iter().map(carried).collect()
}

/// Up to `most` messages of a feed before `pos`, the latest first.
pub(super) async fn carried_before(db: &Db, pos: i64, most: i64) -> Result<Vec<Carried>> {
    let sql = "select pos, type, at from feed where pos < $1 order by pos desc limit $2";
    let rows = db.read(async |tx| tx.all(sql, params![pos, most]).await).await?;
    rows.iter().map(carried).collect()
}

/// A call to the outside that is not settled.
#[derive(Debug, Clone)]
pub(super) struct OpenCall {
    pub(super) name: String,
    pub(super) attempts: i64,
    pub(super) reason: Option<String>,
    pub(super) asked_at: DateTime<Utc>,
    pub(super) next_at: DateTime<Utc>,
}

/// The calls of a service that are not settled, the next first.
pub(super) async fn open_calls(db: &Db) -> Result<Vec<OpenCall>> {
    let sql = "select name, attempts, reason, created_at, next_at from effect
               where state in ('intent', 'sent', 'unknown') order by next_at limit 500";
    let rows = db.read(async |tx| tx.all(sql, params![]).await).await?;
    let call = |row: &Row| {
        Ok(OpenCall {
            name: row.get("name")?,
            attempts: row.get("attempts")?,
            reason: row.get("reason")?,
            asked_at: row.get("created_at")?,
            next_at: row.get("next_at")?,
        })
    };
    rows.iter().map(call).collect()
}

/// Since when a service is stopped, when operations stopped it not long ago.
pub(super) async fn stopped_at(db: &Db, service: &str) -> Result<Option<DateTime<Utc>>> {
    let sql =
        "select act, detail, at from audit where thing = 'service' order by id desc limit 100";
    let rows = db.read(async |tx| tx.all(sql, params![]).await).await?;
    for row in &rows {
        let detail: serde_json::Value = row.get("detail")?;
        if detail["service"] == service {
            let stopped = row.get::<String>("act")? == "stopped";
            return if stopped { Ok(Some(row.get("at")?)) } else { Ok(None) };
        }
    }
    Ok(None)
}
