//! Two tiny services that only talk to each other, and write down everything they hear: the load
//! under which processes are killed. `pulse` counts beats of entities; `echo` answers each.

use axum::http::StatusCode;
use chassis::feeds::ReaderKey;
use chassis::limits::Limits;
use chassis::reader::Feeds;
use chassis::run::{Databases, House, Running};
use chassis::service::Service;
use chassis::{
    Answer, Clock, Command, Error, Fault, Got, Hook, Ids, Migration, Mode, Projection, Reaction,
    Result, Routes, Site, Tx, params,
};
use macros::{message, state};
use messaging::jetstream::{Broker, Settings};
use messaging::transport::Transport;
use url::Url;
use uuid::Uuid;

/// Their names, which are the names of their feeds.
pub const NAMES: [&str; 2] = ["pulse", "echo"];

/// What the names of their streams begin with.
pub const PREFIX: &str = "pulse";

/// How many entities there are: enough for order within a key and between keys to differ.
pub const ENTITIES: u128 = 200;

/// What others see of an entity.
#[state]
pub struct Beat {
    /// The entity.
    pub entity_id: Uuid,
    /// How often it beat.
    pub version: i64,
    /// The request that made it beat.
    pub request: String,
    /// Fills the message up to some 300 bytes, as messages of people and terms have.
    pub filler: String,
}

/// An entity beat once more.
#[message("pulse.beat.made", key = beat.entity_id, entity = beat.entity_id, version = beat.version)]
pub struct BeatMade {
    /// The entity after it.
    pub beat: Beat,
}

/// What `echo` says of an entity.
#[state]
pub struct Answered {
    /// The entity.
    pub entity_id: Uuid,
    /// How often it was answered.
    pub version: i64,
    /// The beat answered last.
    pub beat_version: i64,
}

/// A beat was answered.
#[message("echo.beat.answered", key = answered.entity_id, entity = answered.entity_id, version = answered.version)]
pub struct BeatAnswered {
    /// The entity after it.
    pub answered: Answered,
}

/// Every application of every message, in the order of the transactions: no key forbids a repeat,
/// so that one would be seen.
const HEARD: &str = "create table heard (
    n             bigint not null,
    consumer      text not null,
    feed          text not null,
    pos           bigint not null,
    key           uuid not null,
    entityversion bigint not null
);";

const PULSE: &[Migration] = &[
    Migration { name: "0001_heard", sql: HEARD },
    Migration {
        name: "0002_beat",
        sql: "create table beat (id uuid primary key, version bigint not null);
create table beat_answer (id uuid primary key, times bigint not null, beat_version bigint not null);",
    },
];

const ECHO: &[Migration] = &[
    Migration { name: "0001_heard", sql: HEARD },
    Migration {
        name: "0002_answer",
        sql: "create table answer (id uuid primary key, version bigint not null);
create table beat_copy (id uuid primary key, version bigint not null, request text not null);",
    },
];

/// Both services.
#[must_use]
pub fn services() -> [Service; 2] {
    let pulse = Service::named("pulse")
        .paths(&["/pulse"])
        .migrations(PULSE)
        .routes(|routes: Routes| {
            routes.post("/pulse/beats", make_beat).get("/pulse/standing", show_standing)
        })
        .publishes::<BeatMade>()
        .reacts(NoteAnswer);
    let echo = Service::named("echo")
        .paths(&["/echo"])
        .migrations(ECHO)
        .routes(|routes: Routes| routes.get("/echo/standing", show_standing))
        .publishes::<BeatAnswered>()
        .projects(CopyBeat)
        .reacts(AnswerBeat);
    [pulse, echo]
}

/// Which of the two services are in a process, and how it reaches the other.
#[derive(Debug, Clone, Default)]
pub struct Apart {
    /// The one that runs here; none: both.
    pub only: Option<String>,
    /// Where the other one answers, one address per replica.
    pub peers: Vec<Url>,
    /// The broker's address; without one the other's feed is read over HTTP.
    pub broker: Option<String>,
}

impl Apart {
    fn has(&self, service: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only == service)
    }
}

/// The house they live in.
///
/// # Errors
/// When nothing can be sent over HTTP.
pub fn house(databases: Databases, origin: &str, apart: &Apart) -> Result<House> {
    let secret = b"of a proof: nothing secret is kept";
    let readers = ReaderKey::new(secret, Vec::new())?;
    let (here, elsewhere): (Vec<&str>, Vec<&str>) =
        NAMES.into_iter().partition(|name| apart.has(name));
    let broker = apart.broker.clone().map(|url| {
        Broker::new(Settings { url, prefix: PREFIX.to_owned(), user: None, password: None })
    });
    let transport = if let Some(broker) = &broker {
        Transport::broker(broker.clone())
    } else {
        let peers = elsewhere.iter().map(|name| ((*name).to_owned(), apart.peers.clone()));
        let key = readers.clone();
        let sign = move |name: &str| key.token(name).unwrap_or_default();
        Transport::http(peers.collect(), std::sync::Arc::new(sign))?
    };
    Ok(House {
        site: Site {
            origin: origin.to_owned(),
            zone: chrono_tz::America::New_York,
            mode: Mode::Test,
            https: false,
            name: "SCTE".to_owned(),
            loopback: true,
        },
        clock: Clock::real(),
        ids: Ids::random(),
        secret_key: std::sync::Arc::from(&secret[..]),
        feeds: Feeds::of(here.into_iter().map(str::to_owned)),
        transport,
        elsewhere,
        broker,
        readers,
        settings: std::sync::Arc::default(),
        databases,
        limits: Limits::off(),
        twice: false,
    })
}

/// Starts those that are not elsewhere.
///
/// # Errors
/// As [`Service::run`].
pub async fn start(house: &House) -> Result<Vec<Running>> {
    let mut running = Vec::new();
    for service in services().into_iter().filter(|one| !house.elsewhere.contains(&one.name())) {
        running.push(Box::pin(service.run(house)).await?);
    }
    Ok(running)
}

/// Lets an entity beat once. Publishes `pulse.beat.made`.
pub struct MakeBeat {
    /// The entity; made by its first beat.
    pub entity: Uuid,
    /// The request.
    pub request: String,
}

impl Command for MakeBeat {
    type Out = i64;

    async fn run(&self, tx: &Tx) -> Result<i64> {
        let known =
            tx.first("select version from beat where id = $1", params![self.entity]).await?;
        let version = known.map_or(Ok(0), |row| row.get::<i64>("version"))? + 1;
        let sql = if version == 1 {
            "insert into beat (id, version) values ($1, $2) on conflict (id) do nothing"
        } else {
            "update beat set version = $2 where id = $1 and version = $2 - cast(1 as bigint)"
        };
        tx.one_or_conflict(sql, params![self.entity, version]).await?;
        tx.publish(BeatMade {
            beat: Beat {
                entity_id: self.entity,
                version,
                request: self.request.clone(),
                filler: "beat ".repeat(34),
            },
        });
        Ok(version)
    }
}

/// `POST /pulse/beats?entity=…` with an `Idempotency-Key`: answers `{ "version": … }`.
async fn make_beat(hook: Hook) -> Answer {
    let entity = hook.query("entity").and_then(|id| Uuid::parse_str(&id).ok());
    let entity = entity.ok_or_else(|| Error::invalid("entity", "say which entity beats"))?;
    let key = hook.header("idempotency-key");
    let key = key.ok_or_else(|| Error::invalid("idempotency-key", "say which request it is"))?;
    let command = MakeBeat { entity, request: key.to_owned() };
    let version = hook.db_once(key, &entity.to_string(), &command).await?;
    hook.json(StatusCode::OK, &serde_json::json!({ "version": version }))
}

/// `GET /pulse/standing`, `GET /echo/standing`: the head of the own feed and the cursors in others'.
async fn show_standing(hook: Hook) -> Answer {
    let db = hook.app().db();
    let cursors: std::collections::BTreeMap<String, i64> =
        db.standings().await?.into_iter().map(|one| (one.feed, one.position.pos)).collect();
    let standing = serde_json::json!({ "head": db.head_position(), "cursors": cursors });
    hook.json(StatusCode::OK, &standing)
}

/// Writes down that a message was applied.
async fn note<M: contracts::Message>(
    tx: &Tx,
    consumer: &'static str,
    got: &Got<M>,
) -> Result<(), Fault> {
    let n = tx.series("heard").await?;
    let sql = "insert into heard (n, consumer, feed, pos, key, entityversion)
               values ($1, $2, $3, $4, $5, $6)";
    let values = params![n, consumer, &got.feed, got.pos, got.message.key(), got.entityversion];
    tx.run(sql, values).await?;
    Ok(())
}

/// `echo` answers a beat. Publishes `echo.beat.answered`.
struct AnswerBeat;

impl Reaction for AnswerBeat {
    const NAME: &'static str = "echo.answer_beat";
    type Message = BeatMade;

    async fn react(&self, tx: &Tx, got: &Got<BeatMade>) -> Result<(), Fault> {
        note(tx, Self::NAME, got).await?;
        let entity_id = got.beat.entity_id;
        let sql = "insert into answer (id, version) values ($1, 1)
                   on conflict (id) do update set version = answer.version + 1 returning version";
        let version = tx.one(sql, params![entity_id]).await?.get("version")?;
        let beat_version = got.beat.version;
        tx.publish(BeatAnswered { answered: Answered { entity_id, version, beat_version } });
        Ok(())
    }
}

/// `echo` keeps a copy of each entity.
struct CopyBeat;

impl Projection for CopyBeat {
    const NAME: &'static str = "echo.copy_beat";
    const VERSION: i64 = 1;
    const TABLES: &'static [&'static str] = &["beat_copy"];
    type Message = BeatMade;

    async fn project(&self, tx: &Tx, got: &Got<BeatMade>) -> Result<(), Fault> {
        let sql = "insert into beat_copy (id, version, request) values ($1, $2, $3)
                   on conflict (id) do update
                   set version = excluded.version, request = excluded.request
                   where beat_copy.version <= excluded.version";
        tx.run(sql, params![got.beat.entity_id, got.beat.version, &got.beat.request]).await?;
        Ok(())
    }
}

/// `pulse` counts the answers.
struct NoteAnswer;

impl Reaction for NoteAnswer {
    const NAME: &'static str = "pulse.note_answer";
    type Message = BeatAnswered;

    async fn react(&self, tx: &Tx, got: &Got<BeatAnswered>) -> Result<(), Fault> {
        note(tx, Self::NAME, got).await?;
        let sql = "insert into beat_answer (id, times, beat_version) values ($1, 1, $2)
                   on conflict (id) do update
                   set times = beat_answer.times + 1, beat_version = excluded.beat_version";
        tx.run(sql, params![got.answered.entity_id, got.answered.beat_version]).await?;
        Ok(())
    }
}
