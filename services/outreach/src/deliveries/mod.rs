//! Notices: what is written to whom for which cause, and what became of it. Read in this order.

mod domain;
mod letters;
mod commands;
mod tables;
mod words;
pub(crate) mod consumers;
pub(crate) mod jobs;
pub(crate) mod remote;
pub(crate) mod pages;
pub(crate) mod staff;
