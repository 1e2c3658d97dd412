//! The network that a request comes from, for counting tries.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

use crate::signins::domain;

/// Where a request comes from, as tries are counted; requests without an address are one network.
pub(crate) struct Network(String);

impl Network {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Network {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let from = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(domain::network(from.map(|ConnectInfo(from)| from.ip()))))
    }
}
