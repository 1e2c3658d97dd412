//! The menu: how editors arrange what the services declared. Read in this order.

mod domain;
mod commands;
pub(crate) mod tables;
pub(crate) mod staff;
