//! What is kept of people and how long: said from the very figures that the timed work uses. Read in
//! this order.

mod kept;
pub(crate) mod pages;
