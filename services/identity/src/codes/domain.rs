//! The rules of one-time codes. Pure: no database, no clock, no HTTP.

use chrono::{DateTime, Duration, Utc};
use contracts::PersonId;
use contracts::identity::CodePurpose;

/// For how long a code works, in minutes; the contract keeps it in the feed as long.
pub(crate) const GOOD_FOR_MINUTES: i64 = 60;
/// For how many days more it is known that a code was there: "send a new one" needs it.
pub(crate) const KEPT_DAYS: i64 = 1;

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To confirm the address after registering.
    Confirm,
    /// To set a new password.
    Reset,
}

impl Purpose {
    /// The word it is stored under.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Reset => "reset",
        }
    }

    /// The page where the code is used.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Confirm => "/account/confirm",
            Self::Reset => "/account/reset",
        }
    }

    /// As messages say it.
    pub(crate) fn public(self) -> CodePurpose {
        match self {
            Self::Confirm => CodePurpose::Confirm,
            Self::Reset => CodePurpose::Reset,
        }
    }
}

/// A code as it is stored: one per person and purpose, a newer one takes the place of the older.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Code {
    /// SHA-256 of the code; the code itself stands in the mail only.
    pub(crate) hash: String,
    pub(crate) person_id: PersonId,
    pub(crate) purpose: Purpose,
    /// Where the person was going.
    pub(crate) return_to: Option<String>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) used_at: Option<DateTime<Utc>>,
    pub(crate) version: i64,
}

/// Why a code does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Never issued, or replaced by a newer one.
    #[error("this link is not known; a newer mail may have taken its place")]
    Unknown,
    /// Used before.
    #[error("this link was used already")]
    Used,
    /// Too old.
    #[error("this link is older than 60 minutes and no longer works")]
    Expired,
}

impl Refusal {
    /// The stable code of the refusal.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Unknown => "code_unknown",
            Self::Used => "code_used",
            Self::Expired => "code_expired",
        }
    }
}

/// When a code issued at `now` stops working.
pub(crate) fn expires_at(now: DateTime<Utc>) -> DateTime<Utc> {
    now + Duration::minutes(GOOD_FOR_MINUTES)
}

/// Decides whether a code works at `now`.
///
/// # Errors
/// [`Refusal`], the used one first: a used code is also soon an old one.
pub(crate) fn usable(found: Option<Code>, now: DateTime<Utc>) -> Result<Code, Refusal> {
    let code = found.ok_or(Refusal::Unknown)?;
    if code.used_at.is_some() {
        return Err(Refusal::Used);
    }
    if code.expires_at <= now {
        return Err(Refusal::Expired);
    }
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap() + Duration::minutes(minute)
    }

    fn issued() -> Code {
        Code {
            hash: "h".to_owned(),
            person_id: PersonId(uuid::Uuid::nil()),
            purpose: Purpose::Confirm,
            return_to: None,
            expires_at: expires_at(at(0)),
            used_at: None,
            version: 1,
        }
    }

    #[test]
    fn a_code_works_for_sixty_minutes() {
        assert_eq!(usable(Some(issued()), at(59)), Ok(issued()));
        assert_eq!(usable(Some(issued()), at(60)), Err(Refusal::Expired));
    }

    #[test]
    fn a_code_works_once() {
        let used = Code { used_at: Some(at(1)), ..issued() };
        assert_eq!(usable(Some(used.clone()), at(2)), Err(Refusal::Used));
        assert_eq!(usable(Some(used), at(90)), Err(Refusal::Used));
    }

    #[test]
    fn an_unknown_code_does_not_work() {
        assert_eq!(usable(None, at(0)), Err(Refusal::Unknown));
    }
}
