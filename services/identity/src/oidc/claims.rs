//! What a client learns of a person: claims computed at the moment of asking from identity's own
//! copy, and the ID token that carries them.

use chassis::{Db, Error, Reader, Result, Site, Tx, readers};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use contracts::{PersonId, SignInId};
use openidconnect::core::{CoreGenderClaim, CoreJweContentEncryptionAlgorithm};
use openidconnect::core::{CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use openidconnect::{
    AccessToken, AdditionalClaims, Audience, AuthenticationContextClass,
    AuthenticationMethodReference, ClientId, EndUserEmail, EndUserName, IdToken, IdTokenClaims,
    IssuerUrl, LanguageTag, LocalizedClaim, Nonce, StandardClaims, SubjectIdentifier,
    UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::domain::asked::{ACR_SINGLE, ACR_STRONG};
use super::domain::grant::{Grant, ID_TOKEN_SECONDS};
use super::domain::scopes;
use super::keys;
use crate::accounts::domain::{Account, State};

/// What a client learns of somebody's membership.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Membership {
    /// Whether they are a member today.
    #[serde(rename = "scte_member", skip_serializing_if = "Option::is_none")]
    member: Option<bool>,
    /// The last day of their membership, without a gap from today.
    #[serde(rename = "scte_member_until", skip_serializing_if = "Option::is_none")]
    until: Option<NaiveDate>,
    /// The names of their chapters.
    #[serde(rename = "scte_chapters", skip_serializing_if = "Option::is_none")]
    chapters: Option<Vec<String>>,
}

impl AdditionalClaims for Membership {}

/// What an ID token says beside the standard claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OfToken {
    /// The sign-in, by which a client is told that it ended.
    sid: SignInId,
    #[serde(flatten)]
    membership: Membership,
}

impl AdditionalClaims for OfToken {}

/// A signed ID token.
pub(crate) type Signed =
    IdToken<OfToken, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

type Claims = IdTokenClaims<OfToken, CoreGenderClaim>;

/// What is known of a person, as far as the scopes reach.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    standard: StandardClaims<CoreGenderClaim>,
    membership: Membership,
}

impl Known {
    /// As the userinfo endpoint answers.
    pub(crate) fn userinfo(self) -> UserInfoClaims<Membership, CoreGenderClaim> {
        UserInfoClaims::new(self.standard, self.membership)
    }
}

/// Computes what these scopes tell of a person today.
pub(crate) async fn known(tx: &Tx, account: &Account, given: &[String]) -> Result<Known> {
    let has = |scope: &str| given.iter().any(|one| one == scope);
    let mut standard = StandardClaims::new(subject(account.person_id));
    if has(scopes::PROFILE) {
        let name = readers::name_of(tx, account.person_id).await?;
        let name = name.map(|name| LocalizedClaim::from(EndUserName::new(name)));
        let locale = LanguageTag::new(account.language.clone());
        standard = standard.set_name(name).set_locale(Some(locale));
    }
    if has(scopes::EMAIL) {
        let address = EndUserEmail::new(account.address.written.clone());
        let verified = account.state == State::Active;
        standard = standard.set_email(Some(address)).set_email_verified(Some(verified));
    }
    let membership = if has(scopes::MEMBERSHIP) {
        membership(tx, account.person_id).await?
    } else {
        Membership::default()
    };
    Ok(Known { standard, membership })
}

async fn membership(tx: &Tx, person: PersonId) -> Result<Membership> {
    let terms = readers::terms_of(tx, person).await?;
    let reader = Reader { terms, ..Reader::somebody(person) };
    let today = tx.today();
    let chapters = readers::chapters(tx).await?.into_iter();
    let chapters = chapters.filter(|chapter| reader.in_chapter(chapter.chapter_id, today));
    Ok(Membership {
        member: Some(reader.is_member(today)),
        until: reader.member_until(today).and_then(|day| day.pred_opt()),
        chapters: Some(chapters.map(|chapter| chapter.name).collect()),
    })
}

fn subject(person: PersonId) -> SubjectIdentifier {
    SubjectIdentifier::new(person.to_string())
}

/// Who we are in the protocol.
///
/// # Errors
/// `Internal` when the site's origin is no address.
pub(crate) fn issuer(db: &Db) -> Result<IssuerUrl> {
    IssuerUrl::new(db.extension::<Site>()?.origin.clone()).map_err(Error::internal)
}

/// Signs the ID token of a grant; `access` is the access token it is given with.
///
/// # Errors
/// As [`keys::current`].
pub(crate) async fn sign(
    db: &Db,
    grant: &Grant,
    known: Known,
    access: &str,
    now: DateTime<Utc>,
) -> Result<String> {
    let (key, access) = (keys::current(db).await?, AccessToken::new(access.to_owned()));
    let strong = chassis::signin::How::new(&grant.how).is_strong();
    let acr = if strong { ACR_STRONG } else { ACR_SINGLE };
    let amr = grant.how.split(' ').map(|word| AuthenticationMethodReference::new(amr(word)));
    let claims = Claims::new(
        issuer(db)?,
        vec![Audience::new(grant.client_id.clone())],
        now + Duration::seconds(ID_TOKEN_SECONDS),
        now,
        known.standard,
        OfToken { sid: grant.signin_id, membership: known.membership },
    )
    .set_auth_time(Some(grant.authenticated_at))
    .set_auth_context_ref(Some(AuthenticationContextClass::new(acr.to_owned())))
    .set_auth_method_refs(Some(amr.collect()))
    .set_nonce(grant.nonce.clone().map(Nonce::new));
    keys::aside(move || {
        let algorithm = CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256;
        let signed = Signed::new(claims, key.rsa(), algorithm, Some(&access), None);
        Ok(signed.map_err(Error::internal)?.to_string())
    })
    .await
}

/// Our word for a way to prove oneself in the words of RFC 8176.
fn amr(word: &str) -> String {
    match word {
        "password" => "pwd",
        "totp" | "recovery" => "otp",
        "passkey" => "hwk",
        other => other,
    }
    .to_owned()
}

/// Whom an ID token of ours is about, and whom it was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    pub(crate) person: String,
    pub(crate) client_id: String,
    pub(crate) signin: SignInId,
}

/// Reads an ID token that a client hands back as a hint. It may have run out, but one of our keys
/// must have signed it; nothing otherwise.
///
/// # Errors
/// Those of the database.
pub(crate) async fn hint(db: &Db, text: &str) -> Result<Option<Hint>> {
    let Ok(token) = text.parse::<Signed>() else { return Ok(None) };
    let keys = db.read(async |tx: &Tx| super::tables::keys::ever(tx).await).await?;
    let verifier = CoreIdTokenVerifier::new_public_client(
        // Which client it was made for is read from it, not known before.
        ClientId::new(String::new()),
        issuer(db)?,
        CoreJsonWebKeySet::new(keys),
    )
    .set_allowed_algs([CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256])
    .require_audience_match(false)
    .set_time_fn(|| DateTime::UNIX_EPOCH);
    let any_nonce = |_: Option<&Nonce>| Ok(());
    let Ok(claims) = token.claims(&verifier, any_nonce) else { return Ok(None) };
    let [audience] = claims.audiences().as_slice() else { return Ok(None) };
    Ok(Some(Hint {
        person: claims.subject().to_string(),
        client_id: audience.to_string(),
        signin: claims.additional_claims().sid,
    }))
}

/// The event by which a client is told that a sign-in ended.
const LOGGED_OUT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What a logout token says beside the standard claims.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct OfLogout {
    jti: Uuid,
    sid: SignInId,
    events: serde_json::Value,
}

impl AdditionalClaims for OfLogout {}

/// A token that tells a client of an end: built as an ID token is, with claims of its own.
type LogoutToken =
    IdToken<OfLogout, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// For how many seconds a logout token may be believed.
const LOGOUT_TOKEN_SECONDS: i64 = 120;

/// Signs a logout token (OpenID Connect Back-Channel Logout 1.0): tells `client_id` that `person` is
/// no longer signed in by `signin`. `id` is the same for every try to deliver it.
///
/// # Errors
/// As [`keys::current`].
pub(crate) async fn logout_token(
    db: &Db,
    client_id: &str,
    person: PersonId,
    signin: SignInId,
    id: Uuid,
) -> Result<String> {
    let (key, now) = (keys::current(db).await?, db.clock().now());
    let events = serde_json::json!({ LOGGED_OUT: {} });
    let claims = IdTokenClaims::<OfLogout, CoreGenderClaim>::new(
        issuer(db)?,
        vec![Audience::new(client_id.to_owned())],
        now + Duration::seconds(LOGOUT_TOKEN_SECONDS),
        now,
        StandardClaims::new(subject(person)),
        OfLogout { jti: id, sid: signin, events },
    );
    keys::aside(move || {
        let algorithm = CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256;
        let signed = LogoutToken::new(claims, key.rsa(), algorithm, None, None);
        Ok(signed.map_err(Error::internal)?.to_string())
    })
    .await
}
