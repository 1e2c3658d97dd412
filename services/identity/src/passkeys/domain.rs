//! The rules of passkeys. Pure: no database, no clock, no HTTP.

use chrono::{DateTime, Duration, Utc};
use contracts::PersonId;
use uuid::Uuid;
use webauthn_rs::prelude::{Passkey as Public, WebauthnError};

/// How many passkeys a person has at most.
pub(crate) const MOST_PASSKEYS: usize = 20;
/// How long the name of a passkey may be, in characters.
pub(crate) const LONGEST_NAME: usize = 60;
/// For how many minutes a challenge can be answered: a page may lie open for a while.
pub(crate) const ANSWERED_WITHIN_MINUTES: i64 = 15;

/// A passkey of a person.
#[derive(Debug, Clone)]
pub(crate) struct Passkey {
    pub(crate) id: Uuid,
    pub(crate) person_id: PersonId,
    /// What its owner calls it.
    pub(crate) name: String,
    /// The public key, and how often it was used as far as the device counts.
    pub(crate) public: Public,
    pub(crate) added_at: DateTime<Utc>,
    pub(crate) last_used_at: Option<DateTime<Utc>>,
    pub(crate) version: i64,
}

/// Why a passkey is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The form came without what the script puts into it.
    #[error("your browser gave no passkey; passkeys need JavaScript and a browser of our days")]
    NoneGiven,
    /// The site has no name, only a number.
    #[error("passkeys work only where the site has a name of its own")]
    NoName,
    /// The page lay open for too long.
    #[error("the page was open for too long; try again")]
    Old,
    /// The same answer came before.
    #[error("this answer of the passkey was used already; try again")]
    Used,
    /// Removed here, and still on the device.
    #[error(
        "this passkey is not known here; if you removed it from your account, remove it from the \
         device too"
    )]
    Unknown,
    /// Of somebody else.
    #[error("this passkey belongs to another account")]
    Foreign,
    /// The count of its uses went back: there are two of what should be one.
    #[error(
        "this passkey seems to have been copied, so it was refused; remove it from your account \
         and add it anew"
    )]
    Cloned,
    /// The owner was not asked for finger, face or PIN.
    #[error("the device did not check that it is you; switch on its PIN, finger or face")]
    NotUnlocked,
    /// Wrong site, wrong signature, nonsense.
    #[error("the passkey could not be checked; try again on this site")]
    Wrong,
    /// On this account or another.
    #[error("this passkey is added already")]
    There,
    /// Enough.
    #[error("there are {MOST_PASSKEYS} passkeys; remove one first")]
    TooMany,
}

impl Refusal {
    /// The stable code of the refusal.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::NoneGiven => "passkey_none_given",
            Self::NoName => "passkey_no_name",
            Self::Old => "passkey_challenge_old",
            Self::Used => "passkey_challenge_used",
            Self::Unknown => "passkey_unknown",
            Self::Foreign => "passkey_foreign",
            Self::Cloned => "passkey_cloned",
            Self::NotUnlocked => "passkey_not_unlocked",
            Self::Wrong => "passkey_wrong",
            Self::There => "passkey_there",
            Self::TooMany => "passkey_too_many",
        }
    }

    /// What the check of an answer said, in words for its owner.
    pub(crate) fn of(said: &WebauthnError) -> Self {
        match said {
            WebauthnError::CredentialPossibleCompromise => Self::Cloned,
            WebauthnError::UserNotVerified | WebauthnError::UserNotPresent => Self::NotUnlocked,
            _ => Self::Wrong,
        }
    }
}

/// Until when a challenge made at `now` can be answered.
pub(crate) fn answered_until(now: DateTime<Utc>) -> DateTime<Utc> {
    now + Duration::minutes(ANSWERED_WITHIN_MINUTES)
}
