//! Passwords: weighed, hashed, forgotten, changed; read in this order.

pub(crate) mod strength;
pub(crate) mod hashing;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod choosing;
pub(crate) mod pages;
