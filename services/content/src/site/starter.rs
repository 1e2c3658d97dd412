//! The pages a new installation starts with, so that there is a site before anybody edits one.

use chassis::{Command, Result, Tx};
use contracts::shared::Audience;

use super::commands::{PublishPage, SavePage};
use super::tables;
use crate::menu;

const PAGES: &[(&str, &str, &str)] = &[
    ("/", "Society of Cable Telecommunications Engineers", include_str!("../../starter/home.md")),
    ("/join", "Join", include_str!("../../starter/join.md")),
    ("/about", "About SCTE", include_str!("../../starter/about.md")),
    ("/members", "For members", include_str!("../../starter/members.md")),
    ("/privacy", "Privacy", include_str!("../../starter/privacy.md")),
];

/// Makes the starter pages when there is no page yet, and the menu's row.
pub(crate) struct Prepare;

impl Command for Prepare {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        menu::tables::prepare(tx).await?;
        if tables::any(tx).await? {
            return Ok(());
        }
        for (path, title, markdown) in PAGES {
            publish_new(tx, path, title, markdown).await?;
        }
        Ok(())
    }
}

/// Saves a page in English for everybody, and publishes it.
pub(super) async fn publish_new(tx: &Tx, path: &str, title: &str, markdown: &str) -> Result<()> {
    let save = SavePage {
        page: None,
        version: 0,
        path: path.to_owned(),
        title: title.to_owned(),
        language: "en".to_owned(),
        audience: Audience::Public,
        markdown: markdown.to_owned(),
    };
    let page = save.run(tx).await?;
    PublishPage { page, version: 1 }.run(tx).await
}
