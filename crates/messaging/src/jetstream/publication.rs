//! How far a feed is copied to the broker: a row in the service's own database, which every replica
//! and operators can read, and by which an operator's word reaches the leader.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Actor, Db, Result, Tx, params};

/// How far a feed is copied to the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The last position known to be in the stream; noted once a second while it moves.
    pub position: i64,
    /// How many messages of the feed are behind it.
    pub lag: i64,
    /// Why nothing is copied, until an operator resumes it.
    pub halted: Option<String>,
    /// Why copying does not get on at the moment; nothing when it does.
    pub away: Option<String>,
    /// When this was noted.
    pub at: DateTime<Utc>,
}

impl Db {
    /// How far the feed is copied to the broker; nothing when there never was one.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn publication(&self) -> Result<Option<Publication>> {
        let sql = "select publication.pos, feed_head.pos as head, halted, away, at
                   from publication, feed_head";
        let row = self.read(async |tx| tx.first(sql, params![]).await).await?;
        row.map(|row| {
            let position: i64 = row.get("pos")?;
            Ok(Publication {
                position,
                lag: (row.get::<i64>("head")? - position).max(0),
                halted: row.get("halted")?,
                away: row.get("away")?,
                at: row.get("at")?,
            })
        })
        .transpose()
    }

    /// Lets the feed be copied again after somebody else wrote to its stream: the stream is deleted,
    /// with what they wrote, and made anew from the feed. Says whether copying was halted; if not,
    /// nothing is changed.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn resume_publication(&self, actor: &Actor) -> Result<bool> {
        let tx = self.begin(actor).await?;
        let sql = "update publication set halted = null, rebuild = $1, at = $2
                   where halted is not null";
        if tx.run(sql, params![true, tx.now()]).await? == 0 {
            return Ok(false);
        }
        tx.audit("publication", Uuid::nil(), "resumed", serde_json::json!({})).await?;
        // Wakes the leader, when it is in this process.
        tx.made_work();
        tx.commit().await?;
        Ok(true)
    }
}

/// What an operator said, and whether they are waited for.
#[derive(Debug, Default)]
pub(super) struct Orders {
    pub(super) halted: Option<String>,
    pub(super) rebuild: bool,
}

pub(super) async fn orders(tx: &Tx) -> Result<Orders> {
    let row = tx.first("select halted, rebuild from publication", params![]).await?;
    row.map_or_else(
        || Ok(Orders::default()),
        |row| Ok(Orders { halted: row.get("halted")?, rebuild: row.get("rebuild")? }),
    )
}

/// Notes how far copying is, and why it does not get on.
pub(super) async fn note(db: &Db, pos: i64, away: Option<&str>) -> Result<()> {
    let tx = db.begin(&actor()).await?;
    let sql = "insert into publication (one, pos, halted, away, rebuild, at)
               values ($1, $2, null, $3, $4, $5)
               on conflict (one) do update
               set pos = case when excluded.pos = 0 then publication.pos else excluded.pos end,
                   away = excluded.away, at = excluded.at";
    tx.run(sql, params![true, pos, away, false, tx.now()]).await?;
    tx.commit().await.map(drop)
}

/// Notes why nothing is copied until an operator speaks.
pub(super) async fn halt(db: &Db, pos: i64, why: &str) -> Result<()> {
    let tx = db.begin(&actor()).await?;
    let sql = "insert into publication (one, pos, halted, away, rebuild, at)
               values ($1, $2, $3, null, $4, $5)
               on conflict (one) do update
               set pos = excluded.pos, halted = excluded.halted, away = null, at = excluded.at";
    tx.run(sql, params![true, pos, why, false, tx.now()]).await?;
    tx.audit("publication", Uuid::nil(), "halted", serde_json::json!({ "why": why })).await?;
    tx.commit().await.map(drop)
}

/// The stream was made anew: what an operator said of that is done.
pub(super) async fn made(db: &Db) -> Result<()> {
    let tx = db.begin(&actor()).await?;
    tx.run("update publication set rebuild = $1 where rebuild = $2", params![false, true]).await?;
    tx.commit().await.map(drop)
}

fn actor() -> Actor {
    Actor::job("publish", Uuid::nil())
}
