//! Two services of the tests: `alpha` raises counters and says so, `beta` keeps what it heard.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use chassis::clock::Clock;
use chassis::db::{Extensions, OpenDb, Target};
use chassis::effect::Effects;
use chassis::leader::Background;
use chassis::reader::Feeds;
use chassis::replay::Readers;
use chassis::run::Steering;
use chassis::tasks::Tasks;
use chassis::timer::Timers;
use chassis::{
    Actor, Command, Consumers, Db, Error, Fault, Got, Ids, Migration, Projection, Reaction, Result,
    Tx, params,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A counter was raised.
#[macros::message("alpha.counter.raised", key = counter, entity = counter, version = value)]
pub(crate) struct CounterRaised {
    pub(crate) counter: Uuid,
    pub(crate) value: i64,
}

/// Beta heard of it.
#[macros::message("beta.counter.heard", key = counter, entity = counter, version = value)]
pub(crate) struct CounterHeard {
    pub(crate) counter: Uuid,
    pub(crate) value: i64,
}

/// A charge of the tests: money, which is never dropped.
#[macros::message("alpha.charge.raised", key = counter, entity = counter, version = value)]
pub(crate) struct ChargeRaised {
    pub(crate) counter: Uuid,
    pub(crate) value: i64,
}

const ALPHA: &[Migration] = &[Migration {
    name: "0001_counters",
    sql: "create table counters (id uuid primary key, value bigint not null);",
}];

const BETA: &[Migration] = &[Migration {
    name: "0001_heard",
    sql: "create table heard (turn bigint not null, counter uuid not null, value bigint not null);
create table copies (counter uuid primary key, value bigint not null);
",
}];

/// Raises a counter by one and says so.
pub(crate) struct Raise(pub(crate) Uuid);

impl Command for Raise {
    type Out = i64;

    async fn run(&self, tx: &Tx) -> Result<i64> {
        let sql = "insert into counters (id, value) values ($1, 1)
                   on conflict (id) do update set value = counters.value + 1 returning value";
        let value: i64 = tx.one(sql, params![self.0]).await?.get("value")?;
        tx.publish(CounterRaised { counter: self.0, value });
        Ok(value)
    }
}

/// Says that a charge was raised.
pub(crate) struct Charge(pub(crate) Uuid);

impl Command for Charge {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tx.publish(ChargeRaised { counter: self.0, value: 1 });
        Ok(())
    }
}

/// What beta's consumers fail at, until mended.
#[derive(Clone, Default)]
pub(crate) struct Bugs(Arc<Mutex<HashSet<Uuid>>>, Arc<Mutex<HashSet<Uuid>>>);

impl Bugs {
    pub(crate) fn in_counter(&self, counter: Uuid) {
        self.0.lock().unwrap().insert(counter);
    }

    pub(crate) fn mend(&self) {
        self.0.lock().unwrap().clear();
        self.1.lock().unwrap().clear();
    }

    /// Of this counter every race is lost: a row is never as the reaction expects it.
    pub(crate) fn always_loses(&self, counter: Uuid) {
        self.1.lock().unwrap().insert(counter);
    }

    fn check(&self, counter: Uuid) -> Result<(), Fault> {
        if self.1.lock().unwrap().contains(&counter) {
            return Err(Fault::from(Error::Conflict));
        }
        if self.0.lock().unwrap().contains(&counter) {
            return Err(Fault::Broken("a bug in this counter".to_owned()));
        }
        Ok(())
    }
}

pub(crate) struct Hear(pub(crate) Bugs);

impl Reaction for Hear {
    const NAME: &'static str = "hear";
    type Message = CounterRaised;

    async fn react(&self, tx: &Tx, got: &Got<CounterRaised>) -> Result<(), Fault> {
        let sql = "insert into heard (turn, counter, value)
                   values ((select count(*) from heard), $1, $2)";
        tx.run(sql, params![got.counter, got.value]).await?;
        self.0.check(got.counter)?;
        tx.publish(CounterHeard { counter: got.counter, value: got.value });
        Ok(())
    }
}

pub(crate) struct HearCharge(pub(crate) Bugs);

impl Reaction for HearCharge {
    const NAME: &'static str = "hear_charge";
    type Message = ChargeRaised;

    async fn react(&self, _: &Tx, got: &Got<ChargeRaised>) -> Result<(), Fault> {
        self.0.check(got.counter)
    }
}

pub(crate) struct Copy;

impl Projection for Copy {
    const NAME: &'static str = "copy";
    const VERSION: i64 = 1;
    const TABLES: &'static [&'static str] = &["copies"];
    type Message = CounterRaised;

    async fn project(&self, tx: &Tx, got: &Got<CounterRaised>) -> Result<(), Fault> {
        let sql = "insert into copies (counter, value) values ($1, $2)
                   on conflict (counter) do update set value = excluded.value
                   where copies.value <= excluded.value";
        tx.run(sql, params![got.counter, got.value]).await?;
        Ok(())
    }
}

/// Both services, on one engine.
pub(crate) struct Pair {
    pub(crate) alpha: Db,
    pub(crate) beta: Db,
    pub(crate) bugs: Bugs,
    pub(crate) feeds: Feeds,
    pub(crate) clock: Clock,
    steering: Steering,
    tasks: Tasks,
    _directory: Option<tempfile::TempDir>,
}

pub(crate) fn actor() -> Actor {
    Actor::job("test", Uuid::from_u128(7))
}

pub(crate) fn counter(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Nothing {}

async fn open(service: &str, target: Target, clock: &Clock, steps: &[Migration]) -> Db {
    let open = OpenDb {
        service: service.to_owned(),
        target,
        clock: clock.clone(),
        ids: Ids::random(),
        zone: chrono_tz::America::New_York,
        extensions: Extensions::default(),
    };
    let db = Db::open(open).await.unwrap();
    db.migrate(steps).await.unwrap();
    db
}

impl Pair {
    pub(crate) async fn on(engine: &str) -> Self {
        let clock = Clock::still("2027-03-01T15:00:00Z".parse().unwrap());
        let directory = tempfile::tempdir().unwrap();
        let (first, second) = if engine == "sqlite" {
            let file = |name: &str| Target::Sqlite(directory.path().join(name));
            (file("alpha.db"), file("beta.db"))
        } else {
            let url = chassis::testing::postgres_database;
            (Target::Postgres(url("alpha").await), Target::Postgres(url("beta").await))
        };
        let feeds = Feeds::of(["alpha".to_owned(), "beta".to_owned()]);
        let alpha = open("alpha", first, &clock, ALPHA).await;
        let beta = open("beta", second, &clock, BETA).await;
        feeds.started(&alpha);
        feeds.started(&beta);
        Self {
            alpha,
            beta,
            bugs: Bugs::default(),
            feeds,
            clock,
            steering: Steering::default(),
            tasks: Tasks::new(),
            _directory: Some(directory),
        }
    }

    pub(crate) fn consumers(&self) -> Consumers {
        let bugs = &self.bugs;
        Consumers::new().reacts(Hear(bugs.clone())).reacts(HearCharge(bugs.clone())).projects(Copy)
    }

    pub(crate) fn steering(&self) -> &Steering {
        &self.steering
    }

    /// Another process's handle to beta's database.
    pub(crate) async fn other_beta(&self) -> Db {
        let target = self.beta.target().clone();
        open("beta", target, &self.clock, BETA).await
    }

    /// Another replica's handle to alpha's database.
    pub(crate) async fn other_alpha(&self) -> Db {
        open("alpha", self.alpha.target().clone(), &self.clock, ALPHA).await
    }

    /// Another replica's handle where there can be one: a SQLite file belongs to one process.
    pub(crate) async fn other_handle(&self) -> Db {
        match self.beta.target() {
            Target::Sqlite(_) => self.beta.clone(),
            Target::Postgres(_) => self.other_beta().await,
        }
    }

    /// Opens alpha's database again, after it was closed.
    pub(crate) async fn reopen_alpha(&mut self) {
        let target = self.alpha.target().clone();
        self.alpha = open("alpha", target, &self.clock, ALPHA).await;
    }

    /// Beta begins to consume; stopped with the returned tasks.
    pub(crate) fn start_beta(&self) -> Tasks {
        self.start(&self.beta, Timers::default(), Effects::default())
    }

    pub(crate) fn start(&self, db: &Db, timers: Timers, effects: Effects) -> Tasks {
        let readers: HashMap<_, _> =
            self.feeds.readers().into_iter().filter(|(feed, _)| feed == "alpha").collect();
        self.start_reading(db, readers, timers, effects)
    }

    /// Begins to consume what these readers give.
    pub(crate) fn start_reading(
        &self,
        db: &Db,
        readers: Readers,
        timers: Timers,
        effects: Effects,
    ) -> Tasks {
        let background = Background {
            db: db.clone(),
            consumers: self.consumers(),
            readers,
            timers,
            effects,
            steering: self.steering.clone(),
            broker: None,
        };
        let tasks = Tasks::new();
        drop(background.start(&tasks));
        tasks
    }

    /// Waits until beta heard all that alpha said.
    pub(crate) async fn heard_all(&self) {
        let head = self.alpha.head_position();
        let arrived = self.beta.reached("alpha", head, std::time::Duration::from_mins(1)).await;
        assert!(arrived, "beta did not get to {head}: {:?}", self.beta.standings().await);
    }

    /// The values beta heard of a counter, in the order it took them.
    pub(crate) async fn heard(&self, counter: Uuid) -> Vec<i64> {
        let sql = "select value from heard where counter = $1 order by turn";
        let rows = self.beta.read(async |tx| tx.all(sql, params![counter]).await).await.unwrap();
        rows.iter().map(|row| row.get("value").unwrap()).collect()
    }

    pub(crate) async fn stop(self) {
        self.tasks.stop().await;
        self.alpha.close().await;
        self.beta.close().await;
    }
}

/// The same test on both engines.
macro_rules! on_both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($pair:ident: Pair) $body:block)*) => {$(
        mod $name {
            use super::*;

            $(#[$meta])*
            async fn check($pair: Pair) $body

            #[test]
            fn on_sqlite() {
                chassis::testing::run(async { check(Pair::on("sqlite").await).await });
            }

            #[test]
            fn on_postgres() {
                chassis::testing::run(async { check(Pair::on("postgres").await).await });
            }
        }
    )*};
}

pub(crate) use on_both_engines;
