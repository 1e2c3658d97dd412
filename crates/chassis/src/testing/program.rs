//! Somebody's program: it asks with an access token and without cookies of a sign-in.

use axum::body::Body;
use axum::http::Request;
use axum::http::header::AUTHORIZATION;

use super::{Answered, Browser};

/// A program that holds a token.
#[derive(Clone)]
pub struct Program {
    pub(super) browser: Browser,
    pub(super) token: String,
}

impl Program {
    /// Asks the API.
    pub async fn get(&mut self, path: &str) -> Answered {
        let request = Request::get(path).header(AUTHORIZATION, format!("Bearer {}", self.token));
        self.browser.send(request, Body::empty()).await
    }

    /// The token it shows.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }
}
