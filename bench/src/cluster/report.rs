//! What came of the proof: lines for people, JSON for programs.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::Asked;
use super::schedule::Kind as Killed;
use crate::kill9::checker::{Anomaly, Kind};
use crate::outcome::{Outcome, print};

/// Of one run.
#[derive(Debug, Serialize)]
pub(crate) struct Run {
    pub(crate) seed: u64,
    pub(crate) kills: u32,
    pub(crate) kills_by_kind: BTreeMap<Killed, u32>,
    /// How often a process ended before it was ready, its database or broker being gone.
    pub(crate) gave_up_while_starting: u32,
    /// Processes that were ready and ended without having been killed.
    pub(crate) ended_by_themselves: Vec<String>,
    pub(crate) messages: usize,
    pub(crate) requests: usize,
    pub(crate) members: usize,
    pub(crate) longest_stall_ms: u128,
    pub(crate) drained_after_ms: u128,
    pub(crate) seconds: f64,
    #[serde(skip)]
    pub(crate) anomalies: Vec<Anomaly>,
}

/// Written as `target/proof/cluster.json`.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) seed: u64,
    pub(crate) runs: Vec<Run>,
    pub(crate) kills: u32,
    pub(crate) kills_by_kind: BTreeMap<Killed, u32>,
    pub(crate) messages: usize,
    pub(crate) requests: usize,
    pub(crate) members: usize,
    pub(crate) lost: usize,
    pub(crate) doubled: usize,
    pub(crate) order_breaks: usize,
    pub(crate) gaps: usize,
    pub(crate) states_that_differ: usize,
    pub(crate) cursors_wrong: usize,
    pub(crate) parked: usize,
    pub(crate) ended_by_themselves: usize,
    pub(crate) seconds: f64,
    pub(crate) anomalies: Vec<String>,
}

impl Report {
    pub(crate) fn of(asked: &Asked) -> Self {
        Self {
            seed: asked.seed,
            runs: Vec::new(),
            kills: 0,
            kills_by_kind: BTreeMap::new(),
            messages: 0,
            requests: 0,
            members: 0,
            lost: 0,
            doubled: 0,
            order_breaks: 0,
            gaps: 0,
            states_that_differ: 0,
            cursors_wrong: 0,
            parked: 0,
            ended_by_themselves: 0,
            seconds: 0.0,
            anomalies: Vec::new(),
        }
    }

    /// Adds a run and prints its line.
    pub(crate) fn add(&mut self, run: Run) {
        for anomaly in &run.anomalies {
            let count = match anomaly.kind {
                Kind::Lost => &mut self.lost,
                Kind::Doubled => &mut self.doubled,
                Kind::OrderBreak => &mut self.order_breaks,
                Kind::Gap => &mut self.gaps,
                Kind::StateDiffers => &mut self.states_that_differ,
                Kind::CursorWrong => &mut self.cursors_wrong,
                Kind::Parked => &mut self.parked,
            };
            *count += 1;
        }
        self.anomalies.extend(run.anomalies.iter().map(|one| format!("seed {}: {one}", run.seed)));
        for (kind, times) in &run.kills_by_kind {
            *self.kills_by_kind.entry(*kind).or_default() += times;
        }
        self.kills += run.kills;
        self.messages += run.messages;
        self.requests += run.requests;
        self.members += run.members;
        self.ended_by_themselves += run.ended_by_themselves.len();
        print(format!(
            "  seed {}: {} kills {:?}, {} messages, {} members joined, longest stall {} ms, at rest \
             after {} ms, {} gave up while starting, {:?} ended by themselves, {} anomalies; {:.0} s",
            run.seed,
            run.kills,
            run.kills_by_kind,
            run.messages,
            run.members,
            run.longest_stall_ms,
            run.drained_after_ms,
            run.gave_up_while_starting,
            run.ended_by_themselves,
            run.anomalies.len(),
            run.seconds
        ));
        self.runs.push(run);
    }

    /// Writes it into `folder` and prints its line.
    pub(crate) fn write(&self, folder: &Path) -> Outcome {
        std::fs::write(folder.join("cluster.json"), serde_json::to_string_pretty(self)?)?;
        print(format!(
            "cluster: {} runs, {} kills, {} messages, {} requests, {} members joined: {} lost, \
             {} doubled, {} order breaks, {} gaps, {} states differ, {} cursors wrong, {} parked; \
             {:.1} s",
            self.runs.len(),
            self.kills,
            self.messages,
            self.requests,
            self.members,
            self.lost,
            self.doubled,
            self.order_breaks,
            self.gaps,
            self.states_that_differ,
            self.cursors_wrong,
            self.parked,
            self.seconds
        ));
        Ok(())
    }
}
