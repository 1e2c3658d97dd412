//! One origin: which service answers a path. The longest prefix wins, `content` has the rest, and a
//! prefix never falls through to it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::connect_info::IntoMakeServiceWithConnectInfo;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderValue};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use chassis::run::House;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::house::Estate;
use crate::ops;
use crate::services::{self, PROBLEMS, RESERVED, below};
use crate::telemetry::{Endpoint, Registry, endpoint};
use crate::visitor;

/// Where requests go.
pub(crate) struct Dispatch {
    estate: Arc<Estate>,
    /// Prefix and service, the longest prefix first.
    table: Vec<(String, &'static str)>,
    metrics: Endpoint,
    /// Cancelled when the door is shut: from then on each answer is the last on its connection.
    closing: CancellationToken,
}

impl Dispatch {
    /// The table of all services of the website, in this process or elsewhere.
    pub(crate) fn new(estate: Arc<Estate>, registry: Registry, closing: CancellationToken) -> Self {
        let all = services::all().into_iter().chain([ops::service()]);
        let table = table(all.map(|service| (service.name(), service.prefixes())).collect());
        Self { estate, table, metrics: Endpoint::new(registry), closing }
    }

    /// The whole website.
    pub(crate) fn into_service(self) -> IntoMakeServiceWithConnectInfo<Router, SocketAddr> {
        let site = Router::new().fallback(answer).with_state(Arc::new(self));
        site.into_make_service_with_connect_info()
    }

    async fn answer(&self, mut request: Request) -> Response {
        if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>() {
            let trusted = &self.estate.config.own.server.trusted_proxies;
            let from = visitor::address(*peer, request.headers(), trusted);
            request.extensions_mut().insert(ConnectInfo(from));
        }
        let path = request.uri().path();
        if path == "/-/health/live" {
            return plain(StatusCode::OK, "live\n");
        }
        if path == "/-/health/ready" {
            return if self.estate.is_ready() {
                plain(StatusCode::OK, "ready\n")
            } else {
                plain(StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
            };
        }
        if path == endpoint::PATH {
            return self.metrics.answer(&self.estate, request.headers()).await;
        }
        if let Some(asset) = asset(&request, path) {
            return asset;
        }
        if let Some(name) = path.strip_prefix("/feeds/").map(str::to_owned) {
            return self.feed(&name, &request.into_parts().0).await;
        }
        let name = service_of(&self.table, path);
        match self.estate.open(name).and_then(|open| open.router.clone()) {
            Some(router) if name == ops::NAME => ask(router, self.with_estate(request)).await,
            Some(router) => ask(router, request).await,
            None => self.away(name, request).await,
        }
    }

    /// What readers in other processes ask for; browsers are never led here.
    async fn feed(&self, name: &str, request: &Parts) -> Response {
        let House { feeds, readers, .. } = &self.estate.house;
        let stopping = self.estate.stopping();
        chassis::feeds::answer(feeds.reader(name), name, readers, request, &stopping).await
    }

    /// Operations steer the whole process.
    fn with_estate(&self, mut request: Request) -> Request {
        request.extensions_mut().insert(self.estate.clone());
        request
    }

    /// The frame's page that a service is away, by the operations' hand: they always run.
    async fn away(&self, name: &str, mut request: Request) -> Response {
        let operations = self.estate.open(ops::NAME).and_then(|open| open.router.clone());
        let Some(router) = operations else {
            return plain(StatusCode::SERVICE_UNAVAILABLE, "the website is stopping\n");
        };
        let path = ops::away_path(name, wants_problem(request.uri().path()));
        let asked = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
        let sent = *request.method() != Method::GET && *request.method() != Method::HEAD;
        let Ok(uri) = path.parse::<Uri>() else {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        };
        *request.uri_mut() = uri;
        if request.method() != Method::HEAD {
            *request.method_mut() = Method::GET;
        }
        *request.body_mut() = Body::empty();
        request.extensions_mut().insert(chassis::AskedPath(asked.clone()));
        request.extensions_mut().insert(ops::Away { asked, sent });
        ask(router, self.with_estate(request)).await
    }
}

async fn answer(State(dispatch): State<Arc<Dispatch>>, request: Request) -> Response {
    let mut answer = dispatch.answer(request).await;
    if dispatch.closing.is_cancelled() {
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

async fn ask(router: Router, request: Request) -> Response {
    router.oneshot(request).await.unwrap_or_else(|never: Infallible| match never {})
}

/// Longest first; with equal length the order does not matter, for they differ.
fn table(claims: Vec<(&'static str, Vec<String>)>) -> Vec<(String, &'static str)> {
    let mut table: Vec<(String, &'static str)> = claims
        .into_iter()
        .flat_map(|(name, paths)| paths.into_iter().map(move |path| (path, name)))
        .collect();
    table.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
    table
}

/// The service that answers a path: what is reserved and no service's is the operations' to refuse.
fn service_of(table: &[(String, &'static str)], path: &str) -> &'static str {
    let claimed = table.iter().find(|(prefix, _)| below(path, prefix));
    let reserved = RESERVED.iter().any(|reserved| below(path, reserved));
    match claimed {
        Some((prefix, _)) if prefix == "/" && reserved => ops::NAME,
        Some((_, name)) => name,
        None => ops::NAME,
    }
}

fn wants_problem(path: &str) -> bool {
    PROBLEMS.iter().any(|machines| below(path, machines))
}

fn asset(request: &Request, path: &str) -> Option<Response> {
    let reads = [Method::GET, Method::HEAD].contains(request.method());
    if reads { chassis::assets::answer(path, request.headers()) } else { None }
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    (status, headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table_of() -> Vec<(String, &'static str)> {
        let paths = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
        table(vec![
            ("content", paths(&["/", "/staff/content"])),
            ("membership", paths(&["/membership", "/companies", "/staff/membership"])),
            ("ops", paths(&["/ops", "/api/ops"])),
        ])
    }

    #[test]
    fn the_longest_prefix_wins_and_content_has_the_rest() {
        let table = table_of();
        let cases = [
            ("/", "content"),
            ("/about", "content"),
            ("/membershipx", "content"),
            ("/membership", "membership"),
            ("/membership/join", "membership"),
            ("/staff/membership/types", "membership"),
            ("/staff/content", "content"),
            ("/ops", "ops"),
            ("/ops/membership", "ops"),
        ];
        for (path, service) in cases {
            assert_eq!(service_of(&table, path), service, "{path}");
        }
    }

    #[test]
    fn what_is_reserved_never_falls_through_to_content() {
        let table = table_of();
        for path in
            ["/staff", "/staff/nobody", "/api", "/api/x", "/-/x", "/feeds/identity", "/assets/x"]
        {
            assert_eq!(service_of(&table, path), "ops", "{path}");
        }
    }
}
