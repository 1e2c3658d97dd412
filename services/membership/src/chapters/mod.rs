//! Local chapters and what a year in each costs. Read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod pages;
pub(crate) mod staff;
