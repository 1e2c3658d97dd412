//! What may stand between a proof and a sign-in: a second factor, a new password, terms to accept.
//! Read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod cookies;
pub(crate) mod tables;
