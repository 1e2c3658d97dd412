//! Somebody who uses the website. Each step is what a person does in one go: it asks once, without
//! patience, and ends with the page that was answered, be it that something is away.

use std::sync::Arc;
use std::time::Instant;

use super::stage::{AGAIN, PATIENCE, Stage};
use super::words::{option, words};
use crate::browser::{Browser, Page};
use crate::outcome::{Failed, Outcome};
use crate::website::PASSWORD as DEMO;

/// The password of whoever is made up here.
const PASSWORD: &str = "a long walk by the river";

/// Goes on with a page, or ends the step with what was answered in its place.
macro_rules! shown {
    ($page:expr) => {{
        let page = $page;
        if page.status != 200 {
            return Ok(page);
        }
        page
    }};
}
pub(crate) use shown;

/// Somebody with a browser.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) stage: Arc<Stage>,
    pub(crate) browser: Browser,
    pub(crate) address: String,
    password: &'static str,
    /// The name they give when they apply.
    pub(crate) name: String,
    /// The page of their application.
    pub(crate) application: String,
    /// The page where their charge is paid.
    pub(crate) charge: String,
    /// The page of their order.
    pub(crate) order: String,
}

/// The first link to something on a page.
///
/// # Errors
/// When there is none.
pub(crate) fn link(page: &Page, start: &str) -> Outcome<String> {
    let missing = || format!("{} has no link to {start}: {}", page.path, words(&page.text));
    page.link(start).ok_or_else(|| Failed::because(missing()))
}

/// What was answered must be the page that was asked for.
///
/// # Errors
/// When it is not.
pub(crate) fn fine(page: Page) -> Outcome<Page> {
    if page.status == 200 {
        return Ok(page);
    }
    let (path, status, said) = (&page.path, page.status, words(&page.text));
    Err(Failed::because(format!("{path} answers {status}: {said}")))
}

impl Person {
    /// Whom nobody knows.
    pub(crate) fn stranger(stage: &Arc<Stage>) -> Outcome<Self> {
        let word = stage.word();
        Ok(Self {
            stage: stage.clone(),
            browser: Browser::new(&stage.origin)?,
            address: format!("{word}@matrix.scte.test"),
            password: PASSWORD,
            name: format!("Kim {word}"),
            application: String::new(),
            charge: String::new(),
            order: String::new(),
        })
    }

    /// Somebody of the demonstration, signed in: `jo`, `finance`.
    pub(crate) async fn of_the_demo(stage: &Arc<Stage>, name: &str) -> Outcome<Self> {
        let address = format!("{name}@demo.scte.test");
        let mut person = Self { address, password: DEMO, ..Self::stranger(stage)? };
        fine(person.signs_in().await?)?;
        Ok(person)
    }

    /// Who has an account and is not signed in.
    pub(crate) async fn registered(stage: &Arc<Stage>) -> Outcome<Self> {
        let mut person = Self::stranger(stage)?;
        fine(person.registers().await?)?;
        person.mail("Confirm your address").await?;
        fine(person.confirms().await?)?;
        Ok(person)
    }

    /// Who has an account and is signed in.
    pub(crate) async fn signed_in(stage: &Arc<Stage>) -> Outcome<Self> {
        let mut person = Self::registered(stage).await?;
        fine(person.signs_in().await?)?;
        Ok(person)
    }

    /// Who has applied and can pay.
    pub(crate) async fn applied(stage: &Arc<Stage>) -> Outcome<Self> {
        let mut person = Self::signed_in(stage).await?;
        fine(person.applies().await?)?;
        let page = person.until_shown(&person.application.clone(), "Pay $119.00").await?;
        person.charge = link(&page, "/checkout/pay/")?;
        Ok(person)
    }

    /// Who has asked to pay and can go on to the provider.
    pub(crate) async fn ordered(stage: &Arc<Stage>) -> Outcome<Self> {
        let mut person = Self::applied(stage).await?;
        fine(person.opens_the_order().await?)?;
        let path = person.order.clone();
        person.until_shown(&path, "Continue to the payment provider").await?;
        Ok(person)
    }

    /// Who is a member by a payment of their own.
    pub(crate) async fn member(stage: &Arc<Stage>) -> Outcome<Self> {
        let mut person = Self::ordered(stage).await?;
        fine(person.presses("pay").await?)?;
        let path = person.order.clone();
        person.until_shown(&path, "Paid. Thank you.").await?;
        person.until_shown("/membership", "Member until").await?;
        Ok(person)
    }

    /// Reads a page.
    pub(crate) async fn reads(&mut self, path: &str) -> Outcome<Page> {
        self.browser.look(path).await
    }

    /// Reads a page until it says something.
    ///
    /// # Errors
    /// When it never does.
    pub(crate) async fn until_shown(&mut self, path: &str, text: &str) -> Outcome<Page> {
        let began = Instant::now();
        loop {
            let page = fine(self.browser.look(path).await?)?;
            let said = words(&page.text);
            if said.contains(text) {
                return Ok(page);
            }
            if began.elapsed() > PATIENCE {
                return Err(Failed::because(format!("`{text}` never came on {path}: {said}")));
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Waits for a mail.
    pub(crate) async fn mail(&self, subject: &str) -> Outcome<super::stage::Mail> {
        self.stage.awaited(&self.address, subject).await
    }

    /// Which of these mails did not come.
    pub(crate) fn lacks_mail(&self, subjects: &[&str]) -> Outcome<Option<String>> {
        for subject in subjects {
            if self.stage.mail(&self.address, subject)?.is_none() {
                return Ok(Some(format!("the mail `{subject}` to {}", self.address)));
            }
        }
        Ok(None)
    }

    /// Asks for an account.
    pub(crate) async fn registers(&mut self) -> Outcome<Page> {
        let page = shown!(self.reads("/account/register").await?);
        let typed = [("address", self.address.as_str()), ("language", "en")];
        self.browser.send(&page, ("/account/register", ""), &typed).await
    }

    /// Follows the link in the mail and chooses a password.
    pub(crate) async fn confirms(&mut self) -> Outcome<Page> {
        let mail = self.stage.mail(&self.address, "Confirm your address")?;
        let mail = mail.ok_or_else(|| Failed::because("there is no mail to confirm by"))?;
        let mut parts = mail.text.split_whitespace();
        let link = parts.find_map(|word| word.find("/account/confirm").map(|at| &word[at..]));
        let link = link.ok_or_else(|| Failed::because("the mail holds no link"))?;
        let page = shown!(self.reads(link).await?);
        let typed = [("password", self.password)];
        self.browser.send(&page, ("/account/confirm", ""), &typed).await
    }

    /// Signs in.
    pub(crate) async fn signs_in(&mut self) -> Outcome<Page> {
        let page = shown!(self.reads("/account/sign-in").await?);
        let typed = [("address", self.address.as_str()), ("password", self.password)];
        self.browser.send(&page, ("/account/sign-in", ""), &typed).await
    }

    /// Chooses a membership and a chapter; the next page shows the sum.
    pub(crate) async fn chooses(&mut self) -> Outcome<Page> {
        let page = shown!(self.reads("/membership/join").await?);
        let (kind, chapter) = chosen(&page)?;
        self.reads(&format!("/membership/join/details?type={kind}&chapter={chapter}")).await
    }

    /// Applies for a year with a chapter.
    pub(crate) async fn applies(&mut self) -> Outcome<Page> {
        let choices = shown!(self.reads("/membership/join").await?);
        let (kind, chapter) = chosen(&choices)?;
        let details = format!("/membership/join/details?type={kind}&chapter={chapter}");
        let page = shown!(self.reads(&details).await?);
        let typed = [
            ("name", self.name.as_str()),
            ("type", kind.as_str()),
            ("chapter", chapter.as_str()),
            ("confirm", "yes"),
        ];
        let page = self.browser.send(&page, ("/membership/join", ""), &typed).await?;
        self.application.clone_from(&page.path);
        Ok(page)
    }

    /// Goes to pay.
    pub(crate) async fn opens_the_order(&mut self) -> Outcome<Page> {
        let page = shown!(self.reads(&self.charge.clone()).await?);
        let page = self.browser.send(&page, (&self.charge.clone(), ""), &[]).await?;
        self.order.clone_from(&page.path);
        Ok(page)
    }

    /// Goes on to the provider, presses a button there and comes back.
    pub(crate) async fn presses(&mut self, behaviour: &str) -> Outcome<Page> {
        let page = shown!(self.reads(&self.order.clone()).await?);
        let path = link(&page, "/checkout/sandbox/pay/")?;
        let page = shown!(self.reads(&path).await?);
        let button = format!("name=\"behaviour\" value=\"{behaviour}\"");
        self.browser.send(&page, (&path, &button), &[]).await
    }
}

fn chosen(page: &Page) -> Outcome<(String, String)> {
    let kind = option(&page.text, "type", "Active Member");
    let chapter = option(&page.text, "chapter", "Cactus");
    let missing = || format!("no choices on {}: {}", page.path, words(&page.text));
    kind.zip(chapter).ok_or_else(|| Failed::because(missing()))
}
