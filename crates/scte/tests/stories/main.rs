//! The whole system through HTTP, a mailbox and the clock only: the real binary, spawned, in one
//! process on SQLite and on PostgreSQL, a process per service, and at scale. Read in this order: the
//! world and its shapes, what may happen to it, its browser and mail server; the journey; then the
//! stories.

#![cfg(test)]

mod world;
mod one;
mod many;
mod guide;
mod together;
mod fault;
mod control;
mod browser;
mod mail;
mod databases;
mod collector;
mod journey;
mod joining;
mod signing_on;
mod ending;
mod inviting;
mod seats;
mod faults;
mod paying;
mod demo;
mod operating;
mod operating_apart;
mod parking;
mod telling;
mod telling_apart;
mod tracing;
mod safekeeping;
mod asking;
mod starting;
mod feeds;
mod passkeys;
mod openid;
mod moving;
mod guides;
mod replicas;
mod late;
mod alone;
