//! What stands around every request of a service: correlation, limits, panics, error pages,
//! security headers. One middleware, because each layer of its own costs a page its share.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::FutureExt as _;
use messaging::{Error, trace};
use tracing::field::Empty;
use tracing::{Instrument as _, Span};
use uuid::Uuid;

use super::meter::Answers;
use super::visit::Visit;
use super::{Cause, Failure, problem};
use crate::app::App;
use crate::assets;
use crate::page::{Dressed, frame, own};
use crate::route::{RouteEntry, Routes};

/// The header that ties requests together.
pub const CORRELATION: HeaderName = HeaderName::from_static("x-correlation-id");

/// The most bytes a body may have that no extractor limits otherwise.
const MOST_BYTES: usize = 256 * 1024;

/// What a page may do.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What a foreign text in a frame may do: lie there, and lead on when somebody clicks.
pub(super) const INERT: &str = "default-src 'none'; style-src 'unsafe-inline'; \
     frame-ancestors 'self'; base-uri 'none'; \
     sandbox allow-popups allow-top-navigation-by-user-activation";

/// What every answer says to the browser, unless its handler says something stricter.
pub const HEADERS: [(&str, &str); 6] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
];

/// A service's finished router and its route table: its own routes, those of every service, and
/// what stands around them.
pub fn assemble(app: &App, described: Routes) -> (Router, Vec<RouteEntry>) {
    let (bare, table) = own::routes(described, app.service()).into_parts();
    let dressed = bare
        .route("/assets/{file}", get(asset))
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(app.clone())
        .layer(from_fn_with_state((app.clone(), Answers::of(app.service())), outer));
    (dressed, table)
}

/// The one route without a reader: what it gives is compiled in and the same for everybody.
async fn asset(uri: Uri, headers: HeaderMap) -> Response {
    assets::answer(uri.path(), &headers).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

async fn outer(
    State((app, answers)): State<(App, Answers)>,
    mut request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let correlation =
        correlation(request.headers()).unwrap_or_else(|| app.ids().uuid(app.clock().now()));
    let visit = Visit::new(correlation, app.limits().of_routes());
    request.extensions_mut().insert(visit.clone());
    let (headers, path) = (request.headers().clone(), request.uri().path().to_owned());
    let span = span_of(&app, &request, &path, correlation);
    let answer = async {
        let answer =
            match app.limits().check(request.extensions()) {
                Err(too_many) => too_many.into_response(),
                Ok(()) => AssertUnwindSafe(next.run(request)).catch_unwind().await.unwrap_or_else(
                    |panic| Failure::from(Error::internal(said(panic.as_ref()))).into_response(),
                ),
            };
        let mut answer = dress(&app, &visit, &headers, &path, answer).await;
        visit.hand_over_cookies(answer.headers_mut());
        finish(&app, correlation, answer.headers_mut());
        answer
    };
    let answer = answer.instrument(span.clone()).await;
    answers.count(answer.status(), began);
    if answer.status().is_server_error() {
        trace::failed(&span, answer.status().as_str());
    }
    answer
}

/// The span of a request; where spans are kept it goes on with the trace that the request names.
fn span_of(app: &App, request: &Request, path: &str, correlation: Uuid) -> Span {
    let span = tracing::info_span!(
        "request",
        otel.name = Empty,
        otel.kind = Empty,
        service = app.service(),
        method = %request.method(),
        path,
        correlation.id = %correlation
    );
    if trace::is_on() {
        let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
        span.record("otel.name", format!("{} {route}", request.method()).trim_end());
        span.record("otel.kind", "server");
        let traceparent = request.headers().get("traceparent").and_then(|one| one.to_str().ok());
        if let Some(traceparent) = traceparent {
            trace::continue_from(&span, traceparent);
        }
    }
    span
}

/// Taken over only when it is a UUID: it ends in logs and on pages.
fn correlation(headers: &HeaderMap) -> Option<Uuid> {
    let id = Uuid::parse_str(headers.get(CORRELATION)?.to_str().ok()?).ok()?;
    (!id.is_nil()).then_some(id)
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("a handler panicked: {}", text.unwrap_or_default())
}

/// Gives a failure its page or problem+json; everything else goes out as it is.
async fn dress(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    path: &str,
    answer: Response,
) -> Response {
    let Some(failure) = failure_of(&answer) else { return answer };
    log(&failure);
    if matches!(failure.cause(), Cause::Elsewhere(_)) {
        return answer;
    }
    let mut dressed = if visit.is_machine() || wants_problem(path, headers) {
        problem(&failure, visit.correlation())
    } else {
        // Boxed: an error page asks the database and would make every request's future large.
        Box::pin(frame::error_page(app, visit, headers, path, &failure)).await
    };
    frame::carry_over(answer.headers(), dressed.headers_mut());
    dressed
}

/// The failure that an answer stands for: a handler's, or a bare refusal of the router.
fn failure_of(answer: &Response) -> Option<Failure> {
    if let Some(failure) = answer.extensions().get::<Failure>() {
        return Some(failure.clone());
    }
    let status = answer.status();
    let bare = answer
        .headers()
        .get(CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let ours = answer.extensions().get::<Dressed>().is_some();
    if ours || !bare || !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    let (code, message) = match status.as_u16() {
        400 => ("bad_request", "the address, or what came with it, could not be read"),
        404 => ("not_found", "the address may be old, or mistyped"),
        405 => ("method_not_allowed", "this address does not take what was sent"),
        413 => ("too_large", "what was sent is too large"),
        415 => ("content_type", "what was sent is of a kind that is not taken here"),
        _ => ("error", "the request could not be answered"),
    };
    Some(Failure::http(status, code, message))
}

fn wants_problem(path: &str, headers: &HeaderMap) -> bool {
    let below = |prefix: &str| {
        path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let accepts = |kind: &str| {
        let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        accept.contains(kind)
    };
    below("/api")
        || below("/checkout/hooks")
        || (accepts("application/json") || accepts("application/problem+json"))
            && !accepts("text/html")
}

/// Once per failure, here at the boundary; what the caller can mend is no line in the log.
fn log(failure: &Failure) {
    match failure.cause() {
        Cause::Error(error @ Error::Internal(_)) => {
            tracing::error!(error = error.chain(), "request failed");
        }
        Cause::Error(Error::Unavailable { what }) => tracing::warn!(what, "not available"),
        Cause::Error(error @ (Error::Refused { .. } | Error::Conflict | Error::Forbidden)) => {
            tracing::info!(code = error.code(), "refused: {error}");
        }
        Cause::Http { status, code, .. } if status.is_server_error() => {
            tracing::error!(code, "request failed");
        }
        _ => {}
    }
}

/// The headers every answer carries, unless its handler set stricter ones.
fn finish(app: &App, correlation: Uuid, headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        let name = HeaderName::from_static(name);
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if app.site().https {
        let name = HeaderName::from_static("strict-transport-security");
        headers.insert(name, HeaderValue::from_static("max-age=31536000"));
    }
    if let Ok(id) = HeaderValue::from_str(&correlation.to_string()) {
        headers.insert(CORRELATION, id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(kind: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(kind));
        headers
    }

    #[test]
    fn machines_get_problems_and_people_pages() {
        let none = HeaderMap::new();
        assert!(wants_problem("/api/commerce/orders", &none) && wants_problem("/api", &none));
        assert!(wants_problem("/checkout/hooks/sandbox", &none));
        assert!(!wants_problem("/apiary", &none) && !wants_problem("/checkout", &none));
        assert!(wants_problem("/membership", &accepting("application/json")));
        assert!(!wants_problem("/membership", &accepting("text/html,application/json;q=0.5")));
    }

    #[test]
    fn only_a_uuid_is_taken_as_correlation() {
        let with = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CORRELATION, HeaderValue::from_static(value));
            correlation(&headers)
        };
        assert!(with("0190a6f2-0000-7000-8000-000000000001").is_some());
        assert!(with("'; drop table").is_none());
        assert!(with("00000000-0000-0000-0000-000000000000").is_none());
    }
}
