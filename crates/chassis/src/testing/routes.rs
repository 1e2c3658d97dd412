//! Tries every route of a service as everybody, with what must be refused; nothing may change by it.

use axum::body::Body;
use axum::http::Request;
use contracts::PersonId;
use uuid::Uuid;

use super::{Answered, Browser, Slice};
use crate::RouteEntry;
use crate::signin::END_VIEW_PATH;

/// Somebody who has nothing to do with anything.
const NOBODY_SPECIAL: PersonId =
    PersonId(Uuid::from_u128(0x0190_dead_0000_7000_8000_0000_0000_0001));
const CLERK: PersonId = PersonId(Uuid::from_u128(0x0190_dead_0000_7000_8000_0000_0000_0002));
const VIEWER: PersonId = PersonId(Uuid::from_u128(0x0190_dead_0000_7000_8000_0000_0000_0003));

#[expect(clippy::missing_panics_doc, reason = "a harness panics to fail its test")]
impl Slice {
    /// Tries every route as stranger, member, and staff, with ids that are none or nobody's, foreign
    /// forms, wrong content types, oversize bodies, wrong methods and worthless cookies.
    ///
    /// Whoever may not must be told so; nothing may fail inside; and none of it may publish. What
    /// anyone may send has a limit.
    pub async fn try_every_route(&self) {
        let routes = self.routes().to_vec();
        assert!(!routes.is_empty(), "the service has no routes");
        self.a_member(NOBODY_SPECIAL, "2099-01-01").await;
        let member = self.sign_in(NOBODY_SPECIAL).await;
        let view = self.view(NOBODY_SPECIAL, VIEWER).await;
        let staff = self.staff(CLERK, &["staff.admin", "staff.operator"]).await;
        self.settle().await;
        let before = self.db().head_position();
        for route in &routes {
            limited(route);
            for path in filled(&route.path) {
                as_stranger(self, route, &path).await;
                as_member(member.clone(), route, &path).await;
            }
            as_viewer(view.clone(), route, &filled(&route.path)[0]).await;
            // What is no id is refused before the form is looked at: only with one that could be.
            malformed(member.clone(), route, &filled(&route.path)[0]).await;
        }
        self.settle().await;
        let after = self.db().head_position();
        assert_eq!(before, after, "a request that had to be refused published something");
        for route in &routes {
            for path in filled(&route.path) {
                as_staff(staff.clone(), route, &path).await;
            }
        }
    }
}

/// The path with ids of nobody, and with what is no id at all.
fn filled(path: &str) -> Vec<String> {
    if !path.contains('{') {
        return vec![path.to_owned()];
    }
    let nobodys = Uuid::from_u128(0x0190_dead_0000_7000_8000_0000_0000_00ff).to_string();
    [nobodys.as_str(), "no-such-thing", "%27%3Cscript%3E", "a%00b"]
        .map(|value| {
            let parts =
                path.split('/').map(|part| if part.starts_with('{') { value } else { part });
            parts.collect::<Vec<_>>().join("/")
        })
        .into()
}

fn is_open(route: &RouteEntry) -> bool {
    matches!(route.who.as_str(), "anyone" | "machine")
}

/// What strangers may send, each address may send so often. The chassis's own paths cost nothing.
fn limited(route: &RouteEntry) {
    let RouteEntry { method, path, who, per_minute } = route;
    let sent = *method == "POST" && who == "anyone" && !path.starts_with("/-/");
    assert!(!sent || per_minute.is_some(), "{method} {path} is for anyone and has no limit");
}

fn is_api(route: &RouteEntry) -> bool {
    route.who.starts_with("token ")
}

/// Without a token nobody is let in, and is told what to show.
fn barred(answered: &Answered, route: &RouteEntry, path: &str) {
    let RouteEntry { method, who, .. } = route;
    assert_eq!(answered.status(), 401, "{method} {path} ({who}): {}", answered.text());
    let challenge = answered.header("www-authenticate").unwrap_or_default();
    assert!(challenge.starts_with("Bearer"), "{method} {path} ({who}): {challenge}");
}

fn sound(answered: &Answered, route: &RouteEntry, path: &str, as_whom: &str) {
    let RouteEntry { method, who, .. } = route;
    let status = answered.status();
    assert!(status < 500, "{method} {path} ({who}) as {as_whom}: {status} {}", answered.text());
}

async fn ask(browser: &mut Browser, route: &RouteEntry, path: &str) -> Answered {
    if route.method == "GET" {
        // A stream of news never ends: that it begins is all there is to see.
        if path.ends_with("/live") {
            return browser.begin(path).await;
        }
        browser.get(path).await
    } else {
        browser.post(path, &[]).await
    }
}

async fn as_stranger(slice: &Slice, route: &RouteEntry, path: &str) {
    for mut browser in [
        slice.stranger(),
        slice.stranger().with_cookie(crate::signin::SESSION_COOKIE, "worthless"),
        slice.stranger().with_cookie(crate::signin::SESSION_COOKIE, "a.b.c"),
    ] {
        let answered = ask(&mut browser, route, path).await;
        sound(&answered, route, path, "stranger");
        if is_open(route) {
            continue;
        }
        if is_api(route) {
            barred(&answered, route, path);
            continue;
        }
        if route.method == "GET" {
            assert_eq!(answered.status(), 303, "GET {path} as stranger: {}", answered.text());
            assert!(answered.location().starts_with("/account/"), "{}", answered.location());
        } else {
            assert_eq!(answered.status(), 401, "POST {path} as stranger: {}", answered.text());
        }
    }
}

async fn as_member(mut browser: Browser, route: &RouteEntry, path: &str) {
    if is_api(route) {
        barred(&ask(&mut browser, route, path).await, route, path);
        return;
    }
    // Nothing is sent that could be meant: an empty form, or a thing of nobody.
    let changes = route.method == "POST";
    if !changes || route.who.starts_with("staff") || route.path.contains('{') {
        let answered = ask(&mut browser, route, path).await;
        sound(&answered, route, path, "member");
        if route.who.starts_with("staff") {
            assert_eq!(answered.status(), 403, "{path} as member: {}", answered.text());
        }
    }
}

/// Whoever looks with somebody else's eyes sends nothing but the end of it, and enters no console.
async fn as_viewer(mut browser: Browser, route: &RouteEntry, path: &str) {
    if is_api(route) || route.who == "machine" || path == END_VIEW_PATH {
        return;
    }
    let staff = route.who.starts_with("staff");
    if route.method == "POST" && !path.ends_with("/sign-out") {
        let sent = browser.post(path, &[]).await;
        assert_eq!(sent.status(), 403, "POST {path} in a view: {}", sent.text());
        assert!(sent.text().contains("nothing changed"), "POST {path} in a view: {}", sent.text());
    } else if route.method == "GET" && staff {
        let answered = browser.get(path).await;
        assert_eq!(answered.status(), 403, "GET {path} in a view: {}", answered.text());
    }
}

async fn as_staff(mut browser: Browser, route: &RouteEntry, path: &str) {
    if route.method == "GET" {
        let answered = ask(&mut browser, route, path).await;
        sound(&answered, route, path, "staff");
        if route.who.starts_with("staff") {
            assert_ne!(answered.status(), 403, "GET {path} ({}) as staff", route.who);
        }
    }
}

async fn malformed(mut browser: Browser, route: &RouteEntry, path: &str) {
    let put = browser.send(Request::put(path), Body::empty()).await;
    assert_eq!(put.status(), 405, "PUT {path}: {}", put.text());
    assert!(put.header("allow").is_some(), "PUT {path} says what is allowed");
    if route.method != "POST" {
        return;
    }
    if route.who == "machine" {
        for body in ["", "{", "[]", "{\"a\":1}"] {
            let answered = browser.post_raw(path, "application/json", body).await;
            sound(&answered, route, path, "machine");
            assert!(answered.status() >= 400, "POST {path} takes {body:?}");
        }
        let answered = browser.post_raw(path, "application/json", "x".repeat(2 << 20)).await;
        assert!((400..500).contains(&answered.status()), "POST {path} takes 2 MiB");
        return;
    }
    if route.who.starts_with("staff") {
        return;
    }
    let form = "application/x-www-form-urlencoded";
    let foreign = browser.post_raw(path, form, "a=b").await;
    assert_eq!(foreign.status(), 403, "POST {path} without our token: {}", foreign.text());
    let odd = browser.post_with_key(path, "a\0b", &[]).await;
    assert!(matches!(odd.status(), 400 | 403), "POST {path} with no key: {}", odd.text());
    let json = browser.post_raw(path, "application/json", "{}").await;
    assert!(matches!(json.status(), 403 | 415), "POST {path} with JSON: {}", json.status());
    let huge = browser.post_raw(path, form, format!("a={}", "x".repeat(2 << 20))).await;
    assert!(matches!(huge.status(), 403 | 413), "POST {path} with 2 MiB: {}", huge.status());
    let cross = Request::post(path).header("sec-fetch-site", "cross-site");
    let cross = cross.header("content-type", form);
    let cross = browser.send(cross, Body::from("a=b")).await;
    assert_eq!(cross.status(), 403, "POST {path} from another site: {}", cross.text());
}
