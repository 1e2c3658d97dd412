//! What is measured beside its limit, and what is proven on real processes: shared by the programs
//! `bench`, `proof` and `pulse`.

pub mod broker;
mod browser;
pub mod cluster;
pub mod kill9;
pub mod machine;
pub mod matrix;
pub mod measured;
pub mod model;
pub mod mutants;
pub mod network;
pub mod outcome;
pub mod pause;
pub mod place;
mod process;
pub mod pulse;
pub mod signins;
pub mod traffic;
pub mod web;
mod website;
