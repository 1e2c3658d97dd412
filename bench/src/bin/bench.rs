//! `bench NAME`: measures beside the limit of the same run; writes `target/bench/NAME.json`.

use std::process::ExitCode;

use bench::outcome::{Outcome, end};
use bench::traffic;
use clap::{Parser, Subcommand};

/// Measures, each figure beside the limit of the same run.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// Publishing and consuming, embedded and on PostgreSQL.
    Messaging {
        /// Few messages, as CI has time for.
        #[arg(long)]
        quick: bool,
        /// How many rounds.
        #[arg(long, default_value_t = 5)]
        rounds: usize,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    end(Box::pin(measure(Args::parse())).await)
}

async fn measure(args: Args) -> Outcome {
    match args.bench {
        Bench::Messaging { quick, rounds } => {
            traffic::measure(traffic::Asked { quick, rounds }).await
        }
    }
}
