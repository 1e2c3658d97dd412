//! What staff must see: tasks to do, and notes of what was ignored and why. Read in this order.

pub(crate) mod domain;
mod commands;
mod tables;
pub(crate) mod staff;

pub(crate) use commands::{note, task, task_once};
pub(crate) use domain::Task;
pub(crate) use tables::{due, of_order};
