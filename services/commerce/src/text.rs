//! Text from and for people: ids in paths, instants in the society's zone.

use std::str::FromStr;

use chassis::{Error, Result, Site};
use chrono::{DateTime, Utc};

/// The id in a path; what is no id names nothing. Read by the handler, not by its signature, so
/// that a form is first asked whether it is ours.
pub(crate) fn id<T: FromStr>(what: &'static str, text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::not_found(what, text))
}

/// `1 March 2027, 10:00 EST`.
pub(crate) fn when(at: DateTime<Utc>, site: &Site) -> String {
    at.with_timezone(&site.zone).format("%-d %B %Y, %H:%M %Z").to_string()
}

/// `1 March 2027`.
pub(crate) fn day(at: DateTime<Utc>, site: &Site) -> String {
    at.with_timezone(&site.zone).format("%-d %B %Y").to_string()
}
