//! ID-12: a sign-in ends, and every system that signed somebody in by it is told.

use chassis::testing::{Browser, Slice, slice_test};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::listener::Listener;
use crate::oidc::client::{BACK, SECRET, claims, part, read, request, text, tokens};
use crate::people::{PASSWORD, account, fill, signed_in, staff};

/// Systems that listen, each of the configuration.
async fn listening(slice: &mut Slice, listeners: &[(&str, &Listener)]) {
    let one = |(id, listener): &(&str, &Listener)| {
        json!({
            "id": id, "name": format!("The {id}"), "kind": "confidential", "secret": SECRET,
            "redirect_uris": [BACK], "scopes": ["openid", "email"], "trusted": true,
            "back_channel": format!("{}/out", listener.origin())
        })
    };
    let clients: Vec<Value> = listeners.iter().map(one).collect();
    slice.with_settings(json!({ "clients": clients })).await;
}

/// Signs in to a system; gives the claim `sid` it was told.
async fn uses(slice: &Slice, browser: &mut Browser, client: &str) -> String {
    let given = tokens(slice, browser, &request(client, &[])).await;
    text(&claims(text(&given, "id_token")), "sid").to_owned()
}

/// The sign-ins that a system was told of, in order.
fn told(listener: &Listener) -> Vec<String> {
    let token = |body: &String| body.strip_prefix("logout_token=").unwrap().to_owned();
    let sid = |body| text(&claims(&token(body)), "sid").to_owned();
    listener.heard().iter().map(sid).collect()
}

#[slice_test]
async fn each_system_hears_of_its_own_sign_ins(mut slice: Slice) {
    slice.at("2027-03-01T15:00:00Z").await;
    let (forum, player) = (Listener::start(), Listener::start());
    listening(&mut slice, &[("forum", &forum), ("player", &player)]).await;
    let jo = account(&slice, "jo@example.org").await;
    let (mut phone, mut desk) =
        (signed_in(&slice, "jo@example.org").await, signed_in(&slice, "jo@example.org").await);
    let by_phone = uses(&slice, &mut phone, "forum").await;
    let by_desk = uses(&slice, &mut desk, "forum").await;
    assert_eq!(uses(&slice, &mut desk, "player").await, by_desk);

    phone.post("/account/sign-out", &[]).await.is(303);
    slice.settle().await;
    assert_eq!((told(&forum), told(&player)), (vec![by_phone.clone()], vec![]));

    // What it is told is a logout token, signed by the key that everybody can read.
    let token = forum.heard()[0].strip_prefix("logout_token=").unwrap().to_owned();
    let said = claims(&token);
    let aud = said["aud"].as_array().map_or_else(|| said["aud"].clone(), |all| all[0].clone());
    assert_eq!((text(&said, "iss"), aud), ("http://scte.test", json!("forum")));
    assert_eq!(text(&said, "sub"), jo.to_string());
    assert!(said["events"]["http://schemas.openid.net/event/backchannel-logout"].is_object());
    assert!(said.get("nonce").is_none() && said["jti"].is_string() && said["iat"].is_number());
    let keys = read(&slice.stranger().get("/oidc/keys").await);
    assert_eq!(part(&token, 0)["kid"], keys["keys"][0]["kid"]);

    desk.post("/account/sign-out-everywhere", &[]).await.is(303);
    slice.settle().await;
    assert_eq!((told(&forum), told(&player)), (vec![by_phone, by_desk.clone()], vec![by_desk]));
}

#[slice_test]
async fn a_lock_and_a_new_password_are_told_too_but_not_to_who_goes_on(mut slice: Slice) {
    slice.at("2027-03-01T15:00:00Z").await;
    let forum = Listener::start();
    listening(&mut slice, &[("forum", &forum)]).await;
    let jo = account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    let first = uses(&slice, &mut browser, "forum").await;

    let typed = [("old_password", PASSWORD), ("password", "quite another long sentence")];
    fill(&mut browser, "/account/password", "/account/password", &typed).await.is(303);
    slice.settle().await;
    assert_eq!(told(&forum), std::slice::from_ref(&first));
    let second = uses(&slice, &mut browser, "forum").await;
    slice.restart().await;
    assert_eq!(told(&forum), std::slice::from_ref(&first));

    let mut keeper = staff(&slice, "keeper@example.org", "staff.identity").await;
    let lock = format!("/staff/identity/accounts/{jo}/lock");
    fill(&mut keeper, &lock, &lock, &[("reason", "as an example")]).await.is(303);
    slice.settle().await;
    assert_eq!(told(&forum), [first, second]);
}

#[slice_test]
async fn a_system_that_is_away_is_told_later_and_one_that_hangs_holds_nobody_up(mut slice: Slice) {
    slice.at("2027-03-01T15:00:00Z").await;
    let (forum, slow) = (Listener::start(), Listener::start());
    listening(&mut slice, &[("forum", &forum), ("slow", &slow)]).await;
    account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    uses(&slice, &mut browser, "forum").await;
    let sid = uses(&slice, &mut browser, "slow").await;
    forum.answers(Some(503));
    slow.answers(None);

    browser.post("/account/sign-out", &[]).await.is(303);
    slice.settle().await;
    assert_eq!((told(&forum).len(), told(&slow).len()), (1, 1));
    assert_eq!(slice.db().open_effects().await.unwrap(), 2);
    forum.answers(Some(200));
    slow.answers(Some(204));
    slice.advance(TimeDelta::seconds(5)).await;
    // The same word again, under the same number.
    assert_eq!(told(&forum), [sid.clone(), sid.clone()]);
    assert_eq!(told(&slow), [sid.clone(), sid]);
    let number = |at: usize| {
        let body = forum.heard()[at].clone();
        claims(body.strip_prefix("logout_token=").unwrap())["jti"].clone()
    };
    assert_eq!(number(0), number(1));
    assert_eq!(slice.db().open_effects().await.unwrap(), 0);
}

#[slice_test]
async fn a_system_that_refuses_is_not_asked_again_and_staff_sees_it(mut slice: Slice) {
    slice.at("2027-03-01T15:00:00Z").await;
    let forum = Listener::start();
    listening(&mut slice, &[("forum", &forum)]).await;
    let mut keeper = staff(&slice, "keeper@example.org", "staff.identity").await;
    account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    uses(&slice, &mut browser, "forum").await;
    forum.answers(Some(400));

    browser.post("/account/sign-out", &[]).await.is(303);
    slice.settle().await;
    slice.advance(TimeDelta::hours(1)).await;
    assert_eq!(told(&forum).len(), 1);
    let list = keeper.get("/staff/identity/clients").await;
    let (_, rest) = list.text().split_once("href=\"/staff/identity/clients/0").unwrap();
    let page = format!("/staff/identity/clients/0{}", rest.split('"').next().unwrap());
    keeper.get(&page).await.shows("not told of sign out").shows("status_400");
}

#[slice_test]
async fn what_staff_typed_leads_into_no_private_network(mut slice: Slice) {
    slice.at("2027-03-01T15:00:00Z").await;
    let inside = Listener::start();
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    let new = "/staff/identity/clients/new";
    let address = format!("{}/out", inside.origin());
    let typed = [
        ("name", "Inside"),
        ("id", "inside"),
        ("kind", "confidential"),
        ("redirect_uris", BACK),
        ("scopes", "openid"),
        ("trusted", "yes"),
        ("back_channel", address.as_str()),
    ];
    let shown = fill(&mut admin, new, new, &typed).await;
    let (_, secret) =
        shown.is(200).text().split_once("<dt>Secret</dt><dd class=\"code\">").unwrap();
    let secret = secret.split('<').next().unwrap().to_owned();
    account(&slice, "jo@example.org").await;

    let mut browser = signed_in(&slice, "jo@example.org").await;
    signs_in_with(&slice, &mut browser, &secret).await;
    browser.post("/account/sign-out", &[]).await.is(303);
    slice.settle().await;
    assert!(inside.heard().is_empty());
    assert_eq!(slice.db().open_effects().await.unwrap(), 0);

    slice.with_settings(json!({ "private_origins": [inside.origin()] })).await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    signs_in_with(&slice, &mut browser, &secret).await;
    browser.post("/account/sign-out", &[]).await.is(303);
    slice.settle().await;
    assert_eq!(inside.heard().len(), 1);
}

/// Signs in to the system that staff registered.
async fn signs_in_with(slice: &Slice, browser: &mut Browser, secret: &str) {
    let code = crate::oidc::client::code(browser, &request("inside", &[("scope", "openid")])).await;
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", BACK),
        ("code_verifier", crate::oidc::client::VERIFIER),
    ];
    let basic = Some(("inside", secret));
    crate::oidc::client::post(slice, "/oidc/token", basic, &pairs).await.is(200);
}
