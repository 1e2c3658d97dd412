//! `proof NAME`: shows on real processes that the promises hold; exits with 1 when one does not.

use std::process::ExitCode;

use bench::kill9::{self, Asked};
use bench::model;
use bench::outcome::{Outcome, end};
use bench::place::Engine;
use clap::{Parser, Subcommand};

/// Shows on real processes that the promises hold.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    proof: Proof,
}

#[derive(Subcommand)]
enum Proof {
    /// Kills processes under load with SIGKILL; nothing may be lost, doubled or out of order.
    Kill9 {
        /// How often to kill.
        #[arg(long, default_value_t = 20)]
        kills: u32,
        /// From which all chance comes.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// On which engine.
        #[arg(long, value_enum, default_value_t = Engine::Sqlite)]
        engine: Engine,
    },
    /// Explores every order of events in small worlds, by the rules that run in earnest.
    Model {
        /// Larger worlds, for minutes.
        #[arg(long)]
        large: bool,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    end(Box::pin(prove(Args::parse())).await)
}

async fn prove(args: Args) -> Outcome {
    match args.proof {
        Proof::Kill9 { kills, seed, engine } => kill9::prove(&Asked { kills, seed, engine }).await,
        Proof::Model { large } => model::prove(large),
    }
}
