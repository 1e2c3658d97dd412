//! Passwords: hashed, forgotten, changed; read in this order.

pub(crate) mod hashing;
pub(crate) mod commands;
pub(crate) mod pages;
