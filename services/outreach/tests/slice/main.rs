//! Outreach by itself: what it writes to whom, once, and how the mail leaves; on both engines.

#![cfg(test)]

mod given;
mod smtp;
mod tables;
mod notices;
mod awaiting;
mod codes;
mod security;
mod sending;
mod mailbox;
mod rights;

use outreach::service;
