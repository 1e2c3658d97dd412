//! What is due behind entries of the navigation: asked by browsers after a page has loaded.

use axum::http::header::{CACHE_CONTROL, HeaderValue};
use axum::response::IntoResponse as _;
use serde::Serialize;

use crate::http::{Answer, Json};

/// The counts of one service, for one reader; the answer of its route `/-/<service>/badge`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Badges(Vec<Due>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Due {
    path: String,
    count: i64,
}

impl Badges {
    /// Nothing is due.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// So many things are due behind the entry of this path.
    #[must_use]
    pub fn due(mut self, path: impl Into<String>, count: i64) -> Self {
        if count > 0 {
            self.0.push(Due { path: path.into(), count });
        }
        self
    }

    /// The answer for the browser's script.
    ///
    /// # Errors
    /// None; it is an [`Answer`] for the handler's sake.
    pub fn answer(self) -> Answer {
        let keep = HeaderValue::from_static("private, no-store");
        Ok(([(CACHE_CONTROL, keep)], Json(self.0)).into_response())
    }
}
