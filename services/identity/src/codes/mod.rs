//! One-time codes that prove an address; read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod tables;
