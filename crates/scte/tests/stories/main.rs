//! The whole system through HTTP, a mailbox and the clock only: the real binary, spawned, on SQLite
//! and on PostgreSQL. Read in this order: the world, what may happen to it, its browser and mail server; the journey; then
//! the stories.

#![cfg(test)]

mod world;
mod fault;
mod control;
mod browser;
mod mail;
mod databases;
mod journey;
mod joining;
mod faults;
mod paying;
mod demo;
mod operating;
mod parking;
mod safekeeping;
mod asking;
mod starting;
