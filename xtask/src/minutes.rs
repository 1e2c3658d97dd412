//! How long each part of a run took.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::run::say;

/// What took less is told in one line.
const WORTH_A_LINE: Duration = Duration::from_secs(3);

/// The parts of a run that ended, and the one that began last.
#[derive(Default)]
pub(crate) struct Minutes(Mutex<State>);

#[derive(Default)]
struct State {
    running: Option<(String, Instant)>,
    took: Vec<(String, Duration)>,
}

impl Minutes {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A part begins, and the one before it ends.
    pub(crate) fn begin(&self, name: &str) {
        self.end();
        self.state().running = Some((name.to_owned(), Instant::now()));
    }

    /// The part at hand ends.
    pub(crate) fn end(&self) {
        let mut state = self.state();
        if let Some((name, began)) = state.running.take() {
            state.took.push((name, began.elapsed()));
        }
    }

    /// A line that cargo prints: `Running tests/web/main.rs (target/…)` begins a suite.
    pub(crate) fn line(&self, line: &str) {
        if let Some(name) = suite(line) {
            self.begin(&name);
        }
    }

    /// Tells what took how long.
    pub(crate) fn tell(&self) {
        self.end();
        let state = self.state();
        let (long, short): (Vec<_>, Vec<_>) =
            state.took.iter().partition(|(_, took)| *took >= WORTH_A_LINE);
        say("xtask: minutes of each suite");
        for (name, took) in &long {
            say(&format!("  {:>6.2}  {name}", took.as_secs_f64() / 60.0));
        }
        let rest: Duration = short.iter().map(|(_, took)| *took).sum();
        say(&format!("  {:>6.2}  {} shorter ones", rest.as_secs_f64() / 60.0, short.len()));
        let all: Duration = state.took.iter().map(|(_, took)| *took).sum();
        say(&format!("  {:>6.2}  in all", all.as_secs_f64() / 60.0));
    }
}

/// The suite that a line of cargo announces.
fn suite(line: &str) -> Option<String> {
    let line = line.trim();
    if let Some(of) = line.strip_prefix("Doc-tests ") {
        return Some(format!("examples in the documentation of {of}"));
    }
    let (source, binary) = line.strip_prefix("Running ")?.split_once(" (")?;
    let binary = binary.trim_end_matches(')').rsplit('/').next()?;
    let name = binary.rsplit_once('-').map_or(binary, |(name, _)| name);
    Some(format!("{name}: {source}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_is_what_cargo_announces() {
        let line = "     Running tests/web/main.rs (target/debug/deps/web-0123abcd)";
        assert_eq!(suite(line).as_deref(), Some("web: tests/web/main.rs"));
        assert!(suite("   Doc-tests chassis").is_some_and(|name| name.ends_with("chassis")));
        assert_eq!(suite("test result: ok. 1 passed"), None);
        assert_eq!(suite("   Compiling chassis v0.1.0"), None);
    }

    #[test]
    fn a_part_ends_when_the_next_begins() {
        let minutes = Minutes::default();
        minutes.line("Running a.rs (x/a-1)");
        minutes.line("Running b.rs (x/b-1)");
        minutes.end();
        minutes.end();
        let names: Vec<_> = minutes.state().took.iter().map(|(name, _)| name.clone()).collect();
        assert_eq!(names, ["a: a.rs", "b: b.rs"]);
    }
}
