//! Invitations: a service asks for one, or an administrator invites a colleague; whoever reads the
//! mail accepts, and their asker hears of it. Read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
pub(crate) mod consumers;
pub(crate) mod tables;
pub(crate) mod pages;
pub(crate) mod staff;
