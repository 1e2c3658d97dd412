//! The frame of every page: masthead, menu, account, footer; and the page of an error.

use std::sync::Arc;

use askama::Template;
use axum::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
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
use crate::readers::{MenuEntry, Reader, SeenMenu};
use crate::signin::END_VIEW_PATH;

/// From this place on an entry of the main menu stands in the footer alone.
const FOOTER_FROM: i64 = 1000;

/// Everything around a page.
pub(crate) struct Frame<'a> {
    pub(crate) site: &'a Site,
    /// Whose page it is; empty for a page in a file.
    pub(crate) service: &'a str,
    pub(crate) title: &'a str,
    /// Rendered HTML.
    pub(crate) body: &'a str,
    pub(crate) menu: SeenMenu<'a>,
    pub(crate) reader: &'a Reader,
    /// Whether this page belongs to the console of staff.
    pub(crate) staff: bool,
    /// For the sign-out form.
    pub(crate) csrf: Option<&'a str>,
    /// The path to sign in by and come back.
    pub(crate) return_to: String,
    pub(crate) as_of: Option<DateTime<Utc>>,
    /// What stands in the search field already.
    pub(crate) searched: &'a str,
    /// Whether the page goes on by itself.
    pub(crate) again: Option<Again>,
}

/// How a page goes on by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// When the service has taken in something new.
    WhenMoved,
    /// Every so many seconds.
    Every(u32),
}

impl Again {
    /// After how many seconds the page loads itself again where scripts do not run.
    fn seconds(self) -> u32 {
        match self {
            Self::WhenMoved => 2,
            Self::Every(seconds) => seconds,
        }
    }
}

#[derive(Template)]
#[template(path = "frame.html")]
struct FrameHtml<'a> {
    frame: &'a Frame<'a>,
    css: &'static str,
    js: &'static str,
    mark: &'static str,
    brand: &'static str,
    as_of: Option<String>,
    demo: bool,
}

impl Frame<'_> {
    pub(crate) fn render(&self) -> Result<String> {
        let clock_time = |at: DateTime<Utc>| at.with_timezone(&self.site.zone).format("%H:%M");
        let page = FrameHtml {
            frame: self,
            css: assets::path("site.css"),
            js: assets::path("site.js"),
            mark: assets::path("mark.svg"),
            brand: assets::MARK_INLINE,
            as_of: self.as_of.map(|at| clock_time(at).to_string()),
            demo: self.site.mode == Mode::Demo,
        };
        // Most of a page is what stands in it; growing once is enough.
        let mut html = String::with_capacity(self.body.len() + 6 * 1024);
        page.render_into(&mut html).map_err(Error::internal)?;
        Ok(html)
    }

    /// The entries of the navigation under the masthead.
    fn nav(&self) -> impl Iterator<Item = &MenuEntry<'_>> {
        let entries = if self.staff { &self.menu.staff } else { &self.menu.main };
        entries.iter().filter(|entry| self.staff || entry.place < FOOTER_FROM)
    }

    /// What is the reader's own, but for the account, which their name leads to.
    fn personal(&self) -> impl Iterator<Item = &MenuEntry<'_>> {
        self.menu.personal.iter().filter(|entry| entry.path != "/account")
    }

    /// What the site is about, and what only the footer has.
    fn footer(&self, small: bool) -> impl Iterator<Item = &MenuEntry<'_>> {
        self.menu.main.iter().filter(move |entry| (entry.place >= FOOTER_FROM) == small)
    }

    /// Where the console of staff begins for this reader.
    fn console(&self) -> Option<String> {
        if self.staff {
            return None;
        }
        let first = self.menu.staff.first().map(|entry| entry.path);
        let first = first.or_else(|| self.operates().then_some("/ops")).map(str::to_owned);
        first.or_else(|| self.reader.withheld.then(|| who::strong_path("/account")))
    }

    /// Whether the page is kept in a file: then nobody knows whether its reader is signed in.
    fn is_kept(&self) -> bool {
        self.service.is_empty()
    }

    fn operates(&self) -> bool {
        self.reader.is_signed_in() && self.reader.has_role("staff.operator")
    }

    /// Whose eyes a colleague looks with, and where that ends.
    fn view(&self) -> Option<(&str, &str)> {
        self.reader.viewed_by?;
        Some((self.reader.name.as_deref().unwrap_or("a member"), END_VIEW_PATH))
    }

    fn name(&self) -> &str {
        self.reader.name.as_deref().unwrap_or("Your account")
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
        Some(reader) => reader,
        None if troubled => Arc::default(),
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
    let wrong = if status.is_client_error() { "Error: " } else { "" };
    let title = format!("{wrong}{}", error.heading);
    let frame = Frame {
        site: app.site(),
        service: app.service(),
        title: &title,
        body: &body,
        menu: menu.seen_by(&reader, today, path),
        staff: reader.is_staff() && (path.starts_with("/staff/") || path.starts_with("/ops")),
        csrf: csrf.as_deref().filter(|_| reader.is_signed_in()),
        reader: &reader,
        return_to: sign_in,
        as_of: None,
        searched: "",
        again: None,
    };
    html(status, frame.render().unwrap_or(body.clone()))
}

/// Carries over what a bare answer said that its page must say too.
pub(crate) fn carry_over(from: &HeaderMap, to: &mut HeaderMap) {
    for name in [ALLOW, RETRY_AFTER, WWW_AUTHENTICATE] {
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
