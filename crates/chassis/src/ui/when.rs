//! Instants and days as people read them, with what machines read beside them. Instants are shown
//! in the society's zone and say so.

use std::fmt::{self, Display};

use chrono::{DateTime, NaiveDate, Utc};

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
