//! A service that comes late, or was away while much was said, is complete by itself.

use std::path::Path;
use std::time::Instant;

use ::cluster::{self, Shape};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use crate::browser::Browser;
use crate::many;
use crate::world::{Engine, PASSWORD, PATIENCE, World, note};

/// How many messages pass while a service is stopped; `SCTE_TEST_BACKLOG` says another number.
#[expect(clippy::disallowed_methods, reason = "a long run is asked for by the environment")]
fn backlog() -> i64 {
    let asked = std::env::var("SCTE_TEST_BACKLOG").ok();
    asked.map_or(20_000, |text| text.parse().expect("SCTE_TEST_BACKLOG is a number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_started_late_is_complete_with_its_producers_down() {
    let late = "content";
    let mut world =
        Box::pin(World::of_many(Shape::AtScale, false, |plan| plan.later = vec![late.to_owned()]))
            .await;
    world.settle().await;
    let heads = heads(&mut world).await;
    let others = contracts::catalogue::SERVICES.iter().filter(|service| **service != late);
    for service in others {
        many::stop(world.cluster(), service).await;
    }

    // Only the broker has what they said.
    many::start(world.cluster(), late).await;
    let part = world.cluster().parts_of(late)[0].clone();
    for (feed, head) in &heads {
        let there = cluster::found(PATIENCE, async || {
            place(&mut world, &part, feed).await.filter(|(at, _)| at >= head)
        });
        assert!(there.await.is_some(), "{late} does not get to {head} of {feed}");
    }

    let join = world.browser().get("/join").await;
    join.is(200).shows("Active Member").shows("$99.00");
    let mut sign_in = world.browser();
    sign_in.get("/account/sign-in").await.is(503).shows("away for a moment");
}

/// The heads of all feeds that run.
async fn heads(world: &mut World) -> Vec<(String, i64)> {
    let mut heads = Vec::new();
    for service in world.services().await {
        let name = service["name"].as_str().unwrap().to_owned();
        if let Some(head) = service["waiting"]["head"].as_i64()
            && name != "ops"
            && head > 0
        {
            heads.push((name, head));
        }
    }
    heads.sort();
    heads.dedup();
    heads
}

/// Where the service of a part stands in a feed, and where that feed's head is for it.
async fn place(world: &mut World, part: &str, feed: &str) -> Option<(i64, Option<i64>)> {
    let status = world.cluster().ask(part, json!({ "do": "status" })).await.ok()?;
    let own = part.rsplit_once('-')?.0;
    let services = status["services"].as_array()?;
    let service = services.iter().find(|one| one["name"] == own)?;
    let feeds = service["feeds"].as_array()?;
    let found = feeds.iter().find(|one| one["feed"] == feed)?;
    Some((found["pos"].as_i64()?, found["head"].as_i64()))
}

/// What is said many times: that somebody got a role. Every reader's copy wants it.
const SAID: &str = "org.scte.identity.role.granted.v1";

/// Says so many times that somebody got a role, as identity would, at once; gives the head.
async fn say_much_on_postgres(url: &str, times: i64) -> i64 {
    let mut database = PgConnection::connect(url).await.unwrap();
    let mut tx = database.begin().await.unwrap();
    let sql = "update feed_head set pos = pos + $1 returning pos";
    let head: i64 = sqlx::query_scalar(sql).bind(times).fetch_one(&mut *tx).await.unwrap();
    let sql =
        "insert into feed (pos, type, entity, entityversion, key, actor, correlation, at, body)
               select $2 - $1 + n, said.type, md5(n::text)::uuid, 1, md5(n::text)::uuid, 'job:test',
                      md5(n::text)::uuid, said.at,
                      jsonb_set(said.body, '{roles,person_id}', to_jsonb(md5(n::text)::uuid))
               from generate_series(1, $1) as n,
                    (select * from feed where type = $3 order by pos limit 1) as said";
    let said = sqlx::query(sql).bind(times).bind(head).bind(SAID).execute(&mut *tx).await.unwrap();
    assert_eq!(i64::try_from(said.rows_affected()).unwrap(), times);
    tx.commit().await.unwrap();
    head
}

/// The same in a file whose process does not run.
async fn say_much_on_sqlite(file: &Path, times: i64) -> i64 {
    let options = SqliteConnectOptions::new().filename(file);
    let mut database = SqliteConnection::connect_with(&options).await.unwrap();
    let mut tx = database.begin().await.unwrap();
    let sql = "update feed_head set pos = pos + $1 returning pos";
    let head: i64 = sqlx::query_scalar(sql).bind(times).fetch_one(&mut *tx).await.unwrap();
    let sql = "select at, body from feed where type = $1 order by pos limit 1";
    let (at, body): (String, Value) =
        sqlx::query_as(sql).bind(SAID).fetch_one(&mut *tx).await.unwrap();
    for n in 1..=times {
        let person = uuid::Uuid::from_u128(0x5a1d << 64 | u128::try_from(n).unwrap());
        let mut body = body.clone();
        body["roles"]["person_id"] = json!(person);
        let sql = "insert into feed
                     (pos, type, entity, entityversion, key, actor, correlation, at, body)
                   values ($1, $2, $3, 1, $3, 'job:test', $3, $4, $5)";
        let said = sqlx::query(sql).bind(head - times + n).bind(SAID).bind(person).bind(&at);
        said.bind(body).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    head
}

/// What was seen of a service that catches up.
#[derive(Default)]
struct Seen {
    /// The most messages it was behind by.
    lag: i64,
    /// Whether operations showed that it was behind.
    shown: bool,
}

/// Waits until outreach has heard identity up to `head`, and looks on meanwhile.
async fn catches_up(world: &mut World, operator: &mut Browser, head: i64, times: i64) {
    let (began, mut seen) = (Instant::now(), Seen::default());
    many::start(world.cluster(), "outreach").await;
    let part = world.cluster().parts_of("outreach")[0].clone();
    // A minute for every 10,000 is far too much, and bounds the wait.
    let patience = PATIENCE * u32::try_from(1 + times / 20_000).unwrap();
    let mut last = None;
    let there = cluster::found(patience, async || {
        last = place(world, &part, "identity").await;
        let (at, known) = last?;
        if at >= head {
            return Some(());
        }
        if let Some(known) = known.filter(|known| *known > at) {
            seen.lag = seen.lag.max(known - at);
            if !seen.shown {
                let page = operator.get("/ops/outreach").await;
                seen.shown = page.is(200).text.contains(" behind");
            }
        }
        None
    });
    assert!(there.await.is_some(), "outreach is at {last:?} of {head}");
    let seconds = began.elapsed().as_secs_f64();
    note(&format!(
        "{times} messages in {seconds:.1} s with the start ({:.0}/s); the lag showed {}",
        f64::from(i32::try_from(times).unwrap()) / seconds,
        seen.lag
    ));
    assert!(seen.lag > times / 2, "its lag never showed: {}", seen.lag);
    assert!(seen.shown, "operations never showed that it was behind");
    let parked = world.cluster().ask(&part, json!({ "do": "parked_list" })).await.unwrap();
    assert_eq!(parked, Value::Array(Vec::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_stopped_while_much_is_said_catches_up_and_shows_its_lag() {
    let times = backlog();
    let mut world = World::on(Engine::Apart).await;
    let mut operator = world.signed_in("admin@demo.scte.test", PASSWORD).await;
    let file = |world: &mut World, service: &str| {
        let part = world.cluster().parts_of(service)[0].clone();
        world.cluster().data(&part).join(format!("{service}.db"))
    };
    many::stop(world.cluster(), "outreach").await;
    many::stop(world.cluster(), "identity").await;
    let head = say_much_on_sqlite(&file(&mut world, "identity"), times).await;
    many::start(world.cluster(), "identity").await;

    catches_up(&mut world, &mut operator, head, times).await;

    let options = SqliteConnectOptions::new().filename(file(&mut world, "outreach"));
    let mut database = SqliteConnection::connect_with(&options).await.unwrap();
    let sql = "select count(*) from reader_roles";
    let known: i64 = sqlx::query_scalar(sql).fetch_one(&mut database).await.unwrap();
    assert!(known >= times, "{known} of {times} are known");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: all of it is confirmed on the disk of the broker first"]
async fn a_service_stopped_while_much_passes_the_broker_catches_up_and_shows_its_lag() {
    let times = backlog();
    let mut world = World::on(Engine::AtScale).await;
    let mut operator = world.signed_in("admin@demo.scte.test", PASSWORD).await;
    many::stop(world.cluster(), "outreach").await;
    let url = world.cluster().database("identity").expect("it is on PostgreSQL");
    let began = Instant::now();
    let head = say_much_on_postgres(&url, times).await;
    // The others hear it by way of the broker: when they have it, the broker has it.
    world.settle().await;
    note(&format!("the broker has {times} after {:.1} s", began.elapsed().as_secs_f64()));

    catches_up(&mut world, &mut operator, head, times).await;

    let url = world.cluster().database("outreach").expect("it is on PostgreSQL");
    let mut database = PgConnection::connect(&url).await.unwrap();
    let sql = "select count(*) from reader_roles";
    let known: i64 = sqlx::query_scalar(sql).fetch_one(&mut database).await.unwrap();
    assert!(known >= times, "{known} of {times} are known");
}
