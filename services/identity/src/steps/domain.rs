//! The rules of what still stands before a sign-in. Pure: no database, no clock, no HTTP.

use chassis::signin::How;
use chrono::{DateTime, Duration, Utc};
use contracts::PersonId;
use uuid::Uuid;

/// For how many minutes a sign-in that is not complete can be gone on with.
pub(crate) const COMPLETED_WITHIN_MINUTES: i64 = 10;

/// For how long its cookie is kept by the browser, in seconds.
pub(crate) const COMPLETED_WITHIN_SECONDS: i64 = COMPLETED_WITHIN_MINUTES * 60;

/// Something that stands before a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A second factor is to be given.
    Second,
    /// A new password is to be chosen.
    Password,
    /// The address is to be proved again.
    Address,
    /// New terms are to be accepted.
    Terms,
    /// A second factor is to be set up.
    Enrol,
}

impl Step {
    /// The page where it is done.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Second => "/account/sign-in/second",
            Self::Password => "/account/sign-in/password",
            Self::Address => "/account/sign-in/address",
            Self::Terms => "/account/sign-in/terms",
            Self::Enrol => "/account/sign-in/enrol",
        }
    }
}

/// What is known of an account when somebody signs in to it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Facts {
    /// A second factor is set up.
    pub(crate) has_second: bool,
    /// Staff asked for a new password.
    pub(crate) new_password: bool,
    /// Staff asked for a proof of the address.
    pub(crate) new_proof: bool,
    /// Terms were published that the person has not accepted.
    pub(crate) new_terms: bool,
    /// A role of the person asks for two factors.
    pub(crate) needs_second: bool,
}

/// What comes next for somebody who proved themselves in these ways; nothing: signed in.
///
/// The second factor comes first: whoever knows only a password sees and changes nothing.
pub(crate) fn next(facts: Facts, how: &How) -> Option<Step> {
    if facts.has_second && !how.is_strong() {
        return Some(Step::Second);
    }
    if facts.new_password {
        return Some(Step::Password);
    }
    if facts.new_proof {
        return Some(Step::Address);
    }
    if facts.new_terms {
        return Some(Step::Terms);
    }
    (facts.needs_second && !facts.has_second).then_some(Step::Enrol)
}

/// A browser that asks, as its owner recognises it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Browser {
    /// "Firefox on Linux".
    pub(crate) device: String,
    /// The network it asks from, as tries are counted.
    pub(crate) network: String,
}

/// A sign-in that is not complete yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) id: Uuid,
    pub(crate) person_id: PersonId,
    /// What was proved so far.
    pub(crate) how: How,
    /// The account's generation then.
    pub(crate) generation: i64,
    pub(crate) browser: Browser,
    /// Where the person was going: a path of our own.
    pub(crate) return_to: Option<String>,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) version: i64,
}

/// Why a sign-in cannot be gone on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Too late, done already, or of a password that was changed since.
    #[error("this sign-in took longer than {COMPLETED_WITHIN_MINUTES} minutes; begin again")]
    Over,
}

impl Refusal {
    /// The stable code of the refusal.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Over => "signin_over",
        }
    }
}

/// Until when a sign-in begun at `now` can be completed.
pub(crate) fn expires_at(now: DateTime<Utc>) -> DateTime<Utc> {
    now + Duration::minutes(COMPLETED_WITHIN_MINUTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password() -> How {
        How::new("password")
    }

    #[test]
    fn the_second_factor_comes_before_anything_else() {
        let all = Facts {
            has_second: true,
            new_password: true,
            new_proof: true,
            new_terms: true,
            needs_second: true,
        };
        assert_eq!(next(all, &password()), Some(Step::Second));
        assert_eq!(next(all, &password().and("totp")), Some(Step::Password));
        assert_eq!(next(all, &How::new("passkey")), Some(Step::Password));
        let address = Facts { new_password: false, ..all };
        assert_eq!(next(address, &How::new("passkey")), Some(Step::Address));
        let terms = Facts { new_proof: false, ..address };
        assert_eq!(next(terms, &How::new("passkey")), Some(Step::Terms));
    }

    #[test]
    fn who_needs_a_second_factor_sets_one_up() {
        let needs = Facts { needs_second: true, ..Facts::default() };
        assert_eq!(next(needs, &password()), Some(Step::Enrol));
        assert_eq!(next(Facts { has_second: true, ..needs }, &password().and("totp")), None);
        assert_eq!(next(Facts::default(), &password()), None);
    }
}
