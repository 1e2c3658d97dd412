//! Sign-in tokens: identity signs them, every service verifies them by itself.
//!
//! A token says who, by which sign-in, of which generation, when and how; no roles and no names.
//! Whether the sign-in was ended since then is told by messages, see [`crate::readers`].

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{PersonId, SignInId};
use cookie::{Cookie, SameSite};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use messaging::{Error, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::Site;

/// The cookie that carries the token (`__Host-` before it on https).
pub const SESSION_COOKIE: &str = "scte_session";
/// Identity's own longer cookie, by which `/account/continue` issues a new token.
pub const CONTINUE_COOKIE: &str = "scte_continue";
/// For how many hours a token is valid.
pub const TOKEN_HOURS: i64 = 12;
/// For how many minutes an authentication counts as fresh: refunds, votes and role changes ask it.
pub const FRESH_MINUTES: i64 = 15;

/// What our tokens say they are for, so that no other token of the same key is taken for one.
const AUDIENCE: &str = "scte.session";

/// Who is signed in, as identity signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Who.
    pub person: PersonId,
    /// By which sign-in.
    pub signin: SignInId,
    /// The account's generation then: "sign out everywhere" raises it.
    pub generation: i64,
    /// When the person last proved who they are.
    pub at: DateTime<Utc>,
    /// How they did.
    pub how: How,
    /// When the token ends.
    pub expires_at: DateTime<Utc>,
    /// The colleague who looks with this person's eyes, if it is not the person.
    pub viewer: Option<Viewer>,
}

/// A colleague who looks at the site with the eyes of somebody else, by their own sign-in: when
/// that ends, so does the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    /// Who.
    #[serde(rename = "sub")]
    pub person: PersonId,
    /// By which sign-in of theirs.
    #[serde(rename = "sid")]
    pub signin: SignInId,
    /// The generation of their account then.
    #[serde(rename = "gen")]
    pub generation: i64,
}

/// For how many minutes a view lasts.
pub const VIEW_MINUTES: i64 = 30;
/// The role that may look with the eyes of a member.
pub const VIEWERS_ROLE: &str = "staff.identity";
/// Where a view is ended: beside signing out the one thing that can be sent in it.
pub const END_VIEW_PATH: &str = "/account/view/end";

/// How somebody proved who they are: `password`, `password totp`, `passkey`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct How(String);

impl How {
    /// By these ways, in words with a blank between them.
    #[must_use]
    pub fn new(words: &str) -> Self {
        Self(words.to_owned())
    }

    /// By one more way; once is enough.
    #[must_use]
    pub fn and(&self, more: &str) -> Self {
        if self.has(more) { self.clone() } else { Self(format!("{} {more}", self.0)) }
    }

    /// Whether this was one of the ways.
    #[must_use]
    pub fn has(&self, word: &str) -> bool {
        self.0.split(' ').any(|has| has == word)
    }

    /// Whether it takes more than something one knows: two ways, or a passkey, which is both the
    /// device and whoever unlocks it.
    #[must_use]
    pub fn is_strong(&self) -> bool {
        self.has("passkey") || self.0.split(' ').count() > 1
    }

    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The token on the wire, in the registered claim names where there are any.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    aud: String,
    sub: Uuid,
    sid: Uuid,
    r#gen: i64,
    auth_time: i64,
    amr: String,
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    act: Option<Viewer>,
}

impl Token {
    /// A token for an authentication at `at`, valid for [`TOKEN_HOURS`] from `now`.
    #[must_use]
    pub fn new(
        person: PersonId,
        signin: SignInId,
        generation: i64,
        at: DateTime<Utc>,
        how: &How,
        now: DateTime<Utc>,
    ) -> Self {
        let expires_at = now + TimeDelta::hours(TOKEN_HOURS);
        Self { person, signin, generation, at, how: how.clone(), expires_at, viewer: None }
    }

    /// The token of a view: `id` stands as its sign-in, and nothing was proved by its person.
    /// Valid for [`VIEW_MINUTES`] from `now`.
    #[must_use]
    pub fn of_view(
        id: SignInId,
        person: PersonId,
        generation: i64,
        viewer: Viewer,
        now: DateTime<Utc>,
    ) -> Self {
        let expires_at = now + TimeDelta::minutes(VIEW_MINUTES);
        let token = Self::new(person, id, generation, now, &How::new("view"), now);
        Self { expires_at, viewer: Some(viewer), ..token }
    }

    fn claims(&self) -> Claims {
        Claims {
            aud: AUDIENCE.to_owned(),
            sub: self.person.0,
            sid: self.signin.0,
            r#gen: self.generation,
            auth_time: self.at.timestamp(),
            amr: self.how.as_str().to_owned(),
            exp: self.expires_at.timestamp(),
            act: self.viewer,
        }
    }

    fn from_claims(claims: &Claims) -> Option<Self> {
        Some(Self {
            person: PersonId(claims.sub),
            signin: SignInId(claims.sid),
            generation: claims.r#gen,
            at: DateTime::from_timestamp(claims.auth_time, 0)?,
            how: How::new(&claims.amr),
            expires_at: DateTime::from_timestamp(claims.exp, 0)?,
            viewer: claims.act,
        })
    }
}

/// Signs tokens: a key pair that identity keeps, sealed, and whose public half it publishes.
pub struct Signer {
    kid: Uuid,
    seed: [u8; 32],
    public_key: String,
    encoding: EncodingKey,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl Signer {
    /// The signer of key `kid` whose private half is `seed` (32 random bytes).
    ///
    /// # Errors
    /// [`Error::Internal`] when the key cannot be written down, which no seed causes.
    pub fn new(kid: Uuid, seed: [u8; 32]) -> Result<Self> {
        let key = SigningKey::from_bytes(&seed);
        let public_key = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        let der = key.to_pkcs8_der().map_err(|cause| Error::internal(cause.to_string()))?;
        Ok(Self { kid, seed, public_key, encoding: EncodingKey::from_ed_der(der.as_bytes()) })
    }

    /// The key's id.
    #[must_use]
    pub fn kid(&self) -> Uuid {
        self.kid
    }

    /// The private half, to be sealed with [`crate::Sealer`].
    #[must_use]
    pub fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// The public half, base64url without padding, as `identity.key.published` carries it.
    #[must_use]
    pub fn public_key(&self) -> &str {
        &self.public_key
    }

    /// Signs a token; the text goes into the session cookie.
    ///
    /// # Errors
    /// [`Error::Internal`] when the key cannot sign.
    pub fn sign(&self, token: &Token) -> Result<String> {
        self.sign_claims(&token.claims())
    }

    pub(crate) fn sign_claims(&self, claims: &impl Serialize) -> Result<String> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.kid.to_string());
        jsonwebtoken::encode(&header, claims, &self.encoding).map_err(Error::internal)
    }
}

/// What a text that claims to be a token says before anything of it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claimed {
    pub(crate) kid: Uuid,
    pub(crate) token: Token,
}

/// Reads which key and person a token claims, so that both can be looked up in one query.
pub(crate) fn claimed(text: &str) -> Option<Claimed> {
    let (kid, claims) = claims_of::<Claims>(text)?;
    let token = (claims.aud == AUDIENCE).then(|| Token::from_claims(&claims))??;
    Some(Claimed { kid, token })
}

/// The key that a text claims to be signed by, and what it claims; nothing is believed yet.
pub(crate) fn claims_of<C: DeserializeOwned>(text: &str) -> Option<(Uuid, C)> {
    // Longer than any token of ours: not worth decoding.
    if text.len() > 1024 {
        return None;
    }
    let header = jsonwebtoken::decode_header(text).ok()?;
    let kid = Uuid::parse_str(header.kid.as_deref()?).ok()?;
    let claims = URL_SAFE_NO_PAD.decode(text.split('.').nth(1)?).ok()?;
    let claims = serde_json::from_slice(&claims).ok()?;
    (header.alg == Algorithm::EdDSA).then_some((kid, claims))
}

/// Whether `text` is a sign-in signed by the key whose public half is `public_key`. Says nothing of
/// time.
pub(crate) fn is_signed(text: &str, public_key: &str) -> bool {
    is_signed_for(text, public_key, AUDIENCE)
}

/// Whether `text` was signed for this audience by the key whose public half is `public_key`.
pub(crate) fn is_signed_for(text: &str, public_key: &str, audience: &str) -> bool {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&[audience]);
    // The caller compares with our own clock, which tests move; this one reads the wall.
    validation.validate_exp = false;
    DecodingKey::from_ed_components(public_key).is_ok_and(|key| {
        jsonwebtoken::decode::<serde::de::IgnoredAny>(text, &key, &validation).is_ok()
    })
}

/// The session cookie with a signed token.
#[must_use]
pub fn cookie(site: &Site, signed: String) -> Cookie<'static> {
    with_age(site, SESSION_COOKIE, signed, Some(TOKEN_HOURS * 3600))
}

/// A cookie that only our pages read: `HttpOnly`, `SameSite=Lax`, the whole site, `__Host-` on https.
///
/// `max_age` in seconds; none: until the browser closes.
#[must_use]
pub fn with_age(site: &Site, name: &str, value: String, max_age: Option<i64>) -> Cookie<'static> {
    let mut cookie = Cookie::build((site.cookie_name(name), value))
        .path("/")
        .http_only(true)
        .secure(site.https)
        .same_site(SameSite::Lax);
    if let Some(seconds) = max_age {
        cookie = cookie.max_age(cookie::time::Duration::seconds(seconds));
    }
    cookie.build()
}

/// A cookie that removes the one of this name.
#[must_use]
pub fn removed(site: &Site, name: &str) -> Cookie<'static> {
    with_age(site, name, String::new(), Some(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Mode;

    fn token() -> Token {
        let at = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        Token::new(
            PersonId(Uuid::from_u128(1)),
            SignInId(Uuid::from_u128(2)),
            3,
            at,
            &How::new("password"),
            at,
        )
    }

    fn signer() -> Signer {
        Signer::new(Uuid::from_u128(9), [5; 32]).unwrap()
    }

    #[test]
    fn a_token_says_what_was_signed() {
        let text = signer().sign(&token()).unwrap();

        assert!(is_signed(&text, signer().public_key()));
        assert_eq!(claimed(&text), Some(Claimed { kid: Uuid::from_u128(9), token: token() }));
        assert!(text.len() < 600, "{}", text.len());
    }

    #[test]
    fn a_changed_token_is_not_signed() {
        let text = signer().sign(&token()).unwrap();
        let mut parts: Vec<String> = text.split('.').map(str::to_owned).collect();
        let other = Token { person: PersonId(Uuid::from_u128(8)), ..token() };
        parts[1] = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&other.claims()).unwrap());

        assert!(!is_signed(&parts.join("."), signer().public_key()));
    }

    #[test]
    fn another_key_does_not_do() {
        let text = Signer::new(Uuid::from_u128(9), [6; 32]).unwrap().sign(&token()).unwrap();
        assert!(!is_signed(&text, signer().public_key()));
        assert!(!is_signed(&text, "not a key"));
    }

    #[test]
    fn a_token_without_a_signature_or_with_a_shared_secret_is_none() {
        let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&token().claims()).unwrap());
        for head in [r#"{"alg":"none","kid":"x"}"#, r#"{"alg":"HS256","typ":"JWT"}"#] {
            let text = format!("{}.{claims}.", URL_SAFE_NO_PAD.encode(head));
            assert_eq!(claimed(&text), None);
            assert!(!is_signed(&text, signer().public_key()));
        }
        for broken in ["", "a", "a.b.c", &"x".repeat(5000)] {
            assert_eq!(claimed(broken), None);
        }
    }

    #[test]
    fn a_cookie_on_https_belongs_to_our_host_alone() {
        let mut site = Site {
            origin: "https://scte.example".to_owned(),
            zone: chrono_tz::America::New_York,
            mode: Mode::Production,
            https: true,
            name: "SCTE".to_owned(),
            loopback: false,
        };
        let text = cookie(&site, "t".to_owned()).to_string();
        assert!(text.starts_with("__Host-scte_session=t; HttpOnly; SameSite=Lax; Secure; Path=/"));

        site.https = false;
        let text = cookie(&site, "t".to_owned()).to_string();
        assert!(text.starts_with("scte_session=t; HttpOnly; SameSite=Lax; Path=/"), "{text}");
        assert!(removed(&site, SESSION_COOKIE).to_string().contains("Max-Age=0"));
    }
}
