//! Sign-ins: browsers that proved who uses them; read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod pages;
pub(crate) mod jobs;
