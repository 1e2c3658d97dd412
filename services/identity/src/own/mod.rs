//! What the owner of an account can look up and take along: read in this order.

pub(crate) mod domain;
pub(crate) mod tables;
pub(crate) mod pages;
