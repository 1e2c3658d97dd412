//! Endpoints for machines that sign what they send, such as a payment provider's webhooks.

use std::net::{IpAddr, SocketAddr};

use axum::body::{Bytes, to_bytes};
use axum::extract::{ConnectInfo, FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use messaging::{Actor, Command, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::form::is_urlencoded;
use crate::http::visit::Visit;
use crate::http::{Answer, Failure};

/// The most bytes a machine may send.
pub const MOST_BYTES: usize = 64 * 1024;

/// A request of a machine: no cookie, no form; who it is, its signature says, which the handler
/// checks over [`Hook::body`] as it came.
pub struct Hook {
    app: App,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
    from: Option<IpAddr>,
    correlation: uuid::Uuid,
}

impl FromRequest<App> for Hook {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        let visit = Visit::of(request.extensions());
        visit.of_machine();
        let correlation = visit.correlation();
        let (parts, body) = request.into_parts();
        let from = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let from = from.map(|ConnectInfo(from)| from.ip());
        let body = to_bytes(body, MOST_BYTES).await.map_err(|_| {
            let message = format!("at most {MOST_BYTES} bytes are taken");
            Failure::http(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
        })?;
        Ok(Self {
            app: app.clone(),
            headers: parts.headers,
            uri: parts.uri,
            body,
            from,
            correlation,
        })
    }
}

impl Hook {
    /// The service.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The body, byte by byte as it came.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// A header, when it is there and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The address that the request came from, when it is known.
    #[must_use]
    pub fn from(&self) -> Option<IpAddr> {
        self.from
    }

    /// The path asked for.
    #[must_use]
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// A value of the query.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        self.query_pairs().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// All names and values of the query, in their order; none when it cannot be read.
    #[must_use]
    pub fn query_pairs(&self) -> Vec<(String, String)> {
        serde_urlencoded::from_str(self.uri.query().unwrap_or_default()).unwrap_or_default()
    }

    /// All names and values of a form that a machine sent; it needs no token of ours, and so may
    /// be believed only as far as it proves by itself who sent it.
    ///
    /// # Errors
    /// 415 when it is no form, 400 when it cannot be read.
    pub fn form(&self) -> Result<Vec<(String, String)>, Failure> {
        if !self.header(CONTENT_TYPE.as_str()).is_some_and(is_urlencoded) {
            let message = "a form is sent as application/x-www-form-urlencoded";
            return Err(self.refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type", message));
        }
        serde_urlencoded::from_bytes(&self.body)
            .map_err(|_| self.refuse(StatusCode::BAD_REQUEST, "body", "the form could not be read"))
    }

    /// Who acts: a machine by `name`, in this request.
    #[must_use]
    pub fn actor(&self, name: &str) -> Actor {
        Actor::job(name, self.correlation)
    }

    /// Runs a command once per `key`; `hash` is of what was asked (see [`crate::form::hash`]).
    ///
    /// # Errors
    /// Those of the command; `idempotency_key_reused` when the key came with another request.
    pub async fn db_once<C>(&self, key: &str, hash: &str, command: &C) -> Result<C::Out>
    where
        C: Command,
        C::Out: Serialize + DeserializeOwned + Sync,
    {
        let actor = self.actor("hook");
        Ok(self.app.db().execute_once(&actor, &format!("hook/{key}"), hash, command).await?.out)
    }

    /// Answers with JSON.
    ///
    /// # Errors
    /// [`messaging::Error::Internal`] when the value cannot be written as JSON.
    pub fn json(&self, status: StatusCode, value: &impl Serialize) -> Answer {
        let body = serde_json::to_vec(value).map_err(messaging::Error::internal)?;
        Ok((status, [(CONTENT_TYPE, "application/json")], body).into_response())
    }

    /// Refuses, with a stable code: a forged or stale signature, for example, with 400.
    #[must_use]
    pub fn refuse(&self, status: StatusCode, code: &'static str, message: &str) -> Failure {
        Failure::http(status, code, message)
    }

    /// Answers that all is well: 204.
    ///
    /// # Errors
    /// None.
    pub fn done(&self) -> Answer {
        Ok::<Response, Failure>(StatusCode::NO_CONTENT.into_response())
    }
}
