//! The frame of every page: masthead, menu, account, footer; and the page of an error.

use askama::Template;
use axum::http::header::{ALLOW, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use messaging::{Error, Result};
use uuid::Uuid;

use super::who;
use crate::app::{App, Mode, Site};
use crate::assets;
use crate::form::{CSRF_COOKIE, sentence};
use crate::http::visit::Visit;
use crate::http::{Failure, cookie_of, html};
use crate::readers::{Entry, Reader};

/// Everything around a page.
pub(crate) struct Frame<'a> {
    pub(crate) site: &'a Site,
    pub(crate) service: &'a str,
    pub(crate) title: &'a str,
    /// Rendered HTML.
    pub(crate) body: &'a str,
    pub(crate) menu: Vec<Entry<'a>>,
    pub(crate) reader: &'a Reader,
    /// For the sign-out form.
    pub(crate) csrf: Option<&'a str>,
    /// The path to sign in by and come back.
    pub(crate) return_to: String,
    pub(crate) as_of: Option<DateTime<Utc>>,
    /// On error pages: what to tell an operator.
    pub(crate) correlation: Option<Uuid>,
    /// After how many seconds the page loads itself again.
    pub(crate) refresh: Option<u32>,
}

#[derive(Template)]
#[template(path = "frame.html")]
struct FrameHtml<'a> {
    frame: &'a Frame<'a>,
    css: &'static str,
    mark: &'static str,
    as_of: Option<String>,
    demo: bool,
}

impl Frame<'_> {
    pub(crate) fn render(&self) -> Result<String> {
        let clock_time = |at: DateTime<Utc>| at.with_timezone(&self.site.zone).format("%H:%M");
        let page = FrameHtml {
            frame: self,
            css: assets::path("site.css"),
            mark: assets::path("mark.svg"),
            as_of: self.as_of.map(|at| clock_time(at).to_string()),
            demo: self.site.mode == Mode::Demo,
        };
        page.render().map_err(Error::internal)
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorHtml {
    status: u16,
    heading: &'static str,
    sentence: String,
    correlation: Uuid,
    sign_in: Option<String>,
}

/// The page of a failure. It must not fail: what cannot be had for the frame is left out.
pub(crate) async fn error_page(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    path: &str,
    failure: &Failure,
) -> Response {
    let status = failure.status();
    // When the database may be the trouble it is not asked again.
    let troubled = status.is_server_error();
    let reader = match visit.reader() {
        Some(reader) => (*reader).clone(),
        None if troubled => Reader::stranger(),
        None => who::identify(app, headers).await.map(|it| it.reader).unwrap_or_default(),
    };
    let menu = if troubled || !app.knows_readers() {
        app.menu_cache().last()
    } else {
        app.menu_cache().get(app.db()).await.unwrap_or_default()
    };
    let today = app.site().day(app.clock().now());
    let csrf = cookie_of(headers, &app.site().cookie_name(CSRF_COOKIE));
    let sign_in = who::sign_in_path("/account/sign-in?", "/");
    let wants_name = status == StatusCode::UNAUTHORIZED;
    let error = ErrorHtml {
        status: status.as_u16(),
        heading: heading(status),
        sentence: sentence(&failure.sentence()),
        correlation: visit.correlation(),
        sign_in: wants_name.then(|| sign_in.clone()),
    };
    let body = error.render().unwrap_or_default();
    let frame = Frame {
        site: app.site(),
        service: app.service(),
        title: error.heading,
        body: &body,
        menu: menu.seen_by(&reader, today, path),
        csrf: csrf.as_deref().filter(|_| reader.is_signed_in()),
        reader: &reader,
        return_to: sign_in,
        as_of: None,
        correlation: Some(visit.correlation()),
        refresh: None,
    };
    html(status, frame.render().unwrap_or(body.clone()))
}

/// Carries over what a bare answer said that its page must say too.
pub(crate) fn carry_over(from: &HeaderMap, to: &mut HeaderMap) {
    for name in [ALLOW, RETRY_AFTER] {
        if let Some(value) = from.get(&name) {
            to.insert(name, value.clone());
        }
    }
}

fn heading(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "Please sign in",
        403 => "This is not for you to do",
        404 => "There is no page here",
        405 => "This cannot be done here",
        409 => "This cannot be done now",
        413 => "This is too large",
        415 | 400 | 422 => "This could not be understood",
        429 => "Too many tries",
        503 => "Away for a moment",
        status if status >= 500 => "Something went wrong",
        _ => "This did not work",
    }
}
