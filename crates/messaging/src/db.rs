//! One service's own database: SQLite in a file or PostgreSQL, and the way to change it.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool, SqlitePool};
use tokio::sync::watch;

use crate::feed::{self, Position};
use crate::tx::Tx;
use crate::{Actor, Clock, Command, Error, Ids, Result, inbox, meter};

/// How often a command is run again when it lost a race.
const RERUNS: u32 = 5;

/// Where a database is.
#[derive(Debug, Clone)]
pub enum Target {
    /// A SQLite file, made when it is not there.
    Sqlite(PathBuf),
    /// A PostgreSQL database by its URL.
    Postgres(String),
}

/// Things that commands and effects may ask for by type, such as settings.
#[derive(Clone, Default)]
pub struct Extensions(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl Extensions {
    /// Adds `value`, in the place of an earlier one of its type.
    #[must_use]
    pub fn with<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.with_arc(Arc::new(value))
    }

    /// Adds a shared value, in the place of an earlier one of its type.
    #[must_use]
    pub fn with_arc<T: Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        self.0.insert(TypeId::of::<T>(), value);
        self
    }

    /// The value of this type.
    ///
    /// # Errors
    /// [`Error::Internal`] when none was added.
    pub fn get<T: Send + Sync + 'static>(&self) -> Result<Arc<T>> {
        let found = self.0.get(&TypeId::of::<T>()).cloned();
        found.and_then(|any| any.downcast().ok()).ok_or_else(|| {
            Error::internal(format!("no {} was given to this database", std::any::type_name::<T>()))
        })
    }
}

/// What is needed to open a database.
pub struct OpenDb {
    /// Whose it is.
    pub service: String,
    /// Where it is.
    pub target: Target,
    /// The time.
    pub clock: Clock,
    /// Chance.
    pub ids: Ids,
    /// The zone of legal dates.
    pub zone: chrono_tz::Tz,
    /// What commands and effects may ask for.
    pub extensions: Extensions,
}

/// A service's database; clones share it.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

type Epochs = Vec<(String, i64)>;

struct Inner {
    service: String,
    engine: Engine,
    clock: Clock,
    ids: Ids,
    zone: chrono_tz::Tz,
    extensions: Extensions,
    target: Target,
    /// The last position known to be committed; wakes readers.
    head: watch::Sender<i64>,
    /// Counts every move of a cursor; wakes whoever waits for a copy.
    cursors: watch::Sender<u64>,
    /// The lives of the feed, once read: only a restore begins another.
    epochs: std::sync::Mutex<Option<Arc<Epochs>>>,
    /// Counts every change of timers and effects; wakes their loops.
    work: watch::Sender<u64>,
    meter: meter::OfService,
}

pub(crate) enum Engine {
    /// One writer, so that writers queue fairly and never meet `SQLITE_BUSY`; several readers.
    Sqlite {
        write: SqlitePool,
        read: SqlitePool,
    },
    Postgres(PgPool),
}

/// What a command gave, and where its messages stand in the feed.
#[derive(Debug)]
pub struct Committed<T> {
    /// What the command gave.
    pub out: T,
    /// The last position it published, if it published.
    pub seen: Option<Position>,
}

impl Db {
    /// Opens the database; call [`Db::migrate`](crate::migrate) next.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it cannot be reached, [`Error::Internal`] when the engine is too old.
    pub async fn open(open: OpenDb) -> Result<Self> {
        let engine = match &open.target {
            Target::Sqlite(file) => open_sqlite(file).await?,
            Target::Postgres(url) => open_postgres(url).await?,
        };
        Ok(Self(Arc::new(Inner {
            meter: meter::OfService::new(&open.service),
            service: open.service,
            engine,
            clock: open.clock,
            ids: open.ids,
            zone: open.zone,
            extensions: open.extensions,
            target: open.target,
            head: watch::Sender::new(0),
            cursors: watch::Sender::new(0),
            work: watch::Sender::new(0),
            epochs: std::sync::Mutex::new(None),
        })))
    }

    /// Whose database it is.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.0.service
    }

    /// The time.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Chance.
    #[must_use]
    pub fn ids(&self) -> &Ids {
        &self.0.ids
    }

    /// The zone of legal dates.
    #[must_use]
    pub fn zone(&self) -> chrono_tz::Tz {
        self.0.zone
    }

    /// Where it is.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.0.target
    }

    /// A thing given at opening.
    ///
    /// # Errors
    /// [`Error::Internal`] when none of this type was given.
    pub fn extension<T: Send + Sync + 'static>(&self) -> Result<Arc<T>> {
        self.0.extensions.get()
    }

    pub(crate) fn meter(&self) -> &meter::OfService {
        &self.0.meter
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    pub(crate) fn head(&self) -> &watch::Sender<i64> {
        &self.0.head
    }

    pub(crate) fn cursors(&self) -> &watch::Sender<u64> {
        &self.0.cursors
    }

    /// Names of the feed's lives and the position behind which each began, oldest first.
    pub(crate) async fn epochs(&self) -> Result<Arc<Epochs>> {
        let known = self.0.epochs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let read = Arc::new(self.read(async |tx| feed::epochs(tx).await).await?);
        *self.0.epochs.lock().unwrap_or_else(PoisonError::into_inner) = Some(read.clone());
        Ok(read)
    }

    pub(crate) fn forget_epochs(&self) {
        *self.0.epochs.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(crate) fn work(&self) -> &watch::Sender<u64> {
        &self.0.work
    }

    /// Runs a command in a transaction of its own.
    ///
    /// # Errors
    /// Those of the command; [`Error::Conflict`] when it lost a race five times.
    pub async fn execute<C: Command>(&self, actor: &Actor, command: &C) -> Result<C::Out> {
        Ok(self.run(actor, command).await?.out)
    }

    /// As [`Db::execute`], and says where the messages stand in the feed.
    ///
    /// # Errors
    /// As [`Db::execute`].
    pub async fn run<C: Command>(&self, actor: &Actor, command: &C) -> Result<Committed<C::Out>> {
        let mut lost = 0;
        loop {
            match self.run_now(actor, command).await {
                Err(Error::Conflict) if lost < RERUNS => {
                    lost += 1;
                    self.meter().races_lost.increment(1);
                }
                other => return other,
            }
        }
    }

    async fn run_now<C: Command>(&self, actor: &Actor, command: &C) -> Result<Committed<C::Out>> {
        let tx = self.begin(actor).await?;
        // A large command would otherwise swell every future that waits for it.
        let out = Box::pin(command.run(&tx)).await?;
        let seen = tx.commit().await?;
        Ok(Committed { out, seen })
    }

    /// Runs a command once per `key`: a repeat gets the first answer and changes nothing.
    ///
    /// # Errors
    /// Those of the command (then nothing is kept, and the key may be used again);
    /// `idempotency_key_reused` when the key came with another request before.
    pub async fn execute_once<C>(
        &self,
        actor: &Actor,
        key: &str,
        request_hash: &str,
        command: &C,
    ) -> Result<Committed<C::Out>>
    where
        C: Command,
        C::Out: Serialize + DeserializeOwned + Sync,
    {
        self.run(actor, &inbox::Once { key, hash: request_hash, command }).await
    }

    /// Reads, statement by statement, on a connection that cannot write.
    ///
    /// # Errors
    /// Those of `read`; [`Error::Unavailable`] when no connection could be had.
    pub async fn read<T>(&self, read: impl AsyncFnOnce(&Tx) -> Result<T>) -> Result<T> {
        let tx = Tx::reading(self).await?;
        read(&tx).await
    }

    /// Begins a transaction; dropped without [`Tx::commit`] it is rolled back.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no connection could be had.
    pub async fn begin(&self, actor: &Actor) -> Result<Tx> {
        Tx::writing(self, actor.clone()).await
    }

    /// Closes all connections.
    pub async fn close(&self) {
        match self.engine() {
            Engine::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            // The pool waits for what is still on loan: a statement that runs on at a silent server.
            Engine::Postgres(pool) => {
                if tokio::time::timeout(CLOSING, pool.close()).await.is_err() {
                    tracing::warn!("connections to PostgreSQL are left behind without an answer");
                }
            }
        }
    }
}

async fn open_sqlite(file: &std::path::Path) -> Result<Engine> {
    // FULL everywhere: a producer that forgot its last commits would be behind its consumers.
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("cache_size", "-1024")
        .statement_cache_capacity(64);
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.clone())
        .await?;
    let version: String = sqlx::query_scalar("select sqlite_version()").fetch_one(&write).await?;
    // Older ones can corrupt the write-ahead log.
    if !at_least(&version, [3, 51, 3]) {
        return Err(Error::internal(format!("SQLite {version} is older than 3.51.3")));
    }
    let read = SqlitePoolOptions::new()
        .max_connections(4)
        .acquire_timeout(Duration::from_secs(10))
        .test_before_acquire(false)
        .idle_timeout(Duration::from_mins(1))
        .connect_lazy_with(options.pragma("query_only", "on").create_if_missing(false));
    Ok(Engine::Sqlite { write, read })
}

fn at_least(version: &str, least: [u32; 3]) -> bool {
    let parts: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
    parts.as_slice() >= least.as_slice()
}

async fn open_postgres(url: &str) -> Result<Engine> {
    let options = PgConnectOptions::from_str(url)?.options([
        // Who vanishes within a transaction holds the lock on the feed's head: not for long.
        ("idle_in_transaction_session_timeout", "20000"),
        ("tcp_keepalives_idle", "5"),
        ("tcp_keepalives_interval", "2"),
        ("tcp_keepalives_count", "3"),
        ("tcp_user_timeout", "10000"),
        ("statement_timeout", "60000"),
        ("lock_timeout", "30000"),
        // Our statements are short: on tables that were never analyzed, compiling them takes a second.
        ("jit", "off"),
    ]);
    let pool = PgPoolOptions::new()
        .max_connections(4)
        .acquire_timeout(Duration::from_secs(30))
        .test_before_acquire(false)
        // One that rested may be half open: it would be waited for as long as for a slow statement.
        // How they come back is told in `lease`.
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for < QUIET {
                    return Ok(true);
                }
                answers(connection).await
            })
        })
        .connect_with(options)
        .await?;
    Ok(Engine::Postgres(pool))
}

/// How long all connections together may take to be given back and closed.
const CLOSING: Duration = Duration::from_secs(10);

/// How long a connection may rest and still count as alive.
const QUIET: Duration = Duration::from_secs(1);

/// How long a connection that has nothing to do may take to answer.
const ANSWER: Duration = Duration::from_secs(2);

/// Fails when the connection does not answer: it is dropped then, without a word.
async fn answers(connection: &mut PgConnection) -> sqlx::Result<bool> {
    let answered = tokio::time::timeout(ANSWER, connection.ping()).await;
    answered.map_err(|_| sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))??;
    Ok(true)
}

/// Runs a script of several statements without parameters, outside any [`Tx`].
pub(crate) async fn script(db: &Db, sql: &str) -> Result<()> {
    match db.engine() {
        Engine::Sqlite { write, .. } => {
            sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(write).await?;
        }
        Engine::Postgres(pool) => {
            sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(pool).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::at_least;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(at_least("3.51.3", [3, 51, 3]) && at_least("3.100.0", [3, 51, 3]));
        assert!(!at_least("3.51.2", [3, 51, 3]) && !at_least("3.9.9", [3, 51, 3]));
    }
}
