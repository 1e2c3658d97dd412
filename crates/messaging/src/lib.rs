//! How services share data: each keeps its own database, publishes what it decided as the last
//! statements of the same transaction, and reads the others' feeds exactly once into its own rows.
//!
//! Read in this order: [`clock`], [`ids`], [`tasks`], [`error`]; [`db`] and [`command`] for a
//! change; [`feed`] for what was published; [`reader`], [`core`] and [`consume`] for what is heard;
//! [`parked`], [`timer`], [`effect`], [`inbox`] for what takes longer.

#![deny(missing_docs)]

pub mod clock;
pub mod ids;
pub mod tasks;
pub mod error;
pub mod value;
pub mod db;
pub mod tx;
mod lease;
pub mod migrate;
mod meter;
pub mod gauge;
pub mod trace;
pub mod command;
pub mod feed;
pub mod cloudevents;
pub mod reader;
pub mod http_feed;
pub mod jetstream;
pub mod transport;
pub mod flaw;
pub mod core;
pub mod consume;
pub mod readings;
mod stride;
pub mod run;
pub mod replay;
pub mod parked;
pub mod timer;
pub mod effect;
pub mod inbox;
pub mod leader;
pub mod backup;

pub use clock::Clock;
pub use command::{Actor, ActorKind, Attempt, Command, Refused};
pub use consume::{Consumers, Got, Projection, Reaction};
pub use db::{Committed, Db, OpenDb, Target};
pub use effect::{Call, Effect, Outcome, Settled};
pub use error::{Error, Fault, FieldError, Result};
pub use feed::{Envelope, Position};
pub use ids::Ids;
pub use migrate::Migration;
pub use timer::Timer;
pub use tx::Tx;
pub use value::{Row, Value};
