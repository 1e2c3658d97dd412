//! The token endpoint, and giving tokens back.

use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use chassis::{Answer, Hook, Result};
use openidconnect::core::CoreErrorResponseType as Kind;
use openidconnect::core::CoreGrantType;
use serde::Serialize;

use super::answers::{form, refused, unkept};
use super::caller::authenticate;
use crate::clients::domain::Client;
use crate::oidc::claims;
use crate::oidc::commands::{Exchange, Given, Mint, Outcome, RedeemDevice, Refresh, Revoke};
use crate::oidc::domain::grant::NotGiven;
use crate::oidc::domain::params::Params;

/// A successful answer (RFC 6749, 5.1).
#[derive(Serialize)]
struct Tokens {
    access_token: String,
    token_type: &'static str,
    /// In seconds.
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

/// `POST /oidc/token`.
pub(super) async fn give(hook: Hook) -> Answer {
    let form = match form(&hook) {
        Ok(form) => form,
        Err(not) => return refused(&hook, &not),
    };
    let client = match authenticate(&hook, &form).await? {
        Ok(client) => client,
        Err(not) => return refused(&hook, &not),
    };
    match granted(&hook, &client, &form).await? {
        Ok(given) => unkept(&hook, StatusCode::OK, &answer(&hook, given).await?),
        Err(not) => refused(&hook, &not),
    }
}

async fn granted(hook: &Hook, client: &Client, form: &Params) -> Result<Outcome> {
    let (db, actor) = (hook.app().db(), hook.actor("oidc"));
    let missing = |name: &str| NotGiven::new(Kind::InvalidRequest, format!("{name} is missing"));
    let scopes = form.words("scope");
    let Some(grant) = form.get("grant_type") else { return Ok(Err(missing("grant_type"))) };
    match grant_type(grant) {
        CoreGrantType::AuthorizationCode => {
            let Some(code) = form.get("code") else { return Ok(Err(missing("code"))) };
            let (redirect_uri, verifier) = (form.get("redirect_uri"), form.get("code_verifier"));
            db.execute(&actor, &Exchange { client, code, redirect_uri, verifier }).await
        }
        CoreGrantType::RefreshToken => {
            let token = form.get("refresh_token");
            let Some(token) = token else { return Ok(Err(missing("refresh_token"))) };
            db.execute(&actor, &Refresh { client, token, scopes }).await
        }
        CoreGrantType::ClientCredentials => db.execute(&actor, &Mint { client, scopes }).await,
        CoreGrantType::DeviceCode => {
            let code = form.get("device_code");
            let Some(device_code) = code else { return Ok(Err(missing("device_code"))) };
            db.execute(&actor, &RedeemDevice { client, device_code }).await
        }
        _ => {
            let why = "grant_type is not supported";
            Ok(Err(NotGiven::new(Kind::UnsupportedGrantType, why)))
        }
    }
}

fn grant_type(word: &str) -> CoreGrantType {
    let read = serde_json::from_value(serde_json::Value::String(word.to_owned()));
    read.unwrap_or_else(|_| CoreGrantType::Extension(word.to_owned()))
}

/// Signs the ID token, away from the transaction that gave it.
async fn answer(hook: &Hook, given: Given) -> Result<Tokens> {
    let (db, access) = (hook.app().db(), given.access.as_str());
    let id_token = match given.about {
        None => None,
        Some(about) => {
            let now = db.clock().now();
            Some(claims::sign(db, &about.grant, about.known, access, now).await?)
        }
    };
    Ok(Tokens {
        access_token: given.access,
        token_type: "Bearer",
        expires_in: given.expires_in,
        refresh_token: given.refresh,
        scope: given.scopes.join(" "),
        id_token,
    })
}

/// `POST /oidc/revoke`: says nothing of whether there was anything to give back (RFC 7009).
pub(super) async fn revoke(hook: Hook) -> Answer {
    let form = match form(&hook) {
        Ok(form) => form,
        Err(not) => return refused(&hook, &not),
    };
    let client = match authenticate(&hook, &form).await? {
        Ok(client) => client,
        Err(not) => return refused(&hook, &not),
    };
    let Some(token) = form.get("token") else {
        return refused(&hook, &NotGiven::new(Kind::InvalidRequest, "token is missing"));
    };
    let revoke = Revoke { client: &client, token };
    hook.app().db().execute(&hook.actor("oidc"), &revoke).await?;
    Ok(StatusCode::OK.into_response())
}
