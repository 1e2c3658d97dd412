//! A payment provider to try things with: a foreign system that happens to be served from here.
//!
//! Its own tables, its own words; commerce reaches it over HTTP only and it answers commerce by
//! signed webhooks only. It knows nothing of charges and orders, and it can decline, delay, repeat,
//! reorder and lose its webhooks on demand. No money moves. Read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod api;
pub(crate) mod pages;
pub(crate) mod jobs;
pub(crate) mod remote;
