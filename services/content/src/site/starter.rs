//! The pages a new installation starts with, so that there is a site before anybody edits one.

use chassis::{Command, Result, Tx};
use chrono::NaiveDate;
use contracts::shared::Audience;

use super::commands::{PublishPage, SavePage};
use super::domain::Front;
use super::tables;
use crate::menu;

/// A page as it is given: in English, for everybody.
pub(super) struct Given {
    pub(super) path: &'static str,
    pub(super) title: &'static str,
    pub(super) summary: &'static str,
    pub(super) topic: &'static str,
    pub(super) byline: &'static str,
    pub(super) markdown: &'static str,
}

const fn page(
    path: &'static str,
    title: &'static str,
    summary: &'static str,
    markdown: &'static str,
) -> Given {
    Given { path, title, summary, topic: "", byline: "", markdown }
}

const PAGES: &[Given] = &[
    page(
        "/",
        "Society of Cable Telecommunications Engineers",
        "A society of engineers and technicians since 1969: certification, chapters and open standards for cable and broadband networks.",
        include_str!("../../starter/home.md"),
    ),
    page(
        "/join",
        "Membership",
        "A year of membership, from the day you pay. You choose a kind of membership and, if you like, a chapter, and see the whole sum before you give a name.",
        include_str!("../../starter/join.md"),
    ),
    page(
        "/about",
        "About SCTE",
        "Since 1969 the society of those who build and run cable and broadband networks: it certifies them, and writes their standards.",
        include_str!("../../starter/about.md"),
    ),
    page(
        "/about/standards",
        "How standards are made",
        "Anybody may ask for a standard, engineers of the industry write it, everybody may download it free.",
        include_str!("../../starter/standards.md"),
    ),
    page(
        "/about/certification",
        "Certification",
        "Programmes from the first installation to the engineering of a network. Each is earned in an exam and kept by going on learning.",
        include_str!("../../starter/certification.md"),
    ),
    page(
        "/members",
        "For members",
        "Some pages and parts of pages are for members. They open by themselves as soon as a membership begins.",
        include_str!("../../starter/members.md"),
    ),
    page("/news", "News", "What the society decides, measures and publishes.", ""),
    page(
        "/accessibility",
        "Accessibility",
        "This website is made to be used by everybody, with whatever they read it with.",
        include_str!("../../starter/accessibility.md"),
    ),
    page(
        "/privacy",
        "Privacy",
        "What this site keeps of you, why, and what it does not keep.",
        include_str!("../../starter/privacy.md"),
    ),
];

/// Makes the starter pages when there is no page yet, and the menu's row.
pub(crate) struct Prepare;

impl Command for Prepare {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        // Replicas that start together make one site.
        tx.lock("starter_pages").await?;
        menu::tables::prepare(tx).await?;
        if tables::any(tx).await? {
            return Ok(());
        }
        for given in PAGES {
            publish_new(tx, given, None).await?;
        }
        Ok(())
    }
}

/// Saves a page as it is given, and publishes it.
pub(super) async fn publish_new(tx: &Tx, given: &Given, dated: Option<NaiveDate>) -> Result<()> {
    let front = Front {
        path: given.path.to_owned(),
        title: given.title.to_owned(),
        summary: given.summary.to_owned(),
        topic: given.topic.to_owned(),
        byline: given.byline.to_owned(),
        dated,
        language: "en".to_owned(),
        audience: Audience::Public,
    };
    let save = SavePage { page: None, version: 0, front, markdown: given.markdown.to_owned() };
    let page = save.run(tx).await?;
    PublishPage { page, version: 1 }.run(tx).await
}
