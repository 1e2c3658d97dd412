//! What is kept of failures, for how long, and how acts are called. Pure.

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use crate::fingerprint;

/// For how many days it is kept who failed to sign in, and from which network.
pub(crate) const FAILURES_DAYS: i64 = 90;
/// For how many days it is kept who signed in, when, and with which browser.
pub(crate) const SIGN_INS_DAYS: i64 = 400;
/// One failure of an address is noted within so many minutes: whoever guesses fills no disk.
const ONE_IN_MINUTES: i64 = 1;

/// What failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failed {
    /// A stranger tried to sign in.
    SignIn,
    /// Somebody who knew the password did not give the second factor.
    Second,
    /// Whoever is signed in did not prove it again.
    Proof,
}

impl Failed {
    /// The act it is noted as.
    pub(crate) fn act(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in_failed",
            Self::Second => "second_factor_failed",
            Self::Proof => "proof_failed",
        }
    }

    /// All of them.
    pub(super) const ACTS: [&'static str; 3] =
        ["sign_in_failed", "second_factor_failed", "proof_failed"];
}

/// The acts of signing in and out, which are forgotten after a while; all others are kept.
pub(super) const SIGN_IN_ACTS: [&str; 4] =
    ["signed_in", "signin_ended", "proved_again", "signed_out_everywhere"];

/// What an address without an account is called in the audit: nobody reads the address from it, and
/// who knows the address finds it.
pub(crate) fn id_of_unknown(normal: &str) -> Uuid {
    let hash = fingerprint::of(normal);
    let bytes = u128::from_str_radix(&hash[..32], 16).unwrap_or_default();
    uuid::Builder::from_u128(bytes).with_version(uuid::Version::Custom).into_uuid()
}

/// Since when nothing may have been noted, for one more failure to be noted at `now`.
pub(super) fn quiet_since(now: DateTime<Utc>) -> DateTime<Utc> {
    now - Duration::minutes(ONE_IN_MINUTES)
}

/// Before when failures are forgotten.
pub(super) fn failures_before(now: DateTime<Utc>) -> DateTime<Utc> {
    now - Duration::days(FAILURES_DAYS)
}

/// Before when sign-ins are forgotten.
pub(super) fn sign_ins_before(now: DateTime<Utc>) -> DateTime<Utc> {
    now - Duration::days(SIGN_INS_DAYS)
}

/// Who acted, as the audit writes it before the id: word and label.
pub(super) const ACTORS: [(&str, &str); 6] = [
    ("visitor", "a visitor"),
    ("person", "the person"),
    ("staff", "staff"),
    ("token", "a program"),
    ("job", "by itself"),
    ("message", "a message"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_address_has_an_id_of_its_own_that_says_nothing() {
        let id = id_of_unknown("sam@example.org");
        assert_eq!(id, id_of_unknown("sam@example.org"));
        assert_ne!(id, id_of_unknown("sam@example.com"));
        assert_eq!(id.get_version_num(), 8);
    }

    #[test]
    fn every_failure_is_among_those_that_are_forgotten() {
        for failed in [Failed::SignIn, Failed::Second, Failed::Proof] {
            assert!(Failed::ACTS.contains(&failed.act()));
            assert!(!SIGN_IN_ACTS.contains(&failed.act()));
        }
    }
}
