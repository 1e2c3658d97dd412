//! Journey 1 in the browser: a visitor reads, registers, confirms, signs in, applies, pays and is a
//! member; on a desktop, on a phone, without scripts, and with nothing but a keyboard.

use serde_json::json;

use crate::PATIENCE;
use crate::hands::{Hands, tab};
use crate::site::Site;
use crate::window::{Size, Window};

const ADDRESS: &str = "riley.rivera@example.test";
const PASSWORD: &str = "a long walk by the river";

/// Somebody on the way to membership.
struct Visitor {
    site: Site,
    window: Window,
    hands: Hands,
    /// On a phone the menu is behind a button.
    phone: bool,
    scripts: bool,
}

impl Visitor {
    async fn arrives() -> Self {
        let site = Site::start();
        let window = Window::open(&site.origin).await;
        Self { site, window, hands: Hands::Pointer, phone: false, scripts: true }
    }

    async fn press(&self, css: &str) {
        self.hands.press(&self.window, css).await;
    }

    async fn fill(&self, css: &str, text: &str) {
        self.hands.fill(&self.window, css, text).await;
    }

    /// Presses the button that sends a form.
    async fn send(&self, action: &str) {
        self.press(&format!("main form[action^='{action}'] button[type=submit]")).await;
    }

    /// The whole way.
    async fn joins(self) {
        self.reads().await;
        self.chooses().await;
        self.registers().await;
        self.confirms().await;
        self.signs_in().await;
        self.applies().await;
        self.pays().await;
        self.is_a_member().await;
        let complaints = self.window.complaints().await;
        assert!(complaints.is_empty(), "the browser complains: {complaints:#?}");
        self.window.session.end().await;
    }

    /// From the home page by the menu to what joining costs.
    async fn reads(&self) {
        self.window.go("/").await;
        if self.phone {
            let nav =
                "return document.querySelector('nav.nav a[href=\"/join\"]').checkVisibility();";
            assert_eq!(self.window.run(nav, json!([])).await, false, "the menu is behind a button");
            self.press("header button[popovertarget]").await;
            self.window.until("the menu", nav, json!([])).await;
        }
        self.press("nav.nav a[href='/join']").await;
        self.window.is_at("/join").await;
        self.window.shows("$99.00").await;
    }

    /// Chooses before there is an account: the whole sum is shown first.
    async fn chooses(&self) {
        self.press("main a[href^='/membership/join']").await;
        self.window.is_at("/membership/join").await;
        self.hands.choose(&self.window, "type", "Active Member").await;
        self.hands.choose(&self.window, "chapter", "Cactus").await;
        self.send("/membership/join/details").await;
        self.window.is_at("/membership/join/details").await;
        self.window.shows("$119.00").await;
    }

    async fn registers(&self) {
        self.press("main a[href^='/account/register']").await;
        self.window.is_at("/account/register").await;
        self.fill("form[action^='/account/register'] input[name=address]", ADDRESS).await;
        self.send("/account/register").await;
        self.window.is_at("/account/registered").await;
    }

    /// Opens the mail, and the link in it.
    async fn confirms(&self) {
        let mail = self.mail("Confirm").await;
        self.press(&format!("main a[href='{mail}']")).await;
        self.window.is_at(&mail).await;
        let link = "a[href*='/account/confirm']";
        match self.hands {
            Hands::Pointer => {
                self.window.enter("main iframe").await;
                self.press(link).await;
                self.window.leave().await;
            }
            Hands::Keyboard => {
                self.press(&format!("main a[href='{mail}/text']")).await;
                self.press(link).await;
            }
        }
        self.window.is_at("/account/confirm").await;
        self.fill("form[action^='/account/confirm'] input[name=password]", PASSWORD).await;
        self.send("/account/confirm").await;
    }

    /// Waits for a mail on the page that shows them; gives its page.
    async fn mail(&self, subject: &str) -> String {
        let find = "const mails = [...document.querySelectorAll(\
                    \"main a[href^='/notifications/mailbox/']\")]; \
                    const mine = mails.find((mail) => mail.innerText.includes(arguments[1]) && \
                        (mail.closest('tr, li') ?? mail).innerText.includes(arguments[0])); \
                    return mine && mine.getAttribute('href');";
        let found = cluster::found(PATIENCE, async || {
            self.window.go("/notifications/mailbox").await;
            let mail = self.window.run(find, json!([ADDRESS, subject])).await;
            mail.as_str().map(str::to_owned)
        });
        match found.await {
            Some(mail) => mail,
            None => panic!("no mail: {}", self.window.text().await),
        }
    }

    /// Where confirming led, and on from there to what was chosen.
    async fn signs_in(&self) {
        self.window.is_at("/account/sign-in").await;
        self.fill("form[action^='/account/sign-in'] input[name=address]", ADDRESS).await;
        self.fill("form[action^='/account/sign-in'] input[name=password]", PASSWORD).await;
        self.send("/account/sign-in").await;
        self.window.is_at("/membership/join/details").await;
        self.window.shows("$119.00").await;
    }

    /// Applies for a year with a chapter, while commerce is away: the page waits, and completes.
    async fn applies(&self) {
        self.fill("form[action='/membership/join'] input[name=name]", "Riley Rivera").await;
        self.hands.tick(&self.window, "input[name=confirm]").await;
        self.site.switch("commerce", "stop").await;
        self.send("/membership/join").await;
        self.window.is_at("/membership/applications/").await;
        self.window.shows("$119.00").await;
        self.window.has("main .state.wait").await;
        let site = &self.site;
        self.completes("a[href^='/checkout/pay/']", async || {
            site.switch("commerce", "start").await;
        })
        .await;
    }

    /// What is waited for comes by itself: into the same document where scripts run, with a page
    /// that loads itself again where they do not.
    async fn completes(&self, css: &str, happens: impl AsyncFnOnce()) {
        assert!(!self.window.holds(css).await, "`{css}` is there already");
        self.window
            .run("window.still = true; document.body.setAttribute('data-still', '');", json!([]))
            .await;
        happens().await;
        self.window.has(css).await;
        let still = "return window.still === true;";
        let still = self.window.run(still, json!([])).await;
        assert_eq!(still, self.scripts, "the page is replaced only where scripts do not run");
    }

    /// Pays at the sandbox, which tells of it later.
    async fn pays(&self) {
        self.press("main a[href^='/checkout/pay/']").await;
        self.window.is_at("/checkout/pay/").await;
        self.send("/checkout/pay/").await;
        self.window.is_at("/checkout/orders/").await;
        let provider = "main a[href*='/checkout/sandbox/pay/']";
        self.press(provider).await;
        self.window.is_at("/checkout/sandbox/pay/").await;
        self.press("form:has(input[name=behaviour][value=late]) button[type=submit]").await;
        self.window.is_at("/checkout/orders/").await;
        self.window.has("main .state.wait").await;
        let site = &self.site;
        self.completes("main a[href^='/billing/receipts/']", async || site.advance(600)).await;
        self.window.shows("Paid").await;
    }

    async fn is_a_member(&self) {
        self.press("main a[href^='/billing/receipts/']").await;
        self.window.is_at("/billing/receipts/").await;
        self.window.shows("$119.00").await;
        let (window, mut last) = (&self.window, String::new());
        let shown = cluster::found(PATIENCE, async || {
            window.go("/membership").await;
            last = window.text().await;
            (last.contains("Member number") && last.contains("Cactus")).then_some(())
        });
        assert!(shown.await.is_some(), "no member: {last}");
    }

    /// The first thing that the keyboard reaches leads past the menu.
    async fn skips_the_menu(&self) {
        let window = &self.window;
        window.go("/").await;
        tab(window).await;
        assert!(window.holds("a.skip[href='#main']:focus").await, "the skip link comes first");
        self.press("a.skip").await;
        tab(window).await;
        let inside = "return document.querySelector('main').contains(document.activeElement);";
        assert_eq!(window.run(inside, json!([])).await, true, "it leads into the page");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_joins_on_a_desktop() {
    Visitor::arrives().await.joins().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_joins_on_a_phone() {
    let visitor = Visitor { phone: true, ..Visitor::arrives().await };
    visitor.window.sized(Size::Phone).await;
    visitor.joins().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_joins_without_scripts() {
    let visitor = Visitor { scripts: false, ..Visitor::arrives().await };
    visitor.window.without_scripts().await;
    visitor.joins().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_joins_with_nothing_but_a_keyboard() {
    let visitor = Visitor { hands: Hands::Keyboard, ..Visitor::arrives().await };
    visitor.skips_the_menu().await;
    visitor.joins().await;
}
