//! `proof NAME`: shows on real processes that the promises hold; exits with 1 when one does not.

use std::process::ExitCode;

use bench::cluster;
use bench::kill9::{self, Asked};
use bench::matrix::{self, InShape};
use bench::outcome::{Outcome, end, seed};
use bench::place::Engine;
use bench::{broker, model, mutants, network, pause};
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
        #[arg(long, default_value_t = seed())]
        seed: u64,
        /// On which engine.
        #[arg(long, value_enum, default_value_t = Engine::Sqlite)]
        engine: Engine,
    },
    /// Deletes, loses, sets back and meddles with the broker's copies of feeds.
    Broker {
        /// From which all chance comes.
        #[arg(long, default_value_t = seed())]
        seed: u64,
        /// How many minutes harm goes on; without it each is done once.
        #[arg(long)]
        minutes: Option<f64>,
    },
    /// Breaks connections between processes in every way; nothing may be lost or stay behind.
    Network {
        /// In which shape.
        #[arg(long, value_enum, default_value_t = network::Which::Both)]
        shape: network::Which,
        /// From which all chance comes.
        #[arg(long, default_value_t = seed())]
        seed: u64,
        /// How many minutes faults go on in each shape; without it only the opening is played.
        #[arg(long)]
        minutes: Option<f64>,
    },
    /// Kills everything at scale under load with SIGKILL: processes of services, leaders among them,
    /// PostgreSQL, NATS, nginx; nothing may be lost, doubled or out of order.
    Cluster {
        /// How many installations, one after the other.
        #[arg(long, default_value_t = 3)]
        runs: u32,
        /// For how many seconds each is killed under load.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// How often in each.
        #[arg(long, default_value_t = 40)]
        kills: u32,
        /// From which all chance comes.
        #[arg(long, default_value_t = seed())]
        seed: u64,
    },
    /// Stops leaders where they are, past a hand-over, and lets them go on beside their successors.
    Pause {
        /// How often: in every other round all leaders at once.
        #[arg(long, default_value_t = 6)]
        rounds: u32,
        /// From which all chance comes.
        #[arg(long, default_value_t = seed())]
        seed: u64,
    },
    /// Explores every order of events in small worlds, by the rules that run in earnest.
    Model {
        /// Larger worlds, for minutes.
        #[arg(long)]
        large: bool,
        /// Only the world of this name.
        #[arg(long)]
        only: Option<String>,
        /// From which the walks by chance come.
        #[arg(long, default_value_t = seed())]
        seed: u64,
    },
    /// The same by rules that are broken on purpose: each must break a promise.
    Mutants {
        /// From which the walks by chance come.
        #[arg(long, default_value_t = seed())]
        seed: u64,
    },
    /// Tries every user story while each part is away, against what is declared.
    Matrix {
        /// From which all chance comes.
        #[arg(long, default_value_t = seed())]
        seed: u64,
        /// Every column and story, in place of two columns of each shape and half of the stories.
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
        Proof::Broker { seed, minutes } => broker::prove(&broker::Asked { seed, minutes }).await,
        Proof::Network { shape, seed, minutes } => {
            network::prove(&network::Asked { shape, seed, minutes }).await
        }
        Proof::Cluster { runs, seconds, kills, seed } => {
            cluster::prove(&cluster::Asked { runs, seconds, kills, seed }).await
        }
        Proof::Pause { rounds, seed } => pause::prove(&pause::Asked { rounds, seed }).await,
        Proof::Model { large, only, seed } => model::prove(&model::Asked { large, only, seed }),
        Proof::Mutants { seed } => mutants::prove(seed),
        Proof::Matrix { seed, full, shape, away, table } => {
            let asked = matrix::Asked { seed, full, shapes: shape, away, table };
            Box::pin(matrix::prove(&asked)).await
        }
    }
}
