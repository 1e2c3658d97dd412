//! What staff ask somebody to do before they sign in again: read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod pages;
pub(crate) mod staff;
