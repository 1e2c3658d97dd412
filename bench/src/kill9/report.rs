//! What came of the proof: a line for people, JSON for programs.

use std::path::Path;

use serde::Serialize;

use super::Asked;
use super::checker::{Anomaly, Kind};
use crate::outcome::{Outcome, print};
use crate::place::Engine;

/// Written as `target/proof/kill9.json`.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) seed: u64,
    pub(crate) engine: Engine,
    pub(crate) kills: u32,
    pub(crate) messages: usize,
    pub(crate) requests: usize,
    pub(crate) members: usize,
    pub(crate) lost: usize,
    pub(crate) duplicated: usize,
    pub(crate) order_breaks: usize,
    pub(crate) gaps: usize,
    pub(crate) states_that_differ: usize,
    pub(crate) cursors_wrong: usize,
    pub(crate) parked: usize,
    pub(crate) longest_stall_ms: u128,
    pub(crate) drained_after_ms: u128,
    pub(crate) seconds: f64,
    pub(crate) anomalies: Vec<String>,
}

impl Report {
    /// What was asked and what was found; the sizes are filled in by the caller.
    pub(crate) fn of(asked: &Asked, anomalies: &[Anomaly]) -> Self {
        let count = |kind: Kind| anomalies.iter().filter(|anomaly| anomaly.kind == kind).count();
        Self {
            seed: asked.seed,
            engine: asked.engine,
            kills: asked.kills,
            messages: 0,
            requests: 0,
            members: 0,
            lost: count(Kind::Lost),
            duplicated: count(Kind::Doubled),
            order_breaks: count(Kind::OrderBreak),
            gaps: count(Kind::Gap),
            states_that_differ: count(Kind::StateDiffers),
            cursors_wrong: count(Kind::CursorWrong),
            parked: count(Kind::Parked),
            longest_stall_ms: 0,
            drained_after_ms: 0,
            seconds: 0.0,
            anomalies: anomalies.iter().map(ToString::to_string).collect(),
        }
    }

    /// Writes it into `folder` and prints its line.
    pub(crate) fn write(&self, folder: &Path) -> Outcome {
        std::fs::write(folder.join("kill9.json"), serde_json::to_string_pretty(self)?)?;
        print(format!(
            "kill9: {} kills, {} messages, {} requests, {} members joined: {} lost, {} doubled, \
             {} order breaks, {} gaps, {} states differ, {} cursors wrong, {} parked; \
             longest stall {} ms; {:.1} s",
            self.kills,
            self.messages,
            self.requests,
            self.members,
            self.lost,
            self.duplicated,
            self.order_breaks,
            self.gaps,
            self.states_that_differ,
            self.cursors_wrong,
            self.parked,
            self.longest_stall_ms,
            self.seconds
        ));
        Ok(())
    }
}
