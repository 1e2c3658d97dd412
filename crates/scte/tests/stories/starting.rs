//! Starting, stopping, and the commands beside a running process and without one.

use serde_json::Value;

use crate::world::{Engine, PASSWORD, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_process_is_refused_and_told_of_the_first() {
    let world = World::on(Engine::Sqlite).await;

    let (code, said) = world.run(&["up", "--demo", "--test", "--listen", "127.0.0.1:0"]).await;

    assert_eq!(code, 4, "{said}");
    assert!(said.contains(&format!("process {} works on it", world.process())), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_asked_ends_and_leaves_nothing_undone() {
    let mut world = World::on(Engine::Sqlite).await;

    assert_eq!(world.end().await, Some(0), "{}", world.log());

    let (code, said) = world.run(&["status", "--json"]).await;
    assert_eq!(code, 0, "{said}");
    let status: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(status["process"], Value::Null);
    for service in status["services"].as_array().unwrap() {
        assert_eq!(service["state"], "idle", "{service}");
        let behind = |feed: &&Value| feed["pos"].as_i64() < feed["head"].as_i64();
        let late: Vec<_> = service["feeds"].as_array().unwrap().iter().filter(behind).collect();
        assert!(late.is_empty(), "{late:?}");
    }
    world.start().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_do_the_same_with_and_without_a_process() {
    let mut world = World::on(Engine::Sqlite).await;
    let sam = "sam@demo.scte.test";

    let both = [
        (vec!["parked", "list"], "nothing is parked"),
        (vec!["replay", "outreach"], "messages applied to the copies of outreach"),
        (vec!["doctor"], "SQLite"),
        (vec!["clock"], "T"),
    ];
    for (args, says) in &both {
        let (code, said) = world.run(args).await;
        assert!(code == 0 && said.contains(says), "{args:?}: {code} {said}");
    }
    let (code, said) = world.run(&["admin", "grant", sam, "staff.finance"]).await;
    assert_eq!(code, 0, "{said}");
    let (code, said) = world.run(&["admin", "grant", sam, "staff.emperor"]).await;
    assert_eq!(code, 3, "{said}");

    world.end().await;
    for (args, says) in &both {
        let (code, said) = world.run(args).await;
        assert!(code == 0 && said.contains(says), "{args:?}: {code} {said}");
    }
    let (code, said) = world.run(&["admin", "grant", sam, "staff.operator"]).await;
    assert_eq!(code, 0, "{said}");
    world.start().await;

    let mut browser = world.signed_in(sam, PASSWORD).await;
    world.get(&mut browser, "/staff/commerce").await.is(200);
    world.get(&mut browser, "/ops").await.is(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_configured_wrongly_is_refused_before_anything_is_opened() {
    let mut world = World::on(Engine::Sqlite).await;
    world.end().await;
    let up = ["up", "--demo", "--test", "--listen", "127.0.0.1:0"];

    for wrong in
        ["[server]\nlisten_on = 1\n", "[outreach]\nsmpt = \"a:1\"\n", "[nobody]\nx = 1\n", "x"]
    {
        std::fs::write(world.beside("scte.toml"), wrong).unwrap();
        let (code, said) = world.run(&up).await;
        assert_eq!(code, 2, "{wrong}: {said}");
    }
    std::fs::write(world.beside("scte.toml"), "").unwrap();
    let (code, said) = world.run(&["up", "--listen", "127.0.0.1:0"]).await;
    assert_eq!(code, 3, "a test installation is no real one: {said}");
    let (code, said) = world.run(&["up", "--demo", "--listen", "0.0.0.0:0"]).await;
    assert_eq!(code, 2, "a demonstration listens on loopback: {said}");
    let (code, _) = world.run(&["dance"]).await;
    assert_eq!(code, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_published_language_is_written_as_documents() {
    let world = World::on(Engine::Sqlite).await;
    let out = world.beside("contracts");

    let (code, said) = world.run(&["contracts", "--out", &out.display().to_string()]).await;

    assert_eq!(code, 0, "{said}");
    let document = std::fs::read_to_string(out.join("asyncapi.json")).unwrap();
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["asyncapi"], "3.0.0");
    assert!(document["operations"]["outreach.hears.commerce"].is_object());
    assert!(out.join("schemas/membership.term.started.json").exists());
}
