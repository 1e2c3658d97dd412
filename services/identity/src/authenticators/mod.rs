//! Authenticator apps and recovery codes: what is typed as a second factor. Read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod qr;
