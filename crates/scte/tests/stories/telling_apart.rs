//! Metrics and sentences where feeds come from other processes: over HTTP from a producer that may
//! be away, or from the broker; and the same from every replica.

use cluster::Cluster;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use crate::telling::{Samples, metrics_at, of};
use crate::world::{Engine, PATIENCE, World, ran, stories_on};

stories_on!(Apart as apart:
    every_process_tells_of_feeds_from_elsewhere,
    a_producer_that_is_away_is_named,
);
stories_on!(AtScale as at_scale: every_process_tells_of_feeds_from_elsewhere);

/// Asks the process itself: nginx does not pass its metrics on.
async fn metrics_of(cluster: &Cluster, part: &str) -> Samples {
    let (code, token) = ran(cluster.command(part, &["feed-token", "prometheus"])).await;
    assert_eq!(code, 0, "{token}");
    let asked = reqwest::Client::new().get(format!("{}/-/metrics", cluster.origin()));
    let through_nginx = asked.bearer_auth(token.trim()).send().await.unwrap();
    assert_eq!(through_nginx.status().as_u16(), 404);
    metrics_at(&format!("http://{}", cluster.address(part)), token.trim()).await
}

/// The metrics of a process, once they are so.
async fn until(cluster: &Cluster, part: &str, so: impl Fn(&Samples) -> bool) -> Samples {
    let mut last = Samples::new();
    let looked = cluster::found(PATIENCE, async || {
        last = metrics_of(cluster, part).await;
        so(&last).then_some(())
    });
    let in_time = looked.await.is_some();
    assert!(in_time, "{part} never told so: {last:#?}");
    last
}

async fn why(cluster: &Cluster, part: &str, feed: &str) -> Value {
    let question = json!({ "do": "why", "service": "outreach", "thing": null });
    let why = cluster.ask(part, question).await.unwrap_or_else(|told| panic!("{told}"));
    let feeds = why["feeds"].as_array().unwrap();
    feeds.iter().find(|one| one["feed"] == feed).unwrap().clone()
}

/// Halts the reading of commerce by `outreach` before its first message, while no process of it runs.
async fn halt(cluster: &Cluster, part: &str) {
    let sql = "update cursor set halted = 'a bug in everything', pos = 0 where feed = 'commerce'";
    if let Some(url) = cluster.database("outreach") {
        let mut db = PgConnection::connect(&url).await.unwrap();
        sqlx::query(sql).execute(&mut db).await.unwrap();
    } else {
        let file = cluster.data(part).join("outreach.db");
        let options = SqliteConnectOptions::new().filename(file);
        let mut db = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query(sql).execute(&mut db).await.unwrap();
    }
}

async fn every_process_tells_of_feeds_from_elsewhere(engine: Engine) {
    const READING: &str = "{service=\"outreach\",feed=\"commerce\"}";
    let mut world = World::on(engine).await;
    world.settle().await;
    let cluster = world.cluster();
    let parts = cluster.parts_of("outreach");
    for part in &parts {
        let samples = metrics_of(cluster, part).await;
        assert!(of(&samples, &format!("scte_consumer_lag{READING}")).abs() < 0.1, "{part}");
        assert!(!samples.keys().any(|name| name.contains("service=\"commerce\"")), "{part}");
    }

    for part in &parts {
        cluster.stop(part).await.unwrap();
    }
    halt(cluster, &parts[0]).await;
    for part in &parts {
        cluster.start_part(part).await.unwrap();
    }

    // The one that reads and the one that does not tell the same.
    let is_behind = |samples: &Samples| {
        let value = |name: &str| samples.get(&format!("{name}{READING}")).copied();
        value("scte_consumer_halted") == Some(1.0)
            && value("scte_consumer_lag").is_some_and(|lag| lag > 0.5)
            && value("scte_oldest_unread_seconds").is_some_and(|age| age > 0.0)
    };
    let mut told = Vec::new();
    for part in &parts {
        told.push(until(cluster, part, is_behind).await);
    }
    let lag = |samples: &Samples| of(samples, &format!("scte_consumer_lag{READING}"));
    assert!(told.iter().all(|one| (lag(one) - lag(&told[0])).abs() < 0.1), "{told:#?}");
    let leaders = told.iter().map(|one| of(one, "scte_leader{service=\"outreach\"}"));
    assert!((leaders.sum::<f64>() - 1.0).abs() < 0.1, "one of them leads");
    for part in &parts {
        let said = why(cluster, part, "commerce").await;
        let sentence = said["said"]["sentence"].as_str().unwrap();
        assert!(sentence.starts_with("Reading of commerce halted behind message 0"), "{said}");
        assert_eq!(said["said"]["mend"], "scte resume outreach commerce");
    }

    let (code, said) = ran(cluster.command(&parts[0], &["resume", "outreach", "commerce"])).await;
    assert_eq!(code, 0, "{said}");
    for part in &parts {
        until(cluster, part, |samples| {
            lag(samples).abs() < 0.1 && of(samples, &format!("scte_consumer_halted{READING}")) < 0.5
        })
        .await;
    }
}

async fn a_producer_that_is_away_is_named(engine: Engine) {
    let mut world = World::on(engine).await;
    world.settle().await;
    let cluster = world.cluster();
    let reader = cluster.parts_of("outreach").remove(0);
    let known = why(cluster, &reader, "commerce").await;
    assert_eq!(known["behind"], 0, "{known}");

    let producer = cluster.parts_of("commerce").remove(0);
    let place = cluster.address(&producer);
    cluster.stop(&producer).await.unwrap();

    let away = why(cluster, &reader, "commerce").await;
    let sentence = away["said"]["sentence"].as_str().unwrap();
    let begins = format!("commerce cannot be read: commerce at http://{place}/: ");
    assert!(sentence.starts_with(&begins), "{sentence}");
    assert!(sentence.ends_with("and goes on by itself."), "{sentence}");
    assert_eq!((&away["head"], &away["pos"]), (&known["head"], &known["pos"]));
    let pauses = "scte_reading_pauses_total{service=\"outreach\",feed=\"commerce\"}";
    until(cluster, &reader, |samples| of(samples, pauses) > 0.5).await;

    cluster.start_part(&producer).await.unwrap();
    world.settle().await;
    let back = why(world.cluster(), &reader, "commerce").await;
    let sentence = back["said"]["sentence"].as_str().unwrap();
    assert!(sentence.starts_with("All that commerce said is taken in"), "{back}");
}
