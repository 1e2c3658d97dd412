//! Where old paths lead. Read in this order.

mod domain;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod staff;
