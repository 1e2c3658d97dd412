//! The rules of device codes. Pure: no database, no clock, no HTTP.

use chrono::{DateTime, Duration, Utc};
use contracts::{PersonId, SignInId};
use uuid::Uuid;

/// For how many minutes a device waits to be allowed.
pub(crate) const WAITS_MINUTES: i64 = 10;
/// For how many hours longer it is told why it gets nothing.
pub(crate) const TOLD_HOURS: i64 = 1;
/// How long a device waits between two questions at first, in seconds.
pub(crate) const INTERVAL_SECONDS: i64 = 5;
/// How much longer after a question that came too soon, in seconds.
const SLOWER_SECONDS: i64 = 5;

/// The letters of the code that people type: no vowels, so that no word appears, and none that looks
/// like a digit. Eight of them are 25,600 million codes, of which a few live for ten minutes.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// How many letters it has.
const CODE_LENGTH: usize = 8;

/// The code that people type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserCode(String);

impl UserCode {
    /// A code from random bytes.
    pub(crate) fn of(bytes: [u8; CODE_LENGTH * 4]) -> Self {
        let letters = bytes.chunks_exact(4).map(|four| {
            // Of 2^32 the remainder favours no letter by more than one in 200 million.
            let drawn = four.iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
            let at = usize::try_from(drawn % LETTERS.len() as u64).unwrap_or_default();
            char::from(LETTERS[at])
        });
        Self(letters.collect())
    }

    /// Reads what somebody typed: small letters, blanks and hyphens are fine.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let kept = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
        let code: String = kept.take(CODE_LENGTH + 1).collect::<String>().to_uppercase();
        let fits = code.len() == CODE_LENGTH && code.bytes().all(|byte| LETTERS.contains(&byte));
        fits.then_some(Self(code))
    }

    /// As it is stored.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// As people read it: `BCDF-GHJK`.
    pub(crate) fn shown(&self) -> String {
        let (one, two) = self.0.split_at(CODE_LENGTH / 2);
        format!("{one}-{two}")
    }
}

/// Where a device stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Nobody answered yet.
    Waiting,
    /// Somebody allowed it.
    Allowed,
    /// Somebody refused it.
    Refused,
    /// It got its tokens.
    Used,
}

impl State {
    /// The word it is stored under.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Allowed => "allowed",
            Self::Refused => "refused",
            Self::Used => "used",
        }
    }

    /// The state stored under `word`.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Waiting, Self::Allowed, Self::Refused, Self::Used];
        all.into_iter().find(|state| state.as_str() == word)
    }
}

/// A device that waits to be allowed, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Device {
    /// The fingerprint of its own code.
    pub(crate) hash: String,
    pub(crate) user_code: UserCode,
    /// The id that the audit names it by.
    pub(crate) id: Uuid,
    pub(crate) client_id: String,
    /// What it asks for.
    pub(crate) scopes: Vec<String>,
    /// From where it asked.
    pub(crate) network: String,
    pub(crate) state: State,
    /// Who allowed it.
    pub(crate) person_id: Option<PersonId>,
    /// By which sign-in.
    pub(crate) signin_id: Option<SignInId>,
    /// How long it waits between two questions.
    pub(crate) interval_seconds: i64,
    pub(crate) asked_at: Option<DateTime<Utc>>,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) version: i64,
}

/// Until when a device that began at `now` waits.
pub(crate) fn expires_at(now: DateTime<Utc>) -> DateTime<Utc> {
    now + Duration::minutes(WAITS_MINUTES)
}

/// What a device is told when it asks for its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// Nobody answered yet: `authorization_pending`.
    Wait,
    /// It asks too often: `slow_down`.
    Slower,
    /// `access_denied`.
    Refused,
    /// `expired_token`.
    Expired,
    /// Never issued, to another client, or used up: `invalid_grant`.
    Unknown,
    /// Here they are.
    Allowed,
}

/// What a device of `client` that asks at `now` is told, and the device as it stands afterwards.
pub(crate) fn ask(device: &Device, client: &str, now: DateTime<Utc>) -> (Told, Device) {
    let same = device.clone();
    if device.client_id != client || device.state == State::Used {
        return (Told::Unknown, same);
    }
    if device.expires_at <= now {
        return (Told::Expired, same);
    }
    match device.state {
        State::Used => (Told::Unknown, same),
        State::Refused => (Told::Refused, same),
        State::Allowed => (Told::Allowed, Device { state: State::Used, ..same }),
        State::Waiting => {
            let next = device.asked_at.map(|at| at + Duration::seconds(device.interval_seconds));
            let asked = Device { asked_at: Some(now), ..same };
            if next.is_some_and(|next| now < next) {
                let interval_seconds = device.interval_seconds + SLOWER_SECONDS;
                return (Told::Slower, Device { interval_seconds, ..asked });
            }
            (Told::Wait, asked)
        }
    }
}

/// Why a code that somebody typed does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Never issued, too old, or answered already: all the same to whoever guesses.
    #[error(
        "this code is not known, or older than {WAITS_MINUTES} minutes; \
         look at the device again, or let it begin anew"
    )]
    Unknown,
}

impl Refusal {
    /// The stable code of the refusal.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Unknown => "device_code_unknown",
        }
    }
}

/// The device that a person is asked about: one that waits.
///
/// # Errors
/// [`Refusal::Unknown`].
pub(crate) fn waiting(found: Option<Device>, now: DateTime<Utc>) -> Result<Device, Refusal> {
    found
        .filter(|device| device.state == State::Waiting && now < device.expires_at)
        .ok_or(Refusal::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
    }

    fn device() -> Device {
        Device {
            hash: "h".to_owned(),
            user_code: UserCode::of([0; 32]),
            id: Uuid::nil(),
            client_id: "tool".to_owned(),
            scopes: vec!["openid".to_owned()],
            network: "192.0.2.1".to_owned(),
            state: State::Waiting,
            person_id: None,
            signin_id: None,
            interval_seconds: INTERVAL_SECONDS,
            asked_at: None,
            started_at: at(0),
            expires_at: expires_at(at(0)),
            version: 1,
        }
    }

    #[test]
    fn a_code_is_typed_in_any_way() {
        let code = UserCode::of([0; 32]);
        assert_eq!(code.shown(), "BBBB-BBBB");
        for typed in ["BBBB-BBBB", "bbbb bbbb", " BbBbBbBb "] {
            assert_eq!(UserCode::read(typed), Some(code.clone()), "{typed}");
        }
        for none in ["", "BBBB", "BBBB-BBBBB", "BBBB-BBBA", "BBBB-BBB1", "ßßßß-ßßßß"] {
            assert_eq!(UserCode::read(none), None, "{none}");
        }
    }

    #[test]
    fn a_device_that_asks_too_often_waits_longer() {
        let (told, asked) = ask(&device(), "tool", at(0));
        assert_eq!((told, asked.interval_seconds), (Told::Wait, 5));
        let (told, asked) = ask(&asked, "tool", at(4));
        assert_eq!((told, asked.interval_seconds), (Told::Slower, 10));
        assert_eq!(ask(&asked, "tool", at(13)).0, Told::Slower);
        assert_eq!(ask(&asked, "tool", at(14)).0, Told::Wait);
    }

    #[test]
    fn tokens_are_given_once_in_time_and_to_the_own_client() {
        let allowed = Device { state: State::Allowed, ..device() };
        assert_eq!(ask(&allowed, "another", at(1)), (Told::Unknown, allowed.clone()));
        assert_eq!(ask(&allowed, "tool", at(600)).0, Told::Expired);
        let (told, used) = ask(&allowed, "tool", at(599));
        assert_eq!(told, Told::Allowed);
        assert_eq!(ask(&used, "tool", at(599)).0, Told::Unknown);
        let refused = Device { state: State::Refused, ..device() };
        assert_eq!(ask(&refused, "tool", at(1)).0, Told::Refused);
    }

    #[test]
    fn people_answer_once_and_in_time() {
        assert!(waiting(Some(device()), at(599)).is_ok());
        assert_eq!(waiting(Some(device()), at(600)), Err(Refusal::Unknown));
        assert_eq!(waiting(None, at(0)), Err(Refusal::Unknown));
        for state in [State::Allowed, State::Refused, State::Used] {
            assert_eq!(waiting(Some(Device { state, ..device() }), at(1)), Err(Refusal::Unknown));
        }
    }
}
