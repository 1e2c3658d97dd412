//! Staff roles: who may do what in the console; read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod tables;
