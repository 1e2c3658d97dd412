//! Payments: attempts to pay an order at the provider, and what the provider tells of them. Read
//! in this order. The provider is a foreign system: only `remote.rs` speaks to it, over HTTP.

pub(crate) mod domain;
pub(crate) mod signature;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod remote;
pub(crate) mod jobs;
pub(crate) mod hooks;
mod races;
