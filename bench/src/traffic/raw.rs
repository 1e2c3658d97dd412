//! The limits: the same statements by sqlx alone, without anything of ours in between.

use std::str::FromStr as _;
use std::time::{Duration, Instant};

use messaging::Target;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, Row as _, SqlitePool};
use uuid::Uuid;

use super::work::{APPLY, EntityChanged, LOAD, SAVE, content};
use crate::outcome::Outcome;

/// As many messages in one transaction as messaging takes.
const BATCH: i64 = 500;

const READ: &str = "select pos, type, entity, entityversion, key, actor, correlation, cause,
                           traceparent, at, cast(body as text) as body
                    from feed where pos > $1 order by pos limit $2";

/// A database by sqlx, opened as messaging opens it.
#[derive(Clone)]
pub(super) enum Raw {
    Sqlite { write: SqlitePool, read: SqlitePool },
    Postgres(PgPool),
}

/// Changes one entity in transaction `$tx`; whether it was the version loaded.
macro_rules! change {
    ($tx:expr, $entity:expr) => {{
        let row = sqlx::query(LOAD).bind($entity).fetch_one(&mut *$tx).await?;
        let version: i64 = row.get(0);
        let query = sqlx::query(SAVE).bind($entity).bind(version).bind(content());
        query.execute(&mut *$tx).await?.rows_affected() == 1
    }};
}

/// Applies the messages of `$rows` in transaction `$tx` and moves the cursor.
macro_rules! apply {
    ($tx:expr, $rows:expr, $pos:expr) => {{
        for row in &$rows {
            $pos = row.get("pos");
            let body: String = row.get("body");
            let EntityChanged { entity } = serde_json::from_str(&body)?;
            let query = sqlx::query(APPLY).bind(entity.id).bind(entity.version);
            query.bind(entity.content).execute(&mut *$tx).await?;
        }
        sqlx::query("update cursor set pos = $1").bind($pos).execute(&mut *$tx).await?;
        $tx.commit().await?;
    }};
}

impl Raw {
    /// Opens the database with `clients` connections, where more than one can write.
    pub(super) async fn open(target: &Target, clients: u32) -> Outcome<Self> {
        match target {
            Target::Sqlite(file) => {
                let options = SqliteConnectOptions::new()
                    .filename(file)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .foreign_keys(true)
                    .busy_timeout(Duration::from_secs(5));
                let pool = || SqlitePoolOptions::new().test_before_acquire(false);
                let write = pool().max_connections(1).connect_with(options.clone()).await?;
                let read = pool().max_connections(4).connect_with(options).await?;
                Ok(Self::Sqlite { write, read })
            }
            Target::Postgres(url) => {
                let pool = PgPoolOptions::new().max_connections(clients).test_before_acquire(false);
                Ok(Self::Postgres(pool.connect_with(PgConnectOptions::from_str(url)?).await?))
            }
        }
    }

    pub(super) async fn close(self) {
        match self {
            Self::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// Changes an entity, again when another was faster.
    pub(super) async fn change(&self, entity: Uuid) -> Outcome {
        loop {
            let done = match self {
                Self::Sqlite { write, .. } => {
                    let mut tx = write.begin_with("begin immediate").await?;
                    let done = change!(tx, entity);
                    tx.commit().await?;
                    done
                }
                Self::Postgres(pool) => {
                    let mut tx = pool.begin().await?;
                    let done = change!(tx, entity);
                    tx.commit().await?;
                    done
                }
            };
            if done {
                return Ok(());
            }
        }
    }

    /// Applies the feed of `self` to `consumer` in batches, in one transaction each or all in one;
    /// says how long it took.
    pub(super) async fn drain_to(&self, consumer: &Self) -> Outcome<Duration> {
        let began = Instant::now();
        let mut pos = 0_i64;
        loop {
            let before = pos;
            match (self, consumer) {
                (Self::Sqlite { read, .. }, Self::Sqlite { write, .. }) => {
                    let rows = sqlx::query(READ).bind(pos).bind(BATCH).fetch_all(read).await?;
                    let mut tx = write.begin_with("begin immediate").await?;
                    apply!(tx, rows, pos);
                }
                (Self::Postgres(from), Self::Postgres(to)) => {
                    let rows = sqlx::query(READ).bind(pos).bind(BATCH).fetch_all(from).await?;
                    let mut tx = to.begin().await?;
                    apply!(tx, rows, pos);
                }
                _ => return Ok(Duration::ZERO),
            }
            if pos == before {
                return Ok(began.elapsed());
            }
        }
    }

    /// Applies one message and moves the cursor: what a consumer at least commits for each.
    pub(super) async fn apply_one(&self, entity: Uuid, version: i64) -> Outcome {
        macro_rules! one {
            ($tx:expr) => {{
                let query = sqlx::query(APPLY).bind(entity).bind(version).bind(content());
                query.execute(&mut *$tx).await?;
                sqlx::query("update cursor set pos = $1").bind(version).execute(&mut *$tx).await?;
                $tx.commit().await?;
            }};
        }
        match self {
            Self::Sqlite { write, .. } => {
                let mut tx = write.begin_with("begin immediate").await?;
                one!(tx);
            }
            Self::Postgres(pool) => {
                let mut tx = pool.begin().await?;
                one!(tx);
            }
        }
        Ok(())
    }
}
