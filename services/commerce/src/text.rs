//! Text from and for people: ids in paths, the ends of days and holds, what stands beside a step.

use std::str::FromStr;

use chassis::ui::{When, instant};
use chassis::{Error, Result, Site};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

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

/// The end of something held, with what is left until then as a clock shows it.
#[derive(Debug, Clone)]
pub(crate) struct Hold {
    pub(crate) until: When,
    pub(crate) left: String,
    /// Whether it is near enough to be counted down.
    pub(crate) ticks: bool,
}

impl Hold {
    /// A hold that ends at `until`, seen at `now`; nothing once it is over.
    pub(crate) fn at(until: DateTime<Utc>, now: DateTime<Utc>, site: &Site) -> Option<Self> {
        let time = until - now;
        let ticks = time < TimeDelta::hours(TICKING);
        (now < until).then(|| Self { until: instant(site, until), left: left(time), ticks })
    }
}

/// Below how many hours a clock runs; what is further away does not press.
const TICKING: i64 = 12;

/// `11:48`, from an hour on `5:11:48`, further away `47 hours`, then `3 days`.
fn left(time: TimeDelta) -> String {
    let (hours, minutes, seconds) =
        (time.num_hours(), time.num_minutes() % 60, time.num_seconds() % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        1..TICKING => format!("{hours}:{minutes:02}:{seconds:02}"),
        TICKING..48 => format!("{hours} hours"),
        _ => format!("{} days", time.num_days()),
    }
}

#[cfg(test)]
mod tests {
    use super::left;
    use chrono::TimeDelta;

    #[test]
    fn what_is_left_reads_as_a_clock() {
        assert_eq!(left(TimeDelta::seconds(708)), "11:48");
        assert_eq!(left(TimeDelta::seconds(5)), "0:05");
        assert_eq!(left(TimeDelta::seconds(3600 + 61)), "1:01:01");
        assert_eq!(left(TimeDelta::hours(12) - TimeDelta::seconds(1)), "11:59:59");
        assert_eq!(left(TimeDelta::hours(48) - TimeDelta::seconds(1)), "47 hours");
        assert_eq!(left(TimeDelta::hours(49)), "2 days");
    }
}
