//! Passkeys: how a device proves whose it is, and that its owner unlocked it. Read in this order.

pub(crate) mod domain;
pub(crate) mod party;
pub(crate) mod challenges;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod pages;
