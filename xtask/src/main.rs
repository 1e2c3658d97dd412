//! The task runner: what people and CI run. `cargo xtask` lists the tasks.

use std::process::ExitCode;

mod run;
mod minutes;
mod workspace;
mod tidy;
mod check;
mod install;
mod postgres;
mod test;
mod browser;
mod measure;

use run::{Outcome, say};

const HELP: &str = "\
cargo xtask TASK

  test [ARGS…]        installs what the tests need, then check, all tests, the AsyncAPI document and
                      all proofs in their short forms; with ARGS only `cargo test ARGS`
  browser             the browser tests alone, and the pictures of the README: docs/screenshots
  browser --all DIR   also every page in four variants (390 and 1280 px, light and dark) as a
                      picture in DIR, for people to look at
  check               formatting, lints, documentation, manifests, first lines
  schemas             writes crates/contracts/schemas and missing samples; refuses what breaks readers
  bench NAME [ARGS…]  a benchmark in a release build; writes target/bench/NAME.json
  proof NAME [ARGS…]  a proof against the real binary, such as `kill9 --kills N --seed S`; the others:
                      cluster, network, pause, broker, model, mutants, matrix; `--help` says more;
                      writes target/proof/NAME.json
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["test"] => test::everything(),
        ["test", args @ ..] => test::some(args),
        ["browser"] => browser::everything(None),
        ["browser", "--all", folder] => browser::everything(Some(folder)),
        ["check"] => check::everything(),
        ["schemas"] => check::schemas(),
        ["bench", name, args @ ..] => measure::bench(name, args),
        ["proof", name, args @ ..] => measure::proof(name, args),
        ["help" | "--help" | "-h"] | [] => {
            say(HELP);
            Ok(())
        }
        _ => Err(format!("no such task: {}\n\n{HELP}", words.join(" "))),
    };
    finish(outcome)
}

fn finish(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            say(&format!("xtask: {why}"));
            ExitCode::FAILURE
        }
    }
}
