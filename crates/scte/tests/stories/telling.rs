//! What the system tells of itself: metrics for whoever may read them, and why a copy is old, in
//! sentences that name what mends it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};

use crate::parking::park;
use crate::world::{Engine, PASSWORD, World, on_both_engines};

on_both_engines! {
    metrics_say_what_waits_to_whom_they_may,
}

/// The value of each sample, by its name and labels.
pub(crate) type Samples = BTreeMap<String, f64>;

/// The metrics, as a reader of this name sees them.
async fn metrics(world: &World, reader: &str) -> Samples {
    let (code, token) = world.run(&["feed-token", reader]).await;
    assert_eq!(code, 0, "{token}");
    metrics_at(&world.origin, token.trim()).await
}

/// The metrics of the process at an address.
pub(crate) async fn metrics_at(origin: &str, token: &str) -> Samples {
    let asked = reqwest::Client::new().get(format!("{origin}/-/metrics"));
    let answer = asked.bearer_auth(token).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
    let text = answer.text().await.unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let samples = lines.map(|line| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap_or_else(|_| panic!("{line}")))
    });
    samples.collect()
}

/// The metrics, once one of them has this value: databases are asked again after a second.
async fn looked_up_again(world: &World, name: &str, value: f64) -> Samples {
    let looked = cluster::found(Duration::from_secs(10), async || {
        let samples = metrics(world, "prometheus").await;
        ((of(&samples, name) - value).abs() < 0.1).then_some(samples)
    });
    looked.await.unwrap_or_else(|| panic!("{name} never was {value}"))
}

pub(crate) fn of(samples: &Samples, name: &str) -> f64 {
    *samples.get(name).unwrap_or_else(|| panic!("no {name}: {samples:#?}"))
}

/// Names of metrics in the reference's table.
fn described() -> Vec<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/metrics.md");
    let page = std::fs::read_to_string(page).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    rows.map(str::to_owned).collect()
}

async fn metrics_say_what_waits_to_whom_they_may(engine: Engine) {
    let mut world = World::on(engine).await;
    world.settle().await;
    let url = format!("{}/-/metrics", world.origin);
    let bare = reqwest::Client::new().get(&url).send().await.unwrap();
    assert_eq!(bare.status().as_u16(), 401);
    assert!(bare.headers().contains_key("www-authenticate"));
    let wrong = reqwest::Client::new().get(&url).bearer_auth("prometheus.00").send().await;
    assert_eq!(wrong.unwrap().status().as_u16(), 401);

    let before = metrics(&world, "prometheus").await;
    let mut browser = world.browser();
    world.get(&mut browser, "/").await.is(200);
    browser.get("/nothing/here").await.is(404);

    let after = metrics(&world, "prometheus").await;

    let grew = |name: &str| of(&after, name) - before.get(name).copied().unwrap_or(0.0);
    assert!(grew("scte_http_requests_total{service=\"content\",class=\"2xx\"}") >= 1.0);
    assert!(grew("scte_http_requests_total{service=\"content\",class=\"4xx\"}") >= 1.0);
    assert!(grew("scte_http_request_seconds_count{service=\"content\"}") >= 2.0);
    for service in ["commerce", "content", "identity", "membership", "ops", "outreach"] {
        let of_service = |name: &str| of(&after, &format!("{name}{{service=\"{service}\"}}"));
        assert!((of_service("scte_service_up") - 1.0).abs() < 0.1, "{service}");
        assert!((of_service("scte_database_up") - 1.0).abs() < 0.1, "{service}");
        assert!((of_service("scte_leader") - 1.0).abs() < 0.1, "{service}");
        assert!(of_service("scte_effects_unknown").abs() < 0.1, "{service}");
        let lag = format!("scte_consumer_lag{{service=\"{service}\",feed=\"membership\"}}");
        assert!(of(&after, &lag).abs() < 0.1, "{service}");
    }
    assert!(of(&after, "scte_feed_head{service=\"membership\"}") > 10.0);
    assert!(of(&after, "scte_messages_published_total{service=\"membership\"}") > 10.0);
    let applied = "scte_messages_applied_total{service=\"outreach\",feed=\"membership\"}";
    assert!(of(&after, applied) > 10.0);
    assert!(of(&after, "process_resident_memory_bytes") > 1e6);

    // A service that is stopped is told as that, and of what waits in it nothing is told.
    world.ask(json!({ "do": "stop", "service": "outreach" })).await;
    let stopped = looked_up_again(&world, "scte_service_up{service=\"outreach\"}", 0.0).await;
    assert!(of(&stopped, "scte_leader{service=\"outreach\"}").abs() < 0.1);
    assert!(!stopped.keys().any(|name| name.starts_with("scte_parked_keys{service=\"outreach\"")));

    // Nothing is told that the reference does not describe.
    let described = described();
    for name in after.keys().chain(stopped.keys()) {
        let bare = name.split('{').next().unwrap();
        let parts = ["_bucket", "_sum", "_count"];
        let histogram = parts.iter().filter_map(|part| bare.strip_suffix(part));
        let known =
            std::iter::once(bare).chain(histogram).any(|one| described.iter().any(|d| d == one));
        assert!(known, "{name} is not in docs/reference/metrics.md");
    }
}

async fn why(world: &World, of: &[&str]) -> String {
    let (code, said) = world.run(&[&["why"], of].concat()).await;
    assert_eq!(code, 0, "{said}");
    said
}

/// Halts the reading of a feed by `outreach` before its first message, as an operator finds it.
async fn halt(world: &World, feed: &str, why: &str) {
    let options = SqliteConnectOptions::new().filename(world.data().join("outreach.db"));
    let mut db = SqliteConnection::connect_with(&options).await.unwrap();
    let sql = "update cursor set halted = $2, pos = 0 where feed = $1";
    sqlx::query(sql).bind(feed).bind(why).execute(&mut db).await.unwrap();
}

/// Leaves the copying of commerce's feed to a broker halted, as a foreign writer does.
async fn halt_copying(world: &World) {
    let options = SqliteConnectOptions::new().filename(world.data().join("commerce.db"));
    let mut db = SqliteConnection::connect_with(&options).await.unwrap();
    let sql = "insert into publication (one, pos, halted, away, rebuild, at)
               values (true, 0, 'somebody else wrote', null, false, '2027-03-01 12:00:00+00:00')";
    sqlx::query(sql).execute(&mut db).await.unwrap();
}

async fn a_stopped_producer_is_named(world: &World) {
    world.ask(json!({ "do": "stop", "service": "commerce" })).await;
    let away = why(world, &["outreach"]).await;
    let sentence = "commerce cannot be read: commerce is stopped. outreach knows what it said up \
                    to message 1 of 1 (known ";
    assert!(away.contains(sentence), "{away}");
    let stopped = why(world, &["commerce"]).await;
    assert!(
        stopped.contains("commerce is stopped") && stopped.contains("/ops/commerce"),
        "{stopped}"
    );
    world.ask(json!({ "do": "start", "service": "commerce" })).await;
}

async fn what_was_said_mends_it(world: &World, key: &str, what: &str) {
    let (code, said) = world.run(&["resume", "outreach", "commerce"]).await;
    assert_eq!(code, 0, "{said}");
    let (code, said) = world.run(&["parked", "retry", what]).await;
    assert_eq!(code, 0, "{said}");
    world.settle().await;
    let sound = why(world, &["outreach", key]).await;
    assert!(sound.contains("All that commerce said is taken in, up to message 1."), "{sound}");
    assert!(sound.contains("is parked or waits: what outreach knows of it is as new"), "{sound}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_a_copy_is_old_is_said_with_what_mends_it() {
    let mut world = World::on(Engine::Sqlite).await;
    world.settle().await;
    let sound = why(&world, &["outreach"]).await;
    assert!(sound.contains("All that commerce said is taken in, up to message 1."), "{sound}");
    let (code, said) = world.run(&["why", "nobody"]).await;
    assert_eq!(code, 3, "{said}");

    a_stopped_producer_is_named(&world).await;

    // A key that is parked, and a feed whose reading halted.
    world.end().await;
    let person = "org.scte.membership.person.created.v1";
    park(&world, "membership", person, "people.person_created").await;
    halt(&world, "commerce", "20 keys are parked").await;
    halt_copying(&world).await;
    world.start().await;
    let (_, listed) = world.run(&["parked", "list"]).await;
    let what = listed.lines().find(|line| line.starts_with("outreach/")).unwrap().to_owned();
    let key = what.rsplit('/').next().unwrap();

    let said = why(&world, &["outreach", key]).await;
    assert!(said.contains("commerce: cursor 0, head 1 at "), "{said}");
    assert!(said.contains("behind 1, oldest "), "{said}");
    assert!(
        said.contains("Reading of commerce halted behind message 0: 20 keys are parked."),
        "{said}"
    );
    assert!(said.contains("→ scte resume outreach commerce"), "{said}");
    assert!(
        said.contains(&format!("Key {key} of membership is parked by people.person_created")),
        "{said}"
    );
    assert!(
        said.contains("(membership.person.created v1) since ") && said.contains(": a bug."),
        "{said}"
    );
    assert!(said.contains(&format!("→ scte parked retry {what}")), "{said}");
    assert!(said.contains("1 key of it is parked"), "{said}");

    let copied = why(&world, &["commerce"]).await;
    let sentence = "Copying the feed of commerce to the broker halted: somebody else wrote; who \
                    reads it there knows it up to message 0, 1 message behind";
    assert!(copied.contains(sentence), "{copied}");
    assert!(copied.contains("→ scte resume commerce commerce"), "{copied}");

    // The page says the same, and so do the metrics.
    let mut browser = world.signed_in("admin@demo.scte.test", PASSWORD).await;
    let page = world.get(&mut browser, &format!("/ops/outreach/why?thing={key}")).await;
    page.is(200).shows("Reading of commerce halted").shows("scte resume outreach commerce");
    page.shows(&format!("scte parked retry {what}")).shows("Why is outreach stale?");
    world.get(&mut browser, "/ops/outreach/why?thing=7").await.is(200).shows("This is no id");
    world.get(&mut browser, "/ops/nobody/why").await.is(404);
    let samples = metrics(&world, "prometheus").await;
    let reading = |name: &str, feed: &str| {
        of(&samples, &format!("{name}{{service=\"outreach\",feed=\"{feed}\"}}"))
    };
    assert!((reading("scte_consumer_halted", "commerce") - 1.0).abs() < 0.1);
    assert!((reading("scte_consumer_lag", "commerce") - 1.0).abs() < 0.1);
    assert!(reading("scte_oldest_unread_seconds", "commerce") > 0.0);
    assert!((reading("scte_parked_keys", "membership") - 1.0).abs() < 0.1);
    assert!(reading("scte_parked_keys", "commerce").abs() < 0.1);

    what_was_said_mends_it(&world, key, &what).await;
}
