//! One request: its correlation id, and who asks, once that is known.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::http::{Extensions, HeaderMap};
use cookie::Cookie;
use uuid::Uuid;

use crate::readers::Reader;

/// What is known of a request while it is answered; put into its extensions by [`super::outer`].
#[derive(Clone, Debug)]
pub(crate) struct Visit(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    correlation: Uuid,
    limited: bool,
    machine: AtomicBool,
    reader: OnceLock<Arc<Reader>>,
    cookies: Mutex<Vec<Cookie<'static>>>,
}

impl Visit {
    pub(crate) fn new(correlation: Uuid, limited: bool) -> Self {
        Self(Arc::new(Inner {
            correlation,
            limited,
            machine: AtomicBool::new(false),
            reader: OnceLock::new(),
            cookies: Mutex::default(),
        }))
    }

    /// The visit of this request; a fresh one for a router without [`super::outer`].
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_else(|| Self::new(Uuid::nil(), true))
    }

    /// Sets a cookie with the answer, whichever that will be.
    pub(crate) fn set_cookie(&self, cookie: Cookie<'static>) {
        self.0.cookies.lock().unwrap_or_else(PoisonError::into_inner).push(cookie);
    }

    /// Writes the cookies down, once.
    pub(crate) fn hand_over_cookies(&self, headers: &mut HeaderMap) {
        for cookie in self.0.cookies.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            super::set_cookie(headers, &cookie);
        }
    }

    pub(crate) fn correlation(&self) -> Uuid {
        self.0.correlation
    }

    /// Whether the limits that routes state apply.
    pub(crate) fn is_limited(&self) -> bool {
        self.0.limited
    }

    /// Remembers that a machine asks, which wants problems instead of pages.
    pub(crate) fn of_machine(&self) {
        self.0.machine.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_machine(&self) -> bool {
        self.0.machine.load(Ordering::Relaxed)
    }

    /// Remembers who asks, so that an error page can greet them without asking again.
    pub(crate) fn remember(&self, reader: &Arc<Reader>) {
        // The second to remember loses: it is the same request and the same reader.
        drop(self.0.reader.set(Arc::clone(reader)));
    }

    pub(crate) fn reader(&self) -> Option<Arc<Reader>> {
        self.0.reader.get().cloned()
    }
}
