//! What pages are made of, beyond plain HTML with the classes of `assets/site.css`.

pub mod chart;
pub mod spectrum;
