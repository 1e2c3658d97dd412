//! `/notifications`: what was sent to me; and the mailbox that stands in for a mail server.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse;
use chassis::{Answer, Anyone, App, Error, Fields, Form, Mode, Page, Result, Routes, SignedIn};
use contracts::DeliveryId;
use serde::Deserialize;

use super::commands::Mute;
use super::domain::{Delivery, Piece, pieces, why};
use super::tables::{self, Listed, PAGE};
use crate::settings::Settings;

/// What the mailed HTML may do: nothing but carry its own styles.
const INERT: &str =
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// The pages of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/notifications", show_mine)
        .post("/notifications/preferences", set_preferences)
        .get("/notifications/mailbox", show_mailbox)
        .get("/notifications/mailbox/{id}", show_mail)
        .get("/notifications/mailbox/{id}/html", show_html)
}

/// Where a list goes on.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Older {
    pub(super) before: Option<String>,
}

impl Older {
    /// The delivery after which the list goes on; an unreadable one starts at the top.
    pub(super) fn id(&self) -> Option<DeliveryId> {
        self.before.as_ref().and_then(|id| id.parse().ok())
    }
}

/// One line of a list.
pub(super) struct Line {
    pub(super) id: DeliveryId,
    pub(super) at: String,
    pub(super) subject: String,
    pub(super) address: String,
    pub(super) why: &'static str,
    pub(super) state: &'static str,
    pub(super) problem: Option<String>,
    pub(super) notice: String,
}

/// A page of a list, and where the next one starts.
pub(super) struct Lines {
    pub(super) lines: Vec<Line>,
    pub(super) older: Option<DeliveryId>,
}

impl Lines {
    pub(super) fn of(
        mut deliveries: Vec<Delivery>,
        zone: impl Fn(chrono::DateTime<chrono::Utc>) -> String,
    ) -> Self {
        let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
        let more = deliveries.len() > page;
        deliveries.truncate(page);
        let older = deliveries.last().filter(|_| more).map(|last| last.id);
        let line = |one: Delivery| Line {
            id: one.id,
            at: zone(one.made_at),
            subject: one
                .letter
                .map_or_else(|| "not written yet".to_owned(), |letter| letter.subject),
            address: one.address.unwrap_or_else(|| "not yet known here".to_owned()),
            why: why(&one.notice),
            state: one.state.as_str(),
            problem: one.problem,
            notice: one.notice,
        };
        Self { lines: deliveries.into_iter().map(line).collect(), older }
    }
}

/// An instant in the society's zone, as lists show it.
pub(super) fn local(app: &App, at: chrono::DateTime<chrono::Utc>) -> String {
    at.with_timezone(&app.site().zone).format("%-d %b %Y, %H:%M %Z").to_string()
}

#[derive(Template)]
#[template(path = "deliveries/mine.html")]
struct Mine {
    list: Lines,
    muted: bool,
    form: Fields,
}

/// `GET /notifications`: what was written to me and why, and the switch for what may be left out.
async fn show_mine(page: Page<SignedIn>, Query(older): Query<Older>) -> Answer {
    let person = page.person();
    let wanted = Listed {
        person: Some(person),
        address: None,
        state: None,
        written: false,
        before: older.id(),
    };
    let (mine, muted) = page
        .read(async |tx| Ok((tables::listed(tx, &wanted).await?, tables::muted(tx, person).await?)))
        .await?;
    let list = Lines::of(mine, |at| local(page.app(), at));
    page.show("Notifications", &Mine { list, muted, form: page.blank() })
}

/// `POST /notifications/preferences`: switches notices that are not critical on or off.
async fn set_preferences(page: Page<SignedIn>, form: Form) -> Answer {
    let mut read = form.read();
    let wanted = read.flag("wanted");
    read.done()?;
    let mute = Mute { person: page.person(), muted: !wanted.take() };
    page.execute_once(&form, &mute).await?;
    page.to("/notifications")
}

/// Whether the mailbox page is there at all: anybody may read it, so only where nobody else can come.
/// A foreign page whose name was made to lead to this machine is told by its name.
fn mailbox_open(page: &Page<Anyone>) -> Result<()> {
    let (site, smtp) = (page.app().site(), &page.app().settings::<Settings>().smtp);
    let stands_in = site.mode != Mode::Production || smtp.is_none();
    let here = site.loopback && page.header("host").is_some_and(names_this_machine);
    if here && stands_in { Ok(()) } else { Err(Error::not_found("page", "mailbox")) }
}

/// Whether a `Host` header is one of the names of this machine, on whatever port.
fn names_this_machine(host: &str) -> bool {
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|name| {
        let port = host.strip_prefix(name);
        port.is_some_and(|port| port.is_empty() || is_port(port))
    })
}

fn is_port(text: &str) -> bool {
    text.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
}

#[derive(Template)]
#[template(path = "deliveries/mailbox.html")]
struct Mailbox {
    list: Lines,
    first: bool,
}

/// `GET /notifications/mailbox`: every mail, newest first.
async fn show_mailbox(page: Page<Anyone>, Query(older): Query<Older>) -> Answer {
    mailbox_open(&page)?;
    let before = older.id();
    let wanted = Listed { person: None, address: None, state: None, written: true, before };
    let mails = page.read(async |tx| tables::listed(tx, &wanted).await).await?;
    let list = Lines::of(mails, |at| local(page.app(), at));
    page.show("Mailbox", &Mailbox { list, first: before.is_none() })
}

#[derive(Template)]
#[template(path = "deliveries/mail.html")]
struct Mail<'a> {
    id: DeliveryId,
    subject: &'a str,
    address: &'a str,
    at: String,
    message_id: &'a str,
    state: &'static str,
    html: bool,
    pieces: Option<Vec<Piece<'a>>>,
}

/// `GET /notifications/mailbox/{id}`: one mail as plain text, its addresses to be clicked.
async fn show_mail(page: Page<Anyone>, Path(id): Path<DeliveryId>) -> Answer {
    let mail = mail(&page, id).await?;
    let letter = mail.letter.as_ref().ok_or_else(|| Error::not_found("mail", id))?;
    let shown = Mail {
        id,
        subject: &letter.subject,
        address: mail.address.as_deref().unwrap_or_default(),
        at: local(page.app(), mail.made_at),
        message_id: &mail.message_id,
        state: mail.state.as_str(),
        html: letter.html.is_some(),
        pieces: letter.text.as_deref().map(pieces),
    };
    page.show(&letter.subject, &shown)
}

/// `GET /notifications/mailbox/{id}/html`: the mail's HTML, alone and inert.
async fn show_html(page: Page<Anyone>, Path(id): Path<DeliveryId>) -> Answer {
    let html = mail(&page, id).await?.letter.and_then(|letter| letter.html);
    let html = html.ok_or_else(|| Error::not_found("mail", id))?;
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, INERT),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, html).into_response())
}

async fn mail(page: &Page<Anyone>, id: DeliveryId) -> Result<Delivery> {
    mailbox_open(page)?;
    let mail = page.read(async |tx| tables::load(tx, id).await).await?;
    mail.ok_or_else(|| Error::not_found("mail", id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_three_names() {
        for ours in ["localhost", "localhost:8080", "127.0.0.1:80", "[::1]", "[::1]:8080"] {
            assert!(names_this_machine(ours), "{ours}");
        }
        for foreign in [
            "",
            "evil.example",
            "localhost.evil.example",
            "localhost:80.evil.example",
            "127.0.0.1.evil.example:80",
            "127.0.0.2",
            "::1",
            "localhost:",
            "localhost:99999",
        ] {
            assert!(!names_this_machine(foreign), "{foreign}");
        }
    }
}
