//! The shapes of several processes: what the hands of a story do there.

use std::path::Path;

use ::cluster::{Cluster, Disk, Plan, Shape};
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::mail;
use crate::world::{Engine, SCTE, note};

/// The shape in which several processes run; none for one process.
pub(crate) fn shape(engine: Engine) -> Option<Shape> {
    match engine {
        Engine::Sqlite | Engine::Postgres => None,
        Engine::Apart => Some(Shape::Apart),
        Engine::AtScale => Some(Shape::AtScale),
    }
}

/// The installation that stories start.
pub(crate) async fn plan(shape: Shape, folder: &Path, seed: u64, twice: bool) -> Plan {
    let postgres = match shape {
        Shape::AtScale => Some(chassis::testing::postgres_database("world").await),
        Shape::One | Shape::Apart => None,
    };
    Plan {
        postgres,
        disk: Disk::Careless,
        seed,
        smtp: Some(mail::address()),
        settings: format!("[log]\nfilter = \"info\"\n[test]\ntwice = {twice}\n"),
        ..Plan::new(shape, folder.to_owned(), SCTE.into())
    }
}

/// The processes of services.
pub(crate) fn serving(cluster: &Cluster) -> Vec<String> {
    let services = contracts::catalogue::SERVICES.iter();
    services.flat_map(|service| cluster.parts_of(service)).collect()
}

/// The end of what each process of a service logged, beside what goes well.
pub(crate) fn log(cluster: &Cluster) -> String {
    let logs = serving(cluster).into_iter().map(|part| {
        let text = std::fs::read_to_string(cluster.log(&part)).unwrap_or_default();
        let telling: Vec<&str> = text.lines().filter(|line| !line.contains("\"INFO\"")).collect();
        let last = &telling[telling.len().saturating_sub(10)..];
        last.iter().flat_map(|line| [part.as_str(), ": ", line, "\n"]).collect::<String>()
    });
    logs.collect()
}

/// Asks a process of each service that runs, and lays their lists together.
pub(crate) async fn ask(cluster: &Cluster, question: &Value) -> Value {
    let mut all = Vec::new();
    for part in cluster.status().await.into_keys() {
        let answer = cluster.ask(&part, question.clone()).await;
        let answer = answer.unwrap_or_else(|refusal| panic!("{part}: {question}: {refusal}"));
        let Value::Array(list) = answer else {
            panic!("only what answers with a list is asked of several: {question}");
        };
        all.extend(list);
    }
    Value::Array(all)
}

/// Ends all processes of a service, as an operator does.
pub(crate) async fn stop(cluster: &mut Cluster, service: &str) {
    for part in cluster.parts_of(service) {
        cluster.stop(&part).await.unwrap_or_else(|why| panic!("{why}"));
    }
}

/// Starts all processes of a service again.
pub(crate) async fn start(cluster: &mut Cluster, service: &str) {
    for part in cluster.parts_of(service) {
        cluster.start_part(&part).await.unwrap_or_else(|why| panic!("{why}"));
    }
}

/// Kills the process of some service, whichever chance says, and starts it again.
pub(crate) async fn kill_and_start(cluster: &mut Cluster, random: &mut ChaCha8Rng) {
    let parts = serving(cluster);
    let part = parts.choose(random).expect("there are processes");
    note(&format!("{part} is killed"));
    cluster.kill(part).await.unwrap_or_else(|why| panic!("{why}"));
    cluster.start_part(part).await.unwrap_or_else(|why| panic!("{why}"));
}
