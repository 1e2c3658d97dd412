//! `bench` and `proof`: what is measured in a release build, and what is proven on the real binary.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::install;
use crate::postgres::{Cluster, Disk};
use crate::run::{Outcome, program, run};
use crate::workspace::Workspace;

/// Runs a benchmark beside the limit it is compared with, fsync on.
pub(crate) fn bench(name: &str, args: &[&str]) -> Outcome {
    let workspace = Workspace::here()?;
    let build = ["build", "--release", "-p", "bench", "-p", "scte"];
    run(&mut workspace.cargo(&build), "Mend what does not compile.")?;
    let servers = install::servers(&workspace)?;
    let cluster = Cluster::start(&servers.postgres, Disk::Careful)?;
    let words = std::iter::once(&name).chain(args);
    let mut bench = program(workspace.target.join("release/bench"), words, &workspace.root);
    servers.told(&mut bench);
    run(bench.env("SCTE_TEST_PG", &cluster.url), "What went wrong stands above.")
}

/// Runs a proof; its seed is printed, and `--seed` takes it back.
pub(crate) fn proof(name: &str, args: &[&str]) -> Outcome {
    let workspace = Workspace::here()?;
    // The whole workspace, as the tests build it: nothing is compiled twice.
    run(&mut workspace.cargo(&["build", "--workspace", "--bins"]), "Mend what does not compile.")?;
    let servers = install::servers(&workspace)?;
    let cluster = Cluster::start(&servers.postgres, Disk::Careful)?;
    let seed = seed();
    let mut words = vec![name];
    words.extend(args);
    if !args.contains(&"--seed") && !WITHOUT_CHANCE.contains(&name) {
        words.extend(["--seed", &seed]);
    }
    let mut proof = program(workspace.target.join("debug/proof"), words, &workspace.root);
    servers.told(&mut proof);
    run(
        proof.env("SCTE_TEST_PG", &cluster.url),
        "Its seed stands in the line above that names the command; run it again with that.",
    )
}

/// Proofs that try everything, and so need no seed.
const WITHOUT_CHANCE: [&str; 2] = ["model", "mutants"];

/// Another one at each run.
fn seed() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{}", since.as_micros() % 1_000_000_007)
}
