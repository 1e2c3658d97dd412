//! What operations read of a service's own messaging tables: the only file of the binary with SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use messaging::{Db, Result, Row, Value, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A message of a feed, without what it says.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) pos: i64,
    pub(crate) r#type: String,
    pub(crate) actor: String,
    pub(crate) at: DateTime<Utc>,
}

/// What a service published on behalf of one request, in order.
pub(crate) async fn said(db: &Db, correlation: Uuid) -> Result<Vec<Said>> {
    let sql = "select pos, type, actor, at from feed where correlation = $1 order by pos limit 200";
    let rows = db.read(async |tx| tx.all(sql, params![correlation]).await).await?;
    let said = |row: &Row| {
        Ok(Said {
            pos: row.get("pos")?,
            r#type: row.get("type")?,
            actor: row.get("actor")?,
            at: row.get("at")?,
        })
    };
    rows.iter().map(said).collect()
}

/// When the messages at some positions of a feed were said.
pub(crate) async fn said_at(db: &Db, positions: &[i64]) -> Result<HashMap<i64, DateTime<Utc>>> {
    if positions.is_empty() {
        return Ok(HashMap::new());
    }
    let places: Vec<String> = (1..=positions.len()).map(|at| format!("${at}")).collect();
    let sql = format!("select pos, at from feed where pos in ({})", places.join(", "));
    let values: Vec<Value> = positions.iter().map(|pos| Value::from(*pos)).collect();
    let rows = db.read(async |tx| tx.all(&sql, values).await).await?;
    rows.iter().map(|row| Ok((row.get("pos")?, row.get("at")?))).collect()
}

/// Something that somebody did.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    pub(crate) thing: String,
    pub(crate) act: String,
    /// The service it was done to, where operations did it.
    pub(crate) service: Option<String>,
    pub(crate) actor: String,
    pub(crate) correlation: Uuid,
    pub(crate) at: DateTime<Utc>,
}

/// What was done last in a service, the latest first. Ids grow with time.
pub(crate) async fn done_last(db: &Db, most: i64) -> Result<Vec<Done>> {
    let sql =
        "select thing, act, detail, actor, correlation, at from audit order by id desc limit $1";
    let rows = db.read(async |tx| tx.all(sql, params![most]).await).await?;
    rows.iter().map(done).collect()
}

/// What was done in a service on behalf of one request.
pub(crate) async fn done_for(db: &Db, correlation: Uuid) -> Result<Vec<Done>> {
    let sql = "select thing, act, detail, actor, correlation, at from audit
               where correlation = $1 order by id limit 200";
    let rows = db.read(async |tx| tx.all(sql, params![correlation]).await).await?;
    rows.iter().map(done).collect()
}

fn done(row: &Row) -> Result<Done> {
    // Nothing else of the detail is shown: it may say what only the service's own staff may read.
    let detail: serde_json::Value = row.get("detail")?;
    Ok(Done {
        service: detail["service"].as_str().map(str::to_owned),
        thing: row.get("thing")?,
        act: row.get("act")?,
        actor: row.get("actor")?,
        correlation: row.get("correlation")?,
        at: row.get("at")?,
    })
}

/// How much waits in a service, and where its own feed stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Waiting {
    /// The life of the feed.
    pub(crate) epoch: String,
    /// The last position published.
    pub(crate) head: i64,
    /// Whether timers and effects wait for an operator, after a restore.
    pub(crate) held: bool,
    /// Timers set.
    pub(crate) timers: i64,
    /// Calls to the outside that are not settled.
    pub(crate) effects: i64,
    /// Messages that took no effect.
    pub(crate) parked: i64,
}

/// What waits in a service.
pub(crate) async fn waiting(db: &Db) -> Result<Waiting> {
    let sql = "select epoch, pos, held,
                      (select count(*) from timer) as timers,
                      (select count(*) from effect
                       where state in ('intent', 'sent', 'unknown')) as effects,
                      (select count(*) from parked where state = 'parked') as parked
               from feed_head";
    let row = db.read(async |tx| tx.one(sql, params![]).await).await?;
    Ok(Waiting {
        epoch: row.get("epoch")?,
        head: row.get("pos")?,
        held: row.get("held")?,
        timers: row.get("timers")?,
        effects: row.get("effects")?,
        parked: row.get("parked")?,
    })
}

/// When the service published last.
pub(crate) async fn last_said(db: &Db) -> Result<Option<DateTime<Utc>>> {
    let sql = "select at from feed order by pos desc limit 1";
    let row = db.read(async |tx| tx.first(sql, params![]).await).await?;
    row.map(|row| row.get("at")).transpose()
}

/// What SQLite says of the file's structure: `ok`, or what is wrong.
pub(crate) async fn integrity(db: &Db) -> Result<String> {
    let row = db.read(async |tx| tx.one("pragma quick_check(1)", params![]).await).await?;
    row.get("quick_check")
}

/// The engine's version.
pub(crate) async fn version(db: &Db) -> Result<String> {
    let sql = match db.target() {
        messaging::Target::Sqlite(_) => "select sqlite_version() as version",
        messaging::Target::Postgres(_) => "select current_setting('server_version') as version",
    };
    db.read(async |tx| tx.one(sql, params![]).await).await?.get("version")
}
