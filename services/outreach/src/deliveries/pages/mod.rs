//! `/notifications`: what was sent to me, and the switch for what may be left out. In [`mailbox`],
//! the page that stands in for a mail server.

mod mailbox;

use askama::Template;
use chassis::ui::{Asked, Cell, Column, List, Listed, Markup};
use chassis::{Answer, Fields, Form, Page, Routes, SignedIn};

use super::commands::Mute;
use super::domain::{Entry, why};
use super::tables::{self, Whose};
use super::words;

/// The pages of this slice.
pub(crate) fn routes(routes: Routes) -> Routes {
    let routes =
        routes.get("/notifications", show_mine).post("/notifications/preferences", set_preferences);
    mailbox::routes(routes)
}

#[derive(Template)]
#[template(path = "deliveries/mine.html")]
struct Mine {
    list: Markup,
    /// What was chosen is kept.
    saved: bool,
    form: Fields,
}

/// `GET /notifications`: what was written to me and why, and the switch for what may be left out.
async fn show_mine(page: Page<SignedIn>, asked: Asked) -> Answer {
    let (person, site) = (page.person(), page.app().site());
    let list = List::new("notifications", "Mails to you", "/notifications")
        .column(Column::new("Mail", |one: &Entry| Cell::text(one.title())))
        .column(Column::new("Why", |one: &Entry| Cell::text(why(&one.notice))))
        .column(Column::new("To", |one: &Entry| {
            Cell::text(one.address.clone().unwrap_or_default())
        }))
        .column(Column::new("State", words::state_cell))
        .column(
            Column::id("When", |one: &Entry| Cell::time(site, one.made_at))
                .sorted("made", |one| one.id.0),
        )
        .identified(|one| one.id.0)
        .sorted_by("-made")
        .empty("No mail yet", "Receipts, welcomes and codes that are sent to you are listed here.");
    let fetch = async move |tx: &_, wanted: &_| tables::listed(tx, Whose::Of(person), wanted).await;
    let list = match page.listed(&list, &asked, fetch).await? {
        Listed::File(answer) => return Ok(answer),
        Listed::Table(list) => list,
    };
    let muted = page.read(async |tx| tables::muted(tx, person).await).await?;
    let form = page.blank().fill("wanted", if muted { "" } else { "yes" });
    page.show("Notifications", &Mine { list, saved: asked.value("saved").is_some(), form })
}

/// `POST /notifications/preferences`: switches notices that are not critical on or off.
async fn set_preferences(page: Page<SignedIn>, form: Form) -> Answer {
    let mut read = form.read();
    let wanted = read.flag("wanted");
    read.done()?;
    let mute = Mute { person: page.person(), muted: !wanted.take() };
    page.execute_once(&form, &mute).await?;
    page.to("/notifications?saved=yes")
}
