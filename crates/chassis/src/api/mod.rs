//! The JSON API: programs that show an access token. Read in this order: the scopes, the token,
//! whether it holds, [`Api`] here, the note that it was used.
//!
//! A cookie opens nothing here, and a token opens no page.

mod scope;
mod token;
mod load;
mod used;

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, HeaderValue, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, NaiveDate, Utc};
use contracts::PersonId;
use messaging::{Actor, Result, Tx};
use serde::Serialize;

pub use scope::{
    AccountRead, Holders, MembersRead, MembershipRead, OfPeople, SCOPES, Scope, ScopeEntry,
    scopes_for,
};
pub use token::{AccessToken, Holder};
pub(crate) use used::UsesTold;

use crate::app::App;
use crate::http::visit::Visit;
use crate::http::{Answer, Failure, Json};
use crate::page::Patience;
use crate::readers::Reader;
use load::{Believed, Seen};

/// One request of a program whose token has the scope `S`; the first parameter of its handler.
pub struct Api<S> {
    app: App,
    token: Arc<AccessToken>,
    reader: Arc<Reader>,
    correlation: uuid::Uuid,
    scope: PhantomData<fn() -> S>,
}

/// Why a program was not let in: a problem, and the challenge of RFC 6750.
#[derive(Debug)]
pub struct Barred {
    failure: Failure,
    challenge: String,
}

impl From<messaging::Error> for Barred {
    fn from(error: messaging::Error) -> Self {
        Self { failure: error.into(), challenge: String::new() }
    }
}

impl IntoResponse for Barred {
    fn into_response(self) -> Response {
        let mut answer = self.failure.into_response();
        if let Ok(challenge) = HeaderValue::from_str(&self.challenge)
            && !challenge.is_empty()
        {
            answer.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        answer
    }
}

impl Barred {
    fn no_token() -> Self {
        let message = "show an access token: Authorization: Bearer …";
        Self {
            failure: Failure::http(StatusCode::UNAUTHORIZED, "token_missing", message),
            challenge: "Bearer realm=\"scte\"".to_owned(),
        }
    }

    fn invalid(why: &str) -> Self {
        let challenge =
            format!("Bearer realm=\"scte\", error=\"invalid_token\", error_description=\"{why}\"");
        let failure = Failure::http(StatusCode::UNAUTHORIZED, "invalid_token", why);
        Self { failure, challenge }
    }

    fn scope(needed: &str) -> Self {
        let challenge =
            format!("Bearer realm=\"scte\", error=\"insufficient_scope\", scope=\"{needed}\"");
        let message = format!("the token does not have the scope {needed}");
        let failure = Failure::http(StatusCode::FORBIDDEN, "insufficient_scope", message);
        Self { failure, challenge }
    }
}

/// The token of a request; only from the header, where no log and no history keeps it.
fn shown(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Believes a token, or not; as with sign-ins, one that was believed costs nothing until anything
/// moves here.
async fn look(app: &App, text: &str) -> Result<Seen> {
    let now = app.clock().now();
    let mut other = None;
    let believed =
        app.believed().get(app.db(), text, async |tx| match load::load(tx, text, now).await? {
            Seen::Known(believed) => Ok(Some(believed)),
            seen => {
                other = Some(seen);
                Ok(None)
            }
        });
    match believed.await?.as_deref() {
        Some(believed) if now < believed.until => Ok(Seen::Known(Believed::clone(believed))),
        // It ran out while it was remembered.
        Some(_) => app.db().read(async |tx| load::load(tx, text, now).await).await,
        None => Ok(other.unwrap_or(Seen::UnknownKey)),
    }
}

/// The token and its person, once its key is known here.
async fn believed(app: &App, text: &str) -> Result<Believed, Barred> {
    let mut patience = Patience::of(app);
    loop {
        return match patience.within(look(app, text)).await? {
            Some(Seen::UnknownKey) if patience.moved().await => continue,
            Some(Seen::UnknownKey) | None => {
                Err(Barred::invalid("the key of this token is not known here"))
            }
            Some(Seen::Known(believed)) => Ok(believed),
            Some(Seen::Refused(why)) => Err(Barred::invalid(why)),
        };
    }
}

impl<S: Scope> FromRequestParts<App> for Api<S> {
    type Rejection = Barred;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Barred> {
        let visit = Visit::of(&parts.extensions);
        visit.of_machine();
        let text = shown(&parts.headers).ok_or_else(Barred::no_token)?;
        let Believed { token, reader, .. } = believed(app, text).await?;
        let holders = match &token.holder {
            Holder::Person(_) => Holders::People,
            Holder::Client { .. } => Holders::Machines,
        };
        if holders != S::HOLDERS || !token.may(S::NAME) {
            return Err(Barred::scope(S::NAME));
        }
        used::note(app, &token, visit.correlation()).await;
        let correlation = visit.correlation();
        Ok(Self { app: app.clone(), token, reader, correlation, scope: PhantomData })
    }
}

impl<S: Scope> Api<S> {
    /// The service.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Whose token it is, with no staff role: a token stands for less than its person. A stranger
    /// for a machine, whose scope alone says what it may.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// What was shown.
    #[must_use]
    pub fn token(&self) -> &AccessToken {
        &self.token
    }

    /// Who acts, for a command.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::token(self.token.id, self.correlation)
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.app.clock().now()
    }

    /// What day it is in the society's zone.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        self.app.site().day(self.now())
    }

    /// Reads, on a connection that cannot write.
    ///
    /// # Errors
    /// Those of `read`; [`messaging::Error::Unavailable`] when the database is away.
    pub async fn read<T>(&self, read: impl AsyncFnOnce(&Tx) -> Result<T>) -> Result<T> {
        self.app.db().read(read).await
    }

    /// Answers with JSON that nobody else is given.
    ///
    /// # Errors
    /// None of its own.
    pub fn json(&self, value: impl Serialize) -> Answer {
        let mut answer = Json(value).into_response();
        let keep = HeaderValue::from_static("private, no-store");
        answer.headers_mut().insert(CACHE_CONTROL, keep);
        Ok(answer)
    }
}

impl<S: OfPeople> Api<S> {
    /// Whose token it is.
    #[must_use]
    pub fn person(&self) -> PersonId {
        // No machine is let in by a scope of people.
        self.reader.person.unwrap_or(PersonId(uuid::Uuid::nil()))
    }
}
