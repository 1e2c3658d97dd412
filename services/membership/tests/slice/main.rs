//! ME-S1 and journey J1, steps 3 and 5: a visitor applies, pays once, and is a member of the society
//! and of a chapter. One module per concern.
#![cfg(test)]

mod given;
mod choosing;
mod joining;
mod endings;
mod late_money;
mod people;
mod staff;
mod lists;
mod rights;
mod api;
mod companies;
mod seats;

use membership::service;
