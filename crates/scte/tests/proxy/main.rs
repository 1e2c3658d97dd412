//! The real nginx on the folder that `scte proxy-config` writes, before processes that only stand in
//! for services: where each path leads, and what is said when nobody is there.

#![cfg(test)]

/// Other programs that live as long as the tests: the same that the browser's tests keep.
#[path = "../browser/kept.rs"]
#[expect(dead_code, reason = "the browser's tests read what their programs say")]
mod kept;
mod stand_in;
mod installation;
mod leading;
mod failing;
mod away;

use std::time::Duration;

/// A test that waits longer than this for anything has failed.
const PATIENCE: Duration = Duration::from_secs(20);
