//! When a browser counts as new. Pure: no database, no clock, no HTTP.

use chrono::{DateTime, Duration, Utc};

use crate::steps::domain::Browser;

/// For how many days a browser is remembered.
pub(crate) const REMEMBERED_DAYS: i64 = 90;

/// A browser in a network that an account was signed in from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) browser: Browser,
    /// When somebody last signed in from it.
    pub(crate) at: DateTime<Utc>,
    pub(crate) version: i64,
}

/// What a sign-in from a browser means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Nobody ever signed in to the account before: nothing to compare with.
    First,
    /// Seen within [`REMEMBERED_DAYS`].
    Known,
    /// Its owner should hear of it.
    New,
}

/// Judges a sign-in at `now` by what was `seen` of the account.
pub(crate) fn judge(seen: &[Seen], browser: &Browser, now: DateTime<Utc>) -> Sight {
    let then = forgotten_before(now);
    if seen.is_empty() {
        Sight::First
    } else if seen.iter().any(|one| one.browser == *browser && one.at >= then) {
        Sight::Known
    } else {
        Sight::New
    }
}

/// What was last seen before this no longer counts at `now`.
pub(crate) fn forgotten_before(now: DateTime<Utc>) -> DateTime<Utc> {
    now - Duration::days(REMEMBERED_DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap() + Duration::days(day)
    }

    fn browser(device: &str, network: &str) -> Browser {
        Browser { device: device.to_owned(), network: network.to_owned() }
    }

    #[test]
    fn a_browser_is_known_for_ninety_days_in_its_network_only() {
        let home = browser("Firefox on Linux", "192.0.2.1");
        let seen = [Seen { browser: home.clone(), at: at(0), version: 1 }];

        assert_eq!(judge(&[], &home, at(0)), Sight::First);
        assert_eq!(judge(&seen, &home, at(90)), Sight::Known);
        assert_eq!(judge(&seen, &home, at(91)), Sight::New);
        assert_eq!(judge(&seen, &browser("Firefox on Linux", "192.0.2.2"), at(0)), Sight::New);
        assert_eq!(judge(&seen, &browser("Edge on Windows", "192.0.2.1"), at(0)), Sight::New);
    }
}
