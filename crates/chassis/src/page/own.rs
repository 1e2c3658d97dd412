//! The routes every service has: sign-out, and the stream that tells a page its copy moved.

use std::convert::Infallible;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream::{self, Stream, StreamExt as _};
use messaging::Error;
use tokio::sync::Semaphore;

use super::{Anyone, Page};
use crate::app::App;
use crate::form::Form;
use crate::http::Answer;
use crate::route::Routes;
use crate::signin::{self, CONTINUE_COOKIE, SESSION_COOKIE};

/// After this long a stream ends; the browser asks again by itself.
const LONGEST: Duration = Duration::from_mins(5);

/// `/-/<service>/sign-out` and `/-/<service>/live`.
#[must_use]
pub(crate) fn routes(routes: Routes, service: &str) -> Routes {
    routes
        .post(&format!("/-/{service}/sign-out"), sign_out)
        .get(&format!("/-/{service}/live"), live)
        .limit(120)
}

/// Signs out of this browser; ending a sign-in everywhere is identity's.
async fn sign_out(page: Page<Anyone>, _form: Form) -> Answer {
    for cookie in [SESSION_COOKIE, CONTINUE_COOKIE] {
        page.set_cookie(signin::removed(page.app().site(), cookie));
    }
    page.to("/")
}

/// How many streams of news a process keeps open.
static STREAMS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(1_000)));

/// Says `moved` whenever this service has taken in something new.
async fn live(page: Page<Anyone>) -> Answer {
    // Who gets none loads the page again, as a browser without scripts does.
    let permit = STREAMS.clone().try_acquire_owned();
    let permit = permit.map_err(|_| Error::unavailable("a stream of news"))?;
    let app = page.app().clone();
    let stopping = app.stopping().clone();
    let until = async move {
        let _open = permit;
        tokio::select! {
            () = stopping.cancelled() => {}
            () = tokio::time::sleep(LONGEST) => {}
        }
    };
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(15));
    Ok(Sse::new(moves(&app).take_until(until)).keep_alive(keep_alive).into_response())
}

fn moves(app: &App) -> impl Stream<Item = Result<Event, Infallible>> + use<> {
    stream::unfold(app.db().cursor_moves(), |mut moves| async move {
        moves.changed().await.ok()?;
        let count = *moves.borrow_and_update();
        Some((Ok(Event::default().event("moved").data(count.to_string())), moves))
    })
}
