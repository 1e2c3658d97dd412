//! A client's request to sign somebody in, and what is to be done with it. Pure.

use chrono::{DateTime, Utc};
use contracts::PersonId;
use openidconnect::core::CoreAuthErrorResponseType as Kind;

use super::params::{Params, Twice};
use super::scopes;
use crate::clients::domain::Client;

/// Proved by one thing one knows, or has.
pub(crate) const ACR_SINGLE: &str = "urn:scte:acr:single";
/// Proved by two factors, or a passkey.
pub(crate) const ACR_STRONG: &str = "urn:scte:acr:strong";

/// From when on a proof counts, in seconds since 1970: our own parameter, set when a client asked
/// for a fresh proof and the browser was sent to give one. Without it we would ask for ever.
pub(crate) const PROVED_AFTER: &str = "scte_proved_after";

/// How long a nonce or a state may be, in bytes: they come back in addresses and tokens.
const LONGEST: usize = 1000;

/// Why a client's request is refused; it is told so at its redirect address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// The protocol's word.
    pub(crate) error: Kind,
    /// For whoever writes the client.
    pub(crate) why: String,
}

impl Refused {
    pub(crate) fn new(error: Kind, why: impl Into<String>) -> Self {
        Self { error, why: why.into() }
    }

    fn invalid(why: impl Into<String>) -> Self {
        Self::new(Kind::InvalidRequest, why)
    }
}

impl From<Twice> for Refused {
    fn from(Twice(name): Twice) -> Self {
        Self::invalid(format!("{name} came more than once"))
    }
}

/// What the client wants the person to see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are the four words of the protocol")]
pub(crate) struct Prompt {
    /// Nothing: answer at once, or with an error.
    pub(crate) none: bool,
    /// A fresh proof.
    pub(crate) login: bool,
    /// What is asked for, even if it was allowed before.
    pub(crate) consent: bool,
    /// Whose account it is.
    pub(crate) account: bool,
}

/// A request that can be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Where the code goes: one of the client's own addresses.
    pub(crate) redirect_uri: String,
    /// What the client may have of what it asked for; sorted.
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: Option<String>,
    /// S256 of what only the asker knows.
    pub(crate) challenge: String,
    pub(crate) prompt: Prompt,
    /// How old the proof may be, in seconds.
    pub(crate) max_age: Option<i64>,
    /// Whether only a strong proof will do.
    pub(crate) strong: bool,
    /// The claims parameter wants this very person.
    pub(crate) subject: Option<String>,
    /// When a proof was asked for.
    pub(crate) proved_after: Option<DateTime<Utc>>,
}

/// Reads a request of `client`, whose redirect address was checked before.
///
/// # Errors
/// [`Refused`], to be told to the client.
pub(crate) fn read(params: &Params, client: &Client, redirect_uri: &str) -> Result<Asked, Refused> {
    params.each_once()?;
    for (name, error) in [
        ("request", Kind::RequestNotSupported),
        ("request_uri", Kind::RequestUriNotSupported),
        ("registration", Kind::RegistrationNotSupported),
    ] {
        if params.get(name).is_some() {
            return Err(Refused::new(error, format!("{name} is not supported")));
        }
    }
    match params.get("response_type") {
        Some("code") => {}
        Some(_) => {
            let why = "response_type must be code";
            return Err(Refused::new(Kind::UnsupportedResponseType, why));
        }
        None => return Err(Refused::invalid("response_type is missing")),
    }
    if params.get("response_mode").is_some_and(|mode| mode != "query") {
        return Err(Refused::invalid("response_mode must be query"));
    }
    let challenge = read_challenge(params)?;
    for name in ["nonce", "state"] {
        if params.get(name).is_some_and(|value| value.len() > LONGEST) {
            return Err(Refused::invalid(format!("{name} is longer than {LONGEST} bytes")));
        }
    }
    let claims = read_claims(params)?;
    let mut wanted = params.words("scope");
    if !wanted.iter().any(|word| word == scopes::OPENID) {
        return Err(Refused::new(Kind::InvalidScope, "scope must contain openid"));
    }
    wanted.extend(claims.scopes);
    let allowed = scopes::allowed(&wanted, &client.scopes);
    if !allowed.iter().any(|word| word == scopes::OPENID) {
        let why = "this client is not registered for openid";
        return Err(Refused::new(Kind::InvalidScope, why));
    }
    let prefers_strong = params.words("acr_values").iter().any(|word| word == ACR_STRONG);
    Ok(Asked {
        redirect_uri: redirect_uri.to_owned(),
        scopes: allowed,
        nonce: params.get("nonce").map(str::to_owned),
        challenge,
        prompt: read_prompt(params)?,
        max_age: read_number(params, "max_age")?,
        strong: client.strong || prefers_strong || claims.strong,
        subject: claims.subject,
        proved_after: read_number(params, PROVED_AFTER)?
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
    })
}

/// The code is worth nothing without what the challenge was made of; only S256 hides it.
fn read_challenge(params: &Params) -> Result<String, Refused> {
    let challenge = params.get("code_challenge");
    let challenge =
        challenge.ok_or_else(|| Refused::invalid("code_challenge is missing (PKCE)"))?;
    if params.get("code_challenge_method") != Some("S256") {
        return Err(Refused::invalid("code_challenge_method must be S256"));
    }
    let sound = challenge.len() == 43
        && challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if !sound {
        return Err(Refused::invalid("code_challenge is no SHA-256 in base64url"));
    }
    Ok(challenge.to_owned())
}

fn read_prompt(params: &Params) -> Result<Prompt, Refused> {
    let words = params.words("prompt");
    let mut prompt = Prompt::default();
    for word in &words {
        match word.as_str() {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            "select_account" => prompt.account = true,
            other => return Err(Refused::invalid(format!("prompt {other} is not known"))),
        }
    }
    if prompt.none && words.len() > 1 {
        return Err(Refused::invalid("prompt none stands alone"));
    }
    Ok(prompt)
}

fn read_number(params: &Params, name: &str) -> Result<Option<i64>, Refused> {
    let Some(text) = params.get(name) else { return Ok(None) };
    let number =
        text.parse::<u32>().map_err(|_| Refused::invalid(format!("{name} is no number")))?;
    Ok(Some(i64::from(number)))
}

/// What the claims parameter adds.
#[derive(Default)]
struct Claims {
    /// The scopes that bring the claims it names.
    scopes: Vec<String>,
    strong: bool,
    subject: Option<String>,
}

fn read_claims(params: &Params) -> Result<Claims, Refused> {
    let Some(text) = params.get("claims") else { return Ok(Claims::default()) };
    let not_read = || Refused::invalid("claims is no JSON object as the protocol describes it");
    let asked: serde_json::Value = serde_json::from_str(text).map_err(|_| not_read())?;
    let mut claims = Claims::default();
    for place in ["id_token", "userinfo"] {
        let Some(named) = asked.get(place) else { continue };
        for (name, how) in named.as_object().ok_or_else(not_read)? {
            let value = how.get("value").and_then(|value| value.as_str());
            let values = how.get("values").and_then(|values| values.as_array());
            match name.as_str() {
                "acr" => {
                    claims.strong |= value == Some(ACR_STRONG)
                        || values.is_some_and(|all| all.iter().any(|one| one == ACR_STRONG));
                }
                "sub" => claims.subject = value.map(str::to_owned),
                // Claims that we do not know are left out, as the protocol has it.
                _ => claims.scopes.extend(scopes::of_claim(name).map(str::to_owned)),
            }
        }
    }
    Ok(claims)
}

/// Whoever is signed in at the browser that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Here {
    pub(crate) person: PersonId,
    /// When they last proved who they are.
    pub(crate) authenticated_at: DateTime<Utc>,
    /// Whether they did by two factors, or a passkey.
    pub(crate) strong: bool,
}

/// What is to be done with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nobody is signed in: by way of signing in.
    SignIn,
    /// Whoever is signed in proves again who they are; strongly, if so.
    Prove { strong: bool },
    /// The person is asked.
    Ask,
    /// The client gets its code.
    Give,
}

/// Decides; `hinted` is the person whose ID token the client holds, `consented` whether what it asks
/// for was allowed before.
///
/// # Errors
/// [`Refused`] when nothing may be asked and something would have to be.
pub(crate) fn decide(
    asked: &Asked,
    here: Option<&Here>,
    hinted: Option<&str>,
    consented: bool,
    now: DateTime<Utc>,
) -> Result<Next, Refused> {
    let silent = |error: Kind, why: &str, next: Next| {
        if asked.prompt.none { Err(Refused::new(error, why)) } else { Ok(next) }
    };
    let Some(here) = here else {
        return silent(Kind::LoginRequired, "nobody is signed in", Next::SignIn);
    };
    if !is_fresh(asked, here, now) {
        let why = "the person has to prove again who they are";
        return silent(Kind::LoginRequired, why, Next::Prove { strong: asked.strong });
    }
    if asked.strong && !here.strong {
        let why = "the person has to prove who they are by two factors";
        return silent(Kind::LoginRequired, why, Next::Prove { strong: true });
    }
    let person = here.person.to_string();
    let other = hinted.is_some_and(|hinted| hinted != person)
        || asked.subject.as_ref().is_some_and(|subject| *subject != person);
    if other {
        return silent(Kind::LoginRequired, "somebody else is signed in", Next::Ask);
    }
    if !consented || asked.prompt.consent || asked.prompt.account {
        return silent(Kind::ConsentRequired, "the person has to be asked", Next::Ask);
    }
    Ok(Next::Give)
}

/// Whether the proof is as young as the client wants it. Who was sent to give one is fresh by that
/// one alone.
fn is_fresh(asked: &Asked, here: &Here, now: DateTime<Utc>) -> bool {
    if let Some(after) = asked.proved_after {
        return here.authenticated_at >= after;
    }
    let age = (now - here.authenticated_at).num_seconds();
    let young = asked.max_age.is_none_or(|most| most > 0 && age <= most);
    young && !asked.prompt.login
}

/// The parameters with which the browser comes back after it proved who uses it: they do not ask for
/// a proof once more, but for one since `now`.
pub(crate) fn after_proof(params: Params, now: DateTime<Utc>) -> Params {
    let kept: Vec<String> =
        params.words("prompt").into_iter().filter(|word| word != "login").collect();
    let prompt = (!kept.is_empty()).then(|| kept.join(" "));
    params.with("prompt", prompt).with(PROVED_AFTER, Some(now.timestamp().to_string()))
}

#[cfg(test)]
mod tests;
