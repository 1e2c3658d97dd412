//! Accounts: who may sign in, under which address; read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod consumers;
pub(crate) mod pages;
pub(crate) mod api;
pub(crate) mod staff;
pub(crate) mod jobs;
