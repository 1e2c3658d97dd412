//! Instants and days as people read them, with what machines read beside them. Instants are shown
//! in the society's zone and say so.

use std::fmt::{self, Display};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::Markup;
use crate::app::Site;

/// An instant or a day; a template writes it as `<time>`: `{{ opened }}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    stamp: String,
    shown: String,
}

/// An instant: `1 March 2027, 05:00 EST`.
#[must_use]
pub fn instant(site: &Site, at: DateTime<Utc>) -> When {
    When::at(site, at, "%-d %B %Y, %H:%M %Z")
}

/// An instant where there is little room: `1 Mar 2027, 05:00 EST`.
#[must_use]
pub fn short_instant(site: &Site, at: DateTime<Utc>) -> When {
    When::at(site, at, "%-d %b %Y, %H:%M %Z")
}

/// A day: `1 March 2027`.
#[must_use]
pub fn day(day: NaiveDate) -> When {
    let shown = day.format("%-d %B %Y").to_string();
    When { stamp: day.to_string(), shown }
}

impl When {
    fn at(site: &Site, at: DateTime<Utc>, format: &str) -> Self {
        let stamp = at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        Self { stamp, shown: at.with_timezone(&site.zone).format(format).to_string() }
    }

    /// As people read it, for where no markup may stand.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.shown
    }

    /// As machines read it: `2027-03-01T10:00:00Z`, `2027-03-01`.
    #[must_use]
    pub fn stamp(&self) -> &str {
        &self.stamp
    }
}

impl Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither has a character that means anything in HTML.
        write!(f, "<time datetime=\"{}\">{}</time>", self.stamp, self.shown)
    }
}

impl askama::FastWritable for When {
    fn write_into(&self, to: &mut dyn fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        Ok(write!(to, "{self}")?)
    }
}

impl askama::filters::HtmlSafe for When {}

/// Below how many hours a clock runs; what is further away does not press.
const TICKING: i64 = 12;

/// The time left until a moment: near it a clock that the browser's script counts down, further
/// away `47 hours left`, then `3 days left`.
#[must_use]
pub fn time_left(until: DateTime<Utc>, now: DateTime<Utc>) -> Markup {
    let left = left(until - now);
    Markup::new(if until - now < TimeDelta::hours(TICKING) {
        let stamp = until.format("%Y-%m-%dT%H:%M:%SZ");
        format!(
            "<span class=\"clock\" role=\"timer\" aria-live=\"off\" aria-label=\"Time left\" \
             data-until=\"{stamp}\">{left}</span>"
        )
    } else {
        format!("<span class=\"soft\">{left} left</span>")
    })
}

/// `11:48`, from an hour on `5:11:48`, further away `47 hours`, then `3 days`.
fn left(time: TimeDelta) -> String {
    let time = time.max(TimeDelta::zero());
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
    use super::*;

    #[test]
    fn what_is_left_reads_as_a_clock() {
        assert_eq!(left(TimeDelta::seconds(-5)), "0:00");
        assert_eq!(left(TimeDelta::seconds(708)), "11:48");
        assert_eq!(left(TimeDelta::seconds(5)), "0:05");
        assert_eq!(left(TimeDelta::seconds(3600 + 61)), "1:01:01");
        assert_eq!(left(TimeDelta::hours(12) - TimeDelta::seconds(1)), "11:59:59");
        assert_eq!(left(TimeDelta::hours(48) - TimeDelta::seconds(1)), "47 hours");
        assert_eq!(left(TimeDelta::hours(49)), "2 days");
    }

    #[test]
    fn only_what_is_near_runs() {
        let now = DateTime::<Utc>::from_timestamp(1_800_000_000, 0).unwrap();
        let near = time_left(now + TimeDelta::minutes(5), now).to_string();
        assert!(near.contains("data-until=\"2027-01-15T08:05:00Z\">5:00<"), "{near}");
        let far = time_left(now + TimeDelta::hours(47), now).to_string();
        assert_eq!(far, "<span class=\"soft\">47 hours left</span>");
    }
}
