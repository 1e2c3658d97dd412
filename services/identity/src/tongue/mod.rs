//! The pages before somebody is signed in, in the languages of our members. Read in this order.

mod choice;
mod words;
mod english;
mod spanish;
mod french;
mod refusals;

pub(crate) use choice::Tongue;
pub(crate) use words::Words;
