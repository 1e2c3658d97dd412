//! A connection to PostgreSQL that is on loan from the pool, and how it is given back.
//!
//! A connection may be half open: it takes what is sent and never answers. The pool itself asks a
//! connection that comes back whether it still answers, and waits for that without an end; such a
//! connection would keep its place for ever, and the pool could never be closed. So it is given back
//! here, within a bound: one that does not answer is dropped, and its place is free again.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};
use tokio::runtime::Handle;

use crate::Result;

/// How long a connection that has nothing to do may take to answer.
const ANSWER: Duration = Duration::from_secs(2);

/// A connection on loan; dropped, it goes back, and what it had begun is rolled back.
pub(crate) struct Lease {
    /// Nothing once it is on its way back.
    conn: Option<PoolConnection<Postgres>>,
    /// Whether a transaction may have begun that did not end.
    begun: bool,
}

impl Lease {
    /// Borrows one.
    pub(crate) async fn take(pool: &PgPool) -> Result<Self> {
        Ok(Self { conn: Some(pool.acquire().await?), begun: false })
    }

    /// Begins a transaction.
    pub(crate) async fn begin(&mut self) -> Result<()> {
        // Said before it is done: who goes away meanwhile gives back what may have begun.
        self.begun = true;
        sqlx::raw_sql("begin").execute(&mut **self).await?;
        Ok(())
    }

    /// Ends the transaction: what it did stands.
    pub(crate) async fn commit(mut self) -> Result<()> {
        sqlx::raw_sql("commit").execute(&mut *self).await?;
        self.begun = false;
        Ok(())
    }
}

impl Deref for Lease {
    type Target = PgConnection;

    #[expect(clippy::expect_used, reason = "it is there until it is dropped")]
    fn deref(&self) -> &PgConnection {
        self.conn.as_ref().expect("a lease that was not dropped")
    }
}

impl DerefMut for Lease {
    #[expect(clippy::expect_used, reason = "it is there until it is dropped")]
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.conn.as_mut().expect("a lease that was not dropped")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(conn) = self.conn.take() else { return };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(give_back(conn, self.begun))),
            // Nobody is left to ask it anything: the process ends.
            Err(_) => drop(conn.detach()),
        }
    }
}

/// Gives a connection back to its pool if it still answers; else drops it.
async fn give_back(mut conn: PoolConnection<Postgres>, begun: bool) {
    if begun {
        let rollback = sqlx::raw_sql("rollback").execute(&mut *conn);
        if !matches!(tokio::time::timeout(ANSWER, rollback).await, Ok(Ok(_))) {
            drop(conn.detach());
            return;
        }
    }
    if tokio::time::timeout(ANSWER, conn.return_to_pool()).await.is_err() {
        tracing::warn!("a connection to PostgreSQL does not answer any more and is dropped");
    }
}
