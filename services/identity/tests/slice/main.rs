//! Identity by itself: registering, signing in, forgetting, roles, introductions; on both engines.

#![cfg(test)]

mod people;
mod registering;
mod signing_in;
mod stolen;
mod sign_ins;
mod forgetting;
mod secrets;
mod required;
mod terms;
mod own;
mod retention;
mod addresses;
mod alerts;
mod passwords;
mod audits;
mod keys;
mod work;
mod tongue;
mod tongue_steps;
mod enumeration;
mod introductions;
mod roles;
mod soft;
mod factors;
mod passkeys;
mod console;
mod bad_input;
mod races;
mod oidc;
mod clients;
mod tokens;
mod views;
mod invitations;
mod devices;
mod back_channel;
mod listener;

use identity::service;
