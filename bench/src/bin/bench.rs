//! `bench NAME`: measures beside the limit of the same run; writes `target/bench/NAME.json`.

use std::process::ExitCode;

use bench::outcome::{Outcome, end};
use bench::{signins, traffic, web};
use clap::{Parser, Subcommand};

/// Measures, each figure beside the limit of the same run.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// Publishing and consuming, embedded and on PostgreSQL; directly, over HTTP and by JetStream.
    Messaging {
        /// Few messages, as CI has time for.
        #[arg(long)]
        quick: bool,
        /// How many rounds.
        #[arg(long, default_value_t = 5)]
        rounds: usize,
        /// This part alone.
        #[arg(long)]
        only: Option<traffic::Part>,
    },
    /// Pages as they are served, beside a bare server that renders the same; needs `wrk`.
    Web {
        /// How many rounds.
        #[arg(long, default_value_t = 5)]
        rounds: usize,
        /// How many seconds each measurement lasts.
        #[arg(long, default_value_t = 5)]
        seconds: u32,
    },
    /// Sign-ins through HTTP, beside nothing but the password hashes they are made of.
    Signins {
        /// How many rounds.
        #[arg(long, default_value_t = 5)]
        rounds: usize,
        /// How many seconds each measurement lasts.
        #[arg(long, default_value_t = 5)]
        seconds: u32,
        /// How many sign in at once.
        #[arg(long, default_value_t = 8)]
        browsers: u32,
    },
    /// The bare server that `web` measures beside.
    #[command(hide = true)]
    Bare {
        #[arg(long)]
        page: std::path::PathBuf,
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: String,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    end(Box::pin(measure(Args::parse())).await)
}

async fn measure(args: Args) -> Outcome {
    match args.bench {
        Bench::Messaging { quick, rounds, only } => {
            traffic::measure(traffic::Asked { quick, rounds, only }).await
        }
        Bench::Web { rounds, seconds } => web::measure(web::Asked { rounds, seconds }).await,
        Bench::Signins { rounds, seconds, browsers } => {
            signins::measure(signins::Asked { rounds, seconds, browsers }).await
        }
        Bench::Bare { page, listen } => web::serve_bare(&page, &listen).await,
    }
}
