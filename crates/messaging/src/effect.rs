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
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span};
use uuid::Uuid;

use crate::timer::held;
use crate::trace::{self, Work};
use crate::{Actor, Db, Error, Fault, Result, Target, Tx, Value, params};

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
    /// The context of what asked for it, when its span is kept.
    traceparent: Option<String>,
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
                     (id, name, payload, state, attempts, next_at, correlation, created_at,
                      traceparent)
                   values ($1, $2, $3, 'intent', 0, $4, $5, $6, $7)";
        let payload = serde_json::to_value(payload)?;
        let correlation = self.actor().correlation;
        let traceparent = trace::current();
        let values =
            params![id, E::NAME, payload, not_before, correlation, self.now(), traceparent];
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

/// Names as a list of parameters from `$first` on: rows of a name that this program does not know
/// wait for one that does, and keep nobody from work.
pub(crate) fn known<'a>(
    names: impl Iterator<Item = &'a &'static str>,
    first: usize,
) -> (String, Vec<Value>) {
    let values: Vec<Value> =
        names.map(|name| Value::from(*name)).chain([Value::from("")]).collect();
    let places: Vec<String> = (first..first + values.len()).map(|at| format!("${at}")).collect();
    (places.join(", "), values)
}

async fn open(db: &Db, effects: &Effects) -> Result<Vec<Open>> {
    let (known, mut values) = known(effects.0.keys(), 2);
    let sql = format!(
        "select id, name, payload, state, attempts, correlation, traceparent from effect
         where state in ('intent', 'sent', 'unknown') and next_at <= $1 and name in ({known})
         order by next_at, id limit 100"
    );
    values.insert(0, db.clock().now().into());
    let rows = db
        .read(async |tx| if held(tx).await? { Ok(Vec::new()) } else { tx.all(&sql, values).await })
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
                traceparent: row.get("traceparent")?,
            })
        })
        .collect()
}

fn note(done: Option<Result<bool>>, settled: &mut usize, failed: &mut Option<Error>) {
    match done {
        Some(Ok(done)) => *settled += usize::from(done),
        Some(Err(error)) => *failed = Some(error),
        None => {}
    }
}

/// Executes what is open and due, several at once; says how many were settled.
///
/// # Errors
/// As [`Tx::all`].
pub async fn execute_due(db: &Db, effects: &Effects) -> Result<usize> {
    let rows = open(db, effects).await?;
    let mut running = FuturesUnordered::new();
    let mut settled = 0;
    let mut failed = None;
    for row in rows {
        let Some(effect) = effects.0.get(row.name.as_str()).cloned() else { continue };
        let asked_by = row.traceparent.as_deref();
        let span = trace::working(Work::Effect, db.service(), &row.name, row.correlation, asked_by);
        running.push(one(db, effect, row).instrument(span));
        if running.len() >= AT_ONCE {
            note(running.next().await, &mut settled, &mut failed);
        }
    }
    // An error of one does not drop the calls of the others.
    while let Some(done) = running.next().await {
        note(Some(done), &mut settled, &mut failed);
    }
    failed.map_or(Ok(settled), Err)
}

/// How long a call is left to whoever makes it. On SQLite one process holds the file: what it finds
/// sent was sent by one that died.
fn lease(db: &Db) -> TimeDelta {
    match db.target() {
        Target::Sqlite(_) => TimeDelta::zero(),
        Target::Postgres(_) => TimeDelta::seconds(15),
    }
}

/// One attempt, from noting that it is sent to taking in what came of it.
async fn one(db: &Db, effect: Arc<dyn AnyEffect>, row: Open) -> Result<bool> {
    let actor = Actor::job(&row.name, row.correlation);
    let tx = db.begin(&actor).await?;
    // Noted before the call: whoever finds it so after a crash knows that it may have happened.
    // Nobody else takes it before the lease is over.
    let sql = "update effect set state = 'sent', attempts = attempts + 1, next_at = $4
               where id = $1 and state = $2 and attempts = $3";
    let leased = tx.now() + lease(db);
    if tx.run(sql, params![row.id, &row.state, row.attempts, leased]).await? == 0 {
        return Ok(false);
    }
    tx.commit().await?;

    let called = AssertUnwindSafe(effect.execute(&row, db)).catch_unwind().await;
    let outcome = called.unwrap_or_else(|_| Outcome::Unknown("a panic".to_owned()));
    count(db, &outcome);
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

/// What came of an attempt, for the metrics and for its span.
fn count(db: &Db, outcome: &Outcome) {
    let effects = &db.meter().effects;
    let (counter, why) = match outcome {
        Outcome::Ok(_) => (&effects.ok, None),
        Outcome::Failed(why) => (&effects.failed, Some(why)),
        Outcome::Later(why) => (&effects.later, Some(why)),
        Outcome::Unknown(why) => (&effects.unknown, Some(why)),
    };
    counter.increment(1);
    if let Some(why) = why {
        trace::failed(&Span::current(), why);
    }
}

async fn settle(db: &Db, effect: &dyn AnyEffect, row: &Open, outcome: Settled) -> Result<bool> {
    let actor = Actor::job(&row.name, row.correlation);
    let tx = db.begin(&actor).await?;
    let (state, reason) = match &outcome {
        Settled::Ok(_) => ("ok", None),
        Settled::Failed(code) => ("failed", Some(code.as_str())),
    };
    let sql = "update effect set state = $2, reason = $3, settled_at = $4
               where id = $1 and state = 'sent' and attempts = $5";
    if tx.run(sql, params![row.id, state, reason, tx.now(), row.attempts + 1]).await? == 0 {
        return Ok(false);
    }
    let settled = AssertUnwindSafe(effect.settle(&tx, row, &outcome)).catch_unwind().await;
    match settled.unwrap_or_else(|_| Err(Fault::Broken("a panic".to_owned()))) {
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
               where id = $1 and state = 'sent' and attempts = $5";
    let next_at = tx.now() + back_off(row.attempts);
    tx.run(sql, params![row.id, state, why, next_at, row.attempts + 1]).await?;
    tx.made_work();
    tx.commit().await.map(drop)
}

/// Executes effects as they come, until stopped; what is being called then is finished.
pub(crate) async fn run(db: Db, effects: Effects, stop: CancellationToken) {
    let mut work = db.work().subscribe();
    loop {
        work.borrow_and_update();
        if let Err(error) = execute_due(&db, &effects).await {
            tracing::warn!(error = error.chain(), "effects could not be looked at");
        }
        if stop.is_cancelled() {
            return;
        }
        let (known, values) = known(effects.0.keys(), 1);
        let sql = format!(
            "select min(next_at) as next_at from effect
             where state in ('intent', 'sent', 'unknown') and name in ({known})"
        );
        let next = db
            .read(async |tx| {
                let row = tx.one(&sql, values).await?;
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
            () = stop.cancelled() => return,
        }
    }
}

impl Db {
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
