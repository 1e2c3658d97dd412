//! Changes of address: asked for, confirmed from the new mailbox, taken back from the old one; read in
//! this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod pages;
