//! What the chassis promises every service's pages, tried on a service that does next to nothing.

#![cfg(test)]

mod errors;
mod forms;
mod signin;
mod api;
mod views;
mod releases;
mod probe;
mod people;
mod files;
mod installation;
mod lists;

pub(crate) use probe::service;
