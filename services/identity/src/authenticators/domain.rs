//! The rules of codes that are typed. Pure: no database, no clock, no HTTP.

use chrono::{DateTime, Utc};
use contracts::PersonId;
use totp_rs::{Builder, Totp};

/// How many recovery codes are made at once.
pub(crate) const RECOVERY_CODES: usize = 10;
/// From so many on their owner is told that they run out.
pub(crate) const FEW_CODES: i64 = 3;
/// How long the secret is that an app shares with us, in bytes.
pub(crate) const SECRET_BYTES: usize = 20;

/// The secret that an app shares with us.
pub(crate) type Secret = [u8; SECRET_BYTES];

/// An authenticator app of a person: there is one at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authenticator {
    pub(crate) person_id: PersonId,
    /// The secret, sealed.
    pub(crate) sealed: String,
    /// The step (half a minute of the clock) of the code that was used last.
    pub(crate) last_step: i64,
    pub(crate) added_at: DateTime<Utc>,
    pub(crate) version: i64,
}

/// What somebody typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Typed {
    /// The six digits of an app.
    Code(String),
    /// A recovery code, in its normal form.
    Recovery(String),
}

/// Why a code is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Of another app, too old, too young, mistyped.
    #[error(
        "this code is not right; the app shows a new one every 30 seconds, and the clock of the \
         phone must be right"
    )]
    WrongCode,
    /// Right, and used before.
    #[error("this code was used already; wait until the app shows the next one")]
    UsedCode,
    /// Not of this person, or used before.
    #[error("this recovery code is not right, or was used already; each works once")]
    WrongRecovery,
    /// Six digits without an app.
    #[error("no authenticator app is set up for this account; use a passkey or a recovery code")]
    NoAuthenticator,
    /// Set up before.
    #[error("an authenticator app is set up already; remove it first")]
    There,
    /// The page lay open for too long.
    #[error("this page was open for too long; scan the new picture")]
    Stale,
}

impl Refusal {
    /// The stable code of the refusal.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::WrongCode => "code_wrong",
            Self::UsedCode => "code_used_before",
            Self::WrongRecovery => "recovery_code_wrong",
            Self::NoAuthenticator => "authenticator_missing",
            Self::There => "authenticator_there",
            Self::Stale => "setup_stale",
        }
    }
}

/// The step whose code was typed; one step before and after count, for clocks that are off.
pub(crate) fn step_of(secret: &Secret, code: &str, now: DateTime<Utc>) -> Option<i64> {
    let time = u64::try_from(now.timestamp()).ok()?;
    let totp = Builder::new().with_secret(*secret).build().ok()?;
    totp.check(code, time).and_then(|step| i64::try_from(step).ok())
}

/// Takes a code of this step; none later takes the same again.
///
/// # Errors
/// [`Refusal::WrongCode`], [`Refusal::UsedCode`].
pub(crate) fn take(known: &Authenticator, step: Option<i64>) -> Result<Authenticator, Refusal> {
    let last_step = step.ok_or(Refusal::WrongCode)?;
    if last_step <= known.last_step {
        return Err(Refusal::UsedCode);
    }
    Ok(Authenticator { last_step, ..known.clone() })
}

/// The address that an app reads from a picture: whose account, at which society.
pub(crate) fn uri(secret: &Secret, society: &str, account: &str) -> Option<String> {
    // A colon ends the name of the society; no address that mail goes to has one.
    let plain = |text: &str| text.replace(':', " ");
    let named = Builder::new().with_account_name(plain(account)).with_issuer(Some(plain(society)));
    named.with_secret(*secret).build().ok().as_ref().map(Totp::to_url)?.ok()
}

/// The secret as people type it: base 32, in groups of four.
pub(crate) fn spelled(secret: &Secret) -> String {
    grouped(&totp_rs::Secret::from(*secret).to_base32(), 4, ' ')
}

/// A recovery code as people read it: `7KQ2-M9XD-4TB0C`.
pub(crate) fn shown(code: &str) -> String {
    let (first, rest) = code.split_at_checked(4).unwrap_or((code, ""));
    let (second, third) = rest.split_at_checked(4).unwrap_or((rest, ""));
    [first, second, third].join("-")
}

fn grouped(text: &str, size: usize, between: char) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / size);
    for (at, letter) in text.chars().enumerate() {
        if at > 0 && at % size == 0 {
            out.push(between);
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B.
    const RFC: Secret = *b"12345678901234567890";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn known(last_step: i64) -> Authenticator {
        Authenticator {
            person_id: PersonId(uuid::Uuid::nil()),
            sealed: String::new(),
            last_step,
            added_at: at(0),
            version: 1,
        }
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // The last six of the eight digits that the standard prints.
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")]
        {
            assert_eq!(step_of(&RFC, code, at(seconds)), Some(seconds / 30), "{code}");
        }
        assert_eq!(step_of(&RFC, "287083", at(59)), None);
        assert_eq!(step_of(&RFC, "+87082", at(59)), None);
    }

    #[test]
    fn a_clock_may_be_off_by_half_a_minute() {
        assert_eq!(step_of(&RFC, "287082", at(59 + 30)), Some(1));
        assert_eq!(step_of(&RFC, "287082", at(59 - 30)), Some(1));
        assert_eq!(step_of(&RFC, "287082", at(59 + 61)), None);
    }

    #[test]
    fn no_code_works_twice_nor_one_before_it() {
        assert_eq!(take(&known(1), Some(2)), Ok(known(2)));
        assert_eq!(take(&known(2), Some(2)), Err(Refusal::UsedCode));
        assert_eq!(take(&known(2), Some(1)), Err(Refusal::UsedCode));
        assert_eq!(take(&known(2), None), Err(Refusal::WrongCode));
    }

    #[test]
    fn an_app_reads_whose_account_it_is() {
        let uri = uri(&RFC, "SC:TE", "jo@example.org").unwrap();
        assert!(
            uri.starts_with("otpauth://totp/SC%20TE:jo%40example.org?secret=GEZDGNBV"),
            "{uri}"
        );
        assert_eq!(spelled(&RFC), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(shown("7KQ2M9XD4TB0C"), "7KQ2-M9XD-4TB0C");
    }
}
