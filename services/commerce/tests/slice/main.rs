//! Slice tests of commerce: from a charge that was asked for to receipt, refund and ledger, with
//! the sandbox provider reached over real HTTP.
#![cfg(test)]

use commerce::service;

mod shop;
mod tables;
mod paying;
mod asking;
mod money;
mod refunding;
mod refund_pages;
mod invoices;
mod numbers;
mod lists;
mod states;
mod webhooks;
mod sandbox;
mod access;
