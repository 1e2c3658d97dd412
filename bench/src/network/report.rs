//! What came of the proof: lines for people, JSON for programs.

use std::path::Path;

use serde::Serialize;

use super::bed::Found;
use super::probe::Shown;
use crate::kill9::checker::{Anomaly, Kind};
use crate::outcome::{Outcome, print};

/// Written as `target/proof/network.json`.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) seed: u64,
    pub(crate) seconds: f64,
    pub(crate) shapes: Vec<Section>,
}

/// What one shape showed.
#[derive(Debug, Serialize)]
pub(crate) struct Section {
    pub(crate) shape: String,
    pub(crate) steps: Vec<Taken>,
    pub(crate) cut_connections: u64,
    pub(crate) swallowed_bytes: u64,
    pub(crate) longest_catch_up_ms: u128,
    pub(crate) longest_stall_ms: u128,
    pub(crate) messages: usize,
    pub(crate) requests: usize,
    pub(crate) members: usize,
    pub(crate) pages: Shown,
    #[serde(flatten)]
    pub(crate) counts: Counts,
    pub(crate) anomalies: Vec<String>,
}

/// A step and what became of it.
#[derive(Debug, Serialize)]
pub(crate) struct Taken {
    pub(crate) faults: String,
    pub(crate) lasted_ms: u128,
    pub(crate) caught_up_ms: u128,
}

/// How many of each kind of breach there are.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Counts {
    pub(crate) lost: usize,
    pub(crate) duplicated: usize,
    pub(crate) order_breaks: usize,
    pub(crate) gaps: usize,
    pub(crate) states_that_differ: usize,
    pub(crate) cursors_wrong: usize,
    pub(crate) parked: usize,
}

impl Counts {
    pub(crate) fn of(anomalies: &[Anomaly]) -> Self {
        let count = |kind: Kind| anomalies.iter().filter(|anomaly| anomaly.kind == kind).count();
        Self {
            lost: count(Kind::Lost),
            duplicated: count(Kind::Doubled),
            order_breaks: count(Kind::OrderBreak),
            gaps: count(Kind::Gap),
            states_that_differ: count(Kind::StateDiffers),
            cursors_wrong: count(Kind::CursorWrong),
            parked: count(Kind::Parked),
        }
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} lost, {} doubled, {} order breaks, {} gaps, {} states differ, {} cursors wrong, \
             {} parked",
            self.lost,
            self.duplicated,
            self.order_breaks,
            self.gaps,
            self.states_that_differ,
            self.cursors_wrong,
            self.parked
        )
    }
}

impl Section {
    /// Fills in what was found in the end.
    pub(crate) fn found(&mut self, found: &Found) {
        (self.messages, self.requests) = (found.messages, found.requests);
        self.members = found.members;
        self.longest_stall_ms = found.longest_stall.as_millis();
        self.counts = Counts::of(&found.anomalies);
        self.anomalies.extend(found.anomalies.iter().map(ToString::to_string));
    }

    fn print(&self) {
        print(format!(
            "  {}: {} steps, {} connections hit, {} bytes swallowed; {} messages, {} members \
             joined: {}; longest catch-up {} ms",
            self.shape,
            self.steps.len(),
            self.cut_connections,
            self.swallowed_bytes,
            self.messages,
            self.members,
            self.counts,
            self.longest_catch_up_ms
        ));
        let pages = &self.pages;
        for (when, pages) in [
            ("with every connection between processes cut", pages.apart),
            ("while databases were away", pages.no_database),
            ("at other times", pages.usual),
        ] {
            print(format!(
                "    {} pages {when}, {} refused, slowest {} ms",
                pages.asked, pages.refused, pages.slowest_ms
            ));
        }
    }
}

impl Report {
    /// Writes it into `folder` and prints its lines.
    pub(crate) fn write(&self, folder: &Path) -> Outcome {
        std::fs::write(folder.join("network.json"), serde_json::to_string_pretty(self)?)?;
        self.shapes.iter().for_each(Section::print);
        print(format!("network: seed {}, {:.1} s", self.seed, self.seconds));
        Ok(())
    }
}
