//! Terms: the stretches of membership that a payment buys. Read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod pages;
pub(crate) mod api;
