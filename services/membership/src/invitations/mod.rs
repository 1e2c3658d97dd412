//! Invitations of people whom the office knows and the website does not; identity sends the link and
//! says when it was accepted. Read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod consumers;
pub(crate) mod tables;
pub(crate) mod staff;
