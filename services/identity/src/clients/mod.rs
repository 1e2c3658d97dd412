//! Systems that sign their users in here, and machines that call our API; read in this order.

pub(crate) mod domain;
pub(crate) mod registration;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod staff;
