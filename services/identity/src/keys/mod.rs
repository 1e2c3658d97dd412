//! The keys that sign sign-ins; read in this order.

pub(crate) mod commands;
pub(crate) mod tables;
