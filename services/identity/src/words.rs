//! Instants and sentences as pages show them.

use chassis::Site;
use chrono::{DateTime, Utc};

/// An instant on a page: `<time datetime="{{ exact }}">{{ shown }}</time>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct When {
    /// `2027-03-01T15:00:00Z`.
    pub(crate) exact: String,
    /// `1 March 2027, 10:00 EST`.
    pub(crate) shown: String,
}

impl When {
    /// The instant as the society's people read it.
    pub(crate) fn of(site: &Site, at: DateTime<Utc>) -> Self {
        Self {
            exact: at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            shown: at.with_timezone(&site.zone).format("%-d %B %Y, %H:%M %Z").to_string(),
        }
    }
}

/// A rule's refusal, which starts lowercase and has no period, as a sentence of its own.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}
