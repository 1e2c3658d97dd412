//! What an installation is asked: where everybody stands, who leads, whether all rest.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::Cluster;
use crate::ask::{Told, ask};
use crate::quiet::Standing;
use crate::{Failed, Outcome, pg};

/// How long everything may take to come to rest.
const PATIENCE: Duration = Duration::from_mins(2);

/// How long until the same is looked at again.
const AGAIN: Duration = Duration::from_millis(20);

impl Cluster {
    /// Asks a process over its control socket.
    ///
    /// # Errors
    /// What it told, or that it does not answer.
    pub async fn ask(&self, part: &str, question: Value) -> Result<Value, Told> {
        ask(&self.data(part), &question).await
    }

    /// What every process of ours that runs and was not paused says of itself; who does not answer
    /// is left out.
    pub async fn status(&self) -> BTreeMap<String, Value> {
        let mut answers = BTreeMap::new();
        for part in self.awake() {
            if let Ok(answer) = self.ask(part, json!({ "do": "status" })).await {
                answers.insert(part.to_owned(), answer);
            }
        }
        answers
    }

    fn awake(&self) -> impl Iterator<Item = &str> {
        let serving = self.parts.iter().filter(|part| part.place.serves(None));
        serving.filter(|part| part.process.is_awake()).map(|part| part.place.name.as_str())
    }

    /// The part that leads a service: the one that holds the lock; without PostgreSQL the one that
    /// runs. None when nobody does at this moment.
    pub async fn leader(&self, service: &str) -> Option<String> {
        let own = self.parts.iter().filter(|part| part.place.serves(Some(service)));
        let Some(url) = self.database(service) else {
            let mut running = own.filter(|part| part.process.id().is_some());
            return running.next().map(|part| part.place.name.clone());
        };
        let id = pg::leader_at(&url).await.ok().flatten()?;
        let mut found = own.filter(|part| part.process.id() == Some(id));
        found.next().map(|part| part.place.name.clone())
    }

    /// Waits until every cursor stands at its producer's head and nobody has anything due, twice
    /// in a row.
    ///
    /// # Errors
    /// When that does not come to be in two minutes: what is still open.
    pub async fn settle(&self) -> Outcome {
        let began = Instant::now();
        let mut before = None;
        loop {
            let (standing, open) = self.look().await;
            if open.is_empty() && before.as_ref() == Some(&standing) {
                return Ok(());
            }
            before = open.is_empty().then_some(standing);
            if began.elapsed() > PATIENCE {
                let why = format!("it does not come to rest: {}", open.join("; "));
                return Err(Failed::because(why));
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn look(&self) -> (Standing, Vec<String>) {
        let mut open = Vec::new();
        for part in self.awake() {
            match self.ask(part, json!({ "do": "quiet" })).await {
                Ok(Value::Bool(true)) => {}
                Ok(_) => open.push(format!("{part} is not quiet")),
                Err(why) => open.push(format!("{part}: {why}")),
            }
        }
        let status = self.status().await;
        let standing = Standing::of(status.values());
        open.extend(standing.open());
        (standing, open)
    }

    /// Moves the clock of every process that runs to so many seconds beside the wall clock, and
    /// waits until each shows it.
    ///
    /// # Errors
    /// When a file cannot be written or a process does not follow.
    pub async fn set_clock(&self, offset_seconds: i64) -> Outcome {
        for part in self.parts.iter().filter(|part| part.place.serves(None)) {
            if part.place.data.exists() {
                std::fs::write(part.place.data.join("clock.offset"), offset_seconds.to_string())?;
            }
        }
        for part in self.awake() {
            self.follows(part, TimeDelta::seconds(offset_seconds)).await?;
        }
        Ok(())
    }

    async fn follows(&self, part: &str, offset: TimeDelta) -> Outcome {
        let began = Instant::now();
        loop {
            let asked = self.ask(part, json!({ "do": "clock", "until": null })).await;
            let told = asked.map_err(|why| Failed::because(format!("{part}: {why}")))?;
            let shown = told["now"].as_str().and_then(|now| now.parse::<DateTime<Utc>>().ok());
            let due = DateTime::<Utc>::from(SystemTime::now()) + offset;
            if shown.is_some_and(|shown| (due - shown).abs() < TimeDelta::seconds(1)) {
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                return Err(Failed::because(format!("{part} does not follow the clock")));
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}
