//! ID-19: a tool without a browser shows a code, its owner allows it, it gets tokens.

use chassis::testing::{Answered, Slice, slice_test};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::oidc::client::{SECRET, claims, post, read, refresh, text, userinfo};
use crate::people::{account, fill, signed_in};

const PAGE: &str = "/account/device";
const ALLOW: &str = "/account/device/allow";
const REFUSE: &str = "/account/device/refuse";

/// A tool of the command line, one with a secret, a bank's that wants two factors, and a forum that
/// may not use the code.
async fn tools(slice: &mut Slice) {
    slice.at("2027-03-01T15:00:00Z").await;
    let scopes = json!(["openid", "email", "offline_access"]);
    let one = |id: &str, more: Value| {
        let mut one = json!({
            "id": id, "name": format!("The {id}"), "kind": "public", "devices": true,
            "scopes": scopes
        });
        for (key, value) in more.as_object().unwrap() {
            one[key] = value.clone();
        }
        one
    };
    let secret = json!({ "kind": "confidential", "secret": SECRET });
    let forum = json!({ "devices": false, "redirect_uris": ["https://forum.example/back"] });
    let clients = json!([
        one("tool", json!({})),
        one("screen", secret),
        one("bank", json!({ "strong": true })),
        one("forum", forum),
    ]);
    slice.with_settings(json!({ "clients": clients })).await;
}

async fn begins(slice: &Slice, client: &str) -> Value {
    let pairs = [("client_id", client), ("scope", "openid email offline_access")];
    read(post(slice, "/oidc/device", None, &pairs).await.is(200))
}

async fn asks(slice: &Slice, client: &str, begun: &Value) -> Answered {
    let pairs = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", text(begun, "device_code")),
        ("client_id", client),
    ];
    post(slice, "/oidc/token", None, &pairs).await
}

async fn told(slice: &Slice, client: &str, begun: &Value) -> String {
    text(&read(asks(slice, client, begun).await.is(400)), "error").to_owned()
}

#[slice_test]
async fn a_tool_is_allowed_and_gets_tokens_once(mut slice: Slice) {
    tools(&mut slice).await;
    let jo = account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    let begun = begins(&slice, "tool").await;
    let code = text(&begun, "user_code");
    assert_eq!(text(&begun, "verification_uri"), "http://scte.test/account/device");
    assert_eq!((code.len(), &begun["expires_in"], &begun["interval"]), (9, &json!(600), &json!(5)));
    assert_eq!(told(&slice, "tool", &begun).await, "authorization_pending");
    assert_eq!(told(&slice, "tool", &begun).await, "slow_down");

    let typed = code.to_lowercase().replace('-', " ");
    let found = fill(&mut browser, PAGE, PAGE, &[("user_code", &typed)]).await;
    assert_eq!(found.location(), format!("{PAGE}?user_code={code}"));
    let asked = browser.get(found.location()).await;
    asked.shows("The tool asks to sign in").shows("Your e-mail address").shows("127.0.0.1");
    // Looking allows nothing.
    slice.advance(TimeDelta::seconds(10)).await;
    assert_eq!(told(&slice, "tool", &begun).await, "authorization_pending");
    let allowed = browser.submit(&asked, ALLOW, &[]).await;
    browser.get(allowed.location()).await.shows("Go back to your device");
    // Pressed twice it is answered alike.
    assert_eq!(browser.submit(&asked, ALLOW, &[]).await.location(), allowed.location());

    let given = read(asks(&slice, "tool", &begun).await.is(200));
    assert_eq!(text(&claims(text(&given, "id_token")), "sub"), jo.to_string());
    let about = read(userinfo(&slice, text(&given, "access_token")).await.is(200));
    assert_eq!(about["email"], "jo@example.org");
    assert_eq!(told(&slice, "tool", &begun).await, "invalid_grant");
    browser.get("/account/apps").await.shows("The tool");
    let late = browser.get(&format!("{PAGE}?user_code={code}")).await;
    late.is(409).shows("This code is not known");
}

#[slice_test]
async fn a_refused_and_an_old_device_get_nothing(mut slice: Slice) {
    tools(&mut slice).await;
    account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;

    let begun = begins(&slice, "tool").await;
    let path = format!("{PAGE}?user_code={}", text(&begun, "user_code"));
    fill(&mut browser, &path, REFUSE, &[]).await.is(303);
    assert_eq!(told(&slice, "tool", &begun).await, "access_denied");
    browser.get("/account/apps").await.shows("None yet");

    let begun = begins(&slice, "tool").await;
    let path = format!("{PAGE}?user_code={}", text(&begun, "user_code"));
    let asked = browser.get(&path).await;
    slice.advance(TimeDelta::minutes(10)).await;
    browser.submit(&asked, ALLOW, &[]).await.is(409).shows("older than 10 minutes");
    assert_eq!(told(&slice, "tool", &begun).await, "expired_token");
    slice.advance(TimeDelta::hours(2)).await;
    assert_eq!(told(&slice, "tool", &begun).await, "invalid_grant");
}

#[slice_test]
async fn only_the_device_itself_gets_what_was_allowed(mut slice: Slice) {
    tools(&mut slice).await;
    account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    let begun = begins(&slice, "tool").await;
    let path = format!("{PAGE}?user_code={}", text(&begun, "user_code"));
    // Nobody who is not signed in sees what waits, and no form of another site allows it.
    let stranger = slice.stranger().get(&path).await;
    assert!(stranger.location().starts_with("/account/"), "{}", stranger.location());
    let body = format!("user_code={}", text(&begun, "user_code"));
    let form = "application/x-www-form-urlencoded";
    browser.post_raw(ALLOW, form, body).await.is(403);
    fill(&mut browser, &path, ALLOW, &[]).await.is(303);

    assert_eq!(told(&slice, "bank", &begun).await, "invalid_grant");
    let short = json!({ "device_code": text(&begun, "user_code") });
    assert_eq!(told(&slice, "tool", &short).await, "invalid_grant");
    // A client with a secret shows it; a wrong one learns nothing.
    for basic in [None, Some(("screen", "a secret that is not the right one"))] {
        let pairs = [("client_id", "screen"), ("scope", "openid")];
        post(&slice, "/oidc/device", basic, &pairs).await.is(401);
    }
    post(&slice, "/oidc/device", Some(("screen", SECRET)), &[("scope", "openid")]).await.is(200);
    let refused = [("forum", "openid", "unauthorized_client"), ("tool", "email", "invalid_scope")];
    for (client, scope, error) in refused {
        let pairs = [("client_id", client), ("scope", scope)];
        let answer = post(&slice, "/oidc/device", None, &pairs).await;
        assert_eq!(read(answer.is(400))["error"], error, "{client}");
    }
    asks(&slice, "tool", &begun).await.is(200);
}

#[slice_test]
async fn a_sign_in_that_ended_allows_nothing_any_more(mut slice: Slice) {
    tools(&mut slice).await;
    account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    let begun = begins(&slice, "tool").await;
    let path = format!("{PAGE}?user_code={}", text(&begun, "user_code"));
    fill(&mut browser, &path, ALLOW, &[]).await.is(303);
    browser.post("/account/sign-out-everywhere", &[]).await.is(303);
    slice.settle().await;
    assert_eq!(told(&slice, "tool", &begun).await, "access_denied");
}

#[slice_test]
async fn a_device_of_a_strong_client_needs_a_strong_sign_in(mut slice: Slice) {
    tools(&mut slice).await;
    account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    let begun = begins(&slice, "bank").await;
    let code = text(&begun, "user_code");

    let asked = browser.get(&format!("{PAGE}?user_code={code}")).await;
    let again = format!("/account/again?strong=1&return_to={PAGE}%3Fuser_code%3D{code}");
    assert_eq!(asked.location(), again);
    // Nor does a form made by hand.
    let forced = browser.post(ALLOW, &[("user_code", code)]).await;
    assert_eq!(forced.location(), format!("{PAGE}?user_code={code}"));
    assert_eq!(told(&slice, "bank", &begun).await, "authorization_pending");
}

#[slice_test]
async fn taking_an_app_its_access_ends_its_tokens(mut slice: Slice) {
    tools(&mut slice).await;
    account(&slice, "jo@example.org").await;
    account(&slice, "sam@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    let begun = begins(&slice, "tool").await;
    let path = format!("{PAGE}?user_code={}", text(&begun, "user_code"));
    fill(&mut browser, &path, ALLOW, &[]).await.is(303);
    let given = read(asks(&slice, "tool", &begun).await.is(200));
    let access = text(&given, "access_token");
    userinfo(&slice, access).await.is(200);

    let apps = browser.get("/account/apps").await;
    apps.shows("The tool").shows("Your e-mail address");
    let (_, rest) = apps.text().split_once("href=\"/account/apps/").unwrap();
    let end = format!("/account/apps/{}", rest.split('"').next().unwrap());
    // Somebody else takes nothing away.
    let mut sam = signed_in(&slice, "sam@example.org").await;
    assert_eq!(sam.get(&end).await.location(), "/account/apps");
    sam.post(&end, &[]).await.is(303);
    userinfo(&slice, access).await.is(200);

    let asked = browser.get(&end).await;
    let done = browser.submit(asked.shows("Take The tool its access?"), &end, &[]).await;
    browser.get(done.location()).await.shows("It is taken away").shows("None yet");
    userinfo(&slice, access).await.is(401);
    let pairs = [
        ("grant_type", "refresh_token"),
        ("refresh_token", text(&given, "refresh_token")),
        ("client_id", "tool"),
    ];
    post(&slice, "/oidc/token", None, &pairs).await.is(400);
    refresh(&slice, "tool", text(&given, "refresh_token")).await.is(401);
}
