//! `/notifications/mailbox`: every mail, for whoever tries the site out on this machine.

use askama::Template;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use chassis::ui::{Asked, Cell, Column, List, Listed, Markup, When, short_instant, state};
use chassis::{Answer, AnswerExt, Anyone, Error, Mode, Page, Result, Routes};
use contracts::DeliveryId;

use crate::deliveries::domain::{Delivery, Entry, Letter, Piece, pieces};
use crate::deliveries::tables::{self, Whose};
use crate::deliveries::words;
use crate::settings::Settings;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/notifications/mailbox", show_mailbox)
        .get("/notifications/mailbox/{id}", show_mail)
        .get("/notifications/mailbox/{id}/text", show_text)
        .get("/notifications/mailbox/{id}/html", show_html)
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
    list: Markup,
}

/// `GET /notifications/mailbox`: every mail, newest first.
async fn show_mailbox(page: Page<Anyone>, asked: Asked) -> Answer {
    mailbox_open(&page)?;
    let site = page.app().site();
    let list = List::new("mailbox", "Mails", "/notifications/mailbox")
        .search("Address begins with")
        .column(Column::new("Mail", |one: &Entry| Cell::link(address_of(one.id), one.title())))
        .column(Column::new("To", |one: &Entry| Cell::text(words::address(one.address.as_deref()))))
        .column(Column::new("Name", |one: &Entry| Cell::text(one.name.clone().unwrap_or_default())))
        .column(Column::new("State", words::state_cell))
        .column(
            Column::id("When", |one: &Entry| Cell::time(site, one.made_at))
                .sorted("made", |one| one.id.0),
        )
        .identified(|one| one.id.0)
        .sorted_by("-made")
        .empty("No mail here", "One comes when somebody registers, pays or becomes a member.");
    let fetch = async |tx: &_, wanted: &_| tables::listed(tx, Whose::Written, wanted).await;
    match page.listed(&list, &asked, fetch).await? {
        Listed::File(answer) => Ok(answer),
        Listed::Table(list) => page.show("Mailbox", &Mailbox { list }),
    }
}

fn address_of(id: DeliveryId) -> String {
    format!("/notifications/mailbox/{id}")
}

#[derive(Template)]
#[template(path = "deliveries/mail.html")]
struct Mail<'a> {
    subject: &'a str,
    address: &'a str,
    at: When,
    state: Markup,
    message_id: &'a str,
    /// Where this mail is.
    here: String,
    /// Whether the plain text was asked for.
    text: bool,
    body: Body<'a>,
}

/// What is shown of a mail.
enum Body<'a> {
    /// Its HTML, in a frame.
    Html,
    /// Its plain text.
    Text(Vec<Piece<'a>>),
    /// Nothing: it held a code.
    Forgotten,
}

/// `GET /notifications/mailbox/{id}`: one mail as its reader sees it, in a frame that can do nothing.
async fn show_mail(page: Page<Anyone>, Path(id): Path<DeliveryId>) -> Answer {
    let mail = mail(&page, id).await?;
    let html = |letter: &Letter| letter.html.is_some();
    let body = if mail.letter.as_ref().is_some_and(html) { Body::Html } else { Body::Forgotten };
    show(&page, &mail, false, body).framing()
}

/// `GET /notifications/mailbox/{id}/text`: one mail as plain text, its addresses to be clicked.
async fn show_text(page: Page<Anyone>, Path(id): Path<DeliveryId>) -> Answer {
    let mail = mail(&page, id).await?;
    let text = mail.letter.as_ref().and_then(|letter| letter.text.as_deref());
    show(&page, &mail, true, text.map_or(Body::Forgotten, |text| Body::Text(pieces(text))))
}

fn show(page: &Page<Anyone>, mail: &Delivery, text: bool, body: Body<'_>) -> Answer {
    let letter = mail.letter.as_ref().ok_or_else(|| Error::not_found("mail", mail.id))?;
    let (tone, word) = words::state(mail.state);
    let shown = Mail {
        subject: &letter.subject,
        address: mail.address.as_deref().unwrap_or_default(),
        at: short_instant(page.app().site(), mail.made_at),
        state: state(tone, word),
        message_id: &mail.message_id,
        here: address_of(mail.id),
        text,
        body,
    };
    page.show(&letter.subject, &shown)
}

/// `GET /notifications/mailbox/{id}/html`: the mail's HTML, alone and inert. Its links open where the
/// frame stands, not in it.
async fn show_html(page: Page<Anyone>, Path(id): Path<DeliveryId>) -> Answer {
    let html = mail(&page, id).await?.letter.and_then(|letter| letter.html);
    let html = html.ok_or_else(|| Error::not_found("mail", id))?;
    let html = html.replacen("<head>", "<head>\n<base target=\"_top\">", 1);
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    Ok((headers, html).into_response()).framed()
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
