//! Proof of work, in the place of pictures to look at: whoever has us send many mails lets their
//! browser solve a puzzle first, or waits. Read in this order.

pub(crate) mod domain;
pub(crate) mod commands;
mod tables;
pub(crate) mod puzzle;
