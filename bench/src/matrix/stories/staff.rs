//! Stories of staff and operators.

use std::sync::Arc;

use super::Story;
use crate::browser::Page;
use crate::matrix::person::{Person, fine, shown};
use crate::matrix::stage::Stage;
use crate::matrix::words::words;
use crate::outcome::Outcome;

/// A story of one page that staff read.
macro_rules! staff_reads {
    ($($(#[$what:meta])* $name:ident: $who:literal, $path:literal;)+) => {$(
        $(#[$what])*
        pub(crate) struct $name(Person);

        impl Story for $name {
            async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
                Ok(Self(Person::of_the_demo(stage, $who).await?))
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

staff_reads! {
    /// Staff take the list of members home.
    ListsMembers: "membership", "/staff/membership?q=M000001";
    /// Staff answer whether somebody got a mail.
    FindsMail: "admin", "/staff/outreach?q=jo@demo";
    /// Staff look at the accounts.
    ListsAccounts: "admin", "/staff/identity?q=jo@demo";
    /// An operator looks how everything stands.
    LooksAtOperations: "admin", "/ops";
}

/// Finance finds an order by the payer's name.
pub(crate) struct FindsOrder {
    finance: Person,
    payer: Person,
}

impl Story for FindsOrder {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        let payer = Person::member(stage).await?;
        Ok(Self { finance: Person::of_the_demo(stage, "finance").await?, payer })
    }

    fn person(&mut self) -> &mut Person {
        &mut self.finance
    }

    async fn act(&mut self) -> Outcome<Page> {
        let path = format!("/staff/commerce?q={}", self.payer.name.replace(' ', "%20"));
        self.finance.reads(&path).await
    }
}

/// Finance gives money back; the membership it paid for ends, and the payer is told.
pub(crate) struct Refunds {
    finance: Person,
    payer: Person,
    order: String,
}

impl Story for Refunds {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        let payer = Person::member(stage).await?;
        let order = payer.order.replacen("/checkout/", "/staff/commerce/", 1);
        Ok(Self { finance: Person::of_the_demo(stage, "finance").await?, payer, order })
    }

    fn person(&mut self) -> &mut Person {
        &mut self.finance
    }

    async fn act(&mut self) -> Outcome<Page> {
        let form = format!("{}/refund", self.order);
        let page = shown!(self.finance.reads(&form).await?);
        let typed = [("amount", "119.00"), ("reason", "asked_by_payer")];
        let page = shown!(self.finance.browser.send(&page, (&form, ""), &typed).await?);
        let refunds = format!("{}/refunds", self.order);
        self.finance.browser.send(&page, (&refunds, ""), &[]).await
    }

    async fn missing(&mut self) -> Outcome<Option<String>> {
        let page = fine(self.payer.reads(&self.payer.order.clone()).await?)?;
        if !words(&page.text).contains("Refunded.") {
            return Ok(Some("`Refunded.` on the payer's order".to_owned()));
        }
        self.payer.lacks_mail(&["$119.00 is on its way back to you"])
    }
}

/// An editor writes an article and publishes it; everybody reads and finds it.
pub(crate) struct Publishes {
    editor: Person,
    word: String,
}

impl Story for Publishes {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        Ok(Self { editor: Person::of_the_demo(stage, "editor").await?, word: stage.word() })
    }

    fn person(&mut self) -> &mut Person {
        &mut self.editor
    }

    async fn act(&mut self) -> Outcome<Page> {
        let page = shown!(self.editor.reads("/staff/content/new?kind=article").await?);
        let (title, path) = (format!("About {}", self.word), format!("/news/{}", self.word));
        let text = format!("What is known of {}.", self.word);
        let typed = [
            ("title", title.as_str()),
            ("summary", ""),
            ("markdown", text.as_str()),
            ("path", path.as_str()),
            ("audience", "public"),
            ("language", "en"),
            ("topic", ""),
            ("byline", ""),
            ("dated", ""),
            ("act", "save"),
        ];
        let page = self.editor.browser.send(&page, ("/staff/content/new", ""), &typed).await?;
        let page = shown!(page);
        let publish = format!("{}/publish", page.path);
        self.editor.browser.send(&page, (&publish, ""), &[]).await
    }

    async fn missing(&mut self) -> Outcome<Option<String>> {
        let mut visitor = Person::stranger(&self.editor.stage)?;
        let text = format!("What is known of {}", self.word);
        let page = fine(visitor.reads(&format!("/news/{}", self.word)).await?)?;
        if !words(&page.text).contains(&text) {
            return Ok(Some("the article".to_owned()));
        }
        let page = fine(visitor.reads(&format!("/search?q={}", self.word)).await?)?;
        let found = page.text.contains(&format!("href=\"/news/{}\"", self.word));
        Ok((!found).then(|| "the article among what is found".to_owned()))
    }
}

/// An editor renames an entry of the menu; every service shows it so.
pub(crate) struct RenamesEntry {
    editor: Person,
    label: String,
}

impl Story for RenamesEntry {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        let label = format!("News {}", stage.word());
        Ok(Self { editor: Person::of_the_demo(stage, "editor").await?, label })
    }

    fn person(&mut self) -> &mut Person {
        &mut self.editor
    }

    async fn act(&mut self) -> Outcome<Page> {
        let page = shown!(self.editor.reads("/staff/content/menu").await?);
        let typed = [("label:/news", self.label.as_str())];
        self.editor.browser.send(&page, ("/staff/content/menu", ""), &typed).await
    }

    async fn whole(&mut self) -> Outcome<bool> {
        let page = fine(self.editor.reads("/staff/content/menu").await?)?;
        Ok(page.text.contains(&format!("value=\"{}\"", self.label)))
    }

    async fn missing(&mut self) -> Outcome<Option<String>> {
        let mut visitor = Person::stranger(&self.editor.stage)?;
        let pages = ["/", "/membership/join", "/account/sign-in", "/notifications/mailbox"];
        for path in pages {
            let page = fine(visitor.reads(path).await?)?;
            let entry = page.text.split("<a ").find(|entry| entry.contains("href=\"/news\">"));
            if !entry.is_some_and(|entry| entry.contains(&self.label)) {
                return Ok(Some(format!("`{}` in the menu of {path}", self.label)));
            }
        }
        Ok(None)
    }
}
