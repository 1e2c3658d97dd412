//! What a client was let have: how long it holds, what a code and a refresh token are worth. Pure.

use chrono::{DateTime, Duration, Utc};
use contracts::{PersonId, SignInId};
use openidconnect::core::CoreErrorResponseType as Kind;
use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::scopes;
use crate::accounts::domain::{Account, State};
use crate::signins::domain::SignIn;

/// For how many seconds a code can be exchanged.
pub(crate) const CODE_SECONDS: i64 = 60;
/// For how many seconds an access token works.
pub(crate) const ACCESS_SECONDS: i64 = 600;
/// For how many seconds an ID token may be believed.
pub(crate) const ID_TOKEN_SECONDS: i64 = 600;
/// After so many days without use a refresh token ends; as long as a sign-in is remembered.
pub(crate) const REFRESH_DAYS: i64 = 30;
/// The same where the client may go on without the person.
pub(crate) const OFFLINE_DAYS: i64 = 90;
/// For how many hours a grant is kept that no token is left of.
pub(crate) const SPENT_HOURS: i64 = 1;

/// What a person let a client have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) id: Uuid,
    pub(crate) client_id: String,
    pub(crate) person_id: PersonId,
    /// By which they let the client in.
    pub(crate) signin_id: SignInId,
    /// Of the account then.
    pub(crate) generation: i64,
    /// Sorted.
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: Option<String>,
    /// How the person had proved who they are: `password totp`.
    pub(crate) how: String,
    pub(crate) authenticated_at: DateTime<Utc>,
    /// The code it began with; none when it was given without one.
    pub(crate) code: Option<Code>,
    pub(crate) made_at: DateTime<Utc>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    pub(crate) version: i64,
}

/// The code a grant began with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Code {
    /// Where it went.
    pub(crate) redirect_uri: String,
    /// S256 of what only its asker knows.
    pub(crate) challenge: String,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) used_at: Option<DateTime<Utc>>,
}

/// Why the token endpoint refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotGiven {
    /// The protocol's word.
    pub(crate) error: Kind,
    /// For whoever writes the client; says nothing of what others have.
    pub(crate) why: String,
}

impl NotGiven {
    pub(crate) fn new(error: Kind, why: impl Into<String>) -> Self {
        Self { error, why: why.into() }
    }

    pub(crate) fn invalid(why: &str) -> Self {
        Self::new(Kind::InvalidGrant, why)
    }
}

impl Grant {
    /// Whether the client may go on when the person signed out.
    pub(crate) fn is_offline(&self) -> bool {
        self.scopes.iter().any(|scope| scope == scopes::OFFLINE)
    }

    /// Whether it holds at `now`: nobody ended it, the account is open, and the sign-in goes on. One
    /// for offline use outlives its sign-in, but not "sign out everywhere" or a new password: whoever
    /// does that wants to be alone.
    pub(crate) fn holds(
        &self,
        account: Option<&Account>,
        signin: Option<&SignIn>,
        now: DateTime<Utc>,
    ) -> bool {
        let Some(account) = account.filter(|account| account.state == State::Active) else {
            return false;
        };
        let goes_on = if self.is_offline() {
            self.generation == account.generation
        } else {
            signin.is_some_and(|signin| signin.is_living(account.generation, now))
        };
        self.ended_at.is_none() && goes_on
    }

    /// Whether this code may be exchanged by whoever sent these; used up it was not before.
    ///
    /// # Errors
    /// [`NotGiven`].
    pub(crate) fn exchange(
        &self,
        redirect_uri: Option<&str>,
        verifier: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), NotGiven> {
        let Some(code) = &self.code else { return Err(NotGiven::invalid("the code is unknown")) };
        if now >= code.expires_at {
            return Err(NotGiven::invalid("the code is too old"));
        }
        if redirect_uri != Some(code.redirect_uri.as_str()) {
            return Err(NotGiven::invalid("redirect_uri is not the one the code went to"));
        }
        let verifier = verifier.ok_or_else(|| {
            NotGiven::new(Kind::InvalidRequest, "code_verifier is missing (PKCE)")
        })?;
        if !answers(&code.challenge, verifier) {
            return Err(NotGiven::invalid("code_verifier is not what the challenge was made of"));
        }
        Ok(())
    }

    /// When a refresh token made at `now` ends if nobody uses it.
    pub(crate) fn refresh_until(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + Duration::days(if self.is_offline() { OFFLINE_DAYS } else { REFRESH_DAYS })
    }
}

/// Whether the challenge was made of this verifier.
fn answers(challenge: &str, verifier: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(plain) {
        return false;
    }
    let verifier = PkceCodeVerifier::new(verifier.to_owned());
    let made = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
    bool::from(made.as_str().as_bytes().ct_eq(challenge.as_bytes()))
}

/// The scopes of an answer: what was asked for, when that is part of what is held; all without
/// asking.
///
/// # Errors
/// [`NotGiven`] when more was asked for.
pub(crate) fn narrowed(held: &[String], asked: Vec<String>) -> Result<Vec<String>, NotGiven> {
    if asked.is_empty() {
        return Ok(held.to_vec());
    }
    if !scopes::covers(held, &asked) {
        return Err(NotGiven::new(Kind::InvalidScope, "scope asks for more than was given"));
    }
    let mut asked = asked;
    asked.sort_unstable();
    asked.dedup();
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    const BACK: &str = "https://forum.example/back";

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
    }

    fn grant(scopes: &[&str]) -> Grant {
        Grant {
            id: Uuid::from_u128(1),
            client_id: "forum".to_owned(),
            person_id: PersonId(Uuid::from_u128(2)),
            signin_id: SignInId(Uuid::from_u128(3)),
            generation: 1,
            scopes: scopes.iter().map(|word| (*word).to_owned()).collect(),
            nonce: None,
            how: "password".to_owned(),
            authenticated_at: at(0),
            code: Some(Code {
                redirect_uri: BACK.to_owned(),
                challenge: CHALLENGE.to_owned(),
                expires_at: at(CODE_SECONDS),
                used_at: None,
            }),
            made_at: at(0),
            ended_at: None,
            version: 1,
        }
    }

    fn account(state: State, generation: i64) -> Account {
        Account {
            person_id: PersonId(Uuid::from_u128(2)),
            address: crate::accounts::domain::Address::read("jo@example.org").unwrap(),
            state,
            language: "en".to_owned(),
            password_hash: None,
            generation,
            registered_at: at(0),
            version: 1,
        }
    }

    #[test]
    fn a_code_is_for_its_asker_its_address_and_a_minute() {
        let grant = grant(&["openid"]);
        let ask = |back: Option<&str>, verifier: Option<&str>, second: i64| {
            grant.exchange(back, verifier, at(second)).map_err(|not| not.error)
        };
        assert_eq!(ask(Some(BACK), Some(VERIFIER), 59), Ok(()));
        assert_eq!(ask(Some(BACK), Some(VERIFIER), 60), Err(Kind::InvalidGrant));
        assert_eq!(
            ask(Some("https://forum.example/back/"), Some(VERIFIER), 0),
            Err(Kind::InvalidGrant)
        );
        assert_eq!(ask(None, Some(VERIFIER), 0), Err(Kind::InvalidGrant));
        assert_eq!(ask(Some(BACK), None, 0), Err(Kind::InvalidRequest));
        // The challenge itself, as if its method were plain, and others.
        for wrong in [CHALLENGE, "", "short", &"a".repeat(200), &VERIFIER.replace('d', "ä")] {
            assert_eq!(ask(Some(BACK), Some(wrong), 0), Err(Kind::InvalidGrant), "{wrong}");
        }
    }

    #[test]
    fn a_grant_for_offline_use_outlives_its_sign_in_only() {
        let offline = grant(&["offline_access", "openid"]);
        assert!(offline.holds(Some(&account(State::Active, 1)), None, at(0)));
        assert!(!offline.holds(Some(&account(State::Active, 2)), None, at(0)));
        assert!(!offline.holds(Some(&account(State::Locked, 1)), None, at(0)));
        assert!(!offline.holds(None, None, at(0)));
        let ended = Grant { ended_at: Some(at(0)), ..offline.clone() };
        assert!(!ended.holds(Some(&account(State::Active, 1)), None, at(0)));
        assert!(!grant(&["openid"]).holds(Some(&account(State::Active, 1)), None, at(0)));
        assert!(offline.refresh_until(at(0)) > grant(&["openid"]).refresh_until(at(0)));
    }

    #[test]
    fn scopes_are_only_ever_narrowed() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let held = words("email openid");
        assert_eq!(narrowed(&held, Vec::new()), Ok(held.clone()));
        assert_eq!(narrowed(&held, words("openid openid")), Ok(words("openid")));
        assert_eq!(narrowed(&held, words("openid profile")).unwrap_err().error, Kind::InvalidScope);
    }
}
