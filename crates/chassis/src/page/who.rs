//! Who is there: the session cookie, checked against what messages told, and the role's demand.

use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::header::REFERER;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use chrono::{DateTime, Utc};
use messaging::{Error, Result};
use tokio::sync::watch;
use tokio::time::Instant;

use super::seen::{self, SeenPositions};
use super::{AskedPath, Page, Role, local_path};
use crate::app::{App, Site};
use crate::http::visit::Visit;
use crate::http::{Failure, cookie_of};
use crate::readers::{self, Reader, Seen};
use crate::signin::{self, END_VIEW_PATH, SESSION_COOKIE};

/// How long a page waits for what another service has said already.
pub(super) const PATIENCE: Duration = Duration::from_millis(300);

/// Who a browser says it is, and what became of that.
pub(crate) struct Identified {
    pub(crate) reader: Arc<Reader>,
    /// The sign-in was good and has run out.
    expired: bool,
    /// The cookie is worth nothing and is to be removed.
    refused: bool,
}

/// A reader whose token was believed, and until when at most.
type Believed = (Arc<Reader>, DateTime<Utc>);

/// Believes a token, or not. One that was believed is believed again, without a statement and
/// without a look at its signature, until anything moves here: a lock, an ending, a role or a key
/// taken away all come as messages.
async fn look(app: &App, text: &str) -> Result<Seen> {
    let now = app.clock().now();
    let mut other = None;
    let believed =
        app.believed().get(app.db(), text, async |tx| match readers::load(tx, text, now).await? {
            Seen::Known(reader, until) => Ok(Some((reader, until) as Believed)),
            seen => {
                other = Some(seen);
                Ok(None)
            }
        });
    match believed.await?.as_deref() {
        Some((reader, until)) if now < *until => Ok(Seen::Known(Arc::clone(reader), *until)),
        // It ran out while it was remembered.
        Some(_) => app.db().read(async |tx| readers::load(tx, text, now).await).await,
        None => Ok(other.unwrap_or(Seen::UnknownKey)),
    }
}

/// Looks at the session cookie. A key that is not known here yet may come any moment; afterwards
/// the token counts as signed out.
pub(crate) async fn identify(app: &App, headers: &HeaderMap) -> Result<Identified> {
    let nobody = |expired, refused| Identified { reader: Arc::default(), expired, refused };
    let cookie = cookie_of(headers, &app.site().cookie_name(SESSION_COOKIE));
    let Some(text) = cookie.filter(|text| app.knows_readers() && !text.is_empty()) else {
        return Ok(nobody(false, false));
    };
    let mut patience = Patience::of(app);
    loop {
        return Ok(match patience.within(look(app, &text)).await? {
            Some(Seen::UnknownKey) if patience.moved().await => continue,
            Some(Seen::UnknownKey) | None => nobody(false, false),
            Some(Seen::Known(reader, _)) => Identified { reader, expired: false, refused: false },
            Some(Seen::Expired) => nobody(true, false),
            Some(Seen::Refused) => nobody(false, true),
        });
    }
}

/// What is not known here yet may come any moment: how long to wait for it, and whether to look
/// again.
pub(crate) struct Patience {
    moves: watch::Receiver<u64>,
    until: Instant,
}

impl Patience {
    pub(crate) fn of(app: &App) -> Self {
        Self { moves: app.db().cursor_moves(), until: Instant::now() + PATIENCE }
    }

    /// What a look gives; nothing when it takes too long.
    pub(crate) async fn within<T>(
        &mut self,
        look: impl Future<Output = Result<T>>,
    ) -> Result<Option<T>> {
        // Before the look, so that no move in between is missed.
        self.moves.borrow_and_update();
        tokio::time::timeout_at(self.until, look).await.map_or(Ok(None), |seen| seen.map(Some))
    }

    /// Waits until something moved here since the last look; says whether it did in time.
    pub(crate) async fn moved(&mut self) -> bool {
        let moved = tokio::time::timeout_at(self.until, self.moves.changed()).await;
        moved.is_ok_and(|moved| moved.is_ok())
    }
}

/// `start` with the path to come back to.
pub(super) fn sign_in_path(start: &str, back: &str) -> String {
    // Writing pairs of texts cannot fail.
    let back = serde_urlencoded::to_string([("return_to", back)]).unwrap_or_default();
    format!("{start}{back}")
}

/// Whether what is asked this way may change something.
fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}

/// Whether this is what can be sent in a view: its end.
pub(super) fn ends_view(app: &App, path: &str) -> bool {
    path == END_VIEW_PATH || path == format!("/-/{}/sign-out", app.service())
}

/// What somebody is told who would change something with somebody else's eyes.
fn view_only() -> Failure {
    let message = "you look with the eyes of a member: everything can be read and nothing changed";
    Failure::http(StatusCode::FORBIDDEN, "view_only", message)
}

/// Where a stronger proof is given, for roles that are withheld; afterwards back.
pub(super) fn strong_path(back: &str) -> String {
    sign_in_path("/account/again?strong=1&", back)
}

/// The page whose form was sent, by what the browser says; else the home page.
pub(super) fn came_from<'a>(headers: &'a HeaderMap, site: &Site) -> &'a str {
    let referer = headers.get(REFERER).and_then(|value| value.to_str().ok());
    let path = referer.and_then(|from| from.strip_prefix(site.origin.as_str()));
    path.and_then(local_path).unwrap_or("/")
}

/// What happens to a stranger where a name is needed: a look leads by way of signing in; what was
/// sent is not repeated by us.
pub(super) fn turned_away(method: &Method, path: &str, expired: bool) -> Failure {
    if changes(method) {
        return Error::Unauthenticated.into();
    }
    let start = if expired { "/account/continue?" } else { "/account/sign-in?" };
    Failure::elsewhere(sign_in_path(start, path))
}

impl<R: Role> FromRequestParts<App> for Page<R> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let visit = Visit::of(&parts.extensions);
        let path = match parts.extensions.get::<AskedPath>() {
            Some(AskedPath(path)) => path.clone(),
            None => parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        };
        let seen = SeenPositions::of(&parts.headers, app.site());
        // First what was seen: the reader's own sign-in or role may be among it.
        let as_of =
            if seen::caught_up(app.db(), &seen).await? { None } else { Some(app.clock().now()) };
        let Identified { reader, expired, refused } = identify(app, &parts.headers).await?;
        visit.remember(&reader);
        if refused {
            visit.set_cookie(signin::removed(app.site(), SESSION_COOKIE));
        }
        if reader.viewed_by.is_some() && changes(&parts.method) && !ends_view(app, &path) {
            return Err(view_only());
        }
        if !R::NEEDS.met_by(&reader) {
            return Err(if R::ACTS_AS_STAFF && reader.withheld {
                let sent = changes(&parts.method);
                let back = if sent { came_from(&parts.headers, app.site()) } else { &path };
                Failure::elsewhere(strong_path(back))
            } else if reader.is_signed_in() {
                Error::Forbidden.into()
            } else {
                turned_away(&parts.method, &path, expired)
            });
        }
        let menu = if app.knows_readers() {
            app.menu_cache().get(app.db()).await?
        } else {
            Arc::default()
        };
        Ok(Self {
            app: app.clone(),
            visit,
            reader,
            menu,
            method: parts.method.clone(),
            path,
            headers: parts.headers.clone(),
            seen,
            as_of,
            csrf: OnceLock::new(),
            role: PhantomData,
        })
    }
}
