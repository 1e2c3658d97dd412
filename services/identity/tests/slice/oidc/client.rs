//! Clients of these tests, and their steps.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chassis::testing::{Answered, Browser, Slice};
use serde_json::{Value, json};

use crate::people::{account, signed_in};

pub(crate) const SECRET: &str = "a secret of more than 32 characters";
pub(crate) const BACK: &str = "https://forum.example/back";
pub(crate) const OUT: &str = "https://forum.example/out";
/// The example of RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Registers a forum, a vendor, an app without a secret, a shop of our own, a bank that wants two
/// factors, and a machine.
pub(crate) async fn clients(slice: &mut Slice) {
    let all = ["openid", "email", "profile", "membership", "offline_access"];
    let one = |id: &str, kind: &str, more: Value| {
        let mut one = json!({
            "id": id, "name": format!("The {id}"), "kind": kind, "secret": SECRET,
            "redirect_uris": [BACK], "sign_out_uris": [OUT], "scopes": all
        });
        for (key, value) in more.as_object().unwrap() {
            one[key] = value.clone();
        }
        one
    };
    let none = json!(null);
    let clients = json!([
        one("forum", "confidential", json!({})),
        one("vendor", "confidential", json!({ "scopes": ["openid", "email"] })),
        one("app", "public", json!({ "secret": none, "devices": true })),
        one("shop", "confidential", json!({ "trusted": true })),
        one("bank", "confidential", json!({ "strong": true, "trusted": true })),
        one(
            "robot",
            "machine",
            json!({
                "redirect_uris": [], "sign_out_uris": [], "scopes": ["members:read"]
            })
        ),
    ]);
    slice.with_settings(json!({ "clients": clients })).await;
}

/// Clients, and somebody who is signed in.
pub(crate) async fn jo(slice: &mut Slice) -> Browser {
    slice.at("2027-03-01T15:00:00Z").await;
    clients(slice).await;
    account(slice, "jo@example.org").await;
    signed_in(slice, "jo@example.org").await
}

/// The path of a sound request, with these parameters set, or left out when empty.
pub(crate) fn request(client: &str, more: &[(&str, &str)]) -> String {
    let mut pairs = vec![
        ("client_id", client),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("scope", "openid email"),
        ("state", "a state"),
        ("nonce", "a nonce"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in more {
        pairs.retain(|(known, _)| known != name);
        pairs.push((name, value));
    }
    pairs.retain(|(_, value)| !value.is_empty());
    format!("/oidc/authorize?{}", encoded(&pairs))
}

pub(crate) fn encoded(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// The parameters with which a browser was sent to the client's address.
pub(crate) fn sent_back(answer: &Answered) -> BTreeMap<String, String> {
    let (uri, query) = answer.location().split_once('?').unwrap();
    assert_eq!(uri, BACK);
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// Asks, says yes where one is asked, and gives the code.
pub(crate) async fn code(browser: &mut Browser, path: &str) -> String {
    let mut answer = browser.get(path).await;
    if answer.location().starts_with("/oidc/consent") {
        let page = browser.get(answer.location()).await;
        answer = browser.submit(&page, "/oidc/consent", &[]).await;
    }
    let back = sent_back(&answer);
    back.get("code").unwrap_or_else(|| panic!("{back:?}")).clone()
}

/// Posts a form as a server does, with credentials in the header if there are any.
pub(crate) async fn post(
    slice: &Slice,
    path: &str,
    basic: Option<(&str, &str)>,
    pairs: &[(&str, &str)],
) -> Answered {
    let mut request =
        Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    if let Some((id, secret)) = basic {
        let both = format!("{}:{}", encoded(&[(id, "")]), encoded(&[(secret, "")]));
        let credentials = STANDARD.encode(both.replace('=', ""));
        request = request.header("authorization", format!("Basic {credentials}"));
    }
    slice.stranger().send(request, Body::from(encoded(pairs))).await
}

/// What JSON was answered.
pub(crate) fn read(answer: &Answered) -> Value {
    serde_json::from_str(answer.text()).unwrap_or_else(|_| panic!("{}", answer.text()))
}

/// Exchanges a code as a client with the usual secret does.
pub(crate) async fn exchange(slice: &Slice, client: &str, code: &str) -> Answered {
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    post(slice, "/oidc/token", Some((client, SECRET)), &pairs).await
}

/// Asks for further tokens.
pub(crate) async fn refresh(slice: &Slice, client: &str, token: &str) -> Answered {
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", token)];
    post(slice, "/oidc/token", Some((client, SECRET)), &pairs).await
}

/// All of signing in to a client: the tokens it gets.
pub(crate) async fn tokens(slice: &Slice, browser: &mut Browser, path: &str) -> Value {
    let code = code(browser, path).await;
    let client = url::form_urlencoded::parse(path.split_once('?').unwrap().1.as_bytes());
    let client = client.into_owned().find(|(name, _)| name == "client_id").unwrap().1;
    read(exchange(slice, &client, &code).await.is(200))
}

/// A text of an answer.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// Asks about the person.
pub(crate) async fn userinfo(slice: &Slice, token: &str) -> Answered {
    let request = Request::get("/oidc/userinfo").header("authorization", format!("Bearer {token}"));
    slice.stranger().send(request, Body::empty()).await
}

/// Asks about a token.
pub(crate) async fn introspect(slice: &Slice, client: &str, token: &str) -> Value {
    let pairs = [("token", token)];
    read(post(slice, "/oidc/introspect", Some((client, SECRET)), &pairs).await.is(200))
}

/// What a JWT claims, unchecked.
pub(crate) fn claims(jwt: &str) -> Value {
    part(jwt, 1)
}

/// The header (0) or payload (1) of a JWT.
pub(crate) fn part(jwt: &str, at: usize) -> Value {
    let text = jwt.split('.').nth(at).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}
