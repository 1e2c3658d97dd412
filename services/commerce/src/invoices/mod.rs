//! Owns: invoices and credit notes, and the sequences of their numbers.
//! Publishes: nothing of its own; the number goes out with `OrderPaid`.
//! Consumes: nothing; a paid order is invoiced and a refund credited in the transaction that does it.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod tables;
mod paper;
mod pdf;
pub(crate) mod pages;
pub(crate) mod staff;

pub(crate) use paper::Paper;
pub(crate) use pdf::Sheet;
