//! The cases B1, B2, B5, B6 and B7, one round of each.

use std::time::Instant;

use messaging::replay::{Which, replay};
use messaging::{Db, params};
use uuid::Uuid;

use super::bed::{Consumer, Producer, actor};
use super::clients::{CLIENTS, entity_of, number, pace, per_second, saturate};
use super::counts::Counts;
use super::raw::Raw;
use super::work::{Change, PRODUCER, consumers, entity};
use super::{Bench, Filled};
use crate::machine::cpu_seconds;
use crate::measured::percentile;
use crate::outcome::Outcome;
use crate::place::Engine;

pub(super) const PLAIN: &str = "plain commits through Db";
const SQLX: &str = "the same by sqlx alone";

/// The entities whose messages are all broken in B6.
fn poisoned() -> [Uuid; 2] {
    [entity(3), entity(77)]
}

/// Changes an entity; the position of what it published.
pub(super) async fn change(db: Db, n: usize, publish: bool) -> Outcome<i64> {
    let change = Change { entity: entity_of(n), publish };
    let committed = db.run(&actor(&db), &change).await?;
    Ok(committed.seen.map_or(0, |seen| seen.pos))
}

/// Changes that publish.
pub(super) fn publishing(
    db: &Db,
) -> impl Fn(usize) -> futures_of::Changing + Clone + Send + 'static {
    let db = db.clone();
    move |n| Box::pin(change(db.clone(), n, true))
}

pub(super) mod futures_of {
    use super::Outcome;

    /// A change under way.
    pub(in crate::traffic) type Changing =
        std::pin::Pin<Box<dyn Future<Output = Outcome<i64>> + Send + 'static>>;
}

impl Bench {
    /// B1: eight clients publish as fast as they can; then again while a consumer listens.
    pub(super) async fn saturated(&mut self, engine: Engine) -> Outcome<f64> {
        let count = self.sizes.transactions;
        let name = engine.name();
        let producer = Producer::make(&self.place, engine, "b1_producer").await?;
        let raw = Raw::open(producer.target(), u32::try_from(CLIENTS).unwrap_or(8)).await?;
        let (sqlx, db) = (raw.clone(), producer.db.clone());
        let alone = saturate(count, move |n| {
            let sqlx = sqlx.clone();
            async move { sqlx.change(entity_of(n)).await }
        })
        .await?;
        raw.close().await;
        let plain = saturate(count, move |n| {
            let db = db.clone();
            async move { change(db, n, false).await.map(drop) }
        })
        .await?;
        let publish = publishing(&producer.db);
        let published = saturate(count, move |n| {
            let publishing = publish(n);
            async move { publishing.await.map(drop) }
        })
        .await?;
        producer.db.close().await;
        self.table.beside(&format!("B1 publishing, {name}"), "tx/s", published, (plain, PLAIN));
        self.table.beside(
            &format!("B1 publishing beside sqlx, {name}"),
            "tx/s",
            published,
            (alone, SQLX),
        );
        self.table.beside(&format!("B1 plain commits, {name}"), "tx/s", plain, (alone, SQLX));
        self.end_to_end(engine, plain, &[]).await
    }

    /// B6: as B1, with every message of two entities broken.
    pub(super) async fn poison(&mut self, engine: Engine, sound: f64) -> Outcome {
        self.end_to_end(engine, sound, &poisoned()).await.map(drop)
    }

    /// Eight clients publish as fast as they can while a consumer listens; says how many messages a
    /// second took effect.
    async fn end_to_end(&mut self, engine: Engine, limit: f64, poisoned: &[Uuid]) -> Outcome<f64> {
        let count = self.sizes.transactions;
        let name = engine.name();
        let producer = Producer::make(&self.place, engine, "b1_producer").await?;
        let consumer = Consumer::make(&self.place, engine, "b1_consumer").await?;
        consumer.listen(&producer, consumers(poisoned.iter().copied()));
        let (began, cpu) = (Instant::now(), cpu_seconds());
        let watching = watch(consumer.db.clone(), i64::try_from(count).unwrap_or(i64::MAX));
        let publish = publishing(&producer.db);
        let asking = saturate(count, move |n| {
            let publishing = publish(n);
            async move { publishing.await.map(drop) }
        });
        let (published, moves) = tokio::join!(asking, watching);
        let published = published?;
        let moves = moves?;
        let reached = per_second(count, began.elapsed());
        let cpu = (cpu_seconds() - cpu) * 1e6 / number(count);
        consumer.stop().await;
        self.count(&producer, &consumer, poisoned).await?;
        if poisoned.is_empty() {
            self.table.beside(
                &format!("B1 publishing while heard, {name}"),
                "tx/s",
                published,
                (limit, PLAIN),
            );
            self.table.beside(&format!("B1 end to end, {name}"), "msg/s", reached, (limit, PLAIN));
            self.table.add(&format!("B1 CPU of this process, {name}"), "µs/msg", cpu);
        } else {
            let others = reached * 198.0 / 200.0;
            let row = format!("B6 end to end of the others, {name}");
            self.table.beside(&row, "msg/s", others, (limit * 198.0 / 200.0, "B1 end to end"));
            let gaps = moves.windows(2).map(|two| (two[1].1 - two[0].1).as_secs_f64() * 1e3);
            let stall = gaps.fold(0.0, f64::max);
            self.table.add(&format!("B6 longest stall, {name}"), "ms", stall);
        }
        close(&producer, &consumer).await;
        Ok(reached)
    }

    /// B2: changes at a fixed rate; from when a change is due until its message took effect.
    pub(super) async fn paced(&mut self, engine: Engine, rate: u32) -> Outcome {
        let count = usize::try_from(rate * self.sizes.seconds).unwrap_or(usize::MAX);
        let producer = Producer::make(&self.place, engine, "b2_producer").await?;
        let consumer = Consumer::make(&self.place, engine, "b2_consumer").await?;
        consumer.listen(&producer, consumers([]));
        let watching = watch(consumer.db.clone(), i64::try_from(count).unwrap_or(i64::MAX));
        let (asked, moves) = tokio::join!(pace(count, rate, publishing(&producer.db)), watching);
        let (asked, moves) = (asked?, moves?);
        consumer.stop().await;
        self.count(&producer, &consumer, &[]).await?;
        let ours: Vec<f64> =
            asked.iter().map(|(due, pos)| milliseconds(*due, *pos, &moves)).collect();
        let limit = self.paced_alone(&producer, &consumer, (count, rate)).await?;
        for percent in [50, 99] {
            let row = format!("B2 p{percent} at {rate}/s, {}", engine.name());
            let limit = (percentile(&limit, percent), "both commits by sqlx alone");
            self.table.beside(&row, "ms", percentile(&ours, percent), limit);
        }
        close(&producer, &consumer).await;
        Ok(())
    }

    /// The least that B2 could take: the producer's and the consumer's commit, one after the other.
    async fn paced_alone(
        &self,
        producer: &Producer,
        consumer: &Consumer,
        (count, rate): (usize, u32),
    ) -> Outcome<Vec<f64>> {
        let clients = u32::try_from(CLIENTS).unwrap_or(8);
        let from = Raw::open(producer.target(), clients).await?;
        let to = Raw::open(consumer.db.target(), clients).await?;
        let both = |n: usize| {
            let (from, to) = (from.clone(), to.clone());
            async move {
                from.change(entity_of(n)).await?;
                to.apply_one(entity_of(n), i64::try_from(n).unwrap_or(i64::MAX)).await?;
                Ok(Instant::now())
            }
        };
        let answers = pace(count, rate, both).await?;
        from.close().await;
        to.close().await;
        Ok(answers.iter().map(|(due, done)| (*done - *due).as_secs_f64() * 1e3).collect())
    }

    /// B5 and B7: a service that has heard nothing takes in all that a feed holds; then replays it.
    pub(super) async fn drained(&mut self, engine: Engine, filled: &Filled) -> Outcome {
        let Filled { case, producer, count } = filled;
        let name = engine.name();
        let raw = Raw::open(producer.target(), 1).await?;
        let alone = Consumer::make(&self.place, engine, "b5_raw").await?;
        let cursor = "insert into cursor (feed, epoch, pos, started, alone_tries) values ('raw', '', 0, 0, 0)";
        let tx = alone.db.begin(&actor(&alone.db)).await?;
        tx.run(cursor, params![]).await?;
        tx.commit().await?;
        let to = Raw::open(alone.db.target(), 1).await?;
        let limit = per_second(*count, raw.drain_to(&to).await?);
        raw.close().await;
        to.close().await;
        alone.db.close().await;

        let consumer = Consumer::make(&self.place, engine, "b5_consumer").await?;
        let (began, cpu) = (Instant::now(), cpu_seconds());
        consumer.listen(producer, consumers([]));
        consumer.reach(producer.db.head_position()).await?;
        let ours = per_second(*count, began.elapsed());
        let cpu = (cpu_seconds() - cpu) * 1e6 / number(*count);
        consumer.stop().await;
        self.count(producer, &consumer, &[]).await?;
        self.table.add(&format!("{case} CPU of this process, {name}"), "µs/msg", cpu);
        let sqlx = (limit, "drain by sqlx alone, ≤500 a tx");
        self.table.beside(&format!("{case} drain, {name}"), "msg/s", ours, sqlx);
        let began = Instant::now();
        replay(&consumer.db, &consumers([]), &producer.readers(), &Which::All).await?;
        let again = per_second(*count, began.elapsed());
        self.table.beside(&format!("{case} replay, {name}"), "msg/s", again, sqlx);
        self.count(producer, &consumer, &[]).await?;
        consumer.db.close().await;
        Ok(())
    }

    /// Counts what was lost, doubled, out of order in a consumer that came to the head.
    async fn count(
        &mut self,
        producer: &Producer,
        consumer: &Consumer,
        poisoned: &[Uuid],
    ) -> Outcome {
        self.counts += Counts::of(&producer.db, &consumer.db, poisoned).await?;
        Ok(())
    }
}

async fn close(producer: &Producer, consumer: &Consumer) {
    producer.db.close().await;
    consumer.db.close().await;
}

/// Notes when the consumer stood where, until it stands at `to`.
pub(super) async fn watch(consumer: Db, to: i64) -> Outcome<Vec<(i64, Instant)>> {
    let mut woken = consumer.cursor_moves();
    let mut moves = Vec::new();
    loop {
        woken.borrow_and_update();
        let sql = "select pos from cursor where feed = $1";
        let row = consumer.read(async |tx| tx.first(sql, params![PRODUCER]).await).await?;
        let pos = row.map_or(Ok(0), |row| row.get("pos"))?;
        moves.push((pos, Instant::now()));
        if pos >= to || woken.changed().await.is_err() {
            return Ok(moves);
        }
    }
}

/// From when a change was due until the consumer stood behind its message.
pub(super) fn milliseconds(due: Instant, pos: i64, moves: &[(i64, Instant)]) -> f64 {
    let at = moves.partition_point(|(stood, _)| *stood < pos);
    moves.get(at).map_or(f64::NAN, |(_, at)| (*at - due).as_secs_f64() * 1e3)
}
