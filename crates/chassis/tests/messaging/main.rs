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
mod telling;
mod over_http;
mod over_nats;
