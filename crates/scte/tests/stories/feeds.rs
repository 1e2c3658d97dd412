//! The feeds over HTTP, read by the stock CloudEvents client of another language.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::journey::Visitor;
use crate::world::{Engine, World};

/// Where the npm packages are that the test run installed, this one among them.
pub(crate) fn packages(needed: &str) -> PathBuf {
    let named = std::env::var_os("SCTE_TEST_NODE").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/node").canonicalize().unwrap()
    });
    let there = folder.join("node_modules").join(needed).exists();
    assert!(there, "{}: `cargo xtask test` installs the client", folder.display());
    folder
}

/// Begins to read the feed of a service.
fn reading(world: &World, (service, token): (&str, &str), from: &str, until: &str) -> Child {
    let url = format!("{}/feeds/{service}", world.origin);
    let seconds = if until.is_empty() { "0" } else { "20" };
    Command::new("node")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stories/feed.mjs"))
        .arg(packages("cloudevents"))
        .args([url.as_str(), token, from, seconds, until])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// What it read.
async fn was_read(reading: Child) -> Value {
    let output = reading.wait_with_output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{wrong}");
    serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}{wrong}"))
}

async fn read(world: &World, service: &str, token: &str, from: &str) -> Value {
    was_read(reading(world, (service, token), from, "")).await
}

async fn token(world: &World, name: &str) -> String {
    let (code, said) = world.run(&["feed-token", name]).await;
    assert_eq!(code, 0, "{said}");
    said.trim().to_owned()
}

async fn head(world: &World, service: &str) -> i64 {
    let status = world.ask(json!({ "do": "status" })).await;
    let services = status["services"].as_array().unwrap();
    let own = services.iter().find(|one| one["name"] == service).unwrap();
    own["waiting"]["head"].as_i64().unwrap()
}

/// All of a feed, in order: every position once.
fn is_complete(events: &[Value], from: i64, to: i64) {
    let positions: Vec<i64> =
        events.iter().map(|event| event["sequence"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(positions, (from..=to).collect::<Vec<_>>());
    for event in events {
        let id = event["id"].as_str().unwrap();
        assert!(id.ends_with(&format!(".{}", event["sequence"].as_str().unwrap())), "{event}");
        assert!(event["entityversion"].is_i64() && event["data"].is_object(), "{event}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stock_client_reads_a_feed_to_its_end_and_waits_for_more() {
    let mut world = World::on(Engine::Sqlite).await;
    let mut visitor = Visitor::at_the_provider(&mut world).await;
    visitor.presses(&mut world, "pay").await;
    visitor.is_a_member_everywhere(&mut world).await;
    let token = token(&world, "someone-else").await;

    for service in contracts::catalogue::SERVICES {
        let got = read(&world, service, &token, "").await;
        let events = got["events"].as_array().unwrap();
        is_complete(events, 1, head(&world, service).await);
        let of_it = format!("org.scte.{service}.");
        assert!(events.iter().all(|event| event["source"] == format!("/feeds/{service}")));
        assert!(events.iter().all(|event| event["type"].as_str().unwrap().starts_with(&of_it)));
    }

    // More than one page, then from the middle, then waiting for what is not there yet.
    let all = read(&world, "membership", &token, "").await;
    let events = all["events"].as_array().unwrap();
    assert!(all["requests"].as_i64().unwrap() > 1, "there is more than one page");
    let middle = &events[events.len() / 2];
    let from: i64 = middle["sequence"].as_str().unwrap().parse().unwrap();
    let rest = read(&world, "membership", &token, middle["id"].as_str().unwrap()).await;
    let end = head(&world, "membership").await;
    is_complete(rest["events"].as_array().unwrap(), from + 1, end);

    let last = events.last().unwrap()["id"].as_str().unwrap();
    let until = "org.scte.membership.charge.requested.v1";
    let waiting = reading(&world, ("membership", &token), last, until);
    let mut next = Visitor::arrives(&mut world).await;
    next.registers(&mut world).await;
    next.signs_in(&mut world).await;
    next.applies(&mut world).await;
    let news = was_read(waiting).await;
    let events = news["events"].as_array().unwrap();
    is_complete(events, end + 1, end + i64::try_from(events.len()).unwrap());
    assert!(events.iter().any(|event| event["type"] == until), "{news}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_is_for_readers_with_a_token_that_was_not_refused() {
    let mut world = World::on(Engine::Sqlite).await;
    let (friend, foe) = (token(&world, "friend").await, token(&world, "foe").await);
    let forged = friend.replace("friend.", "stranger.");

    for wrong in ["", "friend", &forged] {
        let got = read(&world, "membership", wrong, "").await;
        assert_eq!(
            (&got["status"], &got["problem"]["status"]),
            (&json!(401), &json!(401)),
            "{got}"
        );
    }
    assert_eq!(read(&world, "nobody", &friend, "").await["status"], 404);
    assert_eq!(read(&world, "membership", &friend, "gone.9").await["status"], 410);
    assert_eq!(read(&world, "membership", &friend, "no position").await["status"], 400);
    assert_eq!(read(&world, "membership", &foe, "").await["status"], 200);

    world.stop_service("membership").await;
    assert_eq!(read(&world, "membership", &friend, "").await["status"], 503);
    world.start_service().await;

    world.end().await;
    let config = world.beside("scte.toml");
    let known = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{known}[feeds]\nrefused = [\"foe\"]\n")).unwrap();
    world.start().await;
    assert_eq!(read(&world, "membership", &foe, "").await["status"], 401);
    assert_eq!(read(&world, "membership", &friend, "").await["status"], 200);
}
