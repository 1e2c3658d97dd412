//! Attacks with tokens: one taken for another, unsigned ones, clocks that go wrong.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chassis::testing::{Slice, slice_test};
use chrono::TimeDelta;
use serde_json::json;

use super::client::{
    claims, code, exchange, introspect, jo, post, read, refresh, request, sent_back, text, tokens,
    userinfo,
};

#[slice_test]
async fn no_token_is_taken_for_another(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let session = browser.cookie("scte_session").unwrap().to_owned();
    let longer = browser.cookie("scte_continue").unwrap().to_owned();
    let code = code(&mut browser, &request("forum", &[])).await;
    let given = read(exchange(&slice, "forum", &code).await.is(200));
    let (access, renew) = (text(&given, "access_token"), text(&given, "refresh_token"));
    let id_token = text(&given, "id_token");

    for none in [id_token, renew, &session, &longer, &code, "", "a.b.c"] {
        userinfo(&slice, none).await.is(401);
    }
    for none in [id_token, access, &session, &longer, &code] {
        refresh(&slice, "forum", none).await.is(400);
        exchange_is_refused(&slice, none, &code).await;
    }
    for none in [id_token, &session, &longer] {
        assert_eq!(introspect(&slice, "forum", none).await, json!({ "active": false }));
    }
    // Nor do they sign anybody in here, nor does the cookie of somebody answer a machine.
    for none in [id_token, access, renew] {
        let mut thief = slice.stranger().with_cookie("scte_session", none);
        thief.get("/account").await.is(303);
        let mut thief = slice.stranger().with_cookie("scte_continue", none);
        assert!(thief.get("/account/continue").await.location().starts_with("/account/sign-in"));
    }
    browser.get("/oidc/userinfo").await.is(401);
}

async fn exchange_is_refused(slice: &Slice, token: &str, code: &str) {
    if token != code {
        exchange(slice, "forum", token).await.is(400);
    }
}

#[slice_test]
async fn a_hint_counts_only_with_our_signature(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let given = tokens(&slice, &mut browser, &request("shop", &[])).await;
    let id_token = text(&given, "id_token");
    let told = claims(id_token);
    let (head, rest) = id_token.split_once('.').unwrap();
    let (payload, signature) = rest.split_once('.').unwrap();
    let encode = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let mut other = told.clone();
    other["sub"] = json!("01900000-0000-7000-8000-000000000009");
    let none = encode(&json!({ "alg": "none" }));
    let shared = encode(&json!({ "alg": "HS256" }));
    let out = async |hint: &str| {
        let path = format!("/oidc/sign-out?id_token_hint={hint}");
        browser.clone().get(&path).await.status()
    };

    for forged in [
        format!("{none}.{payload}."),
        format!("{none}.{payload}.{signature}"),
        format!("{shared}.{payload}.{signature}"),
        format!("{head}.{}.{signature}", encode(&other)),
        format!("{head}.{payload}."),
    ] {
        // The person is asked, instead of being signed out.
        assert_eq!(out(&forged).await, 200, "{forged}");
    }
    assert_eq!(out(id_token).await, 303);

    // As a hint at the request: what is not ours says nothing of the person.
    let mut browser = crate::people::signed_in(&slice, "jo@example.org").await;
    let forged = format!("{head}.{}.{signature}", encode(&other));
    let path = request("shop", &[("id_token_hint", &forged), ("prompt", "none")]);
    assert!(sent_back(&browser.get(&path).await).contains_key("code"));
}

#[slice_test]
async fn clocks_that_differ_gain_nobody_time(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let code_of = code(&mut browser, &request("forum", &[])).await;
    let given = tokens(&slice, &mut browser, &request("vendor", &[])).await;
    let told = claims(text(&given, "id_token"));
    assert_eq!(told["iat"], json!(slice.now().timestamp()));

    // Our clock was put back: what was made is not older than it is, and nothing lasts longer than
    // until the moment that was written down.
    slice.advance(TimeDelta::seconds(-30)).await;
    userinfo(&slice, text(&given, "access_token")).await.is(200);
    exchange(&slice, "forum", &code_of).await.is(200);
    let hint = request("shop", &[("id_token_hint", text(&given, "id_token"))]);
    assert!(sent_back(&browser.get(&hint).await).contains_key("code"));
    let late = code(&mut browser, &request("forum", &[])).await;
    slice.advance(TimeDelta::seconds(630)).await;
    userinfo(&slice, text(&given, "access_token")).await.is(401);
    exchange(&slice, "forum", &late).await.is(400);

    // A proof of the future does not count as fresh for ever.
    let fresh = request("shop", &[("max_age", "60")]);
    assert!(browser.get(&fresh).await.location().starts_with("/account/again"));
}

#[slice_test]
async fn what_is_no_form_or_too_much_is_refused(mut slice: Slice) {
    super::client::clients(&mut slice).await;
    let mut browser = slice.stranger();
    for path in ["/oidc/token", "/oidc/revoke", "/oidc/introspect"] {
        assert_eq!(
            read(browser.post_raw(path, "application/json", "{}").await.is(400))["error"],
            "invalid_request"
        );
        let twice = "client_id=app&client_id=forum&token=x&grant_type=refresh_token";
        let form = "application/x-www-form-urlencoded";
        assert_eq!(
            read(browser.post_raw(path, form, twice).await.is(400))["error"],
            "invalid_request"
        );
        browser.post_raw(path, form, "x".repeat(70_000)).await.is(413);
    }
    for (grant, error) in [("password", "unsupported_grant_type"), ("", "invalid_request")] {
        let pairs = [("client_id", "app"), ("grant_type", grant)];
        let answer = post(&slice, "/oidc/token", None, &pairs).await;
        assert_eq!(read(answer.is(400))["error"], error);
    }
}
