//! Answers of the machine endpoints: JSON that nobody keeps, and refusals in the protocol's words.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderValue, WWW_AUTHENTICATE};
use chassis::{Answer, Hook};
use openidconnect::StandardErrorResponse;
use openidconnect::core::CoreErrorResponseType as Kind;
use serde::Serialize;

use crate::oidc::domain::grant::NotGiven;
use crate::oidc::domain::params::{Params, Twice};

/// JSON that neither a browser nor a proxy keeps.
pub(crate) fn unkept(hook: &Hook, status: StatusCode, value: &impl Serialize) -> Answer {
    let mut answer = hook.json(status, value)?;
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// A refusal as the token endpoint words it. A caller that is not known is asked for its secret.
pub(crate) fn refused(hook: &Hook, not: &NotGiven) -> Answer {
    let unknown = not.error == Kind::InvalidClient;
    let status = if unknown { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
    let body = StandardErrorResponse::new(not.error.clone(), Some(not.why.clone()), None);
    let mut answer = unkept(hook, status, &body)?;
    if unknown {
        let basic = HeaderValue::from_static("Basic realm=\"oidc\"");
        answer.headers_mut().insert(WWW_AUTHENTICATE, basic);
    }
    Ok(answer)
}

/// A refusal of an access token (RFC 6750): without one nothing is said of what was wrong.
pub(crate) fn no_bearer(hook: &Hook, status: StatusCode, error: Option<&'static str>) -> Answer {
    let body = serde_json::json!({ "error": error.unwrap_or("invalid_request") });
    let mut answer = unkept(hook, status, &body)?;
    let says = match error {
        None => "Bearer realm=\"oidc\"".to_owned(),
        Some(error) => format!("Bearer realm=\"oidc\", error=\"{error}\""),
    };
    let says = HeaderValue::from_str(&says).map_err(chassis::Error::internal)?;
    answer.headers_mut().insert(WWW_AUTHENTICATE, says);
    Ok(answer)
}

/// The form that was sent, each name once.
pub(crate) fn form(hook: &Hook) -> Result<Params, NotGiven> {
    let not_read = |_| NotGiven::new(Kind::InvalidRequest, "the form could not be read");
    let params = Params::new(hook.form().map_err(not_read)?);
    params.each_once().map_err(|Twice(name)| {
        NotGiven::new(Kind::InvalidRequest, format!("{name} came more than once"))
    })?;
    Ok(params)
}
