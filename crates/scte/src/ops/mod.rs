//! Operations: one more service of the process, with its own file, that shows and steers the others
//! and still knows who may when they are stopped.
//!
//! Read in this order: what is counted (traffic), which process has what (places), where everybody
//! stands, the map, how it is written (words, rows), the pages, the acts, the page of what is away.

mod tables;
mod traffic;
mod places;
mod standing;
mod map;
pub(crate) mod words;
mod rows;
mod overview;
mod apart;
mod card;
mod one;
mod why;
mod search;
mod acts;
mod away;
mod design;

use std::sync::Arc;

use axum::extract::Extension;
use chassis::service::Service;
use chassis::{Error, Result};

pub(crate) use away::{AGAIN, Away, away_path, unanswered};
pub(crate) use traffic::Traffic;

use crate::house::Estate;

/// Its name; it has no stop switch, and no feed that others read.
pub(crate) const NAME: &str = "ops";

/// The whole process, as the dispatch hands it to these pages.
type House = Extension<Arc<Estate>>;

/// The operations service.
pub(crate) fn service() -> Service {
    Service::named(NAME).paths(&["/ops"]).knows_readers().routes(|routes| {
        let pages =
            card::routes(why::routes(one::routes(search::routes(overview::routes(routes)))));
        design::routes(away::routes(acts::routes(pages)))
    })
}

/// The service of this process, or there is no such page here.
fn known(estate: &Estate, name: &str) -> Result<()> {
    if estate.names().any(|known| known == name) {
        return Ok(());
    }
    Err(Error::not_found("service", name))
}
