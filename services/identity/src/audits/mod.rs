//! What happened to all accounts together: failures noted, looked through by staff, old rows
//! removed. Read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod jobs;
mod tables;
pub(crate) mod staff;
