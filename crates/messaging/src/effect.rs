//! Calls to the outside: a row written with the change, executed by the leader after the commit,
//! with the row's id as idempotency key.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::timer::held;
use crate::{Actor, Db, Error, Fault, Result, Tx, params};

/// The most calls of one service at the same time.
const AT_ONCE: usize = 8;
/// How long until what could not be done at once is looked at again.
pub(crate) const AGAIN: Duration = Duration::from_millis(100);

/// A call to the outside.
pub trait Effect: Send + Sync + 'static {
    /// Stored; never renamed.
    const NAME: &'static str;
    /// What it needs to know. No secrets: the row stays.
    type Payload: Serialize + DeserializeOwned + Send + Sync;

    /// Calls, outside any transaction, with the effect's id as idempotency key.
    fn execute(&self, call: &Call<Self::Payload>) -> impl Future<Output = Outcome> + Send;

    /// Takes the outcome in, in the transaction that closes the effect. May publish.
    fn settle(
        &self,
        tx: &Tx,
        id: Uuid,
        payload: &Self::Payload,
        outcome: &Settled,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// One attempt at an effect.
pub struct Call<P> {
    /// The effect: the idempotency key outside, the same for every attempt.
    pub id: Uuid,
    /// What it is about.
    pub payload: P,
    /// Whether an earlier attempt may have reached the other side: we do not know.
    pub repeated: bool,
    /// How many attempts there were before.
    pub attempts: i64,
    /// The service's database, to read what the payload does not hold.
    pub db: Db,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Done, with the other side's answer.
    Ok(serde_json::Value),
    /// The other side said no, for good: a code.
    Failed(String),
    /// It did not happen; later it may.
    Later(String),
    /// It may have happened: it is tried again under the same key.
    Unknown(String),
}

/// How an effect ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Settled {
    /// Done, with the other side's answer.
    Ok(serde_json::Value),
    /// The other side said no, for good: a code.
    Failed(String),
}

trait AnyEffect: Send + Sync {
    fn execute<'a>(&'a self, row: &'a Open, db: &Db) -> BoxFuture<'a, Outcome>;
    fn settle<'a>(
        &'a self,
        tx: &'a Tx,
        row: &'a Open,
        outcome: &'a Settled,
    ) -> BoxFuture<'a, Result<(), Fault>>;
}

struct Executing<E>(E);

impl<E: Effect> AnyEffect for Executing<E> {
    fn execute<'a>(&'a self, row: &'a Open, db: &Db) -> BoxFuture<'a, Outcome> {
        let db = db.clone();
        Box::pin(async move {
            let payload = match serde_json::from_value(row.payload.clone()) {
                Ok(payload) => payload,
                Err(error) => return Outcome::Later(format!("{} reads: {error}", E::NAME)),
            };
            let (repeated, attempts) = (row.state != "intent", row.attempts);
            self.0.execute(&Call { id: row.id, payload, repeated, attempts, db }).await
        })
    }

    fn settle<'a>(
        &'a self,
        tx: &'a Tx,
        row: &'a Open,
        outcome: &'a Settled,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let payload = serde_json::from_value(row.payload.clone())
                .map_err(|error| Fault::Broken(format!("{} reads: {error}", E::NAME)))?;
            self.0.settle(tx, row.id, &payload, outcome).await
        })
    }
}

/// The effects that a service knows.
#[derive(Clone, Default)]
pub struct Effects(HashMap<&'static str, Arc<dyn AnyEffect>>);

impl Effects {
    /// Adds an effect.
    #[must_use]
    pub fn with<E: Effect>(mut self, effect: E) -> Self {
        self.0.insert(E::NAME, Arc::new(Executing(effect)));
        self
    }
}

/// A row that is not settled.
#[derive(Debug, Clone)]
struct Open {
    id: Uuid,
    name: String,
    payload: serde_json::Value,
    state: String,
    attempts: i64,
    correlation: Uuid,
}

impl Tx {
    /// Asks for a call to the outside; it is made after the commit. Says the effect's id.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn effect<E: Effect>(&self, payload: &E::Payload) -> Result<Uuid> {
        self.effect_at::<E>(self.now(), payload).await
    }

    /// As [`Tx::effect`], but not before an instant.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn effect_at<E: Effect>(
        &self,
        not_before: DateTime<Utc>,
        payload: &E::Payload,
    ) -> Result<Uuid> {
        let id: Uuid = self.id();
        let sql = "insert into effect
                     (id, name, payload, state, attempts, next_at, correlation, created_at)
                   values ($1, $2, $3, 'intent', 0, $4, $5, $6)";
        let payload = serde_json::to_value(payload)?;
        let correlation = self.actor().correlation;
        let values = params![id, E::NAME, payload, not_before, correlation, self.now()];
        self.run(sql, values).await?;
        self.made_work();
        Ok(id)
    }
}

/// How long to wait after so many failures: doubling from a second to ten minutes, with jitter.
pub(crate) fn back_off(failures: i64) -> TimeDelta {
    let mut delays = ExponentialBuilder::default()
        .with_min_delay(Duration::from_secs(1))
        .with_max_delay(Duration::from_mins(10))
        .with_jitter()
        .without_max_times()
        .build();
    let nth = usize::try_from(failures.clamp(0, 12)).unwrap_or_default();
    let delay = delays.nth(nth).unwrap_or(Duration::from_mins(10));
    TimeDelta::from_std(delay).unwrap_or(TimeDelta::minutes(10))
}

async fn open(db: &Db) -> Result<Vec<Open>> {
    let sql = "select id, name, payload, state, attempts, correlation from effect
               where state in ('intent', 'sent', 'unknown') and next_at <= $1
               order by next_at, id limit 100";
    let now = db.clock().now();
    let rows = db
        .read(
            async |tx| {
                if held(tx).await? { Ok(Vec::new()) } else { tx.all(sql, params![now]).await }
            },
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Open {
                id: row.get("id")?,
                name: row.get("name")?,
                payload: row.get("payload")?,
                state: row.get("state")?,
                attempts: row.get("attempts")?,
                correlation: row.get("correlation")?,
            })
        })
        .collect()
}

/// Executes what is open and due, several at once; says how many were settled.
///
/// # Errors
/// As [`Tx::all`].
pub async fn execute_due(db: &Db, effects: &Effects) -> Result<usize> {
    let rows = open(db).await?;
    let mut running = FuturesUnordered::new();
    let mut settled = 0;
    for row in rows {
        let Some(effect) = effects.0.get(row.name.as_str()).cloned() else {
            tracing::warn!(effect = row.name, "an effect is open that nobody knows");
            continue;
        };
        running.push(one(db, effect, row));
        if running.len() >= AT_ONCE
            && let Some(done) = running.next().await
        {
            settled += usize::from(done?);
        }
    }
    while let Some(done) = running.next().await {
        settled += usize::from(done?);
    }
    Ok(settled)
}

/// One attempt, from noting that it is sent to taking in what came of it.
async fn one(db: &Db, effect: Arc<dyn AnyEffect>, row: Open) -> Result<bool> {
    let actor = Actor::job(&row.name, row.correlation);
    let tx = db.begin(&actor).await?;
    // Noted before the call: whoever finds it so after a crash knows that it may have happened.
    let sql = "update effect set state = 'sent', attempts = attempts + 1
               where id = $1 and state = $2 and attempts = $3";
    if tx.run(sql, params![row.id, &row.state, row.attempts]).await? == 0 {
        return Ok(false);
    }
    tx.commit().await?;

    let called = AssertUnwindSafe(effect.execute(&row, db)).catch_unwind().await;
    let outcome = called.unwrap_or_else(|_| Outcome::Unknown("a panic".to_owned()));
    let (state, why) = match outcome {
        Outcome::Ok(answer) => {
            return settle(db, effect.as_ref(), &row, Settled::Ok(answer)).await;
        }
        Outcome::Failed(code) => {
            return settle(db, effect.as_ref(), &row, Settled::Failed(code)).await;
        }
        // What may have happened once may always have: "unknown" is never forgotten.
        Outcome::Later(why) if row.state == "intent" => ("intent", why),
        Outcome::Later(why) | Outcome::Unknown(why) => ("unknown", why),
    };
    later(db, &row, state, &why).await?;
    Ok(false)
}

async fn settle(db: &Db, effect: &dyn AnyEffect, row: &Open, outcome: Settled) -> Result<bool> {
    let actor = Actor::job(&row.name, row.correlation);
    let tx = db.begin(&actor).await?;
    let (state, reason) = match &outcome {
        Settled::Ok(_) => ("ok", None),
        Settled::Failed(code) => ("failed", Some(code.as_str())),
    };
    let sql = "update effect set state = $2, reason = $3, settled_at = $4
               where id = $1 and state = 'sent'";
    if tx.run(sql, params![row.id, state, reason, tx.now()]).await? == 0 {
        return Ok(false);
    }
    match effect.settle(&tx, row, &outcome).await {
        Ok(()) => {
            tx.commit().await?;
            Ok(true)
        }
        Err(fault) => {
            drop(tx);
            tracing::warn!(effect = row.name, %fault, "an outcome could not be taken in");
            later(db, row, "unknown", &fault.to_string()).await?;
            Ok(false)
        }
    }
}

async fn later(db: &Db, row: &Open, state: &str, why: &str) -> Result<()> {
    tracing::info!(effect = row.name, why, attempts = row.attempts + 1, "tried again later");
    let tx = db.begin(&Actor::job(&row.name, row.correlation)).await?;
    let sql = "update effect set state = $2, reason = $3, next_at = $4
               where id = $1 and state = 'sent'";
    let next_at = tx.now() + back_off(row.attempts);
    tx.run(sql, params![row.id, state, why, next_at]).await?;
    tx.made_work();
    tx.commit().await.map(drop)
}

/// Executes effects as they come, until dropped.
pub(crate) async fn run(db: Db, effects: Effects) {
    let mut work = db.work().subscribe();
    loop {
        work.borrow_and_update();
        if let Err(error) = execute_due(&db, &effects).await {
            tracing::warn!(error = error.chain(), "effects could not be looked at");
        }
        let sql = "select min(next_at) as next_at from effect
                   where state in ('intent', 'sent', 'unknown')";
        let next = db
            .read(async |tx| {
                let row = tx.one(sql, params![]).await?;
                Ok::<_, Error>((row.get::<Option<DateTime<Utc>>>("next_at")?, held(tx).await?))
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

impl Db {
    /// How many effects are due by now and not settled.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn due_effects(&self) -> Result<i64> {
        let sql = "select count(*) as due from effect
                   where state in ('intent', 'sent', 'unknown') and next_at <= $1";
        let now = self.clock().now();
        self.read(async |tx| tx.one(sql, params![now]).await?.get("due")).await
    }

    /// How many effects are not settled, those that wait for a later try too.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn open_effects(&self) -> Result<i64> {
        let sql =
            "select count(*) as open from effect where state in ('intent', 'sent', 'unknown')";
        self.read(async |tx| tx.one(sql, params![]).await?.get("open")).await
    }
}
