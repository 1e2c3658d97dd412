//! What came of the proof: a line for people, JSON for programs.

use std::path::Path;

use serde::Serialize;

use super::count;
use crate::kill9::checker::{Anomaly, Kind};
use crate::outcome::{Outcome, print};

/// Written as `target/proof/pause.json`.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) seed: u64,
    pub(crate) rounds: u32,
    pub(crate) pauses: usize,
    pub(crate) longest_hand_over_ms: u128,
    pub(crate) messages: usize,
    pub(crate) requests: usize,
    pub(crate) members: usize,
    /// All that the mail server took.
    pub(crate) mails: usize,
    /// Those that came again under their own Message-ID, and are said to have.
    pub(crate) mails_on_their_way_repeated: usize,
    pub(crate) lost: usize,
    pub(crate) doubled: usize,
    pub(crate) order_breaks: usize,
    pub(crate) gaps: usize,
    pub(crate) states_that_differ: usize,
    pub(crate) cursors_wrong: usize,
    pub(crate) parked: usize,
    pub(crate) longest_stall_ms: u128,
    pub(crate) seconds: f64,
    pub(crate) anomalies: Vec<String>,
}

impl Report {
    /// What was found; all else is filled in by the caller.
    pub(crate) fn of(anomalies: &[Anomaly]) -> Self {
        Self {
            lost: count(anomalies, Kind::Lost),
            doubled: count(anomalies, Kind::Doubled),
            order_breaks: count(anomalies, Kind::OrderBreak),
            gaps: count(anomalies, Kind::Gap),
            states_that_differ: count(anomalies, Kind::StateDiffers),
            cursors_wrong: count(anomalies, Kind::CursorWrong),
            parked: count(anomalies, Kind::Parked),
            anomalies: anomalies.iter().map(ToString::to_string).collect(),
            ..Self::default()
        }
    }

    /// Writes it into `folder` and prints its line.
    pub(crate) fn write(&self, folder: &Path) -> Outcome {
        std::fs::write(folder.join("pause.json"), serde_json::to_string_pretty(self)?)?;
        print(format!(
            "pause: {} leaders stopped, longest hand-over {} ms, {} messages, {} members joined, {} \
             mails ({} on their way came again): {} lost, {} doubled, {} order breaks, {} gaps, {} \
             states differ, {} cursors wrong, {} parked; longest stall {} ms; {:.1} s",
            self.pauses,
            self.longest_hand_over_ms,
            self.messages,
            self.members,
            self.mails,
            self.mails_on_their_way_repeated,
            self.lost,
            self.doubled,
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
