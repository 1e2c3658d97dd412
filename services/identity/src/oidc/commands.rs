//! What can be asked of the provider. Every command: load, decide, store; one transaction. What is
//! refused to a client is an outcome, not an error: a second use of a code or a refresh token ends
//! what it gave, and that must be kept.

use chassis::api::AccessToken;
use chassis::{Command, Error, Result, Tx};
use chrono::{DateTime, Duration, Utc};
use contracts::PersonId;
use contracts::identity::TokenRevoked;
use openidconnect::core::CoreErrorResponseType as Kind;
use serde_json::json;

use super::claims::{self, Known};
use super::domain::asked::Asked;
use super::domain::grant::{
    self, ACCESS_SECONDS, CODE_SECONDS, Code, Grant, NotGiven, SPENT_HOURS,
};
use super::domain::scopes::OPENID;
use super::tables::sessions::Session;
use super::tables::tokens::{Token, Use};
use super::tables::{grants, sessions, tokens};
use crate::accounts::domain::Account;
use crate::accounts::tables as accounts;
use crate::clients::domain::{Client, Kind as ClientKind};
use crate::consents::commands as consents;
use crate::devices::commands::{self as devices, Redeemed};
use crate::devices::domain::Told;
use crate::fingerprint;
use crate::signins::domain::SignIn;
use crate::signins::tables as signins;
use crate::tokens::domain::of_machine;
use crate::tokens::keys::sign_brief;

/// A code or token: 256 random bits, of which only the fingerprint is stored.
fn secret(tx: &Tx) -> String {
    fingerprint::hex(&tx.bytes::<32>())
}

/// Lets a client have what it asked for: makes the code that its browser carries back.
pub(crate) struct Allow<'a> {
    pub(crate) client: &'a Client,
    pub(crate) asked: &'a Asked,
    pub(crate) signin: &'a SignIn,
    /// Whether the person said yes just now; they had before otherwise, or need not.
    pub(crate) consented_now: bool,
}

impl Command for Allow<'_> {
    type Out = String;

    async fn run(&self, tx: &Tx) -> Result<String> {
        let (person, scopes) = (self.signin.person_id, &self.asked.scopes);
        if self.consented_now {
            consents::grant(tx, person, self.client, scopes).await?;
        }
        let (code, now) = (secret(tx), tx.now());
        let begun = Code {
            redirect_uri: self.asked.redirect_uri.clone(),
            challenge: self.asked.challenge.clone(),
            expires_at: now + Duration::seconds(CODE_SECONDS),
            used_at: None,
        };
        let grant = Grant {
            nonce: self.asked.nonce.clone(),
            code: Some(begun),
            ..begin(tx, self.client, self.signin, scopes.clone())
        };
        grants::insert(tx, &grant, Some(&fingerprint::of(&code))).await?;
        Ok(code)
    }
}

/// A grant of `client` by this sign-in, begun now without a code.
fn begin(tx: &Tx, client: &Client, signin: &SignIn, scopes: Vec<String>) -> Grant {
    Grant {
        id: tx.id(),
        client_id: client.id.clone(),
        person_id: signin.person_id,
        signin_id: signin.id,
        generation: signin.generation,
        scopes,
        nonce: None,
        how: signin.how.as_str().to_owned(),
        authenticated_at: signin.authenticated_at,
        code: None,
        made_at: tx.now(),
        ended_at: None,
        version: 1,
    }
}

/// What a client gets.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    /// In seconds.
    pub(crate) expires_in: i64,
    pub(crate) scopes: Vec<String>,
    /// For the ID token; none for a machine, and where who it is was not asked for.
    pub(crate) about: Option<About>,
}

/// Whom an ID token is about.
#[derive(Debug, Clone)]
pub(crate) struct About {
    pub(crate) grant: Grant,
    pub(crate) known: Known,
}

/// What the token endpoint answers.
pub(crate) type Outcome = std::result::Result<Given, NotGiven>;

/// A client exchanges a code.
pub(crate) struct Exchange<'a> {
    pub(crate) client: &'a Client,
    pub(crate) code: &'a str,
    pub(crate) redirect_uri: Option<&'a str>,
    pub(crate) verifier: Option<&'a str>,
}

impl Command for Exchange<'_> {
    type Out = Outcome;

    async fn run(&self, tx: &Tx) -> Result<Outcome> {
        let unknown = || Ok(Err(NotGiven::invalid("the code is unknown, used or too old")));
        let found = grants::of_code(tx, &fingerprint::of(self.code)).await?;
        // Another client's code is nothing to this one; nor does it lose anything by the try.
        let found = found.filter(|grant| grant.client_id == self.client.id);
        let Some(grant) = found else { return unknown() };
        if grant.code.as_ref().is_some_and(|code| code.used_at.is_some()) {
            // Two have it: one of them stole it, and nobody knows which.
            end_stolen(tx, &grant, "code_used_twice").await?;
            return unknown();
        }
        if let Err(refused) = grant.exchange(self.redirect_uri, self.verifier, tx.now()) {
            return Ok(Err(refused));
        }
        let Some(account) = holder(tx, &grant).await? else { return unknown() };
        grants::code_used(tx, &grant, tx.now()).await?;
        consents::note(tx, grant.person_id, self.client, &grant.scopes).await?;
        let detail = json!({ "client": self.client.name, "scopes": grant.scopes.join(" ") });
        tx.audit("account", grant.person_id, "client_signed_in", detail).await?;
        let scopes = grant.scopes.clone();
        Ok(Ok(give(tx, grant, &account, scopes).await?))
    }
}

/// Ends a grant whose code or refresh token came a second time.
async fn end_stolen(tx: &Tx, grant: &Grant, act: &'static str) -> Result<()> {
    if grant.ended_at.is_none() {
        grants::end(tx, grant.id, tx.now()).await?;
        tx.audit("account", grant.person_id, act, json!({ "client": grant.client_id })).await?;
    }
    Ok(())
}

/// Whose grant it is, while it holds.
async fn holder(tx: &Tx, grant: &Grant) -> Result<Option<Account>> {
    let account = accounts::load(tx, grant.person_id).await?;
    let signin = signins::load(tx, grant.signin_id).await?;
    let holds = grant.holds(account.as_ref(), signin.as_ref(), tx.now());
    Ok(account.filter(|_| holds))
}

/// Makes the tokens of a grant.
async fn give(tx: &Tx, grant: Grant, account: &Account, scopes: Vec<String>) -> Result<Given> {
    let (access, refresh, now) = (secret(tx), secret(tx), tx.now());
    let token = |text: &str, kind, scopes: &[String], expires_at: DateTime<Utc>| Token {
        hash: fingerprint::of(text),
        kind,
        grant: Some(grant.id),
        public_id: None,
        client_id: grant.client_id.clone(),
        scopes: scopes.to_vec(),
        made_at: now,
        expires_at,
        used_at: None,
        version: 1,
    };
    let until = now + Duration::seconds(ACCESS_SECONDS);
    tokens::insert(tx, &token(&access, Use::Access, &scopes, until)).await?;
    // A refresh token reaches as far as the grant, whatever this answer was narrowed to.
    let again = token(&refresh, Use::Refresh, &grant.scopes, grant.refresh_until(now));
    tokens::insert(tx, &again).await?;
    let session = Session {
        signin_id: grant.signin_id,
        client_id: grant.client_id.clone(),
        person_id: grant.person_id,
        started_at: now,
    };
    sessions::remember(tx, &session).await?;
    let about = if scopes.iter().any(|scope| scope == OPENID) {
        let known = claims::known(tx, account, &scopes).await?;
        Some(About { grant, known })
    } else {
        None
    };
    Ok(Given { access, refresh: Some(refresh), expires_in: ACCESS_SECONDS, scopes, about })
}

/// A client asks for further tokens.
pub(crate) struct Refresh<'a> {
    pub(crate) client: &'a Client,
    pub(crate) token: &'a str,
    pub(crate) scopes: Vec<String>,
}

impl Command for Refresh<'_> {
    type Out = Outcome;

    async fn run(&self, tx: &Tx) -> Result<Outcome> {
        let now = tx.now();
        let unknown = || Ok(Err(NotGiven::invalid("the refresh token is unknown, used or over")));
        let found = tokens::load(tx, &fingerprint::of(self.token)).await?;
        let found =
            found.filter(|token| token.kind == Use::Refresh && token.client_id == self.client.id);
        let Some(token) = found else { return unknown() };
        let Some(id) = token.grant else { return unknown() };
        let Some(grant) = grants::load(tx, id).await? else { return unknown() };
        if token.used_at.is_some() {
            // The one who has the next token may be a thief: everybody signs in again.
            end_stolen(tx, &grant, "refresh_token_used_twice").await?;
            return unknown();
        }
        if now >= token.expires_at {
            return unknown();
        }
        let Some(account) = holder(tx, &grant).await? else { return unknown() };
        let scopes = match grant::narrowed(&grant.scopes, self.scopes.clone()) {
            Ok(scopes) => scopes,
            Err(refused) => return Ok(Err(refused)),
        };
        tokens::used(tx, &token, now).await?;
        Ok(Ok(give(tx, grant, &account, scopes).await?))
    }
}

/// A device asks for the tokens that somebody allowed it on another.
pub(crate) struct RedeemDevice<'a> {
    pub(crate) client: &'a Client,
    pub(crate) device_code: &'a str,
}

impl Command for RedeemDevice<'_> {
    type Out = Outcome;

    async fn run(&self, tx: &Tx) -> Result<Outcome> {
        let (signin, scopes) = match devices::redeem(tx, self.client, self.device_code).await? {
            Redeemed::Nothing(told) => return Ok(Err(not_yet(told))),
            Redeemed::Granted { signin, scopes } => (signin, scopes),
        };
        let account = accounts::existing(tx, signin.person_id).await?;
        let grant = begin(tx, self.client, &signin, scopes.clone());
        grants::insert(tx, &grant, None).await?;
        let detail = json!({ "client": self.client.name, "scopes": scopes.join(" ") });
        tx.audit("account", grant.person_id, "client_signed_in", detail).await?;
        Ok(Ok(give(tx, grant, &account, scopes).await?))
    }
}

/// What a device is told that gets nothing, in the words of RFC 8628.
fn not_yet(told: Told) -> NotGiven {
    let word = |word: &str| Kind::Extension(word.to_owned());
    match told {
        Told::Wait => NotGiven::new(word("authorization_pending"), "nobody answered yet"),
        Told::Slower => NotGiven::new(word("slow_down"), "ask less often, by 5 seconds"),
        Told::Refused => NotGiven::new(word("access_denied"), "the person said no"),
        Told::Expired => NotGiven::new(word("expired_token"), "nobody answered in time"),
        Told::Unknown | Told::Allowed => NotGiven::invalid("the device code is unknown or used"),
    }
}

/// A machine asks for a token for itself: signed as those are that staff make for it, so that every
/// service lets it in. Publishes `identity.key.published` when there was no key.
pub(crate) struct Mint<'a> {
    pub(crate) client: &'a Client,
    pub(crate) scopes: Vec<String>,
}

impl Command for Mint<'_> {
    type Out = Outcome;

    async fn run(&self, tx: &Tx) -> Result<Outcome> {
        if self.client.kind != ClientKind::Machine {
            let why = "only machine clients act for themselves";
            return Ok(Err(NotGiven::new(Kind::UnauthorizedClient, why)));
        }
        let scopes = match grant::narrowed(&self.client.scopes, self.scopes.clone()) {
            Ok(scopes) => scopes,
            Err(refused) => return Ok(Err(refused)),
        };
        let holder = of_machine(self.client, &scopes)?.signed();
        let (id, now) = (tx.id(), tx.now());
        let expires_at = now + Duration::seconds(ACCESS_SECONDS);
        let signed = AccessToken { id, holder, scopes: scopes.clone(), expires_at, brief: true };
        let access = sign_brief(tx, &signed).await?;
        let token = Token {
            hash: fingerprint::of(&access),
            kind: Use::Access,
            grant: None,
            public_id: Some(id),
            client_id: self.client.id.clone(),
            scopes: scopes.clone(),
            made_at: now,
            expires_at,
            used_at: None,
            version: 1,
        };
        tokens::insert(tx, &token).await?;
        let given =
            Given { access, refresh: None, expires_in: ACCESS_SECONDS, scopes, about: None };
        Ok(Ok(given))
    }
}

/// A client gives a token back: a refresh token with all that it could bring, an access token alone.
/// What it does not have, or another client has, is left alone. Publishes `identity.token.revoked` of
/// a machine's.
pub(crate) struct Revoke<'a> {
    pub(crate) client: &'a Client,
    pub(crate) token: &'a str,
}

impl Command for Revoke<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let found = tokens::load(tx, &fingerprint::of(self.token)).await?;
        let found = found.filter(|token| token.client_id == self.client.id);
        let Some(token) = found else { return Ok(()) };
        match (token.kind, token.grant) {
            (Use::Refresh, Some(id)) => grants::end(tx, id, tx.now()).await,
            _ => end_token(tx, &token).await,
        }
    }
}

async fn end_token(tx: &Tx, token: &Token) -> Result<()> {
    tokens::remove(tx, &token.hash).await?;
    if let Some(token_id) = token.public_id.filter(|_| tx.now() < token.expires_at) {
        let (expires_at, version) = (token.expires_at, token.version + 1);
        tx.publish(TokenRevoked { token_id, expires_at, version });
    }
    Ok(())
}

/// Ends what a machine got for its secret, in the caller's transaction. Publishes
/// `identity.token.revoked` of each.
pub(crate) async fn end_of_machine(tx: &Tx, client_id: &str) -> Result<()> {
    for token in tokens::of_machine(tx, client_id, tx.now()).await? {
        end_token(tx, &token).await?;
    }
    Ok(())
}

/// A token that works, with whose it is.
#[derive(Debug, Clone)]
pub(crate) struct Working {
    pub(crate) token: Token,
    /// None for a machine's.
    pub(crate) of: Option<(Grant, Account)>,
}

/// The token, while it works. `client` may be closed meanwhile: then none of its tokens does.
pub(crate) async fn working(tx: &Tx, text: &str) -> Result<Option<Working>> {
    let Some(token) = tokens::load(tx, &fingerprint::of(text)).await? else { return Ok(None) };
    let client = crate::clients::tables::load(tx, &token.client_id).await?;
    let open = client.is_some_and(|client| client.open);
    if !open || token.used_at.is_some() || tx.now() >= token.expires_at {
        return Ok(None);
    }
    let Some(id) = token.grant else { return Ok(Some(Working { token, of: None })) };
    let missing = || Error::internal("a token without its grant");
    let grant = grants::load(tx, id).await?.ok_or_else(missing)?;
    let account = holder(tx, &grant).await?;
    Ok(account.map(|account| Working { token, of: Some((grant, account)) }))
}

/// Ends all that a client holds of a person; in the caller's transaction. Says how many sign-ins
/// there it had.
pub(crate) async fn end_grants(tx: &Tx, person: PersonId, client_id: &str) -> Result<u64> {
    grants::end_all(tx, person, client_id, tx.now()).await
}

/// Removes what nobody can use any more.
pub(crate) struct RemoveExpired;

impl Command for RemoveExpired {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tokens::remove_expired(tx, tx.now()).await?;
        grants::remove_spent(tx, tx.now() - Duration::hours(SPENT_HOURS)).await?;
        sessions::remove_forgotten(tx).await?;
        Ok(())
    }
}
