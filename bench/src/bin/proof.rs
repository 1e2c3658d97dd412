//! `proof NAME`: shows on real processes that the promises hold; exits with 1 when one does not.

use std::process::ExitCode;

use bench::kill9::{self, Asked};
use bench::matrix::{self, InShape};
use bench::{model, network};
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
    /// Breaks connections between processes in every way; nothing may be lost or stay behind.
    Network {
        /// In which shape.
        #[arg(long, value_enum, default_value_t = network::Which::Both)]
        shape: network::Which,
        /// From which all chance comes.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How many minutes faults go on in each shape; without it only the opening is played.
        #[arg(long)]
        minutes: Option<f64>,
    },
    /// Explores every order of events in small worlds, by the rules that run in earnest.
    Model {
        /// Larger worlds, for minutes.
        #[arg(long)]
        large: bool,
    },
    /// Tries every user story while each part is away, against what is declared.
    Matrix {
        /// From which all chance comes.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Every column in place of the control and two by chance.
        #[arg(long)]
        full: bool,
        /// In which shapes.
        #[arg(long, value_enum, default_values_t = [InShape::Apart, InShape::AtScale])]
        shape: Vec<InShape>,
        /// Only with these away, by their names in the declaration.
        #[arg(long)]
        away: Vec<String>,
        /// Only writes the page that people read.
        #[arg(long)]
        table: bool,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    end(Box::pin(prove(Args::parse())).await)
}

async fn prove(args: Args) -> Outcome {
    match args.proof {
        Proof::Kill9 { kills, seed, engine } => kill9::prove(&Asked { kills, seed, engine }).await,
        Proof::Network { shape, seed, minutes } => {
            network::prove(&network::Asked { shape, seed, minutes }).await
        }
        Proof::Model { large } => model::prove(large),
        Proof::Matrix { seed, full, shape, away, table } => {
            let asked = matrix::Asked { seed, full, shapes: shape, away, table };
            Box::pin(matrix::prove(&asked)).await
        }
    }
}
