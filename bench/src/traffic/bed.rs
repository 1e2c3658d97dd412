//! Two databases of two services: one publishes, the other consumes, as they do in one process.

use std::time::Duration;

use messaging::db::{Extensions, OpenDb};
use messaging::jetstream::Broker;
use messaging::leader::Background;
use messaging::reader::Feeds;
use messaging::replay::Readers;
use messaging::tasks::Tasks;
use messaging::{Actor, Clock, Command, Consumers, Db, Ids, Result, Target, Tx, params};

use super::work::{Backlog, MakeEntities, PRODUCER, TABLES};
use crate::outcome::{Failed, Outcome};
use crate::place::{Engine, Place};

/// How long a consumer may take to come to the head.
const PATIENCE: Duration = Duration::from_mins(3);

/// Opens an empty database for a service.
pub(super) async fn database(
    place: &Place,
    engine: Engine,
    service: &str,
    name: &str,
) -> Outcome<Db> {
    let open = OpenDb {
        service: service.to_owned(),
        target: place.fresh(engine, name).await?,
        clock: Clock::real(),
        ids: Ids::random(),
        zone: chrono_tz::UTC,
        extensions: Extensions::default(),
    };
    let db = Db::open(open).await?;
    db.migrate(TABLES).await?;
    if engine == Engine::Sqlite {
        db.execute(&actor(&db), &GrowFiles).await?;
    }
    Ok(db)
}

/// Lets the files of a SQLite database grow to the size they keep: whoever came first would
/// otherwise pay for it, and be compared with others who do not.
struct GrowFiles;

impl Command for GrowFiles {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tx.run("create table growth (page text not null)", params![]).await?;
        let sql =
            "with recursive pages(n) as (select 1 union all select n + 1 from pages where n < 1500)
                   insert into growth (page) select $1 from pages";
        tx.run(sql, params!["-".repeat(4_000)]).await?;
        tx.run("drop table growth", params![]).await.map(drop)
    }
}

/// Who acts: another request each time, as in earnest.
pub(super) fn actor(db: &Db) -> Actor {
    Actor::job("bench", db.ids().uuid(db.clock().now()))
}

/// What a service does beside answering, without timers, effects and a broker.
fn background(db: &Db, consumers: Consumers, readers: Readers) -> Background {
    Background {
        db: db.clone(),
        consumers,
        readers,
        timers: messaging::timer::Timers::default(),
        effects: messaging::effect::Effects::default(),
        steering: messaging::run::Steering::default(),
        broker: None,
    }
}

/// A service that publishes.
pub(super) struct Producer {
    pub(super) db: Db,
    feeds: Feeds,
    tasks: Tasks,
}

impl Producer {
    /// With its entities and an empty feed.
    pub(super) async fn make(place: &Place, engine: Engine, name: &str) -> Outcome<Self> {
        let db = database(place, engine, PRODUCER, name).await?;
        db.execute(&actor(&db), &MakeEntities).await?;
        let feeds = Feeds::of([PRODUCER.to_owned()]);
        feeds.started(&db);
        Ok(Self { db, feeds, tasks: Tasks::new() })
    }

    /// Publishes `count` messages about `entities` entities.
    pub(super) async fn fill(&self, count: usize, entities: usize) -> Outcome {
        for from in (0..count).step_by(500) {
            let count = 500.min(count - from);
            self.db.execute(&actor(&self.db), &Backlog { from, count, entities }).await?;
        }
        Ok(())
    }

    /// Readers of its feed.
    pub(super) fn readers(&self) -> Readers {
        self.feeds.readers()
    }

    /// Its feed, to be served to others.
    pub(super) fn feeds(&self) -> Feeds {
        self.feeds.clone()
    }

    /// Does all that a service does in the background, and copies its feed to a broker.
    pub(super) fn lead(&self, broker: Option<Broker>) {
        let work = background(&self.db, Consumers::new(), Readers::new());
        drop(Background { broker, ..work }.start(&self.tasks));
    }

    /// Stops that.
    pub(super) async fn stop(&self) {
        self.tasks.stop().await;
    }

    /// Where its database is.
    pub(super) fn target(&self) -> &Target {
        self.db.target()
    }
}

/// A service that consumes.
pub(super) struct Consumer {
    pub(super) db: Db,
    tasks: Tasks,
}

impl Consumer {
    /// A service that has heard nothing yet, and does not listen yet.
    pub(super) async fn make(place: &Place, engine: Engine, name: &str) -> Outcome<Self> {
        let db = database(place, engine, "consumer", name).await?;
        Ok(Self { db, tasks: Tasks::new() })
    }

    /// Begins to listen, with all that a service does in the background.
    pub(super) fn listen(&self, producer: &Producer, consumers: Consumers) {
        self.listen_by(producer.readers(), consumers);
    }

    /// Begins to listen by these readers.
    pub(super) fn listen_by(&self, readers: Readers, consumers: Consumers) {
        drop(background(&self.db, consumers, readers).start(&self.tasks));
    }

    /// Waits until it has taken in everything up to `pos`.
    pub(super) async fn reach(&self, pos: i64) -> Outcome {
        if self.db.reached(PRODUCER, pos, PATIENCE).await {
            return Ok(());
        }
        let standing = self.db.standings().await?;
        Err(Failed::because(format!("the consumer does not come to {pos}: {standing:?}")))
    }

    /// Stops listening.
    pub(super) async fn stop(&self) {
        self.tasks.stop().await;
    }
}
