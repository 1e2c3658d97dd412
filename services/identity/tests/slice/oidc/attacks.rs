//! Attacks on the way of a code: replay, another's code, weakened proofs, addresses, mix-up.

use chassis::testing::{Slice, slice_test};
use chrono::TimeDelta;

use super::client::{
    BACK, CHALLENGE, SECRET, VERIFIER, clients, code, exchange, jo, post, read, refresh, request,
    sent_back, text, tokens, userinfo,
};

#[slice_test]
async fn a_code_that_comes_twice_ends_what_it_gave(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let code = code(&mut browser, &request("forum", &[])).await;
    let given = read(exchange(&slice, "forum", &code).await.is(200));
    userinfo(&slice, text(&given, "access_token")).await.is(200);

    let again = exchange(&slice, "forum", &code).await;

    assert_eq!(read(again.is(400))["error"], "invalid_grant");
    userinfo(&slice, text(&given, "access_token")).await.is(401);
    refresh(&slice, "forum", text(&given, "refresh_token")).await.is(400);
}

#[slice_test]
async fn two_at_once_do_not_both_get_something_for_a_code(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let code = code(&mut browser, &request("forum", &[])).await;

    let (one, other) =
        tokio::join!(exchange(&slice, "forum", &code), exchange(&slice, "forum", &code));

    let mut all = [one.status(), other.status()];
    all.sort_unstable();
    assert_eq!(all, [200, 400]);
    let lucky = if one.status() == 200 { one } else { other };
    userinfo(&slice, text(&read(&lucky), "access_token")).await.is(401);
}

#[slice_test]
async fn a_code_is_worth_nothing_to_anybody_else_and_not_for_long(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let code_of = code(&mut browser, &request("forum", &[])).await;
    // A stolen code, tried as another client and without the client's secret.
    assert_eq!(read(exchange(&slice, "vendor", &code_of).await.is(400))["error"], "invalid_grant");
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code_of.as_str()),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
        ("client_id", "app"),
    ];
    post(&slice, "/oidc/token", None, &pairs).await.is(400);
    // The owner loses nothing by that.
    exchange(&slice, "forum", &code_of).await.is(200);

    let late = code(&mut browser, &request("forum", &[])).await;
    slice.advance(TimeDelta::seconds(60)).await;
    exchange(&slice, "forum", &late).await.is(400);

    let unused = code(&mut browser, &request("forum", &[])).await;
    browser.post("/account/sign-out", &[]).await.is(303);
    slice.settle().await;
    exchange(&slice, "forum", &unused).await.is(400);
}

#[slice_test]
async fn another_clients_refresh_token_is_none_and_stays_good(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let given = tokens(&slice, &mut browser, &request("forum", &[])).await;

    let stolen = refresh(&slice, "vendor", text(&given, "refresh_token")).await;

    assert_eq!(read(stolen.is(400))["error"], "invalid_grant");
    refresh(&slice, "forum", text(&given, "refresh_token")).await.is(200);
}

#[slice_test]
async fn the_proof_of_the_asker_cannot_be_weakened(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    for (name, value) in [
        ("code_challenge", ""),
        ("code_challenge_method", ""),
        ("code_challenge_method", "plain"),
        ("code_challenge", "short"),
    ] {
        let told = sent_back(&browser.get(&request("shop", &[(name, value)])).await);
        assert_eq!(told["error"], "invalid_request", "{name}={value}");
        assert!(!told.contains_key("code"));
    }
    let code = code(&mut browser, &request("forum", &[])).await;
    for (verifier, error) in [
        ("", "invalid_request"),
        (CHALLENGE, "invalid_grant"),
        ("aBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "invalid_grant"),
    ] {
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", BACK),
            ("code_verifier", verifier),
        ];
        let answer = post(&slice, "/oidc/token", Some(("forum", SECRET)), &pairs).await;
        assert_eq!(read(answer.is(400))["error"], error, "{verifier}");
    }
    exchange(&slice, "forum", &code).await.is(200);
}

#[slice_test]
async fn a_browser_goes_only_where_the_client_registered(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    for uri in [
        "https://evil.example/back",
        "https://forum.example/back/",
        "https://forum.example/back?x=1",
        "https://forum.example/back#x",
        "https://FORUM.example/back",
        "https://forum.example.evil.example/back",
        "https://forum.example@evil.example/back",
        "https://forum.example/back/../evil",
        "http://forum.example/back",
        "//forum.example/back",
        "javascript:alert(1)",
        "",
    ] {
        // Neither with a code, nor with an error, nor from the pages that follow.
        for more in [("prompt", "none"), ("response_type", "token"), ("state", "s")] {
            let path = request("shop", &[("redirect_uri", uri), more]);
            let answer = browser.get(&path).await;
            answer.is(400).shows("This cannot go on");
            assert!(answer.header("location").is_none() && answer.header("refresh").is_none());
            let query = path.split_once('?').unwrap().1;
            browser.get(&format!("/oidc/consent?{query}")).await.is(400);
            for action in ["/oidc/consent", "/oidc/consent/refuse", "/oidc/consent/other"] {
                browser.post(action, &[("asked", query)]).await.is(400);
            }
        }
    }
    for client in ["nobody", "robot", ""] {
        browser.get(&request(client, &[])).await.is(400).shows("This cannot go on");
    }
    let good = request("shop", &[]);
    for twice in ["redirect_uri=https%3A%2F%2Fevil.example", "client_id=vendor"] {
        browser.get(&format!("{good}&{twice}")).await.is(400);
    }
    // The same letters that the code went to, at the exchange too.
    let code = code(&mut browser, &good).await;
    for uri in ["https://forum.example/back/", "https://evil.example", ""] {
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", uri),
            ("code_verifier", VERIFIER),
        ];
        post(&slice, "/oidc/token", Some(("shop", SECRET)), &pairs).await.is(400);
    }
}

#[slice_test]
async fn what_comes_twice_or_holds_no_text_is_refused(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    // Who checks the first and who uses the last would see two requests.
    let good = request("shop", &[]);
    for twice in ["scope=openid+profile", "state=x", "nonce=x", "code_challenge=x", "prompt=none"] {
        let name = twice.split_once('=').unwrap().0;
        let asked = if name == "prompt" { format!("{good}&prompt=login") } else { good.clone() };
        let told = sent_back(&browser.get(&format!("{asked}&{twice}")).await);
        assert_eq!(told["error"], "invalid_request", "{twice}");
        assert!(!told.contains_key("code"), "{twice}");
    }
    // A zero byte is in no name and no secret, and no reason to fail.
    for (client, back) in [("a\0b", BACK), ("shop", "https://forum.example/back\0")] {
        let odd = request(client, &[("redirect_uri", back)]);
        browser.get(&odd).await.is(400).shows("This cannot go on");
    }
    browser.get("/oidc/sign-out?client_id=a%00b").await.is(200);
    let code = code(&mut browser, &request("shop", &[("nonce", "a\0b")])).await;
    let pairs = [("grant_type", "a\0b"), ("client_id", "shop"), ("code", code.as_str())];
    for path in ["/oidc/token", "/oidc/revoke", "/oidc/introspect", "/oidc/device"] {
        post(&slice, path, None, &[("client_id", "a\0b")]).await.is(401);
        post(&slice, path, Some(("a\0b", SECRET)), &pairs[2..]).await.is(401);
        post(&slice, path, Some(("shop", SECRET)), &pairs).await.is(400);
    }
    exchange(&slice, "shop", &code).await.is(200);
}

#[slice_test]
async fn every_answer_says_who_gave_it(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    // RFC 9207: a client that is made to believe that another provider answers sees the issuer.
    for path in [
        request("shop", &[]),
        request("shop", &[("scope", "email")]),
        request("forum", &[("prompt", "none")]),
    ] {
        assert_eq!(sent_back(&browser.get(&path).await)["iss"], "http://scte.test", "{path}");
    }
}

#[slice_test]
async fn a_secret_or_a_token_in_an_address_is_refused(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let code = code(&mut browser, &request("forum", &[])).await;
    let query = super::client::encoded(&[("client_id", "forum"), ("client_secret", SECRET)]);
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    let path = format!("/oidc/token?{query}");
    assert_eq!(read(post(&slice, &path, None, &pairs).await.is(400))["error"], "invalid_request");
    let with_both = post(&slice, &path, Some(("forum", SECRET)), &pairs).await;
    with_both.is(400);
    slice.stranger().get(&path).await.is(405);

    let given = read(exchange(&slice, "forum", &code).await.is(200));
    let path = format!("/oidc/userinfo?access_token={}", text(&given, "access_token"));
    slice.stranger().get(&path).await.is(400);
}

#[slice_test]
async fn no_website_says_yes_for_the_person(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let query = request("forum", &[]).split_once('?').unwrap().1.to_owned();
    let form = "application/x-www-form-urlencoded";
    let body = super::client::encoded(&[("asked", &query)]);
    for path in ["/oidc/consent", "/oidc/consent/refuse", "/oidc/consent/other"] {
        browser.post_raw(path, form, body.clone()).await.is(403);
    }
    // The page cannot be framed either, and the request alone says nothing.
    let asks = browser.get(&request("forum", &[])).await;
    let page = browser.get(asks.location()).await;
    assert!(page.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"));
    assert!(
        !sent_back(&browser.get(&request("forum", &[("prompt", "none")])).await)
            .contains_key("code")
    );
    slice.stranger().post("/oidc/consent", &[("asked", &query)]).await.is(303);
}

#[slice_test]
async fn a_closed_client_gets_nothing_more(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let given = tokens(&slice, &mut browser, &request("forum", &[])).await;

    // It no longer stands in the configuration.
    slice.with_settings(serde_json::json!({ "clients": [] })).await;
    let mut browser = crate::people::signed_in(&slice, "jo@example.org").await;

    userinfo(&slice, text(&given, "access_token")).await.is(401);
    refresh(&slice, "forum", text(&given, "refresh_token")).await.is(401);
    browser.get(&request("forum", &[])).await.is(400).shows("not known here");
    clients(&mut slice).await;
}
