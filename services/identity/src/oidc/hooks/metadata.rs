//! What clients learn of the provider: where its endpoints are, what it can, its keys.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderValue};
use chassis::{Answer, Error, Hook, Result};
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod as Auth, CoreGrantType,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
    CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalProviderMetadata, AuthUrl, AuthenticationContextClass, JsonWebKeySetUrl, LanguageTag,
    ProviderMetadata, ResponseTypes, Scope, TokenUrl, UserInfoUrl,
};
use serde::{Deserialize, Serialize};

use crate::accounts::domain::LANGUAGES;
use crate::clients::registration::USER_SCOPES;
use crate::oidc::domain::asked::{ACR_SINGLE, ACR_STRONG};
use crate::oidc::domain::scopes;
use crate::oidc::{claims, keys as signing};

/// What the provider says of itself beyond the core of discovery.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct More {
    end_session_endpoint: String,
    revocation_endpoint: String,
    revocation_endpoint_auth_methods_supported: Vec<Auth>,
    introspection_endpoint: String,
    introspection_endpoint_auth_methods_supported: Vec<Auth>,
    device_authorization_endpoint: String,
    code_challenge_methods_supported: Vec<String>,
    authorization_response_iss_parameter_supported: bool,
    backchannel_logout_supported: bool,
    backchannel_logout_session_supported: bool,
    prompt_values_supported: Vec<String>,
}

impl AdditionalProviderMetadata for More {}

type Metadata = ProviderMetadata<
    More,
    CoreAuthDisplay,
    Auth,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// `GET /.well-known/openid-configuration`.
pub(super) async fn discovery(hook: Hook) -> Answer {
    kept(hook.json(StatusCode::OK, &metadata(&hook)?))
}

/// `GET /oidc/keys`: the keys that our signatures are checked with.
pub(super) async fn keys(hook: Hook) -> Answer {
    kept(hook.json(StatusCode::OK, &signing::all_published(hook.app().db()).await?))
}

/// Anybody may keep it, for less time than a new key waits before it signs.
fn kept(answer: Answer) -> Answer {
    let mut answer = answer?;
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=30"));
    Ok(answer)
}

fn metadata(hook: &Hook) -> Result<Metadata> {
    let at = |path: &str| format!("{}{path}", hook.app().site().origin);
    let words = |all: &[&str]| all.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let secret = || vec![Auth::ClientSecretBasic, Auth::ClientSecretPost];
    let any = || vec![Auth::ClientSecretBasic, Auth::ClientSecretPost, Auth::None];
    let more = More {
        end_session_endpoint: at("/oidc/sign-out"),
        revocation_endpoint: at("/oidc/revoke"),
        revocation_endpoint_auth_methods_supported: any(),
        introspection_endpoint: at("/oidc/introspect"),
        introspection_endpoint_auth_methods_supported: secret(),
        device_authorization_endpoint: at("/oidc/device"),
        code_challenge_methods_supported: words(&["S256"]),
        authorization_response_iss_parameter_supported: true,
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
        prompt_values_supported: words(&["none", "login", "consent", "select_account"]),
    };
    let grants = vec![
        CoreGrantType::AuthorizationCode,
        CoreGrantType::RefreshToken,
        CoreGrantType::ClientCredentials,
        CoreGrantType::DeviceCode,
    ];
    let scopes_known = USER_SCOPES.iter().map(|(word, _)| Scope::new((*word).to_owned()));
    let always = ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid"];
    let claim_names = always.into_iter().chain(scopes::claim_names());
    let acr = [ACR_SINGLE, ACR_STRONG].map(|word| AuthenticationContextClass::new(word.to_owned()));
    let languages = LANGUAGES.iter().map(|(code, _)| LanguageTag::new((*code).to_owned()));
    let metadata = Metadata::new(
        claims::issuer(hook.app().db())?,
        AuthUrl::new(at("/oidc/authorize")).map_err(Error::internal)?,
        JsonWebKeySetUrl::new(at("/oidc/keys")).map_err(Error::internal)?,
        vec![ResponseTypes::new(vec![CoreResponseType::Code])],
        vec![CoreSubjectIdentifierType::Public],
        vec![CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256],
        more,
    )
    .set_token_endpoint(Some(TokenUrl::new(at("/oidc/token")).map_err(Error::internal)?))
    .set_userinfo_endpoint(Some(UserInfoUrl::new(at("/oidc/userinfo")).map_err(Error::internal)?))
    .set_scopes_supported(Some(scopes_known.collect()))
    .set_response_modes_supported(Some(vec![CoreResponseMode::Query]))
    .set_grant_types_supported(Some(grants))
    .set_token_endpoint_auth_methods_supported(Some(any()))
    .set_acr_values_supported(Some(acr.to_vec()))
    .set_claims_supported(Some(
        claim_names.map(|name| CoreClaimName::new(name.to_owned())).collect(),
    ))
    .set_claims_parameter_supported(Some(true))
    .set_request_parameter_supported(Some(false))
    .set_request_uri_parameter_supported(Some(false))
    .set_ui_locales_supported(Some(languages.collect()));
    Ok(metadata)
}
