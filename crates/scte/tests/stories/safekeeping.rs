//! Backup while people keep working, and the drill: what is put back begins a new life, and waits
//! for an operator before it writes to anybody.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::mail;
use crate::world::{Engine, PASSWORD, World, note, on_both_engines};

on_both_engines! {
    a_backup_under_load_is_whole_and_can_be_put_back,
}

/// People who register one after the other until told to stop; says how many, none may fail.
struct Load {
    stop: Arc<AtomicBool>,
    registered: Arc<AtomicU32>,
    worker: tokio::task::JoinSet<()>,
}

impl Load {
    fn begin(world: &World) -> Self {
        let (stop, registered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let (mut browser, seed) = (world.browser(), world.seed);
        let (stopped, count) = (stop.clone(), registered.clone());
        let work = async move {
            while !stopped.load(Ordering::Relaxed) {
                let n = count.load(Ordering::Relaxed);
                register(&mut browser, &format!("load-{seed:x}-{n}@example.test")).await;
                count.fetch_add(1, Ordering::Relaxed);
            }
        };
        let mut worker = tokio::task::JoinSet::new();
        worker.spawn(work);
        Self { stop, registered, worker }
    }

    fn count(&self) -> u32 {
        self.registered.load(Ordering::Relaxed)
    }

    async fn end(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let ended = self.worker.join_next().await.expect("one worker");
        ended.expect("everybody could register");
    }
}

async fn register(browser: &mut Browser, address: &str) {
    let page = browser.get("/account/register").await;
    let (action, mut pairs) = page.form("/account/register");
    for (name, value) in [("address", address), ("language", "en")] {
        pairs.push((name.to_owned(), value.to_owned()));
    }
    browser.post(&action, &pairs).await.is(200).shows("Look at your mail");
}

/// No service read further than another had published.
fn is_whole(backup: &Path) {
    let text = std::fs::read_to_string(backup.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&text).unwrap();
    let services = manifest["services"].as_object().unwrap();
    assert_eq!(services.len(), 6, "{text}");
    for (service, copied) in services {
        for (feed, at) in copied["cursors"].as_object().unwrap() {
            let head = services[feed]["head"].as_i64().unwrap();
            assert!(
                at.as_i64().unwrap() <= head,
                "{service} at {at} of {feed}, which ends at {head}"
            );
        }
    }
}

async fn a_backup_under_load_is_whole_and_can_be_put_back(engine: Engine) {
    let world = World::on(engine).await;
    let (jo, password) = ("jo@demo.scte.test", PASSWORD);
    let load = Load::begin(&world);
    let mut taken = Vec::new();
    for n in 0..3 {
        let before = load.count();
        let backup = world.beside(&format!("backup-{n}"));
        let (code, said) = world.run(&["backup", &backup.display().to_string()]).await;
        assert_eq!(code, 0, "{said}");
        is_whole(&backup);
        let meanwhile = load.count() - before;
        note(&format!("{meanwhile} registered while backup {n} was taken"));
        taken.push(backup);
    }
    load.end().await;
    world.settle().await;

    let mut restored = world.restored_from(&taken[2], engine).await;

    let status = restored.ask(json!({ "do": "status" })).await;
    for service in status["services"].as_array().unwrap() {
        assert_eq!(service["waiting"]["held"], json!(true), "{service}");
        for feed in service["feeds"].as_array().unwrap() {
            assert_eq!(feed["halted"], Value::Null, "{feed}");
            assert!(feed["pos"].as_i64() <= feed["head"].as_i64(), "{feed}");
        }
    }
    let (code, said) = restored.run(&["doctor"]).await;
    assert_eq!(code, 5, "what is held is a finding: {said}");
    let mut browser = restored.signed_in(jo, password).await;
    let members = restored.get(&mut browser, "/members").await;
    members.shows("You are a member, so you can read this");

    let newcomer = restored.address();
    register(&mut restored.browser(), &newcomer).await;
    restored.settle().await;
    assert!(mail::to(&newcomer).is_empty(), "nobody is written to before the release");

    let (code, said) = restored.run(&["release"]).await;
    assert_eq!(code, 0, "{said}");
    restored.mail(&newcomer, "Confirm your address").await;
    let (code, said) = restored.run(&["doctor"]).await;
    assert_eq!(code, 0, "{said}");
}
