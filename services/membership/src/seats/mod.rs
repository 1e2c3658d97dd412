//! Seats: who of a company is a member by its membership. A seat has no dates of its own; the terms of
//! the company say which days it counts. Read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod tables;
pub(crate) mod consumers;
pub(crate) mod pages;
pub(crate) mod api;
