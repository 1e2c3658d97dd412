//! The list of all pages: who reads each, and where its id is found. A route that is not on it fails
//! the test.

use std::collections::BTreeMap;

use crate::reader::{Browser, Shown};
use crate::routes::Routes;
use crate::site::Site;
use crate::stage::{Stage, Who, links};

/// A page somebody reads.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The route it stands for.
    pub(crate) route: &'static str,
    pub(crate) who: Who,
    pub(crate) path: String,
    /// What it is answered with.
    pub(crate) status: u16,
    /// The form on it that is sent with nothing filled in.
    pub(crate) sends: Option<&'static str>,
}

impl Entry {
    /// Whether it is a mail as it was sent: no page of ours, with styles of its own, without scripts.
    pub(crate) fn is_mail(&self) -> bool {
        self.route == MAIL
    }
}

const MAIL: &str = "/notifications/mailbox/{id}/html";

/// Routes that show no page to anybody, and why.
pub(crate) const NO_PAGES: &[(&str, &str)] = &[
    ("/-/{service}/live", "a stream"),
    ("/-/{service}/badge", "numbers for the script"),
    ("/account/continue", "renews a sign-in and leads on"),
    ("/.well-known/openid-configuration", "what systems learn of the provider"),
    ("/.well-known/oauth-authorization-server", "what systems learn of the provider"),
    ("/oidc/keys", "keys for systems"),
    ("/oidc/userinfo", "what systems learn of a person"),
    ("/account/data/file", "a file"),
    ("/checkout/orders/{order}/return", "leads to the order"),
    ("/checkout/sandbox/api/sessions/{session}", "the provider's API"),
    ("/billing/invoices/{number}/pdf", "a file"),
    ("/billing/receipts/{order}/pdf", "a file"),
    ("/staff/commerce/invoices/{number}/pdf", "a file"),
    ("/staff/commerce/orders/{order}/return", "asks about money that nothing was asked for"),
    ("/ops/{service}/card", "rows for the overview of another process"),
    ("/ops/{service}/drop", "asks about a message that is parked"),
    ("/ops/-/away/{service}", "stands in for a service that is away"),
    ("/api/ops/away/{service}", "a problem for machines"),
    ("/api/identity/me", "for programs with a token"),
    ("/api/membership/me", "for programs with a token"),
    ("/api/membership/members", "for programs with a token"),
    ("/api/membership/companies/{id}", "for programs with a token"),
    ("/api/membership/companies/{id}/seats", "for programs with a token"),
];

/// Collects the list, reading pages for the ids on them.
struct Collecting<'a> {
    site: &'a Site,
    routes: &'a Routes,
    stage: &'a Stage,
    readers: BTreeMap<Who, Browser>,
    entries: Vec<Entry>,
}

impl Collecting<'_> {
    /// A page without a parameter.
    fn page(&mut self, who: Who, route: &'static str) {
        self.at(who, route, route);
    }

    /// A page at a path that is known.
    fn at(&mut self, who: Who, route: &'static str, path: &str) {
        self.answered(who, route, path, 200);
    }

    /// A page that is answered with this status.
    fn answered(&mut self, who: Who, route: &'static str, path: &str, status: u16) {
        let path = path.to_owned();
        assert_eq!(self.routes.of(&path), Some(route), "the route of {path}");
        let known = self.entries.iter().any(|entry| entry.who == who && entry.path == path);
        if !known {
            self.entries.push(Entry { route, who, path, status, sends: None });
        }
    }

    /// What a page says to whoever sends a form of it with nothing filled in.
    fn refused(&mut self, who: Who, path: &str, action: &'static str) {
        let known = self.entries.iter().rfind(|entry| entry.who == who && entry.path == path);
        let known = known.unwrap_or_else(|| panic!("{path} is to be listed first"));
        let sent = Entry { status: 422, sends: Some(action), ..known.clone() };
        self.entries.push(sent);
    }

    /// What somebody reads with, signed in.
    async fn reader(&mut self, who: Who) -> &mut Browser {
        if !self.readers.contains_key(&who) {
            let reader = self.stage.reader(self.site, who).await;
            self.readers.insert(who, reader);
        }
        self.readers.get_mut(&who).unwrap()
    }

    /// A page that another page links to.
    async fn linked(&mut self, who: Who, route: &'static str, from: &str) -> String {
        let reader = self.reader(who).await;
        let page = reader.get(from).await;
        let found = links(&page).find(|link| self.routes.of(link) == Some(route));
        let path =
            found.unwrap_or_else(|| panic!("{} has no link to {route} on {from}", who.word()));
        self.at(who, route, &path);
        path
    }
}

/// Every page, as whoever reads it.
pub(crate) async fn all(site: &Site, routes: &Routes, stage: &Stage) -> Vec<Entry> {
    let (readers, entries) = (BTreeMap::new(), Vec::new());
    let mut list = Collecting { site, routes, stage, readers, entries };
    public(&mut list).await;
    accounts(&mut list, stage).await;
    ways_in(&mut list).await;
    members(&mut list, stage).await;
    staff(&mut list, stage).await;
    operations(&mut list);
    list.entries
}

async fn public(list: &mut Collecting<'_>) {
    let who = Who::Stranger;
    list.page(who, "/");
    let reader = &mut Browser::new(&list.site.origin);
    let home = reader.get("/").await;
    let mut written: Vec<String> = links(&home)
        .filter(|link| link.starts_with('/') && !link.contains(['#', '?', '.']))
        .filter(|link| list.routes.of(link) == Some("/{*path}"))
        .collect();
    written.sort();
    written.dedup();
    for path in written {
        list.at(who, "/{*path}", &path);
    }
    list.answered(who, "/{*path}", "/nothing/here", 404);
    list.page(who, "/news");
    list.page(who, "/search");
    list.at(who, "/search", "/search?q=chapter");
    list.at(who, "/search", "/search?q=nothing-of-the-kind");
    list.at(Who::Jo, "/{*path}", "/members");
    let news: Vec<String> =
        links(&reader.get("/news").await).filter(|link| link.starts_with("/news/")).collect();
    for article in &news {
        list.at(who, "/{*path}", article);
        list.at(Who::Jo, "/{*path}", article);
    }
    list.page(who, "/notifications/mailbox");
    let mail = list.linked(who, "/notifications/mailbox/{id}", "/notifications/mailbox").await;
    list.at(who, "/notifications/mailbox/{id}/text", &format!("{mail}/text"));
    for mail in one_of_each(&reader.get("/notifications/mailbox").await) {
        list.at(who, MAIL, &format!("{mail}/html"));
    }
}

/// The page of one mail of each kind: those whose subjects begin alike are alike.
fn one_of_each(mailbox: &Shown) -> Vec<String> {
    let mut kinds = BTreeMap::new();
    for rest in mailbox.text.split("href=\"").skip(1) {
        let Some((path, rest)) = rest.split_once("\">") else { continue };
        let Some((subject, _)) = rest.split_once("</a>") else { continue };
        if path.starts_with("/notifications/mailbox/") {
            let kind: Vec<_> = subject.split(' ').take(3).collect();
            kinds.entry(kind.join(" ")).or_insert_with(|| path.to_owned());
        }
    }
    kinds.into_values().collect()
}

async fn accounts(list: &mut Collecting<'_>, stage: &Stage) {
    let who = Who::Stranger;
    list.page(who, "/account/sign-in");
    list.page(who, "/account/register");
    list.page(who, "/account/registered");
    list.at(who, "/account/confirm", &stage.confirm);
    list.answered(who, "/account/confirm", "/account/confirm?code=none", 410);
    list.page(who, "/account/forgotten");
    list.page(who, "/account/forgotten/sent");
    list.at(who, "/account/reset", &stage.reset);
    list.answered(who, "/account/reset", "/account/reset?code=none", 410);
    list.answered(who, "/oidc/authorize", "/oidc/authorize?client_id=none", 400);
    list.answered(who, "/oidc/sign-out", "/oidc/sign-out?client_id=a&client_id=b", 400);
    list.page(Who::Jo, "/oidc/sign-out");
    list.refused(who, "/account/sign-in", "/account/sign-in");
    list.refused(who, "/account/register", "/account/register");
    list.refused(who, "/account/forgotten", "/account/forgotten");
    list.refused(who, &stage.confirm, "/account/confirm");
    list.refused(who, &stage.reset, "/account/reset");
    list.page(who, "/account/retention");
    list.page(Who::Jo, "/account");
    list.page(Who::Jo, "/account/sign-ins");
    list.page(Who::Jo, "/account/address");
    list.refused(Who::Jo, "/account/address", "/account/address");
    list.page(Who::Jo, "/account/address/sent");
    list.page(Who::Jo, "/account/history");
    list.page(Who::Jo, "/account/data");
    list.page(Who::Jo, "/account/terms");
    list.page(who, "/account/address/changed");
    list.answered(who, "/account/address/confirm", "/account/address/confirm?code=none", 410);
    list.answered(who, "/account/address/undo", "/account/address/undo?code=none", 410);
    list.page(Who::Jo, "/account/password");
    list.refused(Who::Jo, "/account/password", "/account/password");
    list.page(Who::Jo, "/account/again");
    list.page(Who::Jo, "/account/tokens");
    list.linked(Who::Jo, "/account/tokens/{id}/revoke", "/account/tokens").await;
    list.page(Who::Jo, "/account/views");
    list.page(Who::Jo, "/account/tokens/new");
    list.refused(Who::Jo, "/account/tokens/new", "/account/tokens");
    list.page(Who::Jo, "/account/factors");
    list.at(Who::Jo, "/account/factors", "/account/factors?need=1");
    list.page(Who::Jo, "/account/factors/authenticator");
    list.refused(Who::Jo, "/account/factors/authenticator", "/account/factors/authenticator");
    list.page(Who::Jo, "/account/factors/passkey");
}

/// The steps before a sign-in, in each language, and what somebody signs in with.
async fn ways_in(list: &mut Collecting<'_>) {
    let steps = [
        (Who::AtSecond, "/account/sign-in/second"),
        (Who::AtPassword, "/account/sign-in/password"),
        (Who::AtAddress, "/account/sign-in/address"),
        (Who::AtTerms, "/account/sign-in/terms"),
        (Who::AtEnrol, "/account/sign-in/enrol"),
    ];
    for (who, route) in steps {
        list.page(who, route);
        if !matches!(who, Who::AtAddress | Who::AtTerms) {
            list.refused(who, route, route);
        }
        for lang in ["es", "fr"] {
            list.at(who, route, &format!("{route}?lang={lang}"));
        }
    }
    list.linked(Who::Stranger, "/account/terms/{id}", "/account/terms").await;
    let who = Who::Max;
    list.page(who, "/account/factors");
    list.linked(who, "/account/factors/passkeys/{id}", "/account/factors").await;
    list.page(who, "/account/factors/password/remove");
    list.page(who, "/account/factors/authenticator/remove");
    list.page(who, "/account/factors/codes");
    // The codes are shown to whoever makes new ones; that comes last, for the old ones end with it.
    let path = "/account/factors/codes".to_owned();
    let (route, sends) = ("/account/factors/codes/shown", Some("/account/factors/codes"));
    list.entries.push(Entry { route, who, path, status: 200, sends });
}

async fn members(list: &mut Collecting<'_>, stage: &Stage) {
    for who in [Who::Stranger, Who::Sam] {
        let (route, join) = ("/membership/join/details", "/membership/join");
        let reader = list.reader(who).await;
        let page = reader.get(join).await;
        let (kind, chapter) =
            (page.choice("type", "Active Member"), page.choice("chapter", "Cactus"));
        let details = format!("{route}?type={kind}&chapter={chapter}");
        list.at(who, route, &details);
        if who == Who::Sam {
            list.refused(who, &details, join);
        }
    }
    list.page(Who::Stranger, "/membership/join");
    list.page(Who::Stranger, "/membership/chapters");
    list.linked(Who::Ann, "/membership/applications/{id}/withdraw", &stage.applied.application)
        .await;
    for who in [Who::Sam, Who::Jo, Who::Kim, Who::Ann] {
        list.page(who, "/membership");
        list.page(who, "/membership/join");
    }
    list.page(Who::Jo, "/membership/profile");
    list.refused(Who::Jo, "/membership/profile", "/membership/profile");
    for who in [Who::Sam, Who::Kim, Who::Lee] {
        list.page(who, "/billing");
    }
    list.page(Who::Sam, "/notifications");
    list.page(Who::Kim, "/notifications");
    list.linked(Who::Kim, "/billing/receipts/{order}", "/billing").await;
    list.linked(Who::Kim, "/billing/invoices/{number}", "/billing").await;
    let people = [
        (Who::Kim, &stage.paid),
        (Who::Pat, &stage.pending),
        (Who::Lee, &stage.declined),
        (Who::Ann, &stage.applied),
    ];
    for (who, bought) in people {
        list.at(who, "/membership/applications/{id}", &bought.application);
        list.at(who, "/checkout/pay/{charge}", &bought.charge);
        if !bought.order.is_empty() {
            list.at(who, "/checkout/orders/{order}", &bought.order);
            list.at(who, "/checkout/sandbox/pay/{session}", &bought.provider);
        }
    }
}

async fn staff(list: &mut Collecting<'_>, stage: &Stage) {
    let who = Who::Finance;
    list.page(who, "/staff/commerce");
    list.at(who, "/staff/commerce", "/staff/commerce?q=nobody-at-all");
    list.linked(who, "/staff/commerce/orders/{order}", "/staff/commerce").await;
    let of_staff = |path: &str| path.replace("/checkout/orders/", "/staff/commerce/orders/");
    for bought in [&stage.paid, &stage.pending, &stage.declined] {
        list.at(who, "/staff/commerce/orders/{order}", &of_staff(&bought.order));
    }
    let paid = of_staff(&stage.paid.order);
    list.linked(who, "/staff/commerce/orders/{order}/refund", &paid).await;
    list.at(who, "/staff/commerce/orders/{order}/refund/confirm", &stage.refund);
    list.page(who, "/staff/commerce/tasks");
    let invoices = "/staff/commerce/invoices";
    list.page(who, invoices);
    list.at(who, invoices, "/staff/commerce/invoices?q=nobody-at-all");
    list.linked(who, "/staff/commerce/invoices/{number}", invoices).await;

    let who = Who::Membership;
    list.page(who, "/staff/membership");
    list.at(who, "/staff/membership", "/staff/membership?q=nobody-at-all");
    list.linked(who, "/staff/membership/people/{id}", "/staff/membership").await;
    list.page(who, "/staff/membership/introduce");
    list.refused(who, "/staff/membership/introduce", "/staff/membership/");
    list.page(who, "/staff/membership/tasks");
    list.page(who, "/staff/membership/types");
    list.page(who, "/staff/membership/types/new");
    list.refused(who, "/staff/membership/types/new", "/staff/membership/types");
    list.linked(who, "/staff/membership/types/{id}", "/staff/membership/types").await;
    list.page(who, "/staff/membership/chapters");
    list.page(who, "/staff/membership/chapters/new");
    list.refused(who, "/staff/membership/chapters/new", "/staff/membership/chapters");
    list.linked(who, "/staff/membership/chapters/{id}", "/staff/membership/chapters").await;
    companies(list).await;

    let who = Who::Editor;
    list.page(who, "/staff/content");
    list.page(who, "/staff/content/new");
    list.refused(who, "/staff/content/new", "/staff/content");
    let article = list.linked(who, "/staff/content/pages/{id}", "/staff/content").await;
    list.linked(who, "/staff/content/pages/{id}/unpublish", &article).await;
    list.page(who, "/staff/content/menu");
    list.page(who, "/staff/content/redirects");
    list.page(who, "/staff/content/redirects/new");
    list.refused(who, "/staff/content/redirects/new", "/staff/content/redirects/new");

    accounts_of_staff(list, stage).await;
    systems(list, stage).await;
    let who = Who::Admin;
    list.page(who, "/staff/outreach");
    list.linked(who, "/staff/outreach/{id}", "/staff/outreach").await;
}

/// Companies, for the office and for who gives their seats.
async fn companies(list: &mut Collecting<'_>) {
    let (who, all) = (Who::Membership, "/staff/membership/companies");
    list.page(who, "/staff/membership/companies");
    list.page(who, "/staff/membership/companies/new");
    list.refused(who, "/staff/membership/companies/new", "/staff/membership/companies/new");
    let members = format!("{all}?standing=member&q=co-op&sort=name");
    let one = list.linked(who, "/staff/membership/companies/{id}", &members).await;
    list.linked(who, "/staff/membership/companies/{id}/edit", &one).await;
    list.linked(who, "/staff/membership/companies/{id}/people", &one).await;
    list.linked(who, "/staff/membership/companies/{id}/term", &one).await;
    list.linked(who, "/staff/membership/company-roles/{id}/remove", &one).await;
    list.linked(who, "/staff/membership/company-terms/{id}/end", &one).await;
    list.page(Who::Jo, "/companies");
    list.page(Who::Sam, "/companies");
    let one = list.linked(Who::Jo, "/companies/{id}", "/companies").await;
    let invite = list.linked(Who::Jo, "/companies/{id}/invite", &one).await;
    list.refused(Who::Jo, &invite, "/companies/");
    list.linked(Who::Jo, "/companies/seats/{id}", &one).await;
}

/// Accounts as the console shows them, and what opens them.
async fn accounts_of_staff(list: &mut Collecting<'_>, stage: &Stage) {
    let who = Who::Admin;
    list.page(who, "/staff/identity");
    list.page(who, "/staff/identity/keys");
    list.page(who, "/staff/identity/keys/rotate");
    list.page(who, "/staff/identity/audit");
    list.at(who, "/staff/identity/audit", "/staff/identity/audit?act=signed_in&tail=1");
    list.page(who, "/staff/identity/factors");
    list.linked(who, "/staff/identity/accounts/{id}", "/staff/identity").await;
    let finance = "/staff/identity?q=finance%40demo.scte.test";
    let account = list.linked(who, "/staff/identity/accounts/{id}", finance).await;
    list.linked(who, "/staff/identity/accounts/{id}/require", &account).await;
    list.linked(who, "/staff/identity/accounts/{id}/grant", &account).await;
    list.linked(who, "/staff/identity/accounts/{id}/revoke", &account).await;
    list.linked(who, "/staff/identity/accounts/{id}/lock", &account).await;
    list.at(who, "/staff/identity/accounts/{id}/factors", &format!("{}/factors", stage.strong));
    list.linked(who, "/staff/identity/accounts/{id}/withdraw", &stage.asked).await;
    list.page(who, "/staff/identity/terms");
    list.page(who, "/staff/identity/terms/new");
    list.at(who, "/staff/identity/accounts/{id}", &stage.locked);
    list.at(who, "/staff/identity/accounts/{id}/unlock", &format!("{}/unlock", stage.locked));
    let jo = "/staff/identity?q=jo%40demo.scte.test";
    let account = list.linked(who, "/staff/identity/accounts/{id}", jo).await;
    list.linked(who, "/staff/identity/accounts/{id}/view", &account).await;
    list.page(who, "/staff/identity/tokens");
    list.linked(who, "/staff/identity/tokens/{id}/revoke", "/staff/identity/tokens").await;
    list.page(who, "/staff/identity/tokens/new");
    list.refused(who, "/staff/identity/tokens/new", "/staff/identity/tokens");
}

/// The systems that sign people in here, and what people think of it.
async fn systems(list: &mut Collecting<'_>, stage: &Stage) {
    let (who, all) = (Who::Admin, "/staff/identity/clients");
    list.page(who, "/staff/identity/clients");
    list.page(who, "/staff/identity/clients/new");
    list.refused(who, "/staff/identity/clients/new", "/staff/identity/clients/new");
    let open = format!("{all}?state=open");
    let one = list.linked(who, "/staff/identity/clients/{id}", &open).await;
    list.linked(who, "/staff/identity/clients/{id}/edit", &one).await;
    list.linked(who, "/staff/identity/clients/{id}/secret", &one).await;
    list.linked(who, "/staff/identity/clients/{id}/close", &one).await;
    let closed = format!("{all}?state=closed");
    let one = list.linked(who, "/staff/identity/clients/{id}", &closed).await;
    list.linked(who, "/staff/identity/clients/{id}/reopen", &one).await;
    let asked = "/oidc/consent?client_id=forum&response_type=code&scope=openid+email\
                 &redirect_uri=https%3A%2F%2Fforum.demo.scte.test%2Fsigned-in\
                 &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\
                 &code_challenge_method=S256";
    list.at(Who::Jo, "/oidc/consent", asked);
    list.page(Who::Jo, "/account/apps");
    list.linked(Who::Jo, "/account/apps/{id}/end", "/account/apps").await;
    list.page(Who::Jo, "/account/device");
    list.page(who, "/staff/identity/invitations");
    list.page(who, "/staff/identity/invitations/new");
    list.refused(who, "/staff/identity/invitations/new", "/staff/identity/invitations/new");
    let of_role = "/staff/identity/invitations/{id}/withdraw";
    list.linked(who, of_role, "/staff/identity/invitations").await;
    let gone = "/account/invitation?code=none";
    list.at(Who::Stranger, "/account/invitation", &stage.invitation);
    list.answered(Who::Stranger, "/account/invitation", gone, 410);
    list.page(Who::Stranger, "/account/invitation/sent");
    let who = Who::Membership;
    list.page(who, "/staff/membership/invite");
    list.refused(who, "/staff/membership/invite", "/staff/membership/invite");
    list.at(who, "/staff/membership/people/{id}", &stage.guest);
    list.linked(who, "/staff/membership/invitations/{id}/withdraw", &stage.guest).await;
}

fn operations(list: &mut Collecting<'_>) {
    let who = Who::Admin;
    list.page(who, "/ops");
    list.page(who, "/ops/search");
    list.at(who, "/ops/{service}", "/ops/commerce");
    list.at(who, "/ops/{service}/stop", "/ops/commerce/stop");
    let unknown = "/ops/commerce/search?correlation=00000000-0000-7000-8000-000000000001";
    list.at(who, "/ops/{service}/search", unknown);
    list.at(who, "/ops/{service}/why", "/ops/outreach/why");
    list.answered(Who::Jo, "/ops", "/ops", 403);
    for path in ["/ops/design", "/ops/design/list", "/ops/design/confirm", "/ops/design/pending"] {
        list.page(Who::Stranger, path);
    }
    list.page(Who::Stranger, "/ops/design/form");
    list.refused(Who::Stranger, "/ops/design/form", "/ops/design/form");
}
