//! Journey 1 as a visitor goes it: reads, registers, confirms, signs in, applies, pays. After every
//! step is a checkpoint, where a service may be stopped or the process killed.

use crate::browser::{Browser, Shown};
use crate::mail;
use crate::world::World;

const PASSWORD: &str = "a long walk by the river";

/// How many checkpoints the journey has.
pub(crate) const CHECKPOINTS: u32 = 8;

/// Somebody on the way to membership.
pub(crate) struct Visitor {
    pub(crate) browser: Browser,
    pub(crate) address: String,
    /// The page of the application.
    pub(crate) application: String,
    /// The page of the order.
    pub(crate) order: String,
}

impl Visitor {
    /// Reads what joining costs.
    pub(crate) async fn arrives(world: &mut World) -> Self {
        let (browser, address) = (world.browser(), world.address());
        let mut visitor =
            Self { browser, address, application: String::new(), order: String::new() };
        let join = world.get(&mut visitor.browser, "/join").await;
        join.is(200).shows("Active Member").shows("$99.00");
        let members = world.get(&mut visitor.browser, "/members").await;
        members.is(200).lacks("You are a member, so you can read this");
        world.checkpoint().await;
        visitor
    }

    /// Registers and confirms the mail.
    pub(crate) async fn registers(&mut self, world: &mut World) {
        let page = world.get(&mut self.browser, "/account/register").await;
        let typed = [("address", self.address.as_str()), ("language", "en")];
        let sent = world.submit(&mut self.browser, &page, "/account/register", &typed).await;
        sent.is(200).shows("Look at your mail");
        world.checkpoint().await;

        let mail = world.mail(&self.address, "Confirm your address").await;
        let link = mail.text.split_whitespace().find(|word| word.contains("/account/confirm"));
        let link = link.expect("the mail holds a link").to_owned();
        let path = &link[link.find("/account/confirm").unwrap()..];
        let page = world.get(&mut self.browser, path).await;
        let typed = [("password", PASSWORD)];
        let done = world.submit(&mut self.browser, &page, "/account/confirm", &typed).await;
        done.is(200);
        world.checkpoint().await;
    }

    /// Gives address and password.
    pub(crate) async fn gives_the_password(&mut self, world: &mut World) -> Shown {
        let page = world.get(&mut self.browser, "/account/sign-in").await;
        let typed = [("address", self.address.as_str()), ("password", PASSWORD)];
        world.submit(&mut self.browser, &page, "/account/sign-in", &typed).await
    }

    /// Signs in.
    pub(crate) async fn signs_in(&mut self, world: &mut World) {
        let home = self.gives_the_password(world).await;
        home.is(200).shows(&self.address);
        world.checkpoint().await;
    }

    /// Applies for a year with a chapter.
    pub(crate) async fn applies(&mut self, world: &mut World) {
        let page = world.get(&mut self.browser, "/membership/join").await;
        page.is(200);
        let (kind, chapter) =
            (page.choice("type", "Active Member"), page.choice("chapter", "Cactus"));
        let details = format!("/membership/join/details?type={kind}&chapter={chapter}");
        let mut page = world.get(&mut self.browser, &details).await;
        if page.says("First an account") {
            // Whose token ran out looks like a stranger here, and is known again by a click.
            page = world.get(&mut self.browser, &page.link("Sign in")).await;
        }
        page.is(200).shows("$119.00");
        let typed =
            [("name", "Jo Rivera"), ("type", &*kind), ("chapter", &*chapter), ("confirm", "yes")];
        let shown = world.submit(&mut self.browser, &page, "/membership/join", &typed).await;
        shown.is(200).shows("Your application").shows("$119.00");
        self.application = shown.path;
        world.checkpoint().await;
    }

    /// Goes to pay: the button appears when commerce has answered.
    pub(crate) async fn opens_the_order(&mut self, world: &mut World) {
        let page = self.pay_page(world).await;
        let shown = world.submit(&mut self.browser, &page, "/checkout/pay/", &[]).await;
        self.order.clone_from(&shown.path);
        assert!(self.order.starts_with("/checkout/orders/"), "{}", shown.text);
        world.checkpoint().await;
    }

    /// The page with the sum on its button.
    pub(crate) async fn pay_page(&mut self, world: &mut World) -> Shown {
        let path = self.application.clone();
        let shown = world.shows(&mut self.browser, &path, "Pay $119.00").await;
        world.get(&mut self.browser, &shown.link("Pay $119.00")).await
    }

    /// Presses a button at the sandbox provider, and comes back.
    pub(crate) async fn presses(&mut self, world: &mut World, behaviour: &str) -> Shown {
        self.presses_with(world, behaviour, &[]).await
    }

    /// As [`Visitor::presses`], with more in the form.
    pub(crate) async fn presses_with(
        &mut self,
        world: &mut World,
        behaviour: &str,
        more: &[(&str, &str)],
    ) -> Shown {
        let order = self.order.clone();
        let link = "Continue to the payment provider";
        let shown = world.shows(&mut self.browser, &order, link).await;
        let url = shown.link(link);
        let path = url.strip_prefix(&world.origin).expect("the sandbox is this website").to_owned();
        let page = world.get(&mut self.browser, &path).await;
        let (action, mut pairs) =
            page.form_with("/checkout/sandbox/pay/", &format!("value=\"{behaviour}\""));
        pairs.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let back = world.post(&mut self.browser, &action, &pairs).await;
        world.checkpoint().await;
        back
    }

    /// The whole way up to the provider's page.
    pub(crate) async fn at_the_provider(world: &mut World) -> Self {
        let mut visitor = Self::arrives(world).await;
        visitor.registers(world).await;
        visitor.signs_in(world).await;
        visitor.applies(world).await;
        visitor.opens_the_order(world).await;
        visitor
    }

    /// In the end every service knows: exactly one of everything.
    pub(crate) async fn is_a_member_everywhere(&mut self, world: &mut World) {
        world.shows(&mut self.browser, "/membership", "Member number").await;
        let order = self.order.clone();
        world.shows(&mut self.browser, &order, "Paid. Thank you.").await;
        let opened = "You are a member, so you can read this";
        world.shows(&mut self.browser, "/members", opened).await;
        world.mail(&self.address, "Receipt ").await;
        world.mail(&self.address, "Welcome to SCTE").await;
        world.mail(&self.address, "Welcome to the ").await;

        world.start_service().await;
        world.settle().await;
        let home = world.get(&mut self.browser, "/membership").await;
        assert_eq!(home.text.matches("Cactus").count(), 1, "one chapter term: {}", home.text);
        let orders = world.get(&mut self.browser, "/billing").await;
        assert_eq!(orders.text.matches("/billing/receipts/").count(), 1, "{}", orders.text);
        self.was_written_to_once();
        assert_eq!(
            world.ask(serde_json::json!({ "do": "parked_list" })).await,
            serde_json::json!([])
        );
    }

    /// Every notice came once: a repeat is only possible under the same id.
    pub(crate) fn was_written_to_once(&self) {
        let mails = mail::to(&self.address);
        let mut seen = std::collections::BTreeMap::new();
        for mail in &mails {
            let first = seen.entry(mail.subject.clone()).or_insert_with(|| mail.id.clone());
            assert_eq!(*first, mail.id, "`{}` came twice: {mails:#?}", mail.subject);
        }
    }
}
