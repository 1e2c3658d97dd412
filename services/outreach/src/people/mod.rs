//! What outreach knows of people: name, address, language. Read in this order.

pub(crate) mod tables;
pub(crate) mod consumers;
