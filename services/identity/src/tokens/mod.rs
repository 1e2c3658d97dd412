//! Access tokens of people and machines: named, scoped, expiring; read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod keys;
pub(crate) mod tables;
pub(crate) mod consumers;
pub(crate) mod pages;
pub(crate) mod staff;
pub(crate) mod jobs;
