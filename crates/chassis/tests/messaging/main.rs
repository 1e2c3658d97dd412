//! Messages between two small services, through faults, on both engines: what
//! `ARCHITECTURE.md` promises of feed, cursor, parking, replay, timers and effects.

#![cfg(test)]

mod house;
mod publishing;
mod consuming;
mod parking;
mod replaying;
mod waiting;
mod restoring;
mod over_http;
