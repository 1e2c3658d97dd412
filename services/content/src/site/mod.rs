//! The pages of the site, from Markdown to what a reader sees. Read in this order.

pub(crate) mod domain;
mod render;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod view;
pub(crate) mod starter;
pub(crate) mod pages;
pub(crate) mod staff;
pub(crate) mod demo;
