//! The ledger: double entry of every act that moves money. Read in this order.

pub(crate) mod domain;
pub(crate) mod tables;

#[cfg(test)]
mod properties;
