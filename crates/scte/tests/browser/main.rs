//! The website in Debian's Chromium: journey 1 as people with different hands go it, and what holds
//! for every page. Read in this order: the website and the browser that are started; what a window
//! can do and with what hands; the journey; then the list of pages and what is asked of each.

#![cfg(test)]

mod kept;
/// Reads pages as a program does: the same that the stories read them with.
#[path = "../stories/browser.rs"]
#[expect(dead_code, reason = "the stories ask more of it")]
mod reader;
/// Asks the process over its control socket: the same as the stories do it by.
#[path = "../stories/control.rs"]
mod control;
mod site;
mod driver;
mod window;
mod hands;
mod journey;
mod stage;
mod keyring;
mod routes;
mod list;
mod inspect;
mod every_page;
mod weight;
mod scripts;
mod apart;
mod shots;

use std::path::{Path, PathBuf};
use std::time::Duration;

/// A test that waits longer than this for anything has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// What somebody set in the environment for this run.
#[expect(clippy::disallowed_methods, reason = "tests take what they need from the environment")]
fn set(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The folder in which `cargo xtask` installs what comes from npm.
fn node() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/node");
    set("SCTE_TEST_NODE").map_or(own, PathBuf::from)
}

/// Says what a reader of a failed run must know.
#[expect(clippy::print_stderr, reason = "a test that takes a while says what it did")]
fn note(text: &str) {
    eprintln!("{text}");
}
