//! One leader per service runs its consumers, timers and effects, and copies its feed to the broker;
//! other replicas only answer HTTP.
//!
//! On SQLite the process that holds the file leads. On PostgreSQL whoever holds an advisory lock on
//! a connection of its own. A leader that lost the lock without noticing does no harm: cursors move
//! by compare-and-set, timers and effects by the state of their rows, a stream by its sequence.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use tokio::sync::watch;

use crate::consume::Consumers;
use crate::effect::{self, Effects};
use crate::jetstream::Broker;
use crate::replay::{self, Readers};
use crate::run::{Consumption, Steering};
use crate::tasks::Tasks;
use crate::timer::{self, Timers};
use crate::{Actor, Db, Error, Result, Target, feed, inbox, meter, params};

/// All that a service does in the background.
#[derive(Clone)]
pub struct Background {
    /// Its database.
    pub db: Db,
    /// What it does with messages.
    pub consumers: Consumers,
    /// How it reads the feeds it may hear, by service.
    pub readers: Readers,
    /// Its timers.
    pub timers: Timers,
    /// Its effects.
    pub effects: Effects,
    /// From outside.
    pub steering: Steering,
    /// Where its feed is copied to.
    pub broker: Option<Broker>,
}

impl Background {
    /// Starts the background work; the returned watch turns true when the projections are prepared.
    #[must_use]
    pub fn start(self, tasks: &Tasks) -> watch::Receiver<bool> {
        meter::Leading::not_yet(self.db.service());
        let ready = watch::Sender::new(false);
        let receiver = ready.subscribe();
        let own = tasks.clone();
        match self.db.target() {
            Target::Sqlite(_) => tasks.spawn("leader", async move {
                self.lead(&own, &ready).await;
            }),
            Target::Postgres(url) => {
                let url = url.clone();
                tasks.spawn_until_stopped("head", follow_others(self.db.clone()));
                tasks.spawn("leader", async move { self.elect(&url, &own, &ready).await });
            }
        }
        receiver
    }

    /// Leads until stopped, or until `lost` resolves.
    async fn lead_until(
        &self,
        tasks: &Tasks,
        ready: &watch::Sender<bool>,
        lost: impl Future<Output = ()>,
    ) {
        let team = Tasks::new();
        let service = self.db.service();
        self.steering.readings().lead(true);
        let leading = meter::Leading::begin(service);
        let work = async {
            // Timers and effects wait for nobody's feed.
            while let Err(error) = self.timers.prepare(&self.db).await {
                not_yet("timers", &error).await;
            }
            self.spawn_own(&team);
            // A feed that must be replayed may be away.
            while let Err(error) = replay::prepare(&self.db, &self.consumers, &self.readers).await {
                not_yet("consumers", &error).await;
            }
            ready.send_replace(true);
            self.spawn_consumptions(&team);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = work => {}
            () = lost => {}
            () = tasks.stopping() => {}
        }
        team.stop().await;
        drop(leading);
        self.steering.readings().lead(false);
    }

    async fn lead(self, tasks: &Tasks, ready: &watch::Sender<bool>) {
        self.lead_until(tasks, ready, std::future::pending()).await;
    }

    fn spawn_consumptions(&self, team: &Tasks) {
        for (feed, reader) in &self.readers {
            let consumption = Consumption {
                db: self.db.clone(),
                feed: feed.clone(),
                reader: reader.clone(),
                consumers: self.consumers.clone(),
                steering: self.steering.clone(),
            };
            let tasks = team.clone();
            team.spawn("consume", async move { consumption.run(tasks).await });
        }
    }

    fn spawn_own(&self, team: &Tasks) {
        team.spawn_until_stopped("timers", timer::run(self.db.clone(), self.timers.clone()));
        let (db, effects, stop) = (self.db.clone(), self.effects.clone(), team.token());
        // What is being called is finished first: to drop it would be to repeat it.
        team.spawn("effects", async move { effect::run(db, effects, stop).await });
        team.spawn_until_stopped("housekeeping", keep_house(self.db.clone()));
        if let Some(broker) = self.broker.clone() {
            let db = self.db.clone();
            team.spawn_until_stopped("publish", async move { broker.publish(db).await });
        }
    }

    /// Waits for the lock, leads while the connection that holds it lives, and begins again.
    async fn elect(self, url: &str, tasks: &Tasks, ready: &watch::Sender<bool>) {
        while !tasks.is_stopping() {
            let held = tokio::select! {
                held = hold_lock(url) => held,
                () = tasks.stopping() => return,
            };
            match held {
                Ok(Some(lock)) => {
                    tracing::info!(service = self.db.service(), "leading");
                    self.lead_until(tasks, ready, watch_lock(lock)).await;
                }
                Ok(None) => {
                    // Another replica leads: what it prepared is prepared for us too, if it is of
                    // this version.
                    let (consumers, readers) = (&self.consumers, &self.readers);
                    if replay::is_prepared(&self.db, consumers, readers).await.unwrap_or(false) {
                        ready.send_replace(true);
                    }
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
                Err(error) => {
                    tracing::warn!(error = error.chain(), "the leader's lock cannot be asked for");
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
        }
    }
}

async fn not_yet(what: &str, error: &Error) {
    tracing::warn!(what, error = error.chain(), "not prepared yet");
    tokio::time::sleep(Duration::from_millis(250)).await;
}

/// How long PostgreSQL leaves the lock to a leader that says nothing, in milliseconds. A process
/// that was stopped, or whose machine vanished, keeps its connection and with it the lock: so
/// PostgreSQL ends the session, and another replica leads. Whoever wakes up again may lead on for a
/// moment beside it, which the fences in the data bear: this time is about how soon work goes on,
/// never about whether it is right.
const SILENCE: &str = "10000";

/// How long may pass until it is known whether the lock could be had.
const ANSWER: Duration = Duration::from_secs(5);

/// Asks for the lock; a connection that is half open answers nothing for ever.
async fn hold_lock(url: &str) -> Result<Option<PgConnection>> {
    let asked = tokio::time::timeout(ANSWER, ask_for_lock(url)).await;
    asked.unwrap_or_else(|_| Err(Error::unavailable("the database")))
}

async fn ask_for_lock(url: &str) -> Result<Option<PgConnection>> {
    // Who leads is to be seen in `pg_stat_activity`.
    let options = PgConnectOptions::from_str(url)?
        .application_name(&format!("scte leader {}", std::process::id()))
        .options([("idle_session_timeout", SILENCE)]);
    let mut connection = PgConnection::connect_with(&options).await?;
    let sql = "select pg_try_advisory_lock(hashtextextended('scte.leader', 0))";
    let held: bool = sqlx::query_scalar(sql).fetch_one(&mut connection).await?;
    if held {
        return Ok(Some(connection));
    }
    connection.close().await?;
    Ok(None)
}

/// Resolves when the connection that holds the lock is gone.
async fn watch_lock(mut connection: PgConnection) {
    // A connection that is half open answers nothing for ever: that is a lost lock too.
    let patience = Duration::from_secs(3);
    while matches!(tokio::time::timeout(patience, connection.ping()).await, Ok(Ok(()))) {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

type Instant = chrono::DateTime<chrono::Utc>;

/// Sees what other processes committed to this database, and wakes whoever waits for it here.
async fn follow_others(db: Db) {
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    // After a silence once, not as often as was missed.
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut known = String::new();
    let mut waits = (None, None);
    loop {
        tick.tick().await;
        let sql =
            "select pos, (select string_agg(feed || pos, ' ' order by feed) from cursor) as at,
                          (select min(due_at) from timer) as due_at,
                          (select min(next_at) from effect
                           where state in ('intent', 'sent', 'unknown')) as next_at
                   from feed_head";
        let seen = db.read(async |tx| tx.one(sql, params![]).await).await;
        let Ok(row) = seen else { continue };
        let (Ok(pos), Ok(at)) = (row.get::<i64>("pos"), row.get::<Option<String>>("at")) else {
            continue;
        };
        let due = (row.get::<Option<Instant>>("due_at"), row.get::<Option<Instant>>("next_at"));
        if let (Ok(timer), Ok(effect)) = due
            && waits != (timer, effect)
        {
            waits = (timer, effect);
            db.work().send_modify(|n| *n += 1);
        }
        db.head().send_if_modified(|head| {
            let grows = *head < pos;
            *head = pos.max(*head);
            grows
        });
        let at = at.unwrap_or_default();
        if at != known {
            known = at;
            db.cursors().send_modify(|n| *n += 1);
        }
    }
}

/// Blanks secrets that are old enough and forgets answers that nobody repeats any more.
async fn keep_house(db: Db) {
    let actor = Actor::job("housekeeping", uuid::Uuid::nil());
    loop {
        let mut blanked = db.execute(&actor, &feed::BlankSecrets).await;
        while matches!(blanked, Ok(true)) {
            blanked = db.execute(&actor, &feed::BlankSecrets).await;
        }
        let forgotten = db.execute(&actor, &inbox::Forget).await;
        for error in [blanked.err(), forgotten.err()].into_iter().flatten() {
            tracing::warn!(error = error.chain(), "housekeeping failed");
        }
        db.clock().sleep_until(db.clock().now() + chrono::TimeDelta::minutes(1)).await;
    }
}
