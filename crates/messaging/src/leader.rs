//! One leader per service runs its consumers, timers and effects; other replicas only answer HTTP.
//!
//! On SQLite the process that holds the file leads. On PostgreSQL whoever holds an advisory lock on
//! a connection of its own. A leader that lost the lock without noticing does no harm: cursors move
//! by compare-and-set, timers and effects by the state of their rows.

use std::time::Duration;

use sqlx::{Connection, PgConnection};
use tokio::sync::watch;

use crate::consume::Consumers;
use crate::effect::{self, Effects};
use crate::replay::{self, Readers};
use crate::run::{Consumption, Steering};
use crate::tasks::Tasks;
use crate::timer::{self, Timers};
use crate::{Actor, Db, Result, Target, feed, inbox, params};

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
}

impl Background {
    /// Starts the background work; the returned watch turns true when the projections are prepared.
    #[must_use]
    pub fn start(self, tasks: &Tasks) -> watch::Receiver<bool> {
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
        let work = async {
            self.prepare().await;
            ready.send_replace(true);
            self.spawn_all(&team);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = work => {}
            () = lost => {}
            () = tasks.stopping() => {}
        }
        team.stop().await;
    }

    async fn lead(self, tasks: &Tasks, ready: &watch::Sender<bool>) {
        self.lead_until(tasks, ready, std::future::pending()).await;
    }

    fn spawn_all(&self, team: &Tasks) {
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
        team.spawn_until_stopped("timers", timer::run(self.db.clone(), self.timers.clone()));
        team.spawn_until_stopped("effects", effect::run(self.db.clone(), self.effects.clone()));
        team.spawn_until_stopped("housekeeping", keep_house(self.db.clone()));
    }

    /// Tries until the feeds that must be replayed can be read.
    async fn prepare(&self) {
        loop {
            let prepared = async {
                replay::prepare(&self.db, &self.consumers, &self.readers).await?;
                self.timers.prepare(&self.db).await
            };
            match prepared.await {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!(error = error.chain(), "consumers are not prepared yet");
                    tokio::time::sleep(Duration::from_millis(250)).await;
                }
            }
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
                    // Another replica leads: what it prepared is prepared for us too.
                    ready.send_replace(true);
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

async fn hold_lock(url: &str) -> Result<Option<PgConnection>> {
    let mut connection = PgConnection::connect(url).await?;
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
    while connection.ping().await.is_ok() {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Sees what other processes committed to this database, and wakes whoever waits for it here.
async fn follow_others(db: Db) {
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    let mut known = String::new();
    loop {
        tick.tick().await;
        let sql =
            "select pos, (select string_agg(feed || pos, ' ' order by feed) from cursor) as at
                   from feed_head";
        let seen = db.read(async |tx| tx.one(sql, params![]).await).await;
        let Ok(row) = seen else { continue };
        let (Ok(pos), Ok(at)) = (row.get::<i64>("pos"), row.get::<Option<String>>("at")) else {
            continue;
        };
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
        let blanked = db.execute(&actor, &feed::BlankSecrets).await;
        let forgotten = db.execute(&actor, &inbox::Forget).await;
        for error in [blanked.err(), forgotten.err()].into_iter().flatten() {
            tracing::warn!(error = error.chain(), "housekeeping failed");
        }
        db.clock().sleep_until(db.clock().now() + chrono::TimeDelta::minutes(1)).await;
    }
}
