//! Terms of use and the privacy notice: their versions, and who accepted which; read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod pages;
