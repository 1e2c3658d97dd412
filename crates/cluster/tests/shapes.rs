//! Each shape starts, answers, loses a part and has it back, and leaves no process behind.

#![cfg(test)]

use std::path::PathBuf;

use cluster::{AtEnd, Cluster, Disk, Plan, Shape};
use serde_json::json;

/// The program under test, built beside this one.
fn scte() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let scte = own.parent().unwrap().parent().unwrap().join("scte");
    assert!(scte.exists(), "{} is not built: `cargo build --bins`", scte.display());
    scte
}

async fn status_of(url: &str) -> u16 {
    reqwest::get(url).await.map_or(0, |answer| answer.status().as_u16())
}

/// Whether a process is there and not merely waiting to be taken note of.
fn runs(id: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

async fn shape(shape: Shape, victim: &str, page: &str) {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan { disk: Disk::Careless, ..Plan::new(shape, folder.path().join("c"), scte()) };
    let mut cluster = Box::pin(Cluster::start(plan)).await.unwrap();
    let ids: Vec<u32> = cluster.parts().iter().filter_map(|part| cluster.id(part)).collect();
    assert_eq!(ids.len(), cluster.parts().len());
    let url = format!("{}{page}", cluster.origin());
    assert_eq!(status_of(&url).await, 200);
    assert_eq!(cluster.leader("membership").await.as_deref(), Some(victim));

    cluster.kill(victim).await.unwrap();
    assert_eq!(cluster.id(victim), None);
    cluster.start_part(victim).await.unwrap();
    cluster.settle().await.unwrap();
    assert_eq!(status_of(&url).await, 200);

    cluster.set_clock(3600).await.unwrap();
    let quiet = cluster.ask(victim, json!({ "do": "quiet" })).await.unwrap();
    assert!(quiet.is_boolean());
    let refused = cluster.ask(victim, json!({ "do": "stop", "service": "no" })).await.unwrap_err();
    assert_eq!(refused.code, "not_found");

    cluster.stop_all().await.unwrap();
    assert_eq!(ids.into_iter().filter(|id| runs(*id)).count(), 0);
}

#[tokio::test]
async fn one_process() {
    Box::pin(shape(Shape::One, "website", "/")).await;
}

#[tokio::test]
async fn a_process_for_each_service() {
    Box::pin(shape(Shape::Apart, "membership-1", "/membership")).await;
}

#[tokio::test]
async fn at_scale() {
    Box::pin(shape(Shape::AtScale, "membership-1", "/membership")).await;
}

#[tokio::test]
async fn dropped_it_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan { demo: false, ..Plan::new(Shape::One, folder.path().join("c"), scte()) };
    let plan = Plan { at_end: AtEnd::Remove, ..plan };
    let cluster = Box::pin(Cluster::start(plan)).await.unwrap();
    let (id, folder) = (cluster.id("website").unwrap(), cluster.folder().to_owned());
    drop(cluster);
    assert!(!runs(id) && !folder.exists());
}
