//! Work that is due at an instant: rows, fired once each by the service's leader.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::{Instrument as _, Span};
use uuid::Uuid;

use crate::db::Engine;
use crate::effect::{AGAIN, back_off, known};
use crate::trace::{self, Work};
use crate::{Actor, Command, Db, Error, Fault, Result, Tx, params};

/// What happens when a timer is due: once, in the transaction that removes it.
pub trait Timer: Send + Sync + 'static {
    /// Stored; never renamed.
    const NAME: &'static str;
    /// What it needs to know.
    type Payload: Serialize + DeserializeOwned + Send + Sync;

    /// Decides. May publish.
    fn fire(
        &self,
        tx: &Tx,
        payload: &Self::Payload,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
}

trait AnyTimer: Send + Sync {
    fn fire<'a>(
        &'a self,
        tx: &'a Tx,
        payload: serde_json::Value,
    ) -> BoxFuture<'a, Result<(), Fault>>;
}

struct Firing<T>(T);

impl<T: Timer> AnyTimer for Firing<T> {
    fn fire<'a>(
        &'a self,
        tx: &'a Tx,
        payload: serde_json::Value,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let payload = serde_json::from_value(payload)
                .map_err(|error| Fault::Broken(format!("timer {} reads: {error}", T::NAME)))?;
            self.0.fire(tx, &payload).await
        })
    }
}

/// A command that runs again and again.
struct Every<F> {
    period: TimeDelta,
    name: &'static str,
    make: F,
}

impl<F, C> AnyTimer for Every<F>
where
    F: Fn() -> C + Send + Sync,
    C: Command<Out = ()> + Send,
{
    fn fire<'a>(
        &'a self,
        tx: &'a Tx,
        _payload: serde_json::Value,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            set(tx, self.name, Uuid::nil(), tx.now() + self.period, &serde_json::json!({})).await?;
            let command = (self.make)();
            match command.attempt(tx).await? {
                crate::Attempt::Done(()) => {}
                crate::Attempt::Refused(why) => {
                    tracing::warn!(job = self.name, code = why.code, "a job was refused");
                }
            }
            Ok(())
        })
    }
}

/// The timers that a service knows.
#[derive(Clone, Default)]
pub struct Timers {
    known: HashMap<&'static str, Arc<dyn AnyTimer>>,
    periodic: Vec<&'static str>,
}

impl Timers {
    /// Adds a timer.
    #[must_use]
    pub fn with<T: Timer>(mut self, timer: T) -> Self {
        self.known.insert(T::NAME, Arc::new(Firing(timer)));
        self
    }

    /// Adds a command that runs every `period`, first at once.
    #[must_use]
    pub fn every<F, C>(mut self, period: std::time::Duration, name: &'static str, make: F) -> Self
    where
        F: Fn() -> C + Send + Sync + 'static,
        C: Command<Out = ()> + Send + 'static,
    {
        let period = TimeDelta::from_std(period).unwrap_or(TimeDelta::days(1));
        self.known.insert(name, Arc::new(Every { period, name, make }));
        self.periodic.push(name);
        self
    }

    /// Sets the periodic timers that are not set yet.
    pub(crate) async fn prepare(&self, db: &Db) -> Result<()> {
        let tx = db.begin(&Actor::job("prepare", Uuid::nil())).await?;
        for name in &self.periodic {
            let sql = "insert into timer (id, name, key, due_at, payload, correlation, failed)
                       values ($1, $2, $3, $4, $5, $6, 0) on conflict (name, key) do nothing";
            let (id, none) = (tx.id::<Uuid>(), Uuid::nil());
            let empty = serde_json::json!({});
            tx.run(sql, params![id, *name, none, tx.now(), empty, id]).await?;
        }
        tx.commit().await.map(drop)
    }
}

async fn set(
    tx: &Tx,
    name: &str,
    key: Uuid,
    due_at: DateTime<Utc>,
    payload: &serde_json::Value,
) -> Result<()> {
    let sql = "insert into timer (id, name, key, due_at, payload, correlation, traceparent, failed)
               values ($1, $2, $3, $4, $5, $6, $7, 0)
               on conflict (name, key) do update
               set due_at = excluded.due_at, payload = excluded.payload, id = excluded.id,
                   correlation = excluded.correlation, traceparent = excluded.traceparent,
                   failed = 0, reason = null";
    let (id, payload, correlation) = (tx.id::<Uuid>(), payload.clone(), tx.actor().correlation);
    let values = params![id, name, key, due_at, payload, correlation, trace::current()];
    tx.run(sql, values).await?;
    tx.made_work();
    Ok(())
}

impl Tx {
    /// Sets the timer `T` of `key`; one that was set before is moved.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn at<T: Timer>(
        &self,
        due_at: DateTime<Utc>,
        key: impl Into<Uuid> + Send,
        payload: &T::Payload,
    ) -> Result<()> {
        set(self, T::NAME, key.into(), due_at, &serde_json::to_value(payload)?).await
    }

    /// Takes the timer `T` of `key` back, if it is set. One that is fired at this moment is not
    /// waited for, since it may wait for us: a timer looks whether there is still something to do.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn cancel<T: Timer>(&self, key: impl Into<Uuid> + Send) -> Result<()> {
        let sql = match self.db().engine() {
            Engine::Sqlite { .. } => "delete from timer where name = $1 and key = $2",
            Engine::Postgres(_) => {
                "delete from timer where id in
                   (select id from timer where name = $1 and key = $2 for update skip locked)"
            }
        };
        self.run(sql, params![T::NAME, key.into()]).await.map(drop)
    }
}

/// A row that is due.
struct Due {
    id: Uuid,
    name: String,
    payload: serde_json::Value,
    correlation: Uuid,
    /// The context of what set it, when its span is kept.
    traceparent: Option<String>,
    failed: i64,
}

/// Fires what is due, up to a hundred; says how many fired.
///
/// # Errors
/// As [`Tx::all`].
pub async fn fire_due(db: &Db, timers: &Timers) -> Result<usize> {
    let (known, mut values) = known(timers.known.keys(), 2);
    let sql = format!(
        "select id, name, payload, correlation, traceparent, failed from timer
         where due_at <= $1 and name in ({known}) order by due_at, id limit 100"
    );
    values.insert(0, db.clock().now().into());
    let rows = db
        .read(async |tx| if held(tx).await? { Ok(Vec::new()) } else { tx.all(&sql, values).await })
        .await?;
    let mut fired = 0;
    for row in &rows {
        let due = Due {
            id: row.get("id")?,
            name: row.get("name")?,
            payload: row.get("payload")?,
            correlation: row.get("correlation")?,
            traceparent: row.get("traceparent")?,
            failed: row.get("failed")?,
        };
        let Some(timer) = timers.known.get(due.name.as_str()) else { continue };
        let asked_by = due.traceparent.as_deref();
        let span = trace::working(Work::Timer, db.service(), &due.name, due.correlation, asked_by);
        fired += usize::from(fire(db, timer.as_ref(), due).instrument(span).await?);
    }
    Ok(fired)
}

async fn fire(db: &Db, timer: &dyn AnyTimer, due: Due) -> Result<bool> {
    let actor = Actor::job(&due.name, due.correlation);
    let tx = db.begin(&actor).await?;
    // Gone or moved meanwhile: then it is not ours to fire.
    if tx.run("delete from timer where id = $1", params![due.id]).await? == 0 {
        return Ok(false);
    }
    let fired = AssertUnwindSafe(timer.fire(&tx, due.payload)).catch_unwind().await;
    let fired = fired.unwrap_or_else(|_| Err(Fault::Broken("a panic".to_owned())));
    let fault = match fired {
        Ok(()) => match tx.commit().await {
            Ok(_) => {
                db.meter().timers_fired.increment(1);
                return Ok(true);
            }
            Err(error) => Fault::from(error),
        },
        Err(fault) => {
            drop(tx);
            fault
        }
    };
    db.meter().timers_failed.increment(1);
    trace::failed(&Span::current(), &fault.to_string());
    tracing::warn!(timer = due.name, %fault, "a timer did not fire");
    let tx = db.begin(&actor).await?;
    let sql = "update timer set due_at = $2, failed = failed + 1, reason = $3 where id = $1";
    let again = tx.now() + back_off(due.failed);
    tx.run(sql, params![due.id, again, fault.to_string()]).await?;
    tx.made_work();
    tx.commit().await?;
    Ok(false)
}

/// Fires timers as they fall due, until dropped.
pub(crate) async fn run(db: Db, timers: Timers) {
    let mut work = db.work().subscribe();
    loop {
        work.borrow_and_update();
        let fired = fire_due(&db, &timers).await;
        if matches!(fired, Ok(fired) if fired > 0) {
            continue;
        }
        let (known, values) = known(timers.known.keys(), 1);
        let sql = format!("select min(due_at) as due_at from timer where name in ({known})");
        let next = db
            .read(async |tx| {
                let row = tx.one(&sql, values).await?;
                Ok::<_, Error>((row.get::<Option<DateTime<Utc>>>("due_at")?, held(tx).await?))
            })
            .await;
        let now = db.clock().now();
        let at = match next {
            Ok((Some(at), false)) if at > now => at,
            Ok((None, _)) => now + TimeDelta::hours(1),
            // Due since a moment ago, held, or unknown to this program: looked at again soon, by
            // the wall, whatever the clock shows.
            _ => {
                tokio::time::sleep(AGAIN).await;
                continue;
            }
        };
        tokio::select! {
            () = db.clock().sleep_until(at) => {}
            _ = work.changed() => {}
        }
    }
}

/// Whether timers and effects wait for an operator, after a restore.
pub(crate) async fn held(tx: &Tx) -> Result<bool> {
    tx.one("select held from feed_head", params![]).await?.get("held")
}

impl Db {
    /// When the next timer is due.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn next_timer(&self) -> Result<Option<DateTime<Utc>>> {
        let sql = "select min(due_at) as due_at from timer";
        self.read(async |tx| tx.one(sql, params![]).await?.get("due_at")).await
    }

    /// Whether timers and effects wait for an operator, after a restore.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn is_held(&self) -> Result<bool> {
        self.read(async |tx| held(tx).await).await
    }
}
