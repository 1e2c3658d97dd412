//! Companies: the record, whom we ask there, and the terms that cover all who hold its seats. Read in
//! this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod roles;
pub(crate) mod terms;
pub(crate) mod tables;
pub(crate) mod staff;
