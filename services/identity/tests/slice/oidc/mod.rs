//! Other systems sign people in through us: what they get, what they do not, and what attackers try.

pub(crate) mod client;
mod signing_in;
mod asking;
mod tokens;
mod leaving;
mod attacks;
mod forging;
mod machines;
