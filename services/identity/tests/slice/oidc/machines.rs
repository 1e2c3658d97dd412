//! ID-20: a machine gets tokens for its secret, by which every service lets it in.

use chassis::testing::{Answered, Slice, slice_test};
use chrono::TimeDelta;
use contracts::identity::TokenRevoked;
use contracts::shared::TokenUsed;
use serde_json::json;

use super::client::{
    SECRET, clients, introspect, jo, post, read, refresh, request, text, tokens, userinfo,
};
use crate::people::{fill, staff};
use crate::tokens::{make, text_of};

const ME: &str = "/api/identity/me";

/// Asks for a token with this secret.
async fn ask(slice: &Slice, client: &str, secret: &str) -> Answered {
    let pairs = [("grant_type", "client_credentials")];
    post(slice, "/oidc/token", Some((client, secret)), &pairs).await
}

/// The token that a machine gets, once every service can know its key.
async fn minted(slice: &Slice, client: &str, secret: &str) -> String {
    let given = read(ask(slice, client, secret).await.is(200));
    slice.settle().await;
    text(&given, "access_token").to_owned()
}

/// Shows the token where a person's is asked for: whoever is known is told that it is not enough.
async fn is_known(slice: &Slice, token: &str) {
    slice.bearer(token).get(ME).await.is(403).shows("insufficient_scope");
}

#[slice_test]
async fn what_a_machine_got_is_known_until_it_gives_it_back(mut slice: Slice) {
    clients(&mut slice).await;
    let (first, second) =
        (minted(&slice, "robot", SECRET).await, minted(&slice, "robot", SECRET).await);
    assert_ne!(first, second);
    is_known(&slice, &first).await;
    let told = introspect(&slice, "robot", &first).await;
    assert_eq!((&told["active"], &told["scope"]), (&json!(true), &json!("members:read")));

    let give_back = async |client: &str| {
        let pairs = [("token", first.as_str())];
        post(&slice, "/oidc/revoke", Some((client, SECRET)), &pairs).await.is(200);
        slice.settle().await;
    };
    // Another client's word does nothing.
    give_back("forum").await;
    is_known(&slice, &first).await;
    give_back("robot").await;
    give_back("robot").await;

    slice.bearer(&first).get(ME).await.is(401).shows("the token was revoked");
    slice.published_one::<TokenRevoked>().await;
    assert_eq!(introspect(&slice, "robot", &first).await, json!({ "active": false }));
    is_known(&slice, &second).await;
    // It stands in no list where its last use would be read.
    assert!(slice.published::<TokenUsed>().await.is_empty());
}

#[slice_test]
async fn what_a_machine_got_runs_out(mut slice: Slice) {
    slice.at("2027-03-01T15:00:00Z").await;
    clients(&mut slice).await;
    let token = minted(&slice, "robot", SECRET).await;
    slice.advance(TimeDelta::seconds(599)).await;
    is_known(&slice, &token).await;
    slice.advance(TimeDelta::seconds(1)).await;
    slice.bearer(&token).get(ME).await.is(401).shows("run out");
}

/// What stands on a page between two texts.
fn between<'a>(page: &'a Answered, before: &str, after: &str) -> &'a str {
    let (_, rest) = page.text().split_once(before).unwrap_or_else(|| panic!("{}", page.text()));
    rest.split_once(after).unwrap().0
}

#[slice_test]
async fn another_secret_and_a_closed_client_end_what_a_machine_got(slice: Slice) {
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    let (list, new) = ("/staff/identity/clients", "/staff/identity/clients/new");
    let secret_on =
        |page: &Answered| between(page, "<dt>Secret</dt><dd class=\"code\">", "<").to_owned();
    let said =
        [("name", "The robot"), ("id", "robot"), ("kind", "machine"), ("scopes", "members:read")];
    let first = secret_on(fill(&mut admin, new, new, &said).await.is(200));
    let listed = admin.get(&format!("{list}?q=robot")).await;
    let (before, _) = listed.text().split_once("\">The robot<").unwrap();
    let page = before.rsplit("href=\"").next().unwrap().to_owned();
    let old = minted(&slice, "robot", &first).await;
    is_known(&slice, &old).await;

    let renew = format!("{page}/secret");
    let second = secret_on(fill(&mut admin, &renew, &renew, &[]).await.is(200));
    slice.settle().await;
    slice.bearer(&old).get(ME).await.is(401).shows("the token was revoked");
    assert_eq!(read(ask(&slice, "robot", &first).await.is(401))["error"], "invalid_client");

    let newer = minted(&slice, "robot", &second).await;
    is_known(&slice, &newer).await;
    let close = format!("{page}/close");
    fill(&mut admin, &close, &close, &[("reason", "it went away")]).await.is(303);
    slice.settle().await;
    slice.bearer(&newer).get(ME).await.is(401).shows("the client was closed");
    assert_eq!(read(ask(&slice, "robot", &second).await.is(401))["error"], "invalid_client");
}

#[slice_test]
async fn tokens_of_machines_people_and_sign_ins_are_not_taken_for_each_other(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let session = browser.cookie("scte_session").unwrap().to_owned();
    let longer = browser.cookie("scte_continue").unwrap().to_owned();
    let own = text_of(&make(&mut browser, "Calendar", &["account:read"]).await);
    let given = tokens(&slice, &mut browser, &request("forum", &[])).await;
    let robot = minted(&slice, "robot", SECRET).await;

    // Only what was made for it opens the API.
    slice.bearer(&own).get(ME).await.is(200).shows("jo@example.org");
    is_known(&slice, &robot).await;
    let of_forum = ["access_token", "refresh_token", "id_token"].map(|name| text(&given, name));
    for none in of_forum.into_iter().chain([session.as_str(), &longer]) {
        slice.bearer(none).get(ME).await.is(401).shows("no access token of ours");
    }
    // What opens the API says nothing of anybody, brings no further tokens and signs nobody in.
    for none in [&own, &robot] {
        userinfo(&slice, none).await.is(401);
        refresh(&slice, "forum", none).await.is(400);
        refresh(&slice, "robot", none).await.is(400);
        assert_eq!(introspect(&slice, "forum", none).await, json!({ "active": false }));
        slice.stranger().with_cookie("scte_session", none).get("/account").await.is(303);
        let mut thief = slice.stranger().with_cookie("scte_continue", none);
        assert!(thief.get("/account/continue").await.location().starts_with("/account/sign-in"));
    }
}
