//! Starts whole installations as real processes, in each of the three shapes, and takes hold of
//! every part of them: kills it, stops it, pauses it, starts it again, asks it. For stories, proofs
//! and `deploy/local-cluster`; knows the services by name only.
//!
//! Read [`Plan`] for what can be asked for and [`Cluster`] for what can be done with it.

mod ask;
mod backends;
mod cluster;
mod keeper;
mod layout;
mod patience;
mod pg;
mod plan;
mod ports;
mod process;
mod programs;
mod quiet;
mod settings;
mod wire;
mod wires;

pub use ask::Told;
pub use cluster::Cluster;
pub use patience::found;
pub use pg::leader_at;
pub use plan::{AtEnd, Disk, Plan, Shape};
pub use process::{Process, Ready, Recipe};
pub use programs::{nats_server, nginx, postgres};
pub use wire::{Carried, Direction, Wire};

/// Why an installation could not be started or asked: a sentence for whoever ran the program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failed(String);

/// What came of it, or why nothing did.
pub type Outcome<T = ()> = Result<T, Failed>;

impl Failed {
    /// For this reason.
    pub fn because(why: impl std::fmt::Display) -> Self {
        Self(why.to_string())
    }
}

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<serde_json::Error> for Failed {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}
