//! A feed copied to a stream and read from there, with a real broker: the stream's sequence is the
//! feed's position whatever happens, and whoever reads it gets each message once and in order.

mod server;
mod copying;
mod foreign;
mod reading;
mod restored;

use std::collections::HashMap;
use std::sync::Arc;

use async_nats::jetstream::stream::Stream;
use chassis::effect::Effects;
use chassis::reader::FeedReader;
use chassis::tasks::Tasks;
use chassis::timer::Timers;
use chassis::{Command, Db, Result, Tx, cloudevents, params};
use messaging::jetstream::{Broker, Publication, Settings};
use uuid::Uuid;

use crate::house::{CounterRaised, Pair, actor, counter};
use server::{Nats, wait_until};

/// The stream of alpha.
const STREAM: &str = "test-alpha";

/// Raises a counter many times in one transaction.
struct Burst(Uuid, i64);

impl Command for Burst {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let sql = "insert into counters (id, value) values ($1, $2)
                   on conflict (id) do update set value = counters.value + $2 returning value";
        let last: i64 = tx.one(sql, params![self.0, self.1]).await?.get("value")?;
        for value in last - self.1 + 1..=last {
            tx.publish(CounterRaised { counter: self.0, value });
        }
        Ok(())
    }
}

fn broker(nats: &Nats) -> Broker {
    let (url, prefix) = (nats.url(), "test".to_owned());
    Broker::new(Settings { url, prefix, user: None, password: None })
}

/// Copies alpha's feed, as a leader does; stopped with the returned tasks.
fn copy_to(broker: &Broker, db: &Db) -> Tasks {
    let tasks = Tasks::new();
    let (broker, db) = (broker.clone(), db.clone());
    tasks.spawn_until_stopped("publish", async move { broker.publish(db).await });
    tasks
}

async fn raise(db: &Db, times: i64) {
    db.execute(&actor(), &Burst(counter(1), times)).await.unwrap();
}

fn read_by(pair: &Pair, reader: Arc<dyn FeedReader>) -> Tasks {
    let readers = HashMap::from([("alpha".to_owned(), reader)]);
    pair.start_reading(&pair.beta, readers, Timers::default(), Effects::default())
}

async fn stream(nats: &Nats) -> Option<Stream> {
    nats.stranger().await.get_stream(STREAM).await.ok()
}

/// Waits until the stream has as many messages as the feed, and compares them one by one.
async fn is_copied(nats: &Nats, db: &Db) {
    let rows = db.published(0, 100_000).await.unwrap();
    let head = u64::try_from(rows.len()).unwrap();
    let context = nats.stranger().await;
    let stream = wait_until("the whole copy", async || {
        let stream = context.get_stream(STREAM).await.ok()?;
        (stream.cached_info().state.last_sequence >= head).then_some(stream)
    })
    .await;
    let state = &stream.cached_info().state;
    assert_eq!((state.messages, state.last_sequence), (head, head));
    for (row, sequence) in rows.iter().zip(1..) {
        let message = stream.get_raw_message(sequence).await.unwrap();
        assert_eq!(row.position.pos, i64::try_from(sequence).unwrap());
        let text = cloudevents::to_json(row, "alpha").unwrap();
        assert_eq!(std::str::from_utf8(&message.payload).unwrap(), text, "at {sequence}");
        assert_eq!(message.headers.get("Nats-Msg-Id").unwrap().as_str(), row.position.to_string());
    }
}

async fn publication(db: &Db, what: &str, is_so: impl Fn(&Publication) -> bool) -> Publication {
    wait_until(what, async || db.publication().await.unwrap().filter(&is_so)).await
}

/// Waits until beta took in all that alpha said, each once and in order.
async fn all_is_heard(pair: &Pair) {
    pair.heard_all().await;
    let rows = pair.alpha.published(0, 100_000).await.unwrap();
    let said: Vec<i64> = (1..).take(rows.len()).collect();
    assert_eq!(pair.heard(counter(1)).await, said);
}
