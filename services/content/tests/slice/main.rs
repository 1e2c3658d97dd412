//! Content by itself: what visitors and members see, and what editors do; on both engines.

#![cfg(test)]

mod given;
mod reading;
mod walls;
mod editing;
mod news;
mod search;
mod stale;
mod redirects;
mod menu;
mod rights;

use content::service;
