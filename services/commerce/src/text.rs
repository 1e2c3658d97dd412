//! How instants are written for people: in the society's zone.

use chassis::Site;
use chrono::{DateTime, Utc};

/// `1 March 2027, 10:00 EST`.
pub(crate) fn when(at: DateTime<Utc>, site: &Site) -> String {
    at.with_timezone(&site.zone).format("%-d %B %Y, %H:%M %Z").to_string()
}

/// `1 March 2027`.
pub(crate) fn day(at: DateTime<Utc>, site: &Site) -> String {
    at.with_timezone(&site.zone).format("%-d %B %Y").to_string()
}
