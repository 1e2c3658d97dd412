//! Devices without a browser of their own (RFC 8628): the device shows a short code, its owner types
//! it on `/account/device`, the device gets its tokens; read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod hooks;
pub(crate) mod pages;
