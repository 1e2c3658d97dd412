//! From an error to an answer: status, page or problem+json. Read in this order: this file, then
//! [`outer`], which stands around every request.

mod meter;
pub mod outer;
pub(crate) mod visit;

pub use outer::assemble;

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER, SET_COOKIE,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use cookie::Cookie;
use messaging::{Error, FieldError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a handler gives back.
pub type Answer = Result<Response, Failure>;

/// Why a request failed; made by `?` from an [`Error`].
///
/// It knows the status; [`outer`] renders it as page or problem+json, because only there is it
/// known who asks for what.
#[derive(Debug, Clone)]
pub struct Failure(Arc<Cause>);

#[derive(Debug)]
pub(crate) enum Cause {
    /// What the application said.
    Error(Error),
    /// What HTTP itself does not allow.
    Http { status: StatusCode, code: &'static str, message: String },
    /// Not a failure for people: a browser has to go elsewhere first.
    Elsewhere(String),
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Arc::new(Cause::Error(error.into())))
    }
}

impl Failure {
    /// Something that HTTP does not allow, such as a wrong content type.
    pub(crate) fn http(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self(Arc::new(Cause::Http { status, code, message: message.into() }))
    }

    /// Sends the browser elsewhere.
    pub(crate) fn elsewhere(path: String) -> Self {
        Self(Arc::new(Cause::Elsewhere(path)))
    }

    pub(crate) fn cause(&self) -> &Cause {
        &self.0
    }

    /// The error, when it is one of the application's.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        match self.cause() {
            Cause::Error(error) => Some(error),
            _ => None,
        }
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self.cause() {
            Cause::Error(error) => status_of(error),
            Cause::Http { status, .. } => *status,
            Cause::Elsewhere(_) => StatusCode::SEE_OTHER,
        }
    }

    /// The stable code that clients and tests match.
    #[must_use]
    pub fn code(&self) -> &str {
        match self.cause() {
            Cause::Error(error) => error.code(),
            Cause::Http { code, .. } => code,
            Cause::Elsewhere(_) => "elsewhere",
        }
    }

    /// What people read; an internal error says nothing of its cause.
    pub(crate) fn sentence(&self) -> String {
        match self.cause() {
            Cause::Error(Error::Internal(_)) => {
                "something went wrong on our side; nothing was changed".to_owned()
            }
            Cause::Error(error) => error.to_string(),
            Cause::Http { message, .. } => message.clone(),
            Cause::Elsewhere(path) => path.clone(),
        }
    }
}

/// The status each error answers with.
fn status_of(error: &Error) -> StatusCode {
    match error {
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        // Of the second: the inbox's "same key, another request" is a mistake of the client, not of the moment.
        Error::Invalid(_) | Error::Refused { code: "idempotency_key_reused", .. } => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Error::Refused { .. } | Error::Conflict => StatusCode::CONFLICT,
        Error::Forbidden => StatusCode::FORBIDDEN,
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut answer = self.status().into_response();
        if let Cause::Elsewhere(path) = self.cause()
            && let Ok(path) = HeaderValue::from_str(path)
        {
            answer.headers_mut().insert(LOCATION, path);
        }
        if matches!(self.cause(), Cause::Error(Error::Unavailable { .. })) {
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        answer.extensions_mut().insert(self);
        answer
    }
}

/// An RFC 9457 problem.
#[derive(Debug, Serialize)]
pub(crate) struct Problem<'a> {
    r#type: &'static str,
    title: &'a str,
    status: u16,
    detail: String,
    code: &'a str,
    correlation: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ProblemField<'a>>,
}

#[derive(Debug, Serialize)]
struct ProblemField<'a> {
    field: &'a str,
    message: &'a str,
}

/// Renders a failure as problem+json.
pub(crate) fn problem(failure: &Failure, correlation: uuid::Uuid) -> Response {
    let fields: &[FieldError] = match failure.error() {
        Some(Error::Invalid(fields)) => fields,
        _ => &[],
    };
    let status = failure.status();
    let problem = Problem {
        r#type: "about:blank",
        title: status.canonical_reason().unwrap_or("Error"),
        status: status.as_u16(),
        detail: failure.sentence(),
        code: failure.code(),
        correlation: correlation.to_string(),
        errors: fields
            .iter()
            .map(|wrong| ProblemField { field: &wrong.field, message: &wrong.message })
            .collect(),
    };
    // A struct of strings and numbers always serialises; an empty body is no reason to panic.
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    (status, [(CONTENT_TYPE, "application/problem+json")], body).into_response()
}

/// A page: HTML in UTF-8.
pub(crate) fn html(status: StatusCode, body: String) -> Response {
    (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response()
}

/// A JSON body, in and out; what cannot be read is refused with problem+json.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Failure;

    #[expect(clippy::disallowed_types, reason = "wraps axum's own with our rejections")]
    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(json_failure(&rejection)),
        }
    }
}

fn json_failure(rejection: &JsonRejection) -> Failure {
    let code = match rejection {
        JsonRejection::JsonSyntaxError(_) => "json_syntax",
        JsonRejection::JsonDataError(_) => "json_data",
        JsonRejection::MissingJsonContentType(_) => "content_type",
        _ => "body",
    };
    Failure::http(rejection.status(), code, rejection.body_text())
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// What can still be done to an answer.
pub trait AnswerExt {
    /// Sets a cookie.
    #[must_use]
    fn with_cookie(self, cookie: &Cookie<'_>) -> Self;

    /// Lets the page show other pages of this site in frames.
    #[must_use]
    fn framing(self) -> Self;

    /// Lets the answer be shown in a frame of this site's pages, and do nothing there: no
    /// scripts, no forms, no requests; only its own inline styles. Its links open in the top window.
    #[must_use]
    fn framed(self) -> Self;
}

impl AnswerExt for Answer {
    fn with_cookie(self, cookie: &Cookie<'_>) -> Self {
        self.map(|mut answer| {
            set_cookie(answer.headers_mut(), cookie);
            answer
        })
    }

    fn framing(self) -> Self {
        let policy = format!("{}; frame-src 'self'", outer::POLICY);
        self.map(|answer| with_policy(answer, &policy))
    }

    fn framed(self) -> Self {
        self.map(|answer| with_policy(answer, outer::INERT))
    }
}

fn with_policy(mut answer: Response, policy: &str) -> Response {
    if let Ok(policy) = HeaderValue::from_str(policy) {
        answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    answer
}

/// Adds a `Set-Cookie` header.
pub(crate) fn set_cookie(headers: &mut HeaderMap, cookie: &Cookie<'_>) {
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        headers.append(SET_COOKIE, value);
    }
}

/// The value of a request's cookie.
pub(crate) fn cookie_of(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(axum::http::header::COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_status() {
        let cases = [
            (Error::invalid("name", "say a name"), 422),
            (Error::not_found("term", 7), 404),
            (Error::refused("expelled", "no"), 409),
            (Error::refused("idempotency_key_reused", "no"), 422),
            (Error::Conflict, 409),
            (Error::Forbidden, 403),
            (Error::Unauthenticated, 401),
            (Error::unavailable("the database"), 503),
            (Error::internal("secret detail"), 500),
        ];
        for (error, status) in cases {
            assert_eq!(Failure::from(error).status().as_u16(), status);
        }
    }

    #[test]
    fn an_internal_error_tells_people_nothing_of_its_cause() {
        let failure = Failure::from(Error::internal("secret detail"));
        assert!(!failure.sentence().contains("secret"));
    }

    #[test]
    fn cookies_are_found_by_their_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append("cookie", HeaderValue::from_static("ab=1; a=2"));
        headers.append("cookie", HeaderValue::from_static("c=3"));
        assert_eq!(cookie_of(&headers, "a").as_deref(), Some("2"));
        assert_eq!(cookie_of(&headers, "c").as_deref(), Some("3"));
        assert_eq!(cookie_of(&headers, "b"), None);
    }
}
