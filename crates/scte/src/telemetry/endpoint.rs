//! `GET /-/metrics`: what this process counts and what waits in it, for a reader with a token.

use std::time::Duration;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::exposition::Exposition;
use super::registry::Registry;
use super::{process, waiting};
use crate::house::Estate;

/// Where it answers.
pub(crate) const PATH: &str = "/-/metrics";

/// Within this time the databases are asked once, however many ask.
const FRESH: Duration = Duration::from_secs(1);

/// Answers whoever collects metrics.
pub(crate) struct Endpoint {
    registry: Registry,
    /// What was looked up last, and when; held while it is looked up.
    looked_up: Mutex<Option<(Instant, String)>>,
}

impl Endpoint {
    pub(crate) fn new(registry: Registry) -> Self {
        Self { registry, looked_up: Mutex::new(None) }
    }

    /// The metrics; 401 for whoever has no reader's token.
    pub(crate) async fn answer(&self, estate: &Estate, headers: &HeaderMap) -> Response {
        if estate.house.readers.of_request(headers).is_none() {
            let refused = [(WWW_AUTHENTICATE, "Bearer realm=\"metrics\"")];
            let why = "a reader's token is needed: `scte feed-token NAME` prints one\n";
            return (StatusCode::UNAUTHORIZED, refused, why).into_response();
        }
        let text = format!("{}\n{}", self.looked_up(estate).await, self.registry.text());
        let kind = "text/plain; version=0.0.4; charset=utf-8";
        ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-store")], text).into_response()
    }

    async fn looked_up(&self, estate: &Estate) -> String {
        let mut last = self.looked_up.lock().await;
        if let Some((at, text)) = &*last
            && at.elapsed() < FRESH
        {
            return text.clone();
        }
        let mut exposition = Exposition::default();
        waiting::look(estate, &mut exposition).await;
        process::look(&mut exposition);
        let text = exposition.text();
        *last = Some((Instant::now(), text.clone()));
        text
    }
}
