//! The keys that sign sign-ins: made, published, replaced, retired; read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod staff;
