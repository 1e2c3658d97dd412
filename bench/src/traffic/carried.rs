//! The ways by which messages come from a producer to a consumer: read from the producer's database,
//! over HTTP, or from a broker's copy.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::serve::ListenerExt as _;
use chassis::feeds::ReaderKey;
use messaging::reader::{FeedReader, Feeds};
use messaging::tasks::Tasks;
use messaging::transport::Transport;

use super::bed::{Consumer, Producer};
use super::cases::{milliseconds, publishing, watch};
use super::clients::{number, pace, per_second, saturate};
use super::counts::Counts;
use super::nats::Nats;
use super::work::{ENTITIES, PRODUCER, consumers};
use crate::machine::cpu_seconds;
use crate::outcome::{Failed, Outcome};
use crate::place::{Engine, Place};

/// How long a consumer may take to come to the head.
const PATIENCE: Duration = Duration::from_mins(3);

/// A way.
#[derive(Clone, Copy)]
pub(super) enum Way<'a> {
    /// In one process.
    Direct,
    /// From process to process.
    Http,
    /// By way of the broker.
    JetStream(&'a Nats),
}

impl Way<'_> {
    /// Its name for people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Direct => "directly",
            Self::Http => "by HTTP",
            Self::JetStream(_) => "by JetStream",
        }
    }
}

/// A producer, and a consumer that hears it by one of the ways.
pub(super) struct Line<'a> {
    producer: Producer,
    consumer: Consumer,
    held: Held<'a>,
}

/// What stands between the two.
enum Held<'a> {
    Nothing,
    Served(Served),
    Copy(&'a Nats, String),
}

impl<'a> Line<'a> {
    /// Opens it and lets every entity change once: what is made only at the beginning, such as
    /// connections and the stream, is not measured.
    pub(super) async fn open(place: &Place, engine: Engine, way: Way<'a>) -> Outcome<Self> {
        let producer = Producer::make(place, engine, "way_producer").await?;
        let consumer = Consumer::make(place, engine, "way_consumer").await?;
        let only = |reader| HashMap::from([(PRODUCER.to_owned(), reader)]);
        let (held, broker, readers) = match way {
            Way::Direct => (Held::Nothing, None, producer.readers()),
            Way::Http => {
                let served = Served::of(producer.feeds()).await?;
                let reader = served.reader()?;
                (Held::Served(served), None, only(reader))
            }
            Way::JetStream(nats) => {
                // Two services have a connection each.
                let prefix = nats.prefix();
                let (ours, theirs) = (nats.broker(&prefix), nats.broker(&prefix));
                (Held::Copy(nats, prefix), Some(ours), only(theirs.reader(PRODUCER)))
            }
        };
        producer.lead(broker);
        consumer.listen_by(readers, consumers([]));
        let line = Self { producer, consumer, held };
        line.saturated(ENTITIES).await?;
        Ok(line)
    }

    /// Eight clients publish as fast as they can: how many messages a second took effect, and how
    /// many microseconds of CPU this process took for one.
    pub(super) async fn saturated(&self, count: usize) -> Outcome<(f64, f64)> {
        let (began, cpu) = (Instant::now(), cpu_seconds());
        let heard = self.heard(self.to(count));
        let publish = publishing(&self.producer.db);
        let asking = saturate(count, move |n| {
            let publishing = publish(n);
            async move { publishing.await.map(drop) }
        });
        tokio::try_join!(asking, heard)?;
        let reached = per_second(count, began.elapsed());
        Ok((reached, (cpu_seconds() - cpu) * 1e6 / number(count)))
    }

    /// Changes at a fixed rate: milliseconds from when a change is due until its message took
    /// effect.
    pub(super) async fn paced(&self, count: usize, rate: u32) -> Outcome<Vec<f64>> {
        let heard = self.heard(self.to(count));
        let asking = pace(count, rate, publishing(&self.producer.db));
        let (asked, moves) = tokio::try_join!(asking, heard)?;
        Ok(asked.iter().map(|(due, pos)| milliseconds(*due, *pos, &moves)).collect())
    }

    /// The position of the last of `count` more messages; asked for before the first is published.
    fn to(&self, count: usize) -> i64 {
        let more = i64::try_from(count).unwrap_or(i64::MAX);
        self.producer.db.head_position().saturating_add(more)
    }

    /// When the consumer stood where, until it stood at `to`.
    async fn heard(&self, to: i64) -> Outcome<Vec<(i64, Instant)>> {
        let watching = watch(self.consumer.db.clone(), to);
        if let Ok(moves) = tokio::time::timeout(PATIENCE, watching).await {
            return moves;
        }
        let standing = self.consumer.db.standings().await?;
        Err(Failed::because(format!("the consumer does not come to {to}: {standing:?}")))
    }

    /// How many bytes a message has when it leaves the process.
    pub(super) async fn bytes_of_event(&self) -> Outcome<usize> {
        let rows = self.producer.db.published(0, 1).await?;
        let first = rows.first().ok_or_else(|| Failed::because("nothing was published"))?;
        Ok(messaging::cloudevents::to_json(first, PRODUCER)?.len())
    }

    /// Ends it all, and counts what became of all its messages.
    pub(super) async fn close(self) -> Outcome<Counts> {
        self.consumer.stop().await;
        self.producer.stop().await;
        match self.held {
            Held::Nothing => {}
            Held::Served(served) => served.tasks.stop().await,
            Held::Copy(nats, prefix) => nats.delete_copy(&prefix).await?,
        }
        let counts = Counts::of(&self.producer.db, &self.consumer.db, &[]).await?;
        self.producer.db.close().await;
        self.consumer.db.close().await;
        Ok(counts)
    }
}

/// The producer's feed at an address of its own, as a process serves it.
struct Served {
    address: SocketAddr,
    key: ReaderKey,
    tasks: Tasks,
}

impl Served {
    async fn of(feeds: Feeds) -> Outcome<Self> {
        let key = ReaderKey::new(b"the key of this bench", Vec::new())?;
        let tasks = Tasks::new();
        let (readers, stopping) = (key.clone(), tasks.token());
        let app = Router::new().fallback(move |request: Request| {
            let (feeds, readers, stopping) = (feeds.clone(), readers.clone(), stopping.clone());
            async move {
                let name = request.uri().path().trim_start_matches("/feeds/").to_owned();
                let parts = request.into_parts().0;
                chassis::feeds::answer(feeds.reader(&name), &name, &readers, &parts, &stopping)
                    .await
            }
        });
        let door = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = door.local_addr()?;
        // As the real door is.
        let door = door.tap_io(|stream| drop(stream.set_nodelay(true)));
        tasks.spawn_until_stopped("serve", async move { drop(axum::serve(door, app).await) });
        Ok(Self { address, key, tasks })
    }

    fn reader(&self) -> Outcome<Arc<dyn FeedReader>> {
        let place = format!("http://{}", self.address).parse().map_err(Failed::because)?;
        let token = self.key.token("consumer")?;
        let peers = HashMap::from([(PRODUCER.to_owned(), vec![place])]);
        let transport = Transport::http(peers, Arc::new(move |_| token.clone()))?;
        let reader = transport.reader("consumer", PRODUCER);
        reader.ok_or_else(|| Failed::because("nobody knows where the producer answers"))
    }
}
