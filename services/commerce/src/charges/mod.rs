//! Charges: what other services ask us to charge. Read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod consumers;
pub(crate) mod jobs;
pub(crate) mod pages;
