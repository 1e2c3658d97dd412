//! Several processes known by their data directories: what they tell together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::control;
use crate::world::PATIENCE;

/// What the process of a data directory answers.
pub(crate) async fn asked(data: &Path, question: &Value) -> Value {
    let asked = tokio::time::timeout(PATIENCE, control::ask(data, question)).await;
    let asked = asked.unwrap_or_else(|_| panic!("no answer to {question}"));
    asked.unwrap_or_else(|refusal| panic!("{question}: {refusal}"))
}

/// The lists that all of them answer with, laid together.
pub(crate) async fn ask(all: &[PathBuf], question: &Value) -> Value {
    let mut lists = Vec::new();
    for data in all {
        let answer = asked(data, question).await;
        let list = answer.as_array().unwrap_or_else(|| panic!("no list: {question}: {answer}"));
        lists.extend(list.iter().cloned());
    }
    Value::Array(lists)
}

/// As [`ask`], of those whose process answers now.
pub(crate) async fn ask_some(all: &[PathBuf], question: &Value) -> Value {
    let mut lists = Vec::new();
    for data in all {
        if let Ok(Value::Array(list)) = control::ask(data, question).await {
            lists.extend(list);
        }
    }
    Value::Array(lists)
}

/// Moves the clock of one process on.
pub(crate) async fn advance(data: &Path, step: TimeDelta) {
    let file = data.join("clock.offset");
    let known = std::fs::read_to_string(&file).ok().and_then(|text| text.parse::<i64>().ok());
    let now = asked(data, &json!({ "do": "clock", "until": null })).await;
    let now: DateTime<Utc> = now["now"].as_str().unwrap().parse().unwrap();
    let offset = known.unwrap_or(0) + step.num_seconds();
    std::fs::write(file, offset.to_string()).unwrap();
    asked(data, &json!({ "do": "clock", "until": now + step })).await;
}

/// Waits until nobody has anything left to do and every cursor stands at its feed's head, twice in
/// a row.
pub(crate) async fn settle(all: &[PathBuf]) {
    let (mut open, mut before) = (Vec::new(), None);
    let rests = cluster::found(PATIENCE, async || {
        let mut quiet = true;
        for data in all {
            quiet &= asked(data, &json!({ "do": "quiet" })).await == json!(true);
        }
        let standing = Standing::of(all).await;
        open = standing.open();
        let rests = quiet && open.is_empty();
        let as_before = rests && before.as_ref() == Some(&standing);
        before = rests.then_some(standing);
        as_before.then_some(())
    });
    let rests = rests.await.is_some();
    assert!(rests, "it does not come to rest: {open:?}");
}

/// The heads of all feeds, and where their readers are.
#[derive(Debug, Default, PartialEq)]
struct Standing {
    heads: BTreeMap<String, i64>,
    cursors: BTreeMap<(String, String), i64>,
}

impl Standing {
    async fn of(all: &[PathBuf]) -> Self {
        let mut standing = Self::default();
        for data in all {
            let status = asked(data, &json!({ "do": "status" })).await;
            for service in status["services"].as_array().unwrap() {
                standing.add(service);
            }
        }
        standing
    }

    fn add(&mut self, service: &Value) {
        let name = service["name"].as_str().unwrap();
        if let Some(head) = service["waiting"]["head"].as_i64() {
            let known = self.heads.entry(name.to_owned()).or_default();
            *known = head.max(*known);
        }
        for feed in service["feeds"].as_array().unwrap() {
            let place = (name.to_owned(), feed["feed"].as_str().unwrap().to_owned());
            let known = self.cursors.entry(place).or_default();
            *known = feed["pos"].as_i64().unwrap().max(*known);
        }
    }

    /// Who is behind.
    fn open(&self) -> Vec<String> {
        let behind = self.cursors.iter().filter_map(|((reader, feed), pos)| {
            let head = self.heads.get(feed)?;
            (pos < head).then(|| format!("{reader} reads {feed} at {pos} of {head}"))
        });
        behind.collect()
    }
}
