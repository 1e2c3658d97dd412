//! News: the pages below `/news/`, newest first. Read in this order.

pub(crate) mod domain;
pub(crate) mod tables;
pub(crate) mod pages;
