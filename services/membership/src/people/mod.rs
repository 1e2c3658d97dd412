//! People: who the society knows, under which name and number. Read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod consumers;
pub(crate) mod pages;
pub(crate) mod staff;
