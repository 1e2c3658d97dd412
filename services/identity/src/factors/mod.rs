//! What an account is signed in to with: which factors it has, the second of them, and a proof that
//! it is still the same person. Read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod pages;
pub(crate) mod staff;
