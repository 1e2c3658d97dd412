//! Applications: from the form to a member, or to an end that says why. Read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod consumers;
pub(crate) mod jobs;
pub(crate) mod pages;
