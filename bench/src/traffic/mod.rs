//! `bench messaging`: the same work for everyone, on both engines, in interleaved rounds, each
//! figure beside the limit measured in the same round.

mod bed;
mod carried;
mod cases;
mod clients;
mod counts;
mod nats;
mod raw;
mod transports;
mod work;

use std::collections::BTreeMap;

use clap::ValueEnum;
use messaging::params;

use crate::machine;
use crate::measured::Table;
use crate::outcome::{Failed, Outcome, cluster, folder, print, say};
use crate::place::{Engine, Place};
use bed::Producer;
use counts::Counts;
use nats::Nats;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Few messages, as CI has time for.
    pub quick: bool,
    /// How many rounds.
    pub rounds: usize,
    /// This part alone.
    pub only: Option<Part>,
}

/// A part of what is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Directly, over HTTP and by JetStream, beside each other.
    Transports,
}

/// The sizes of the cases.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    transactions: usize,
    seconds: u32,
    backlog: usize,
}

/// A feed that is full before a measurement begins.
struct Filled {
    case: &'static str,
    producer: Producer,
    count: usize,
}

/// A run.
struct Bench {
    place: Place,
    sizes: Sizes,
    table: Table,
    counts: Counts,
    /// The same of each way on each engine.
    carried: BTreeMap<String, Counts>,
}

/// Measures, prints and writes `target/bench/messaging.json`.
///
/// # Errors
/// When it could not be measured, or anything was lost, doubled or out of order.
pub async fn measure(asked: Asked) -> Outcome {
    let folder = folder("bench")?;
    let files = tempfile::tempdir_in(&folder)?;
    let cluster = cluster().inspect_err(|why| say(format!("{why}; SQLite only"))).ok();
    let sizes = if asked.quick {
        Sizes { transactions: 800, seconds: 1, backlog: 10_000 }
    } else {
        Sizes { transactions: 6_000, seconds: 3, backlog: 100_000 }
    };
    let place = Place::new(files.path().to_owned(), cluster);
    let table = Table::default();
    let nats = Nats::start(&files.path().join("nats")).await;
    let nats = nats.inspect_err(|why| say(format!("{why}; no JetStream"))).ok();
    let (counts, carried) = (Counts::default(), BTreeMap::new());
    let mut bench = Bench { place, sizes, table, counts, carried };
    Box::pin(bench.run(asked, nats.as_ref())).await?;
    if let Some(nats) = nats {
        nats.stop().await?;
    }
    bench.tell(asked);
    bench.table.close(&folder, "messaging")?;
    if bench.counts.are_sound() {
        return Ok(());
    }
    Err(Failed::because("messages were lost, doubled or out of order"))
}

impl Bench {
    async fn run(&mut self, asked: Asked, nats: Option<&Nats>) -> Outcome {
        let (median, tail) = machine::sync_time(self.place.folder())?;
        self.table.fact("disk sync of 8 kB, µs", format!("median {median:.0}, p99 {tail:.0}"));
        if let Some(nats) = nats {
            self.table.fact("nats-server", format!("{}, sync_interval always", nats.version()));
        }
        let engines: Vec<Engine> = self.place.engines().collect();
        let mut filled = Vec::new();
        for engine in engines.iter().copied() {
            self.version(engine).await?;
            if asked.only.is_none() {
                filled.push(self.fill(engine).await?);
            }
        }
        for round in 1..=asked.rounds {
            print(format!("round {round} of {}", asked.rounds));
            for (engine, filled) in engines.iter().copied().zip(&filled) {
                self.alone(engine, filled).await?;
            }
            Box::pin(self.transports(&engines, round, nats)).await?;
        }
        for filled in filled.iter().flatten() {
            filled.producer.db.close().await;
        }
        Ok(())
    }

    /// One round of what concerns one process alone.
    async fn alone(&mut self, engine: Engine, filled: &[Filled]) -> Outcome {
        let sound = Box::pin(self.saturated(engine)).await?;
        Box::pin(self.poison(engine, sound)).await?;
        for rate in [200, 1_000] {
            Box::pin(self.paced(engine, rate)).await?;
        }
        for filled in filled {
            Box::pin(self.drained(engine, filled)).await?;
        }
        Ok(())
    }

    /// Notes what is no measurement of a round.
    fn tell(&mut self, asked: Asked) {
        self.table.fact("rounds", asked.rounds);
        if asked.quick {
            self.table.fact("size", "quick");
        }
        if asked.only == Some(Part::Transports) {
            self.table.fact("part", "transports alone");
        }
        self.table.fact("messages applied", self.counts.messages);
        self.table.fact("lost", self.counts.lost);
        self.table.fact("doubled", self.counts.doubled);
        self.table.fact("order breaks", self.counts.order_breaks);
        for (which, counts) in &self.carried {
            self.table.fact(which, counts);
        }
    }

    /// The feeds of B5, all about the 200 entities, and of B7, where each message is of another.
    async fn fill(&mut self, engine: Engine) -> Outcome<Vec<Filled>> {
        let count = self.sizes.backlog;
        let mut all = Vec::new();
        for (case, name, entities) in [("B5", "b5_feed", work::ENTITIES), ("B7", "b7_feed", count)]
        {
            let producer = Producer::make(&self.place, engine, name).await?;
            producer.fill(count, entities).await?;
            if case == "B5" {
                let bytes = bytes_of_feed(&producer, engine).await?;
                let row = format!("bytes of a message in the feed, {}", engine.name());
                self.table.fact(&row, bytes / i64::try_from(count).unwrap_or(1));
            }
            all.push(Filled { case, producer, count });
        }
        Ok(all)
    }

    async fn version(&mut self, engine: Engine) -> Outcome {
        let db = bed::database(&self.place, engine, "version", "version").await?;
        let sql = match engine {
            Engine::Sqlite => "select sqlite_version() as version",
            Engine::Postgres => {
                "select current_setting('server_version') || ', fsync ' || current_setting('fsync')
                        as version"
            }
        };
        let row = db.read(async |tx| tx.one(sql, params![]).await).await?;
        self.table.fact(engine.name(), row.get::<String>("version")?);
        db.close().await;
        Ok(())
    }
}

/// How many bytes the feed takes, indexes included.
async fn bytes_of_feed(producer: &Producer, engine: Engine) -> Outcome<i64> {
    let sql = match engine {
        // The other tables of the file are empty, or hold 200 rows.
        Engine::Sqlite => {
            "select cast(((select page_count from pragma_page_count)
                        - (select freelist_count from pragma_freelist_count))
                       * (select page_size from pragma_page_size) as bigint) as bytes"
        }
        Engine::Postgres => "select pg_total_relation_size('feed') as bytes",
    };
    let row = producer.db.read(async |tx| tx.one(sql, params![]).await).await?;
    Ok(row.get("bytes")?)
}
