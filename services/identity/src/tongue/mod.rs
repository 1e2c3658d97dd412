//! The pages before somebody is signed in, in the languages of our members. Read in this order: how
//! a page's language is found; what there is to say; each language; refusals, which rules say in English.

mod choice;
mod words;
mod steps;
mod english;
mod spanish;
mod french;
mod refusals;

pub(crate) use choice::{ENGLISH, Tongue};
pub(crate) use steps::{Passkeys, Puzzle as PuzzleWords, Steps};
pub(crate) use words::Words;
