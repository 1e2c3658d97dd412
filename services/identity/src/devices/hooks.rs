//! `POST /oidc/device`: a device begins to wait (RFC 8628, 3.1).

use axum::http::StatusCode;
use chassis::{Answer, Hook, Routes};
use openidconnect::core::CoreErrorResponseType as Kind;
use serde::Serialize;

use super::commands::Begin;
use super::domain::{INTERVAL_SECONDS, WAITS_MINUTES};
use crate::oidc::domain::grant::NotGiven;
use crate::oidc::domain::scopes;
use crate::oidc::hooks::answers::{form, refused, unkept};
use crate::oidc::hooks::caller::authenticate;
use crate::signins::domain::network;

pub(crate) fn routes(routes: Routes) -> Routes {
    // Each makes a row; a person has one device in hand.
    routes.post("/oidc/device", begin).limit(30)
}

/// What the device is told.
#[derive(Serialize)]
struct Begun {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: String,
    /// In seconds.
    expires_in: i64,
    /// In seconds.
    interval: i64,
}

async fn begin(hook: Hook) -> Answer {
    let form = match form(&hook) {
        Ok(form) => form,
        Err(not) => return refused(&hook, &not),
    };
    let client = match authenticate(&hook, &form).await? {
        Ok(client) => client,
        Err(not) => return refused(&hook, &not),
    };
    if !client.devices {
        let why = "this client is not registered for the device code";
        return refused(&hook, &NotGiven::new(Kind::UnauthorizedClient, why));
    }
    let scopes = &scopes::allowed(&form.words("scope"), &client.scopes);
    if !scopes.iter().any(|scope| scope == scopes::OPENID) {
        let why = "scope must have openid, and only what the client is registered for";
        return refused(&hook, &NotGiven::new(Kind::InvalidScope, why));
    }
    let (client, network) = (&client, &network(hook.from()));
    let command = Begin { client, scopes, network };
    let begun = hook.app().db().execute(&hook.actor("oidc"), &command).await?;
    let verification_uri = format!("{}/account/device", hook.app().site().origin);
    let user_code = begun.user_code.shown();
    let told = Begun {
        verification_uri_complete: format!("{verification_uri}?user_code={user_code}"),
        verification_uri,
        device_code: begun.device_code,
        user_code,
        expires_in: WAITS_MINUTES * 60,
        interval: INTERVAL_SECONDS,
    };
    unkept(&hook, StatusCode::OK, &told)
}
