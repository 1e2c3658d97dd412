//! Stories of reading: one page, somebody who reads it, nothing that changes.

use std::sync::Arc;

use super::Story;
use crate::browser::Page;
use crate::matrix::person::{Person, fine};
use crate::matrix::stage::Stage;
use crate::outcome::Outcome;

/// A story of one page: who reads it, and its path.
macro_rules! reads {
    ($($(#[$what:meta])* $name:ident: $who:expr, $path:literal;)+) => {$(
        $(#[$what])*
        pub(crate) struct $name(Person);

        impl Story for $name {
            async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
                let who: Option<&str> = $who;
                Ok(Self(match who {
                    Some(name) => Person::of_the_demo(stage, name).await?,
                    None => Person::stranger(stage)?,
                }))
            }

            fn person(&mut self) -> &mut Person {
                &mut self.0
            }

            async fn act(&mut self) -> Outcome<Page> {
                self.0.reads($path).await
            }
        }
    )+};
}

reads! {
    /// A visitor opens the website.
    Home: None, "/";
    /// A visitor reads what joining costs, from content's own copy of the kinds of membership.
    Prices: None, "/join";
    /// A visitor reads half of a page for members, and what joining gives.
    Teaser: None, "/members";
    /// A member reads the same page in full.
    InFull: Some("jo"), "/members";
    /// A visitor reads the news.
    News: None, "/news";
    /// A visitor searches.
    Search: None, "/search?q=paperwork";
    /// A visitor looks for a chapter.
    Chapters: None, "/membership/chapters";
    /// A member looks until when the membership runs.
    OwnMembership: Some("jo"), "/membership";
    /// A member looks what was written to them, and why.
    OwnMails: Some("jo"), "/notifications";
}

/// A visitor comes by an address of the old website and lands on the right page.
pub(crate) struct OldAddress {
    visitor: Person,
    old: String,
}

impl Story for OldAddress {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        let mut editor = Person::of_the_demo(stage, "editor").await?;
        let old = format!("/Old/{}.aspx", stage.word());
        let form = "/staff/content/redirects/new";
        let page = fine(editor.reads(form).await?)?;
        let typed = [("old", old.as_str()), ("new", "/about")];
        fine(editor.browser.send(&page, (form, ""), &typed).await?)?;
        Ok(Self { visitor: Person::stranger(stage)?, old })
    }

    fn person(&mut self) -> &mut Person {
        &mut self.visitor
    }

    async fn act(&mut self) -> Outcome<Page> {
        self.visitor.reads(&self.old.clone()).await
    }
}

/// Somebody who tries the website out looks which mails went to them, on the page that stands in for a
/// mail program.
pub(crate) struct Mailbox(Person);

impl Story for Mailbox {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        Ok(Self(Person::registered(stage).await?))
    }

    fn person(&mut self) -> &mut Person {
        &mut self.0
    }

    async fn act(&mut self) -> Outcome<Page> {
        let path = format!("/notifications/mailbox?q={}", self.0.address);
        self.0.reads(&path).await
    }
}
