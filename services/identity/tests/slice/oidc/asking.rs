//! What a client may want beyond a plain sign-in, and what it is told at once instead.

use chassis::testing::{Slice, slice_test};
use chrono::TimeDelta;
use serde_json::json;

use super::client::{
    claims, clients, code, exchange, jo, part, read, request, sent_back, text, tokens,
};
use crate::people::{PASSWORD, account, signed_in};

#[slice_test]
async fn a_silent_request_shows_no_page(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let silent = request("forum", &[("prompt", "none")]);

    let nobody = sent_back(&slice.stranger().get(&silent).await);
    assert_eq!(nobody["error"], "login_required");
    assert_eq!((nobody["state"].as_str(), nobody["iss"].as_str()), ("a state", "http://scte.test"));
    assert_eq!(sent_back(&browser.get(&silent).await)["error"], "consent_required");
    code(&mut browser, &request("forum", &[])).await;
    assert!(sent_back(&browser.get(&silent).await).contains_key("code"));
    let old = request("forum", &[("prompt", "none"), ("max_age", "60")]);
    slice.advance(TimeDelta::seconds(61)).await;
    assert_eq!(sent_back(&browser.get(&old).await)["error"], "login_required");
}

#[slice_test]
async fn a_client_that_wants_a_fresh_proof_gets_one_and_only_once(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    for wish in [("prompt", "login"), ("max_age", "0"), ("max_age", "30")] {
        slice.advance(TimeDelta::minutes(1)).await;
        let asked = browser.get(&request("shop", &[wish])).await;
        assert!(asked.location().starts_with("/account/again?return_to="), "{wish:?}");
        let page = browser.get(asked.location()).await;
        // Whoever leaves the page and asks for the way back without a proof gets nowhere.
        let back = page.hidden("/account/again").into_iter().find(|(name, _)| name == "return_to");
        let back = back.unwrap().1;
        assert!(browser.get(&back).await.location().starts_with("/account/again"), "{wish:?}");

        let proved = browser.submit(&page, "/account/again", &[("password", PASSWORD)]).await;
        assert_eq!(proved.location(), back);
        let code = sent_back(&browser.get(&back).await)["code"].clone();
        let given = read(exchange(&slice, "shop", &code).await.is(200));
        let told = claims(text(&given, "id_token"));
        assert_eq!(told["auth_time"], json!(slice.now().timestamp()), "{wish:?}");
    }
}

#[slice_test]
async fn a_stranger_who_must_prove_afresh_signs_in_once(mut slice: Slice) {
    clients(&mut slice).await;
    account(&slice, "jo@example.org").await;
    let mut browser = slice.stranger();

    let asked = browser.get(&request("shop", &[("prompt", "login"), ("max_age", "0")])).await;
    let page = browser.get(asked.location()).await;
    let typed = [("address", "jo@example.org"), ("password", PASSWORD)];
    let back = browser.submit(&page, "/account/sign-in", &typed).await;

    assert!(sent_back(&browser.get(back.location()).await).contains_key("code"));
}

#[slice_test]
async fn a_client_that_needs_two_factors_does_not_get_less(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;

    for path in [
        request("bank", &[]),
        request("shop", &[("acr_values", "urn:scte:acr:strong")]),
        request(
            "shop",
            &[(
                "claims",
                r#"{"id_token":{"acr":{"essential":true,"value":"urn:scte:acr:strong"}}}"#,
            )],
        ),
    ] {
        let asked = browser.get(&path).await;
        assert!(asked.location().starts_with("/account/again?strong=1&return_to="), "{path}");
        let silent = browser.get(&format!("{path}&prompt=none")).await;
        assert_eq!(sent_back(&silent)["error"], "login_required");
    }
}

#[slice_test]
async fn the_person_chooses_the_account_and_may_say_no(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    account(&slice, "sam@example.org").await;
    let path = request("shop", &[("prompt", "select_account")]);

    let page = browser.get(browser.clone().get(&path).await.location()).await;
    page.shows("jo@example.org").shows("Use another account");
    let refused = sent_back(&browser.submit(&page, "/oidc/consent/refuse", &[]).await);
    assert_eq!(refused["error"], "access_denied");
    let other = browser.submit(&page, "/oidc/consent/other", &[]).await;
    slice.settle().await;
    let page = browser.get(other.location()).await;
    let typed = [("address", "sam@example.org"), ("password", PASSWORD)];
    let back = browser.submit(&page, "/account/sign-in", &typed).await;
    let code = sent_back(&browser.get(back.location()).await)["code"].clone();

    let given = read(exchange(&slice, "shop", &code).await.is(200));
    assert_eq!(claims(text(&given, "id_token"))["email"], "sam@example.org");
}

#[slice_test]
async fn a_client_that_waits_for_somebody_else_is_not_given_another(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    account(&slice, "sam@example.org").await;
    let mut sam = signed_in(&slice, "sam@example.org").await;
    let given = tokens(&slice, &mut browser, &request("shop", &[])).await;
    let hint = text(&given, "id_token");
    let path = request("shop", &[("id_token_hint", hint)]);

    assert!(sent_back(&browser.get(&path).await).contains_key("code"));
    let silent = request("shop", &[("id_token_hint", hint), ("prompt", "none")]);
    assert_eq!(sent_back(&sam.get(&silent).await)["error"], "login_required");
    // An ID token that another client was given tells this one nothing.
    let theirs = tokens(&slice, &mut browser, &request("vendor", &[])).await;
    let theirs = [("id_token_hint", text(&theirs, "id_token")), ("prompt", "none")];
    assert!(sent_back(&sam.get(&request("shop", &theirs)).await).contains_key("code"));
    let asks = sam.get(&path).await;
    let page = sam.get(asks.location()).await;
    page.shows("waits for another account").lacks("Allow and go on");
    // A form made by hand does not do what the page does not offer.
    let query = asks.location().split_once('?').unwrap().1;
    let forced = sam.post("/oidc/consent", &[("asked", query)]).await;
    assert_eq!(sent_back(&forced)["error"], "login_required");
}

#[slice_test]
async fn a_request_may_be_posted_and_what_is_wrong_with_it_is_told(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let query = request("forum", &[]).split_once('?').unwrap().1.to_owned();
    let form = "application/x-www-form-urlencoded";
    let posted = slice.stranger().post_raw("/oidc/authorize", form, query).await;
    assert!(posted.is(303).location().starts_with("/oidc/authorize?client_id=forum&"));

    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"),
        ("scope", "email", "invalid_scope"),
        ("request", "a.b.c", "request_not_supported"),
        ("request_uri", "https://forum.example/request", "request_uri_not_supported"),
        ("prompt", "create", "invalid_request"),
    ] {
        let told = sent_back(&browser.get(&request("forum", &[(name, value)])).await);
        assert_eq!(told["error"], error, "{name}={value}");
        assert!(told["iss"] == "http://scte.test" && told["state"] == "a state");
    }
    let long = "x".repeat(950);
    let claims = format!(r#"{{"userinfo":{{"{}":null}}}}"#, "x".repeat(2000));
    let long = request("shop", &[("nonce", &long), ("claims", &claims), ("prompt", "login")]);
    assert_eq!(sent_back(&browser.get(&long).await)["error"], "invalid_request");
}

#[slice_test]
async fn a_browser_on_a_page_of_ours_is_led_on_by_a_page(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let path = request("shop", &[]);
    let asks = axum::http::Request::get(path).header("sec-fetch-site", "same-origin");

    let page = browser.send(asks, axum::body::Body::empty()).await;

    page.is(200).shows("On to The shop");
    let on = page.header("refresh").unwrap();
    assert!(on.starts_with("0; url=https://forum.example/back?code="), "{on}");
    assert_eq!(page.header("cache-control"), Some("no-store"));
}

#[slice_test]
async fn keys_are_kept_sealed_and_agreed_on(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let given = tokens(&slice, &mut browser, &request("shop", &[])).await;
    let kid = part(text(&given, "id_token"), 0)["kid"].clone();

    slice.restart().await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    let again = tokens(&slice, &mut browser, &request("shop", &[])).await;

    assert_eq!(part(text(&again, "id_token"), 0)["kid"], kid);
    let keys = read(&slice.stranger().get("/oidc/keys").await);
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
    assert_eq!(keys["keys"][0]["kid"], kid);
}
