//! Views: a colleague looks at the site with the eyes of a member; read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod pages;
pub(crate) mod staff;
