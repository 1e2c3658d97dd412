//! Refunds: money that goes back, asked for by the service that charged it, by staff, or by
//! ourselves when it came twice. Read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod consumers;
pub(crate) mod remote;
pub(crate) mod staff;
