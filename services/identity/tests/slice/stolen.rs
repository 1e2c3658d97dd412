//! What thieves do with cookies: plant them before somebody signs in, make them up, keep them for later.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chassis::testing::{Browser, Slice, slice_test};
use serde_json::{Value, json};

use crate::factors::with_app;
use crate::people::{PASSWORD, account, fill, sign_in, signed_in};

const SESSION: &str = "scte_session";
const LONGER: &str = "scte_continue";
const PENDING: &str = "scte_pending";
const SECOND: &str = "/account/sign-in/second";

/// Whether these cookies sign anybody in.
async fn is_let_in(slice: &Slice, cookies: &[(&str, &str)]) -> bool {
    let thief = || cookies.iter().fold(slice.stranger(), |all, (n, v)| all.with_cookie(n, v));
    let home = thief().get("/account").await;
    let renewed = thief().get("/account/continue").await;
    home.status() == 200 || !renewed.location().starts_with("/account/sign-in")
}

/// A cookie of a browser.
fn cookie(browser: &Browser, name: &str) -> String {
    browser.cookie(name).unwrap().to_owned()
}

#[slice_test]
async fn what_was_planted_before_signing_in_opens_nothing_afterwards(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let planted = "0123456789abcdef".repeat(4);
    let mut browser = slice.stranger();
    for name in [SESSION, LONGER, PENDING] {
        browser = browser.with_cookie(name, &planted);
    }

    sign_in(&mut browser, "jo@example.org", PASSWORD).await.is(303);

    browser.get("/account").await.is(200).shows("jo@example.org");
    assert_ne!(
        (cookie(&browser, LONGER), cookie(&browser, SESSION)),
        (planted.clone(), planted.clone())
    );
    for name in [SESSION, LONGER] {
        assert!(!is_let_in(&slice, &[(name, &planted)]).await, "{name}");
    }
}

#[slice_test]
async fn each_step_of_a_sign_in_has_a_cookie_of_its_own(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let (app, _) = with_app(&slice, &mut signed_in(&slice, "jo@example.org").await).await;
    let mut browser = slice.stranger();
    sign_in(&mut browser, "jo@example.org", PASSWORD).await.is(303);
    // Whoever saw the cookie of the step before.
    let seen = cookie(&browser, PENDING);

    fill(&mut browser, SECOND, SECOND, &[("code", &app.code(&slice))]).await.is(303);

    browser.get("/account").await.is(200);
    assert_ne!(cookie(&browser, LONGER), seen);
    assert!(!is_let_in(&slice, &[(LONGER, &seen)]).await);
    let mut thief = slice.stranger().with_cookie(PENDING, &seen);
    assert_eq!(thief.get(SECOND).await.location(), "/account/sign-in");
}

#[slice_test]
async fn cookies_that_were_kept_open_nothing_after_signing_out(slice: Slice) {
    account(&slice, "jo@example.org").await;
    for everywhere in [false, true] {
        let mut browser = signed_in(&slice, "jo@example.org").await;
        let (session, longer) = (cookie(&browser, SESSION), cookie(&browser, LONGER));
        let kept = [(SESSION, session.as_str()), (LONGER, longer.as_str())];
        assert!(is_let_in(&slice, &kept).await);

        let path = if everywhere { "/account/sign-out-everywhere" } else { "/account/sign-out" };
        browser.post(path, &[]).await.is(303);

        // Identity asks its own tables for the longer one; the other is ended by a message.
        assert!(!is_let_in(&slice, &kept[1..]).await, "everywhere: {everywhere}");
        slice.settle().await;
        assert!(!is_let_in(&slice, &kept).await, "everywhere: {everywhere}");
    }
}

#[slice_test]
async fn a_session_that_we_did_not_sign_is_none(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let sam = account(&slice, "sam@example.org").await;
    let sam = sam.to_string();
    let jo = signed_in(&slice, "jo@example.org").await;
    let theirs = cookie(&signed_in(&slice, "sam@example.org").await, SESSION);
    let token = cookie(&jo, SESSION);
    let parts: Vec<&str> = token.split('.').collect();
    let [head, payload, signature] = parts[..] else { panic!("{token}") };
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let read = |part: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    let with = |part: &str, name: &str, value: Value| {
        let mut changed = read(part);
        changed[name] = value;
        encode(&changed)
    };
    let other = theirs.rsplit_once('.').unwrap().1;
    let later = with(payload, "exp", json!(4_000_000_000_u32));

    for forged in [
        format!("{head}.{payload}."),
        format!("{head}.{payload}.{other}"),
        format!("{head}.{}.{signature}", with(payload, "sub", json!(sam))),
        format!("{head}.{later}.{signature}"),
        format!("{}.{payload}.", with(head, "alg", json!("none"))),
        format!("{}.{payload}.{signature}", with(head, "alg", json!("HS256"))),
        format!("{}.{payload}.{signature}", with(head, "kid", json!(sam))),
    ] {
        assert!(!is_let_in(&slice, &[(SESSION, &forged)]).await, "{forged}");
    }
    assert!(is_let_in(&slice, &[(SESSION, &token)]).await);
}
