//! `test`: everything that CI asks, in the order in which it fails soonest; says what took how long.

use std::path::Path;

use crate::install::{self, Tools};
use crate::minutes::Minutes;
use crate::postgres::{Cluster, Disk};
use crate::run::{Outcome, print, program, run, say, watch};
use crate::workspace::Workspace;
use crate::{check, measure};

/// The proofs, in their short forms.
const PROOFS: [(&str, &[&str]); 8] = [
    ("model", &[]),
    ("mutants", &[]),
    ("kill9", &["--kills", "20"]),
    ("network", &["--shape", "apart"]),
    ("broker", &[]),
    ("pause", &["--rounds", "1"]),
    ("cluster", &["--runs", "1", "--seconds", "20", "--kills", "12"]),
    ("matrix", &[]),
];

/// How many tests and steps passed and failed.
#[derive(Default)]
struct Count {
    passed: u64,
    failed: u64,
}

impl Count {
    /// Counts a closing line of the test runner.
    fn line(&mut self, line: &str) {
        if line.starts_with("test result: ") {
            self.passed += number_before(line, " passed");
            self.failed += number_before(line, " failed");
        }
    }

    /// Counts a step, and says why when it failed.
    fn step(&mut self, outcome: Outcome) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(why) => {
                say(&format!("xtask: {why}"));
                self.failed += 1;
            }
        }
    }

    /// Ends with the line that CI reads.
    fn close(&self) -> Outcome {
        print(&format!("{} passed, {} failed", self.passed, self.failed));
        if self.failed == 0 { Ok(()) } else { Err("not everything passed".to_owned()) }
    }
}

fn number_before(line: &str, word: &str) -> u64 {
    let before = line.split(word).next().unwrap_or_default();
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// Check, all tests on both engines, the AsyncAPI document, the proof by kill -9.
pub(crate) fn everything() -> Outcome {
    let workspace = Workspace::here()?;
    let tools = install::everything(&workspace)?;
    let (mut count, minutes) = (Count::default(), Minutes::default());
    minutes.begin("check");
    count.step(check::everything());
    if count.failed > 0 {
        return count.close();
    }
    cargo_test(&workspace, &tools, &["--workspace", "--no-fail-fast"], &mut count, &minutes)?;
    minutes.begin("asyncapi");
    count.step(asyncapi(&workspace, &tools));
    for (proof, args) in PROOFS {
        minutes.begin(&format!("proof {proof}"));
        count.step(measure::proof(proof, args));
    }
    minutes.tell();
    count.close()
}

/// Only `cargo test` with these arguments.
pub(crate) fn some(args: &[&str]) -> Outcome {
    let workspace = Workspace::here()?;
    let tools = install::everything(&workspace)?;
    let mut count = Count::default();
    let minutes = Minutes::default();
    cargo_test(&workspace, &tools, args, &mut count, &minutes)?;
    minutes.tell();
    count.close()
}

/// Runs the tests with PostgreSQL and the other servers at hand.
fn cargo_test(
    workspace: &Workspace,
    tools: &Tools,
    args: &[&str],
    count: &mut Count,
    minutes: &Minutes,
) -> Outcome {
    minutes.begin("building the tests");
    let cluster = Cluster::start(&tools.servers.postgres, Disk::Careless)?;
    let mut test = workspace.cargo(&["test"]);
    test.args(args).env("SCTE_TEST_PG", &cluster.url).env("SCTE_TEST_NODE", &tools.node);
    tools.servers.told(&mut test);
    let before = count.failed;
    let passed = watch(&mut test, |line| count.line(line), |line| minutes.line(line))?;
    // What did not compile, or was killed, has no closing line.
    if !passed && count.failed == before {
        count.failed += 1;
    }
    Ok(())
}

/// Has the AsyncAPI parser read the document that the binary writes.
fn asyncapi(workspace: &Workspace, tools: &Tools) -> Outcome {
    let folder = workspace.target.join("contracts");
    let build = ["build", "--workspace", "--bins"];
    run(&mut workspace.cargo(&build), "Mend what does not compile.")?;
    let binary = workspace.target.join("debug/scte");
    let args = [Path::new("contracts"), Path::new("--out"), &folder];
    run(
        &mut program(&binary, args, &workspace.root),
        "`scte contracts` is to write the document.",
    )?;
    let script = workspace.root.join("xtask/js/asyncapi.mjs");
    let document = folder.join("asyncapi.json");
    run(
        &mut program("node", [&script, &tools.node, &document], &workspace.root),
        "Mend crates/contracts/src/asyncapi.rs.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_add_up() {
        let mut count = Count::default();
        count.line("test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured");
        count.line("test a_test ... ok");
        count.line("test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured");
        count.step(Ok(()));
        count.step(Err("why".to_owned()));

        assert_eq!((count.passed, count.failed), (16, 3));
    }
}
