//! What an access token tells: of its person to whoever holds it, of itself to its client.

use axum::http::StatusCode;
use chassis::{Answer, Hook, Tx};
use openidconnect::core::CoreErrorResponseType as Kind;
use serde_json::json;

use super::answers::{form, no_bearer, refused, unkept};
use super::caller::authenticate;
use crate::clients::domain::Kind as ClientKind;
use crate::oidc::claims;
use crate::oidc::commands::{Working, working};
use crate::oidc::domain::grant::NotGiven;
use crate::oidc::domain::scopes;
use crate::oidc::tables::tokens::Use;

/// The access token of a call: in the header, or in the form that was posted; never in the address.
fn bearer(hook: &Hook) -> Result<Option<String>, &'static str> {
    let asked = hook.query_pairs();
    if asked.iter().any(|(name, _)| name == "access_token") {
        return Err("invalid_request");
    }
    let posted = if hook.body().is_empty() {
        None
    } else {
        let form = form(hook).map_err(|_| "invalid_request")?;
        form.get("access_token").map(str::to_owned)
    };
    let header = hook.header("authorization").and_then(|header| header.split_once(' '));
    let header = header.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match (header, posted) {
        (Some(_), Some(_)) => Err("invalid_request"),
        (Some((_, token)), None) => Ok(Some(token.trim().to_owned())),
        (None, posted) => Ok(posted),
    }
}

/// `GET` and `POST /oidc/userinfo`.
pub(super) async fn userinfo(hook: Hook) -> Answer {
    let token = match bearer(&hook) {
        Ok(Some(token)) => token,
        Ok(None) => return no_bearer(&hook, StatusCode::UNAUTHORIZED, None),
        Err(error) => return no_bearer(&hook, StatusCode::BAD_REQUEST, Some(error)),
    };
    let known = hook.app().db().read(async |tx: &Tx| {
        let Some(Working { token, of: Some((_, account)) }) = working(tx, &token).await? else {
            return Ok(None);
        };
        if token.kind != Use::Access {
            return Ok(None);
        }
        let granted = token.scopes.iter().any(|scope| scope == scopes::OPENID);
        let known = claims::known(tx, &account, &token.scopes).await?;
        Ok(Some(granted.then_some(known)))
    });
    match known.await? {
        Some(Some(known)) => unkept(&hook, StatusCode::OK, &known.userinfo()),
        Some(None) => no_bearer(&hook, StatusCode::FORBIDDEN, Some("insufficient_scope")),
        None => no_bearer(&hook, StatusCode::UNAUTHORIZED, Some("invalid_token")),
    }
}

/// `POST /oidc/introspect`: a client with a secret asks whether a token of its own works (RFC 7662).
pub(super) async fn introspect(hook: Hook) -> Answer {
    let form = match form(&hook) {
        Ok(form) => form,
        Err(not) => return refused(&hook, &not),
    };
    let client = match authenticate(&hook, &form).await? {
        Ok(client) if client.kind != ClientKind::Public => client,
        Ok(_) => {
            let why = "a client without a secret cannot ask";
            return refused(&hook, &NotGiven::new(Kind::InvalidClient, why));
        }
        Err(not) => return refused(&hook, &not),
    };
    let Some(text) = form.get("token") else {
        return refused(&hook, &NotGiven::new(Kind::InvalidRequest, "token is missing"));
    };
    let found = hook.app().db().read(async |tx: &Tx| working(tx, text).await).await?;
    let Some(Working { token, of }) = found.filter(|one| one.token.client_id == client.id) else {
        return unkept(&hook, StatusCode::OK, &json!({ "active": false }));
    };
    let mut says = json!({
        "active": true,
        "scope": token.scopes.join(" "),
        "client_id": token.client_id,
        "token_type": if token.kind == Use::Access { "Bearer" } else { "refresh_token" },
        "iat": token.made_at.timestamp(),
        "exp": token.expires_at.timestamp(),
        "iss": hook.app().site().origin,
        "sub": client.id,
    });
    if let Some((grant, _)) = of {
        says["sub"] = json!(grant.person_id);
        says["sid"] = json!(grant.signin_id);
    }
    unkept(&hook, StatusCode::OK, &says)
}
