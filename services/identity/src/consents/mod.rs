//! What each client may learn of each person: given when they sign in there, taken away on
//! `/account/apps`; read in this order.

pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod pages;
