//! Search in the published pages, until a service of its own does it for all. Read in this order.

pub(crate) mod domain;
mod tables;
pub(crate) mod pages;
