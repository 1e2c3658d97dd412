//! Text from and for people: ids in paths, the ends of days and holds, what stands beside a step.

use std::str::FromStr;

use chassis::ui::{When, instant, time_left};
use chassis::{Error, Markup, Result, Site};
use chrono::{DateTime, NaiveDate, Utc};

/// The id in a path; what is no id names nothing. Read by the handler, not by its signature, so
/// that a form is first asked whether it is ours.
pub(crate) fn id<T: FromStr>(what: &'static str, text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::not_found(what, text))
}

/// The instant a day begins at in the society's zone; where its clocks skip midnight, an hour later.
pub(crate) fn begins(day: NaiveDate, site: &Site) -> Option<DateTime<Utc>> {
    let at = |hour| day.and_hms_opt(hour, 0, 0)?.and_local_timezone(site.zone).earliest();
    at(0).or_else(|| at(1)).map(|at| at.to_utc())
}

/// What stands beside a step: `14:21` of the day it is compared with, else `3 Mar`.
pub(crate) fn beside(at: DateTime<Utc>, day_of: DateTime<Utc>, site: &Site) -> String {
    let format = if site.day(at) == site.day(day_of) { "%H:%M" } else { "%-d %b" };
    at.with_timezone(&site.zone).format(format).to_string()
}

/// The end of something held, and the time left until then.
#[derive(Debug, Clone)]
pub(crate) struct Hold {
    pub(crate) until: When,
    pub(crate) left: Markup,
}

impl Hold {
    /// A hold that ends at `until`, seen at `now`; nothing once it is over.
    pub(crate) fn at(until: DateTime<Utc>, now: DateTime<Utc>, site: &Site) -> Option<Self> {
        (now < until).then(|| Self { until: instant(site, until), left: time_left(until, now) })
    }
}
