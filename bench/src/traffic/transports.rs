//! The same work by three ways: end to end when saturated (B1) and at fixed rates (B2), beside plain
//! commits and beside what the broker alone can do, of the same round.

use std::time::Instant;

use futures::FutureExt as _;

use super::Bench;
use super::bed::Producer;
use super::carried::{Line, Way};
use super::cases::{PLAIN, change};
use super::clients::{pace, saturate};
use super::nats::{Nats, window};
use super::work::ENTITIES;
use crate::measured::percentile;
use crate::outcome::Outcome;
use crate::place::Engine;

/// How many changes a second B2 asks for.
const RATES: [u32; 2] = [200, 1_000];

const PLAIN_PACED: &str = "plain commits at this rate";
const RAW: &str = "raw publish, pipelined";
const RAW_PACED: &str = "raw publish at this rate";

/// What one round found about one of those compared.
struct Figures {
    /// How many a second at most.
    saturated: f64,
    /// Milliseconds of each, at each of the rates.
    paced: Vec<Vec<f64>>,
}

impl Figures {
    /// Each percentile at each rate: `p50 at 200/s` and how many milliseconds.
    fn percentiles(&self) -> impl Iterator<Item = (String, f64)> {
        RATES.into_iter().zip(&self.paced).flat_map(|(rate, took)| {
            [50, 99].map(|percent| (format!("p{percent} at {rate}/s"), percentile(took, percent)))
        })
    }
}

impl Bench {
    /// One round, counted from one. Each time another way comes first.
    pub(super) async fn transports(
        &mut self,
        engines: &[Engine],
        round: usize,
        nats: Option<&Nats>,
    ) -> Outcome {
        let raw = match nats {
            Some(nats) => Some(self.raw_publish(nats).await?),
            None => None,
        };
        let mut ways = vec![Way::Direct, Way::Http];
        ways.extend(nats.map(Way::JetStream));
        let first = (round - 1) % ways.len();
        ways.rotate_left(first);
        for engine in engines.iter().copied() {
            let plain = self.plain_commits(engine).await?;
            for way in ways.iter().copied() {
                let broker = raw.as_ref().filter(|_| matches!(way, Way::JetStream(_)));
                Box::pin(self.carried(engine, way, &plain, broker)).await?;
            }
        }
        Ok(())
    }

    /// How many messages are asked for at a rate.
    fn count_at(&self, rate: u32) -> usize {
        usize::try_from(rate * self.sizes.seconds).unwrap_or(usize::MAX)
    }

    /// The same changes, and nothing published.
    async fn plain_commits(&mut self, engine: Engine) -> Outcome<Figures> {
        let producer = Producer::make(&self.place, engine, "way_plain").await?;
        let db = producer.db.clone();
        let plain = move |n| {
            let db = db.clone();
            async move { change(db, n, false).await.map(|_| Instant::now()) }
        };
        let unpaced = {
            let plain = plain.clone();
            move |n| plain(n).map(|done| done.map(drop))
        };
        saturate(ENTITIES, unpaced.clone()).await?;
        let mut paced = Vec::new();
        for rate in RATES {
            paced.push(since_due(&pace(self.count_at(rate), rate, &plain).await?));
        }
        let saturated = saturate(self.sizes.transactions, unpaced).await?;
        producer.db.close().await;
        let figures = Figures { saturated, paced };
        self.limit("plain commits", &format!(", {}", engine.name()), "tx/s", &figures);
        Ok(figures)
    }

    /// The broker alone, with the body of the same message: many on their way at once, one at a
    /// time, and at the rates.
    async fn raw_publish(&mut self, nats: &Nats) -> Outcome<Figures> {
        let alone = nats.alone().await?;
        self.table.fact("bytes of a message published raw", alone.bytes());
        alone.saturated(ENTITIES, window()).await?;
        let mut paced = Vec::new();
        for rate in RATES {
            let publish = |_| {
                let alone = alone.clone();
                async move { alone.publish().await.map(|()| Instant::now()) }
            };
            paced.push(since_due(&pace(self.count_at(rate), rate, publish).await?));
        }
        let one = alone.saturated(self.sizes.transactions / 2, 1).await?;
        let saturated = alone.saturated(self.sizes.transactions, window()).await?;
        nats.forget(alone).await?;
        let figures = Figures { saturated, paced };
        self.limit("raw publish", "", "msg/s", &figures);
        self.table.add("raw publish, one in flight", "msg/s", one);
        Ok(figures)
    }

    /// Adds the rows of what the others are compared with.
    fn limit(&mut self, what: &str, of: &str, unit: &'static str, figures: &Figures) {
        self.table.add(&format!("{what}{of}"), unit, figures.saturated);
        for (percent, took) in figures.percentiles() {
            self.table.add(&format!("{what} {percent}{of}"), "ms", took);
        }
    }

    /// One way on one engine.
    async fn carried(
        &mut self,
        engine: Engine,
        way: Way<'_>,
        plain: &Figures,
        raw: Option<&Figures>,
    ) -> Outcome {
        let line = Line::open(&self.place, engine, way).await?;
        let mut paced = Vec::new();
        for rate in RATES {
            paced.push(line.paced(self.count_at(rate), rate).await?);
        }
        let (saturated, cpu) = line.saturated(self.sizes.transactions).await?;
        self.table.fact("bytes of a message as it leaves a process", line.bytes_of_event().await?);
        let counts = line.close().await?;

        let which = format!("{}, {}", way.name(), engine.name());
        let ours = Figures { saturated, paced };
        self.beside(&which, &ours, plain, (PLAIN, PLAIN_PACED));
        if let Some(raw) = raw {
            let which = format!("{} beside raw publish, {}", way.name(), engine.name());
            self.beside(&which, &ours, raw, (RAW, RAW_PACED));
        }
        self.table.add(&format!("B1 CPU of this process {which}"), "µs/msg", cpu);
        *self.carried.entry(which).or_default() += counts;
        self.counts += counts;
        Ok(())
    }

    /// Adds the rows of a way beside one of the limits.
    fn beside(
        &mut self,
        which: &str,
        ours: &Figures,
        limit: &Figures,
        (at_most, at_a_rate): (&'static str, &'static str),
    ) {
        let row = format!("B1 end to end {which}");
        self.table.beside(&row, "msg/s", ours.saturated, (limit.saturated, at_most));
        for ((percent, took), (_, limit)) in ours.percentiles().zip(limit.percentiles()) {
            self.table.beside(&format!("B2 {percent} {which}"), "ms", took, (limit, at_a_rate));
        }
    }
}

/// Milliseconds from when each was due until it was answered.
fn since_due(answers: &[(Instant, Instant)]) -> Vec<f64> {
    answers.iter().map(|(due, done)| (*done - *due).as_secs_f64() * 1e3).collect()
}
