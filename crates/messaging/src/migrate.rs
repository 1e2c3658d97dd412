//! Brings a database to the schema of this program, forward only, under a lock.

use sha2::{Digest, Sha256};

use crate::db::{self, Db, Engine};
use crate::{Actor, Error, Result, Tx, ids, params};

/// One step of a schema: never edited after a release.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// `NNNN_noun`, unique within its service.
    pub name: &'static str,
    /// Statements for both engines.
    pub sql: &'static str,
}

/// The tables that messaging itself needs, first in every database.
pub const MESSAGING: &[Migration] = &[
    Migration {
        name: "messaging/0001_messaging",
        sql: include_str!("../migrations/0001_messaging.sql"),
    },
    Migration { name: "messaging/0002_trace", sql: include_str!("../migrations/0002_trace.sql") },
    Migration {
        name: "messaging/0002_publication",
        sql: include_str!("../migrations/0002_publication.sql"),
    },
    Migration {
        name: "messaging/0003_blanked",
        sql: include_str!("../migrations/0003_blanked.sql"),
    },
];

const LEDGER: &str = "create table if not exists migration (
    name       text primary key,
    hash       text not null,
    applied_at timestamptz not null
)";

impl Db {
    /// Applies the migrations that were not applied yet, each in a transaction, and makes the
    /// feed's first row.
    ///
    /// # Errors
    /// [`Error::Internal`] when a step fails or one that was applied reads differently now.
    pub async fn migrate(&self, steps: &[Migration]) -> Result<()> {
        let actor = Actor::job("migrate", self.ids().uuid(self.clock().now()));
        if matches!(self.engine(), Engine::Sqlite { .. }) {
            db::script(self, LEDGER).await?;
        }
        // One transaction for all: on PostgreSQL its lock keeps other replicas out; on SQLite
        // there is one writer. A step that fails leaves the schema as it was.
        let tx = self.begin(&actor).await?;
        if matches!(self.engine(), Engine::Postgres(_)) {
            tx.take_long().await?;
            tx.lock("scte.migrate").await?;
            tx.run(LEDGER, params![]).await?;
        }
        for step in MESSAGING.iter().chain(steps) {
            apply(&tx, step).await?;
        }
        start_feed(&tx, self).await?;
        tx.commit().await?;
        let head =
            self.read(async |tx| tx.one("select pos from feed_head", params![]).await).await?;
        let head: i64 = head.get("pos")?;
        self.head().send_if_modified(|known| std::mem::replace(known, head) != head);
        Ok(())
    }
}

async fn apply(tx: &Tx, step: &Migration) -> Result<()> {
    let hash = ids::hex(&Sha256::digest(step.sql.as_bytes()));
    let known = tx.first("select hash from migration where name = $1", params![step.name]).await?;
    if let Some(known) = known {
        if known.get::<String>("hash")? == hash {
            return Ok(());
        }
        return Err(Error::internal(format!(
            "migration {} was edited after it had been applied; add a new one instead",
            step.name
        )));
    }
    for statement in statements(step.sql) {
        tx.run(&statement, params![]).await.map_err(|error| {
            Error::internal(format!("migration {}: {}", step.name, error.chain()))
        })?;
    }
    let sql = "insert into migration (name, hash, applied_at) values ($1, $2, $3)";
    tx.run(sql, params![step.name, hash, tx.now()]).await?;
    tracing::info!(service = tx.service(), migration = step.name, "migration applied");
    Ok(())
}

/// The statements of a script: split at semicolons at the end of a line; line comments dropped.
fn statements(sql: &str) -> Vec<String> {
    let bare: Vec<&str> =
        sql.lines().map(|line| line.split_once("--").map_or(line, |(code, _)| code)).collect();
    let parts = bare.join("\n");
    let parts = parts.split(";\n").map(|one| one.trim().trim_end_matches(';').trim().to_owned());
    parts.filter(|one| !one.is_empty()).collect()
}

async fn start_feed(tx: &Tx, db: &Db) -> Result<()> {
    if tx.first("select one from feed_head", params![]).await?.is_some() {
        return Ok(());
    }
    let epoch = new_epoch(db);
    let head = "insert into feed_head (one, epoch, pos, held, blanked_to)
                values ($1, $2, 0, $3, 0)";
    tx.run(head, params![true, &epoch, false]).await?;
    let first = "insert into feed_epoch (epoch, starts_after, began_at) values ($1, 0, $2)";
    tx.run(first, params![epoch, tx.now()]).await.map(drop)
}

/// A fresh name for an epoch.
pub(crate) fn new_epoch(db: &Db) -> String {
    ids::hex(&db.ids().bytes::<6>())
}

#[cfg(test)]
mod tests {
    use super::statements;

    #[test]
    fn a_script_is_split_into_its_statements() {
        let sql = "create table a (\n  x text -- unit; of x\n);\n\ncreate index b on a (x);\n";
        assert_eq!(statements(sql), ["create table a (\n  x text \n)", "create index b on a (x)"]);
    }
}
