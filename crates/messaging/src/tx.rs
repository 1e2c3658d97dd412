//! A transaction: statements, what is to be published with it, and its end.

use std::sync::Arc;
use std::sync::{Mutex as StdMutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, Utc};
use contracts::Message;
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Sqlite, Transaction};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::db::{Db, Engine};
use crate::feed::{self, Outgoing, Position};
use crate::lease::Lease;
use crate::value::{self, Row, Value, pg_arguments, sqlite_arguments};
use crate::{Actor, Error, Result};

/// A transaction, or a reading connection, of one service's own database.
///
/// A statement that failed poisons it: a commit is refused until the savepoint before the failure
/// was rolled back. (PostgreSQL would otherwise answer a commit with success and keep nothing.)
pub struct Tx {
    db: Db,
    actor: Actor,
    now: DateTime<Utc>,
    conn: Mutex<Conn>,
    state: StdMutex<State>,
    /// What a consumption of several messages sets for each: its correlation and cause.
    scope: StdMutex<Option<Actor>>,
}

#[derive(Default)]
struct State {
    outgoing: Vec<Outgoing>,
    poisoned: Option<String>,
    may_publish: bool,
    cursor_moved: bool,
    work: bool,
    /// How many savepoints stand.
    depth: u32,
    /// How long a statement may take, where that is not what is usual.
    patience: Option<Duration>,
}

enum Conn {
    SqliteRead(PoolConnection<Sqlite>),
    PgRead(Lease),
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Lease),
}

impl Tx {
    pub(crate) async fn writing(db: &Db, actor: Actor) -> Result<Self> {
        let asked = Instant::now();
        let conn = match db.engine() {
            Engine::Sqlite { write, .. } => {
                Conn::Sqlite(write.begin_with("begin immediate").await?)
            }
            Engine::Postgres(pool) => {
                let begun = async {
                    let mut lease = Lease::take(pool).await?;
                    lease.begin().await?;
                    Ok(lease)
                };
                Conn::Postgres(answered(WRITING, begun).await?)
            }
        };
        db.meter().waited_to_write(asked);
        Ok(Self::new(db, actor, conn, true))
    }

    pub(crate) async fn reading(db: &Db) -> Result<Self> {
        let asked = Instant::now();
        let conn = match db.engine() {
            Engine::Sqlite { read, .. } => Conn::SqliteRead(read.acquire().await?),
            Engine::Postgres(pool) => Conn::PgRead(answered(READING, Lease::take(pool)).await?),
        };
        db.meter().waited_to_read(asked);
        Ok(Self::new(db, Actor::job("read", Uuid::nil()), conn, false))
    }

    fn new(db: &Db, actor: Actor, conn: Conn, may_publish: bool) -> Self {
        Self {
            now: db.clock().now(),
            db: db.clone(),
            actor,
            conn: Mutex::new(conn),
            state: StdMutex::new(State { may_publish, ..State::default() }),
            scope: StdMutex::new(None),
        }
    }

    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From here on a statement may take as long as it takes: a migration, a replay.
    pub(crate) async fn take_long(&self) -> Result<()> {
        self.state().patience = Some(LONG);
        if matches!(self.db.engine(), Engine::Postgres(_)) {
            self.change("set local statement_timeout = 0", &[]).await?;
        }
        Ok(())
    }

    /// How long PostgreSQL may take for a statement of this transaction.
    fn patience(&self) -> Duration {
        self.state().patience.unwrap_or(WRITING)
    }

    /// The instant of this transaction: the same for all of it.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The legal date of this transaction, in the society's zone.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        self.day_of(self.now)
    }

    /// The legal date of an instant, in the society's zone.
    #[must_use]
    pub fn day_of(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.db.zone()).date_naive()
    }

    /// A fresh id.
    #[must_use]
    pub fn id<T: From<Uuid>>(&self) -> T {
        T::from(self.db.ids().uuid(self.now))
    }

    /// A fresh code for people to type.
    #[must_use]
    pub fn code(&self) -> String {
        self.db.ids().code()
    }

    /// Random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        self.db.ids().bytes()
    }

    /// A thing given to the database at opening, such as the service's settings.
    ///
    /// # Errors
    /// [`Error::Internal`] when none of this type was given.
    pub fn extension<T: Send + Sync + 'static>(&self) -> Result<Arc<T>> {
        self.db.extension()
    }

    /// Who acts.
    #[must_use]
    pub fn actor(&self) -> Actor {
        let scope = self.scope.lock().unwrap_or_else(PoisonError::into_inner);
        scope.clone().unwrap_or_else(|| self.actor.clone())
    }

    /// From now on another actor acts in this transaction (each message of a batch in turn).
    pub(crate) fn act_as(&self, actor: Option<Actor>) {
        *self.scope.lock().unwrap_or_else(PoisonError::into_inner) = actor;
    }

    /// The rows of a statement. Bound what it can give with `limit`.
    ///
    /// # Errors
    /// [`Error::Conflict`] after a lost race, [`Error::Internal`] for a wrong statement.
    pub async fn all(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>> {
        let found = self.fetch(sql, &params).await;
        self.remember(found)
    }

    async fn fetch(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>> {
        let sql = AssertSqlSafe(sql.to_owned());
        match &mut *self.conn.lock().await {
            Conn::SqliteRead(conn) => sqlite_rows(conn, sql, params).await,
            Conn::Sqlite(tx) => sqlite_rows(tx, sql, params).await,
            Conn::PgRead(conn) => answered(READING, pg_rows(conn, sql, params)).await,
            Conn::Postgres(tx) => answered(self.patience(), pg_rows(tx, sql, params)).await,
        }
    }

    /// The first row of a statement, if it gives any.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn first(&self, sql: &str, params: Vec<Value>) -> Result<Option<Row>> {
        Ok(self.all(sql, params).await?.into_iter().next())
    }

    /// The row of a statement that always gives one.
    ///
    /// # Errors
    /// As [`Tx::all`]; [`Error::Internal`] when there is none.
    pub async fn one(&self, sql: &str, params: Vec<Value>) -> Result<Row> {
        self.first(sql, params).await?.ok_or_else(|| Error::internal(format!("no row from: {sql}")))
    }

    /// Runs a statement and says how many rows it changed.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn run(&self, sql: &str, params: Vec<Value>) -> Result<u64> {
        let changed = self.change(sql, &params).await;
        self.remember(changed)
    }

    async fn change(&self, sql: &str, params: &[Value]) -> Result<u64> {
        let sql = AssertSqlSafe(sql.to_owned());
        match &mut *self.conn.lock().await {
            Conn::Sqlite(tx) => {
                let query = sqlx::query_with(sql, sqlite_arguments(params)?);
                Ok(query.execute(&mut **tx).await?.rows_affected())
            }
            Conn::Postgres(tx) => {
                let query = sqlx::query_with(sql, pg_arguments(params)?);
                let run = async { Ok(query.execute(&mut **tx).await?.rows_affected()) };
                answered(self.patience(), run).await
            }
            Conn::SqliteRead(_) | Conn::PgRead(_) => {
                Err(Error::internal("a reading connection cannot write"))
            }
        }
    }

    /// Runs a statement that must change exactly one row: the save of a versioned row.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it changed none; as [`Tx::all`].
    pub async fn one_or_conflict(&self, sql: &str, params: Vec<Value>) -> Result<()> {
        if self.run(sql, params).await? == 1 { Ok(()) } else { Err(Error::Conflict) }
    }

    fn remember<T>(&self, result: Result<T>) -> Result<T> {
        if let Err(error) = &result {
            self.state().poisoned.get_or_insert_with(|| error.chain());
        }
        result
    }

    /// Publishes a message: it is written by the commit, as its last statement, or not at all.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "what was published is no longer the caller's"
    )]
    pub fn publish<M: Message>(&self, message: M) {
        let outgoing = Outgoing::of(self.db.service(), &self.actor(), self.now, &message);
        let mut state = self.state();
        if !state.may_publish {
            state
                .poisoned
                .get_or_insert_with(|| format!("{} published where nothing may be", M::NAME));
            return;
        }
        match outgoing {
            Ok(outgoing) => state.outgoing.push(outgoing),
            Err(error) => drop(state.poisoned.get_or_insert_with(|| error.chain())),
        }
    }

    /// Forbids or allows publishing from here on.
    pub(crate) fn let_publish(&self, may: bool) {
        self.state().may_publish = may;
    }

    /// Why a commit would be refused.
    pub(crate) fn poisoned(&self) -> Option<String> {
        self.state().poisoned.clone()
    }

    /// Holds `key` until the end of the transaction, against whoever else locks it.
    ///
    /// On SQLite there is one writer anyway.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it could not be had in time.
    pub async fn lock(&self, key: &str) -> Result<()> {
        if matches!(self.db.engine(), Engine::Postgres(_)) {
            self.all("select pg_advisory_xact_lock(hashtextextended($1, 0))", crate::params![key])
                .await?;
        }
        Ok(())
    }

    /// The next number of a series without gaps: a rollback gives it back.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn series(&self, name: &str) -> Result<i64> {
        let sql = "insert into series (name, last) values ($1, 1)
                   on conflict (name) do update set last = series.last + 1
                   returning last";
        self.one(sql, crate::params![name]).await?.get("last")
    }

    /// Marks the place to which [`Tx::back_to`] returns.
    pub(crate) async fn savepoint(&self) -> Result<Savepoint> {
        let depth = self.state().depth + 1;
        self.run(&format!("savepoint s{depth}"), Vec::new()).await?;
        let mut state = self.state();
        state.depth = depth;
        let poisoned = state.poisoned.clone();
        Ok(Savepoint { depth, outgoing: state.outgoing.len(), poisoned })
    }

    /// Undoes everything since `savepoint`, a failure included.
    pub(crate) async fn back_to(&self, savepoint: Savepoint) -> Result<()> {
        let depth = savepoint.depth;
        self.run(&format!("rollback to savepoint s{depth}"), Vec::new()).await?;
        self.run(&format!("release savepoint s{depth}"), Vec::new()).await?;
        let mut state = self.state();
        state.depth = depth - 1;
        state.outgoing.truncate(savepoint.outgoing);
        state.poisoned = savepoint.poisoned;
        Ok(())
    }

    /// Forgets a savepoint, and those within it, and keeps what was done since.
    pub(crate) async fn release(&self, savepoint: Savepoint) -> Result<()> {
        self.run(&format!("release savepoint s{}", savepoint.depth), Vec::new()).await?;
        self.state().depth = savepoint.depth - 1;
        Ok(())
    }

    /// A cursor moves with this transaction: whoever waits for a copy is woken after the commit.
    pub(crate) fn moved_a_cursor(&self) {
        self.state().cursor_moved = true;
    }

    /// A timer or an effect was written: their loops are woken after the commit.
    pub(crate) fn made_work(&self) {
        self.state().work = true;
    }

    /// Writes what was published and commits; says the last position given.
    ///
    /// # Errors
    /// [`Error::Internal`] when a statement had failed; [`Error::Conflict`] after a lost race.
    pub async fn commit(self) -> Result<Option<Position>> {
        // In a task of its own: a caller that goes away meanwhile (a closed browser) must not keep
        // what was committed from those who wait for it.
        finish(self.commit_now()).await
    }

    async fn commit_now(self) -> Result<Option<Position>> {
        let State { outgoing, poisoned, cursor_moved, work, .. } =
            std::mem::take(&mut *self.state());
        if let Some(why) = poisoned {
            return Err(Error::internal(format!("the transaction had failed before: {why}")));
        }
        let seen = match outgoing.as_slice() {
            [] => None,
            some => Some(feed::write(&self, some).await?),
        };
        match self.conn.into_inner() {
            Conn::Sqlite(tx) => tx.commit().await?,
            Conn::Postgres(lease) => answered(WRITING, lease.commit()).await?,
            Conn::SqliteRead(_) | Conn::PgRead(_) => {}
        }
        if let Some(seen) = &seen {
            self.db.meter().published.increment(outgoing.len() as u64);
            // Commits may report out of order; the head only ever grows.
            self.db.head().send_if_modified(|head| {
                let grows = *head < seen.pos;
                *head = seen.pos.max(*head);
                grows
            });
        }
        if cursor_moved {
            self.db.cursors().send_modify(|n| *n += 1);
        }
        if work {
            self.db.work().send_modify(|n| *n += 1);
        }
        Ok(seen)
    }
}

/// How long PostgreSQL may take for a statement of a page, or to give it a connection.
const READING: Duration = Duration::from_secs(8);

/// How long it may take for a statement that changes something: longer than it waits for a lock.
const WRITING: Duration = Duration::from_secs(35);

/// How long a migration or a replay may take for one statement: an end there is, for a connection
/// may be half open.
const LONG: Duration = Duration::from_hours(6);

/// What PostgreSQL answers, unless it is silent: a connection may be half open, over which nothing
/// ever comes, not even its end. Nobody knows then what became of the statement, as with a
/// connection that broke.
async fn answered<T>(patience: Duration, asked: impl Future<Output = Result<T>>) -> Result<T> {
    let answer = tokio::time::timeout(patience, asked).await;
    answer.unwrap_or_else(|_| Err(Error::unavailable("the database")))
}

/// Runs to the end even when the caller is dropped.
#[expect(clippy::disallowed_methods, reason = "it ends by itself, and its caller waits for it")]
async fn finish<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    tokio::spawn(work).await.map_err(Error::internal)?
}

/// What a savepoint remembers beside the database.
pub(crate) struct Savepoint {
    depth: u32,
    outgoing: usize,
    poisoned: Option<String>,
}

async fn sqlite_rows(
    conn: &mut sqlx::SqliteConnection,
    sql: AssertSqlSafe<String>,
    params: &[Value],
) -> Result<Vec<Row>> {
    let rows = sqlx::query_with(sql, sqlite_arguments(params)?).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| Row(value::Engine::Sqlite(row))).collect())
}

async fn pg_rows(
    conn: &mut sqlx::PgConnection,
    sql: AssertSqlSafe<String>,
    params: &[Value],
) -> Result<Vec<Row>> {
    let rows = sqlx::query_with(sql, pg_arguments(params)?).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| Row(value::Engine::Postgres(row))).collect())
}
