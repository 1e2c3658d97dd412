//! What happened before the pages are looked at: people of every kind, with orders in every state.

use std::sync::Mutex;

use serde_json::json;

use crate::hands::Hands;
use crate::keyring;
use crate::reader::{Browser, Shown};
use crate::site::{PASSWORD, Site, submit};
use crate::window::Window;

/// Somebody who reads pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    /// Nobody signed in.
    Stranger,
    /// Has an account and nothing else.
    Sam,
    /// Has been a member for a while.
    Jo,
    /// Joined and paid just now.
    Kim,
    /// Paid; the provider has not confirmed it.
    Pat,
    /// Was declined.
    Lee,
    /// Applied, and has not gone to pay.
    Ann,
    /// Has an app, recovery codes and a passkey.
    Max,
    /// Max, before the second factor is given.
    AtSecond,
    /// Is asked for a new password before the next sign-in.
    AtPassword,
    /// Is asked for a proof of the address.
    AtAddress,
    /// Has not accepted the terms.
    AtTerms,
    /// Has a role that asks for two factors, and only one.
    AtEnrol,
    Finance,
    Editor,
    Membership,
    Admin,
}

impl Who {
    /// Everybody.
    pub(crate) const ALL: [Self; 17] = [
        Self::Admin,
        Self::Stranger,
        Self::Finance,
        Self::Membership,
        Self::Editor,
        Self::Jo,
        Self::Sam,
        Self::Kim,
        Self::Pat,
        Self::Lee,
        Self::Ann,
        Self::Max,
        Self::AtSecond,
        Self::AtPassword,
        Self::AtAddress,
        Self::AtTerms,
        Self::AtEnrol,
    ];

    /// The name before the `@` of the address, for who signs in.
    pub(crate) fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::Stranger => return None,
            Self::Sam => "sam",
            Self::Jo => "jo",
            Self::Kim => "kim",
            Self::Pat => "pat",
            Self::Lee => "lee",
            Self::Ann => "ann",
            Self::Max | Self::AtSecond => "max",
            Self::AtPassword => "uma",
            Self::AtAddress => "eva",
            Self::AtTerms => "tom",
            Self::AtEnrol => "ina",
            Self::Finance => "finance",
            Self::Editor => "editor",
            Self::Membership => "membership",
            Self::Admin => "admin",
        })
    }

    /// A word for reports and files.
    pub(crate) fn word(self) -> &'static str {
        self.name().unwrap_or("stranger")
    }

    /// The address to sign in with.
    pub(crate) fn address(self) -> Option<String> {
        self.name().map(|name| format!("{name}@demo.scte.test"))
    }
}

/// The pages that came about.
#[derive(Debug, Default)]
pub(crate) struct Stage {
    /// The link in the mail to somebody who has not confirmed yet.
    pub(crate) confirm: String,
    /// The link in a mail about a forgotten password.
    pub(crate) reset: String,
    /// Kim's, Pat's and Lee's orders, and the application of each.
    pub(crate) paid: Bought,
    pub(crate) pending: Bought,
    pub(crate) declined: Bought,
    /// Ann's application, and where it would be paid.
    pub(crate) applied: Bought,
    /// The staff page of an account that is locked.
    pub(crate) locked: String,
    /// Where finance is asked once more before money goes back.
    pub(crate) refund: String,
    /// The link in the mail to somebody who is invited, and their page at the membership office.
    pub(crate) invitation: String,
    pub(crate) guest: String,
    /// The staff pages of Max, and of somebody who is asked for something.
    pub(crate) strong: String,
    pub(crate) asked: String,
    /// Max's recovery codes; each works once.
    codes: Mutex<Vec<String>>,
}

/// What somebody bought, as far as it went.
#[derive(Debug, Default)]
pub(crate) struct Bought {
    pub(crate) application: String,
    pub(crate) charge: String,
    pub(crate) order: String,
    /// The page of the sandbox provider.
    pub(crate) provider: String,
}

impl Stage {
    /// Lets it all happen.
    pub(crate) async fn set(site: &Site) -> Self {
        let mut stage = Self::default();
        register(site, "new@demo.scte.test").await;
        stage.confirm = mailed(site, "new@demo.scte.test", "/account/confirm").await;
        let mut sam = Browser::new(&site.origin);
        let page = sam.get("/account/forgotten").await;
        let typed = [("address", "sam@demo.scte.test")];
        submit(&mut sam, &page, "/account/forgotten", &typed).await.is(200);
        stage.reset = mailed(site, "sam@demo.scte.test", "/account/reset").await;

        stage.paid = buys(site, "kim", "Kim Ito", Some("pay")).await;
        stage.pending = buys(site, "pat", "Pat Okafor", Some("late")).await;
        stage.declined = buys(site, "lee", "Lee Marsh", Some("decline")).await;
        stage.applied = buys(site, "ann", "Ann Novak", None).await;
        stage.locked = locks(site).await;
        stage.refund = refunds(site, &stage.paid.order).await;
        stage.guest = invites(site).await;
        stage.invitation = mailed(site, "robin@demo.scte.test", "/account/invitation").await;
        stage.steps(site).await;
        site.settle().await;
        stage
    }

    /// Those who are stopped on their way into a sign-in, each at another step.
    async fn steps(&mut self, site: &Site) {
        for name in ["max", "uma", "eva", "tom", "ina"] {
            joins(site, name).await;
        }
        self.codes = Mutex::new(keyring::sets_up(site, Who::Max).await);
        let mut admin = site.signed_in("admin").await;
        self.strong = account(&mut admin, "max").await;
        for (name, action) in [("uma", "password"), ("eva", "address")] {
            self.asked = account(&mut admin, name).await;
            let path = format!("{}/require", self.asked);
            let page = admin.get(&path).await;
            let typed = [("action", action), ("reason", "seen in a leak")];
            submit(&mut admin, &page, &path, &typed).await.is(200);
        }
        let strict = "/staff/identity/factors";
        let page = admin.get(strict).await;
        submit(&mut admin, &page, strict, &[("role", "staff.identity")]).await.is(200);
        let grant = format!("{}/grant", account(&mut admin, "ina").await);
        let page = admin.get(&format!("{grant}?role=staff.identity")).await;
        submit(&mut admin, &page, &grant, &[]).await.is(200);
        self.terms(site, &mut admin).await;
    }

    /// Publishes terms, which everybody accepts but those who are stopped before it.
    async fn terms(&self, site: &Site, admin: &mut Browser) {
        let new = "/staff/identity/terms/new";
        let page = admin.get(new).await;
        let (_, today) = page.text.split_once("name=\"from\"").expect("the first day is asked for");
        let (_, today) = today.split_once("value=\"").expect("today is in the field");
        let (today, _) = today.split_once('"').expect("a value ends");
        let typed = [
            ("kind", "terms"),
            ("title", "Terms of use of this season"),
            ("from", today),
            ("body", "# What counts\n\nWe keep what you tell us.\n\n- and nothing\n- else"),
        ];
        submit(admin, &page, new, &typed).await.is(200);
        let accept = "/account/sign-in/terms";
        let stopped = [Who::AtSecond, Who::AtPassword, Who::AtAddress, Who::AtTerms];
        for who in Who::ALL.into_iter().filter(|who| !stopped.contains(who)) {
            if who.name().is_some() {
                let mut reader = self.reader(site, who).await;
                let page = reader.get(accept).await;
                submit(&mut reader, &page, accept, &[("agreed", "yes")]).await.is(200);
            }
        }
    }

    /// What somebody reads with: signed in, or as far as they come.
    pub(crate) async fn reader(&self, site: &Site, who: Who) -> Browser {
        let Some(name) = who.name() else { return Browser::new(&site.origin) };
        let mut reader = site.signed_in(name).await;
        if who == Who::Max {
            let page = reader.get(SECOND).await;
            submit(&mut reader, &page, SECOND, &[("code", &self.code())]).await.is(200);
        }
        reader
    }

    /// Makes a window somebody's, as far as they come.
    pub(crate) async fn sign_in(&self, window: &Window, who: Who) {
        sign_in(window, who).await;
        if who == Who::Max {
            let form = format!("main form[action='{SECOND}']");
            Hands::Pointer.fill(window, &format!("{form} input[name=code]"), &self.code()).await;
            Hands::Pointer.press(window, &format!("{form} button[type=submit]")).await;
            let gone = "return location.pathname === '/account';";
            window.until("being signed in", gone, json!([])).await;
        }
    }

    fn code(&self) -> String {
        self.codes.lock().unwrap().pop().expect("a recovery code is left")
    }
}

const SECOND: &str = "/account/sign-in/second";

/// The staff page of an account.
async fn account(admin: &mut Browser, name: &str) -> String {
    let found = admin.get(&format!("/staff/identity?q={name}%40demo.scte.test")).await;
    let account = links(&found).find(|link| link.starts_with("/staff/identity/accounts/"));
    account.expect("staff find an account by its address")
}

/// Locks the account that is not confirmed.
async fn locks(site: &Site) -> String {
    let mut admin = site.signed_in("admin").await;
    let account = account(&mut admin, "new").await;
    let page = admin.get(&format!("{account}/lock")).await;
    let typed = [("reason", "nobody answers")];
    submit(&mut admin, &page, &account, &typed).await.is(200);
    account
}

/// The office invites a guest, and the administrator a colleague; says the guest's page.
async fn invites(site: &Site) -> String {
    let mut admin = site.signed_in("admin").await;
    let new = "/staff/identity/invitations/new";
    let page = admin.get(new).await;
    let address = ("address", "colleague@demo.scte.test");
    let typed = [address, ("role", "staff.finance"), ("language", "en")];
    submit(&mut admin, &page, new, &typed).await.is(200);
    let mut office = site.signed_in("membership").await;
    let invite = "/staff/membership/invite";
    let page = office.get(invite).await;
    let address = ("address", "robin@demo.scte.test");
    let typed = [("name", "Robin Vance"), address, ("title", "the Rocky Mountain Chapter")];
    submit(&mut office, &page, invite, &typed).await.path
}

/// Goes as far as being asked whether a refund is meant.
async fn refunds(site: &Site, order: &str) -> String {
    let mut finance = site.signed_in("finance").await;
    let path = order.replace("/checkout/orders/", "/staff/commerce/orders/");
    let page = finance.get(&format!("{path}/refund")).await;
    let typed = [("amount", "10.00"), ("reason", "goodwill")];
    submit(&mut finance, &page, &format!("{path}/refund"), &typed).await.path
}

async fn register(site: &Site, address: &str) {
    let mut reader = Browser::new(&site.origin);
    let page = reader.get("/account/register").await;
    let typed = [("address", address), ("language", "en")];
    submit(&mut reader, &page, "/account/register", &typed).await.is(200);
}

/// The path of the link that was mailed to an address.
async fn mailed(site: &Site, address: &str, path: &str) -> String {
    site.settle().await;
    let mut reader = Browser::new(&site.origin);
    let mailbox = reader.get("/notifications/mailbox").await;
    for link in links(&mailbox).filter(|link| link.starts_with("/notifications/mailbox/")) {
        let mail = reader.get(&format!("{link}/text")).await;
        if !mail.text.contains(address) {
            continue;
        }
        let found = mail.text.split(&format!("{}{path}", site.origin)).nth(1);
        if let Some(rest) = found {
            let end = rest.find(|letter: char| " \n\r\t<\"'".contains(letter));
            return format!("{path}{}", &rest[..end.unwrap_or(rest.len())]).replace("&amp;", "&");
        }
    }
    panic!("no mail to {address} has a link to {path}");
}

/// Every `href` of a page.
pub(crate) fn links(page: &Shown) -> impl Iterator<Item = String> {
    let found = page.text.split("href=\"").skip(1).filter_map(|rest| rest.split_once('"'));
    found.map(|(href, _)| href.replace("&amp;", "&").replace("&#38;", "&"))
}

/// Registers somebody, confirms the address, signs in.
async fn joins(site: &Site, who: &str) -> Browser {
    let address = format!("{who}@demo.scte.test");
    register(site, &address).await;
    let link = mailed(site, &address, "/account/confirm").await;
    let mut reader = Browser::new(&site.origin);
    let page = reader.get(&link).await;
    let typed = [("password", PASSWORD)];
    submit(&mut reader, &page, "/account/confirm", &typed).await.is(200);
    site.signs_in(&mut reader, &address, PASSWORD).await;
    reader
}

/// Somebody new applies for a year, and pays so at the sandbox.
pub(crate) async fn buys(site: &Site, who: &str, name: &str, how: Option<&str>) -> Bought {
    let reader = &mut joins(site, who).await;
    let page = reader.get("/membership/join").await;
    let (kind, chapter) = (page.choice("type", "Active Member"), page.choice("chapter", "Cactus"));
    let details = format!("/membership/join/details?type={kind}&chapter={chapter}");
    let page = reader.get(&details).await;
    let typed = [("name", name), ("type", &*kind), ("chapter", &*chapter), ("confirm", "yes")];
    let shown = submit(reader, &page, "/membership/join", &typed).await;
    let mut bought = Bought { application: shown.is(200).path.clone(), ..Bought::default() };
    bought.charge = comes(site, reader, &bought.application, "/checkout/pay/").await;
    let Some(how) = how else { return bought };
    let page = reader.get(&bought.charge).await;
    bought.order = submit(reader, &page, "/checkout/pay/", &[]).await.path;
    let provider = comes(site, reader, &bought.order, "/checkout/sandbox/pay/").await;
    bought.provider = provider;
    let page = reader.get(&bought.provider).await;
    let (action, mut pairs) = page.form_with("/checkout/sandbox/pay/", &format!("value=\"{how}\""));
    // What is late is later than any test.
    pairs.push(("delay_seconds".to_owned(), "259200".to_owned()));
    reader.post(&action, &pairs).await.is(200);
    site.settle().await;
    bought
}

/// The link into a part of the site that comes on a page.
async fn comes(site: &Site, reader: &mut Browser, path: &str, to: &str) -> String {
    site.settle().await;
    let page = reader.get(path).await;
    let own = |link: String| link.strip_prefix(&site.origin).map_or(link.clone(), str::to_owned);
    let found = links(&page).map(own).find(|link| link.starts_with(to));
    found.unwrap_or_else(|| panic!("no link to {to} on {path}: {}", page.text))
}

/// Makes a window somebody's: signs in by the form, or forgets who was signed in.
pub(crate) async fn sign_in(window: &Window, who: Who) {
    window.go("/account/sign-in").await;
    window.session.delete("/cookie").await.unwrap();
    let Some(address) = who.address() else { return };
    window.go("/account/sign-in").await;
    let form = "main form[action^='/account/sign-in']";
    Hands::Pointer.fill(window, &format!("{form} input[name=address]"), &address).await;
    Hands::Pointer.fill(window, &format!("{form} input[name=password]"), PASSWORD).await;
    Hands::Pointer.press(window, &format!("{form} button[type=submit]")).await;
    let gone = "return location.pathname !== '/account/sign-in';";
    window.until("being signed in", gone, json!([])).await;
}
