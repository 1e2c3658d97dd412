//! Work of many rows, such as an import or a mail to all: each row in a transaction of its own,
//! so that it goes on where it stopped and one bad row spoils no other.

use messaging::{Actor, Command, Db, Error, Migration, Result, Tx, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// The tables of batches; run before a service's own migrations.
pub const MIGRATIONS: &[Migration] =
    &[Migration { name: "chassis/0003_batch", sql: include_str!("../migrations/0003_batch.sql") }];

/// What is done with each row of a batch.
pub trait Work: Send + Sync {
    /// Stored; never renamed.
    const NAME: &'static str;
    /// What a row says.
    type Row: Serialize + DeserializeOwned + Send + Sync;

    /// Does one row, in a transaction of its own. A refusal is the row's outcome.
    fn one(&self, tx: &Tx, row: &Self::Row) -> impl Future<Output = Result<()>> + Send;
}

/// How far a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Rows done.
    pub done: i64,
    /// Rows that were refused.
    pub failed: i64,
    /// Rows still to do.
    pub waiting: i64,
}

impl Progress {
    /// All rows.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.done + self.failed + self.waiting
    }
}

/// Writes a batch down, in the transaction that decides on it.
///
/// # Errors
/// As [`Tx::all`].
pub async fn start<W: Work>(tx: &Tx, rows: &[W::Row]) -> Result<Uuid> {
    let id = tx.id::<Uuid>();
    let sql = "insert into batch (id, kind, made_by, created_at) values ($1, $2, $3, $4)";
    tx.run(sql, params![id, W::NAME, tx.actor().to_string(), tx.now()]).await?;
    let sql =
        "insert into batch_row (batch_id, row, payload, state) values ($1, $2, $3, 'waiting')";
    for (number, row) in (1_i64..).zip(rows) {
        tx.run(sql, params![id, number, serde_json::to_value(row)?]).await?;
    }
    tx.audit("batch", id, "started", serde_json::json!({ "rows": rows.len() })).await?;
    Ok(id)
}

/// Does at most `most` waiting rows of all batches of this kind; says how many. Call it from timed
/// work until it says 0.
///
/// # Errors
/// [`Error::Unavailable`] and [`Error::Conflict`]; the row then still waits.
pub async fn step<W: Work>(db: &Db, actor: &Actor, work: &W, most: i64) -> Result<usize> {
    let sql =
        "select r.batch_id, r.row, r.payload from batch_row r join batch b on b.id = r.batch_id
               where b.kind = $1 and r.state = 'waiting'
               order by b.created_at, r.batch_id, r.row limit $2";
    let rows = db.read(async |tx| tx.all(sql, params![W::NAME, most]).await).await?;
    for found in &rows {
        let (batch, number) = (found.get("batch_id")?, found.get("row")?);
        let row = serde_json::from_value::<W::Row>(found.get("payload")?).map_err(Error::internal);
        let done = match row {
            Ok(row) => db.execute(actor, &DoRow { work, batch, number, row }).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => {}
            // A bug in one row spoils no other: it is for us to look at.
            Err(error @ Error::Internal(_)) => {
                let correlation = actor.correlation;
                tracing::error!(%batch, number, %correlation, error = error.chain(), "a row failed");
                let error = format!("an internal error; reference {correlation}");
                db.execute(actor, &FailRow { batch, number, error }).await?;
            }
            Err(
                error @ (Error::Refused { .. }
                | Error::Invalid(_)
                | Error::NotFound { .. }
                | Error::Forbidden),
            ) => {
                let error = match error {
                    Error::Invalid(fields) => {
                        let all = fields.iter().map(|f| format!("{}: {}", f.field, f.message));
                        all.collect::<Vec<_>>().join("; ")
                    }
                    other => other.to_string(),
                };
                db.execute(actor, &FailRow { batch, number, error }).await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(rows.len())
}

struct DoRow<'a, W: Work> {
    work: &'a W,
    batch: Uuid,
    number: i64,
    row: W::Row,
}

impl<W: Work> Command for DoRow<'_, W> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        // The claim stands in the same transaction as the work: a crash undoes both.
        let sql = "update batch_row set state = 'done'
                   where batch_id = $1 and row = $2 and state = 'waiting'";
        if tx.run(sql, params![self.batch, self.number]).await? == 0 {
            return Ok(());
        }
        self.work.one(tx, &self.row).await
    }
}

struct FailRow {
    batch: Uuid,
    number: i64,
    error: String,
}

impl Command for FailRow {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let sql = "update batch_row set state = 'failed', error = $3
                   where batch_id = $1 and row = $2 and state = 'waiting'";
        tx.run(sql, params![self.batch, self.number, &self.error]).await.map(drop)
    }
}

/// How far a batch is.
///
/// # Errors
/// As [`Tx::all`].
pub async fn progress(tx: &Tx, batch: Uuid) -> Result<Progress> {
    let sql = "select state, cast(count(*) as bigint) as n from batch_row where batch_id = $1
               group by state";
    let mut progress = Progress::default();
    for row in tx.all(sql, params![batch]).await? {
        let n = row.get("n")?;
        match row.get::<String>("state")?.as_str() {
            "done" => progress.done = n,
            "failed" => progress.failed = n,
            _ => progress.waiting = n,
        }
    }
    Ok(progress)
}

/// The rows that were refused, with the reason, at most `most`.
///
/// # Errors
/// As [`Tx::all`].
pub async fn failures(tx: &Tx, batch: Uuid, most: i64) -> Result<Vec<(i64, String)>> {
    let sql = "select row, error from batch_row where batch_id = $1 and state = 'failed'
               order by row limit $2";
    let rows = tx.all(sql, params![batch, most]).await?;
    rows.iter().map(|row| Ok((row.get("row")?, row.get("error")?))).collect()
}

/// Lets the refused rows of a batch be tried again, for example after the cause was mended.
#[derive(Debug, Clone, Copy)]
pub struct RetryFailed {
    /// The batch.
    pub batch: Uuid,
}

impl Command for RetryFailed {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let sql = "update batch_row set state = 'waiting', error = null
                   where batch_id = $1 and state = 'failed'";
        let rows = tx.run(sql, params![self.batch]).await?;
        tx.audit("batch", self.batch, "retried", serde_json::json!({ "rows": rows })).await
    }
}
