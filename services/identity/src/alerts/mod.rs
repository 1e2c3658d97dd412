//! Alarms to the owner of an account, and how a browser that was never seen is noticed; read in this
//! order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod tables;
