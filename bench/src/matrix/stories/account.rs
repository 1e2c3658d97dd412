//! Stories of an account: made, used, left; and what somebody chooses about themselves.

use std::sync::Arc;

use super::Story;
use crate::browser::Page;
use crate::matrix::person::{Person, fine, shown};
use crate::matrix::stage::Stage;
use crate::outcome::Outcome;

/// Pages by which anybody sees at once whether a browser is signed in, each of another service.
const PERSONAL: [&str; 3] = ["/membership", "/billing", "/notifications"];

/// A visitor registers, and the mail to confirm by comes.
pub(crate) struct Registers(Person);

impl Story for Registers {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        Ok(Self(Person::stranger(stage)?))
    }

    fn person(&mut self) -> &mut Person {
        &mut self.0
    }

    async fn act(&mut self) -> Outcome<Page> {
        self.0.registers().await
    }

    async fn whole(&mut self) -> Outcome<bool> {
        Ok(self.0.lacks_mail(&["Confirm your address"])?.is_none())
    }

    async fn missing(&mut self) -> Outcome<Option<String>> {
        let missing = self.0.lacks_mail(&["Confirm your address"])?;
        if missing.is_none() {
            fine(self.0.confirms().await?)?;
        }
        Ok(missing)
    }
}

/// A visitor follows the link in the mail and chooses a password.
pub(crate) struct Confirms(Person);

impl Story for Confirms {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        let mut visitor = Person::stranger(stage)?;
        fine(visitor.registers().await?)?;
        visitor.mail("Confirm your address").await?;
        Ok(Self(visitor))
    }

    fn person(&mut self) -> &mut Person {
        &mut self.0
    }

    async fn act(&mut self) -> Outcome<Page> {
        self.0.confirms().await
    }

    async fn missing(&mut self) -> Outcome<Option<String>> {
        fine(self.0.signs_in().await?)?;
        let page = self.0.reads("/membership").await?;
        Ok((!page.path.starts_with("/membership")).then(|| "to be known to membership".to_owned()))
    }
}

/// A visitor signs in.
pub(crate) struct SignsIn(Person);

impl Story for SignsIn {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        Ok(Self(Person::registered(stage).await?))
    }

    fn person(&mut self) -> &mut Person {
        &mut self.0
    }

    async fn act(&mut self) -> Outcome<Page> {
        self.0.signs_in().await
    }
}

/// Somebody forgot the password, and the mail to choose another comes.
pub(crate) struct Forgets(Person);

impl Story for Forgets {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        Ok(Self(Person::registered(stage).await?))
    }

    fn person(&mut self) -> &mut Person {
        &mut self.0
    }

    async fn act(&mut self) -> Outcome<Page> {
        let page = shown!(self.0.reads("/account/forgotten").await?);
        let typed = [("address", self.0.address.as_str())];
        self.0.browser.send(&page, ("/account/forgotten", ""), &typed).await
    }

    async fn whole(&mut self) -> Outcome<bool> {
        Ok(self.0.lacks_mail(&["Set a new password"])?.is_none())
    }

    async fn missing(&mut self) -> Outcome<Option<String>> {
        self.0.lacks_mail(&["Set a new password"])
    }
}

/// Somebody looks where they are signed in.
pub(crate) struct LooksAtSignIns(Person);

impl Story for LooksAtSignIns {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        Ok(Self(Person::signed_in(stage).await?))
    }

    fn person(&mut self) -> &mut Person {
        &mut self.0
    }

    async fn act(&mut self) -> Outcome<Page> {
        self.0.reads("/account/sign-ins").await
    }
}

/// Somebody who is signed in on two machines signs out everywhere.
pub(crate) struct SignsOutEverywhere {
    here: Person,
    there: Person,
}

impl SignsOutEverywhere {
    /// The first page that still knows the other machine; a page that is away knows nobody.
    async fn still_known(&mut self) -> Outcome<Option<String>> {
        for path in PERSONAL {
            // A copy of its cookies: what one page clears is still there for the next.
            let page = self.there.browser.clone().look(path).await?;
            if page.status == 200 && !page.path.starts_with("/account/") {
                return Ok(Some(format!("the other machine signed out at {path}")));
            }
        }
        Ok(None)
    }
}

impl Story for SignsOutEverywhere {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        let mut here = Person::registered(stage).await?;
        let mut there = here.clone();
        fine(here.signs_in().await?)?;
        fine(there.signs_in().await?)?;
        Ok(Self { here, there })
    }

    fn person(&mut self) -> &mut Person {
        &mut self.here
    }

    async fn act(&mut self) -> Outcome<Page> {
        let page = shown!(self.here.reads("/account/sign-ins").await?);
        self.here.browser.send(&page, ("/account/sign-out-everywhere", ""), &[]).await
    }

    async fn whole(&mut self) -> Outcome<bool> {
        Ok(self.still_known().await?.is_none())
    }

    async fn missing(&mut self) -> Outcome<Option<String>> {
        self.still_known().await
    }
}

/// A member signs out on the page they are on.
pub(crate) struct SignsOutHere(Person);

impl Story for SignsOutHere {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        Ok(Self(Person::of_the_demo(stage, "jo").await?))
    }

    fn person(&mut self) -> &mut Person {
        &mut self.0
    }

    async fn act(&mut self) -> Outcome<Page> {
        let page = shown!(self.0.reads("/members").await?);
        shown!(self.0.browser.send(&page, ("/-/content/sign-out", ""), &[]).await?);
        self.0.reads("/members").await
    }
}

/// A member changes the name that the society and its mails use.
pub(crate) struct ChangesName {
    member: Person,
    name: String,
}

impl Story for ChangesName {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        let mut member = Person::applied(stage).await?;
        let name = format!("Renamed {}", stage.word());
        // The next mail to them is written after the name changed: it bears the new one.
        member.until_shown("/membership", &member.name.clone()).await?;
        Ok(Self { member, name })
    }

    fn person(&mut self) -> &mut Person {
        &mut self.member
    }

    async fn act(&mut self) -> Outcome<Page> {
        let page = shown!(self.member.reads("/membership/profile").await?);
        let typed = [("name", self.name.as_str())];
        self.member.browser.send(&page, ("/membership/profile", ""), &typed).await
    }

    async fn missing(&mut self) -> Outcome<Option<String>> {
        let mut staff = Person::of_the_demo(&self.member.stage, "admin").await?;
        let path = format!("/notifications/mailbox?q={}", self.member.address);
        let page = fine(staff.reads(&path).await?)?;
        let known = page.text.contains(&self.name);
        Ok((!known).then(|| format!("the new name `{}` in outreach", self.name)))
    }
}

/// A member switches off the mails that may be switched off.
pub(crate) struct ChoosesMails(Person);

impl Story for ChoosesMails {
    async fn given(stage: &Arc<Stage>) -> Outcome<Self> {
        Ok(Self(Person::signed_in(stage).await?))
    }

    fn person(&mut self) -> &mut Person {
        &mut self.0
    }

    async fn act(&mut self) -> Outcome<Page> {
        let page = shown!(self.0.reads("/notifications").await?);
        self.0.browser.send(&page, ("/notifications/preferences", ""), &[]).await
    }
}
