//! How long what a client holds is worth something.

use chassis::testing::{Slice, slice_test};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::client::{SECRET, introspect, jo, post, read, refresh, request, text, tokens, userinfo};
use crate::people::{PASSWORD, fill, signed_in, staff};

#[slice_test]
async fn refresh_tokens_go_round_and_access_tokens_run_out(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let first = tokens(&slice, &mut browser, &request("forum", &[])).await;

    slice.advance(TimeDelta::seconds(599)).await;
    userinfo(&slice, text(&first, "access_token")).await.is(200);
    slice.advance(TimeDelta::seconds(1)).await;
    let over = userinfo(&slice, text(&first, "access_token")).await;
    assert!(over.is(401).header("www-authenticate").unwrap().contains("invalid_token"));
    let second = read(refresh(&slice, "forum", text(&first, "refresh_token")).await.is(200));
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    userinfo(&slice, text(&second, "access_token")).await.is(200);

    // Fewer scopes may be asked for, and come back with the next; more may not.
    let ask = async |token: &Value, scope: &str| {
        let pairs = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token.as_str().unwrap()),
            ("scope", scope),
        ];
        post(&slice, "/oidc/token", Some(("forum", SECRET)), &pairs).await
    };
    let more = ask(&second["refresh_token"], "openid profile").await;
    assert_eq!(read(more.is(400))["error"], "invalid_scope");
    let less = read(ask(&second["refresh_token"], "openid").await.is(200));
    let told = read(userinfo(&slice, text(&less, "access_token")).await.is(200));
    assert!(told.get("email").is_none() && less["scope"] == "openid");
    let all = read(refresh(&slice, "forum", text(&less, "refresh_token")).await.is(200));
    assert_eq!(all["scope"], "email openid");
    slice.advance(TimeDelta::days(30)).await;
    refresh(&slice, "forum", text(&all, "refresh_token")).await.is(400);
}

#[slice_test]
async fn a_used_refresh_token_that_comes_again_ends_all_of_its_family(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let other = tokens(&slice, &mut browser, &request("vendor", &[])).await;
    let first = tokens(&slice, &mut browser, &request("forum", &[])).await;
    let second = read(refresh(&slice, "forum", text(&first, "refresh_token")).await.is(200));

    let again = refresh(&slice, "forum", text(&first, "refresh_token")).await;

    assert_eq!(read(again.is(400))["error"], "invalid_grant");
    refresh(&slice, "forum", text(&second, "refresh_token")).await.is(400);
    userinfo(&slice, text(&second, "access_token")).await.is(401);
    userinfo(&slice, text(&other, "access_token")).await.is(200);
    // The person signs in there again.
    let third = tokens(&slice, &mut browser, &request("forum", &[])).await;
    userinfo(&slice, text(&third, "access_token")).await.is(200);
}

#[slice_test]
async fn what_a_client_holds_ends_with_the_sign_in_unless_it_may_go_on(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let bound = tokens(&slice, &mut browser, &request("forum", &[])).await;
    let offline = request("forum", &[("scope", "openid offline_access")]);
    let free = tokens(&slice, &mut browser, &offline).await;

    browser.post("/account/sign-out", &[]).await.is(303);
    slice.settle().await;

    userinfo(&slice, text(&bound, "access_token")).await.is(401);
    refresh(&slice, "forum", text(&bound, "refresh_token")).await.is(400);
    let free = read(refresh(&slice, "forum", text(&free, "refresh_token")).await.is(200));

    // Whoever signs out everywhere wants to be alone.
    let mut browser = signed_in(&slice, "jo@example.org").await;
    let page = browser.get("/account/sign-ins").await;
    browser.submit(&page, "/account/sign-out-everywhere", &[]).await.is(303);
    slice.settle().await;
    userinfo(&slice, text(&free, "access_token")).await.is(401);
    refresh(&slice, "forum", text(&free, "refresh_token")).await.is(400);
}

#[slice_test]
async fn what_may_go_on_without_the_person_ends_when_nobody_uses_it(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let offline = request("forum", &[("scope", "openid offline_access")]);
    let first = tokens(&slice, &mut browser, &offline).await;
    slice.advance(TimeDelta::days(89)).await;
    let second = read(refresh(&slice, "forum", text(&first, "refresh_token")).await.is(200));
    slice.advance(TimeDelta::days(90)).await;
    refresh(&slice, "forum", text(&second, "refresh_token")).await.is(400);
}

#[slice_test]
async fn a_refresh_token_is_over_before_the_hourly_job_removes_it(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let offline = request("forum", &[("scope", "openid offline_access")]);
    let given = tokens(&slice, &mut browser, &offline).await;
    // The job runs a second before the end, and next an hour later.
    slice.advance(TimeDelta::days(90) - TimeDelta::seconds(1)).await;
    slice.advance(TimeDelta::seconds(1)).await;

    let over = refresh(&slice, "forum", text(&given, "refresh_token")).await;

    assert_eq!(read(over.is(400))["error"], "invalid_grant");
}

#[slice_test]
async fn a_locked_account_and_a_new_password_end_what_clients_hold(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let offline = request("forum", &[("scope", "openid offline_access")]);
    let given = tokens(&slice, &mut browser, &offline).await;
    let page = "/account/password";
    let typed = [("old_password", PASSWORD), ("password", "another long sentence")];
    fill(&mut browser, page, page, &typed).await.is(303);
    slice.settle().await;
    refresh(&slice, "forum", text(&given, "refresh_token")).await.is(400);

    let given = tokens(&slice, &mut browser, &offline).await;
    let mut clerk = staff(&slice, "clerk@example.org", "staff.identity").await;
    let who = crate::people::person(&slice, "jo@example.org").await;
    let path = format!("/staff/identity/accounts/{who}/lock");
    let locked = fill(&mut clerk, &path, &path, &[("reason", "asked on the telephone")]).await;
    locked.is(303);
    slice.settle().await;
    userinfo(&slice, text(&given, "access_token")).await.is(401);
    refresh(&slice, "forum", text(&given, "refresh_token")).await.is(400);
}

#[slice_test]
async fn a_client_gives_tokens_back_and_asks_about_its_own(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let given = tokens(&slice, &mut browser, &request("forum", &[])).await;
    let (access, renew) = (text(&given, "access_token"), text(&given, "refresh_token"));
    let revoke = async |client: &str, token: &str| {
        let pairs = [("token", token)];
        post(&slice, "/oidc/revoke", Some((client, SECRET)), &pairs).await
    };

    let told = introspect(&slice, "forum", access).await;
    assert_eq!(
        (told["active"].as_bool(), told["scope"].as_str()),
        (Some(true), Some("email openid"))
    );
    assert_eq!(introspect(&slice, "vendor", access).await, json!({ "active": false }));
    let pairs = [("client_id", "app"), ("token", access)];
    post(&slice, "/oidc/introspect", None, &pairs).await.is(401);

    // Another client's word does nothing, and says nothing.
    revoke("vendor", renew).await.is(200);
    revoke("forum", "no such token").await.is(200);
    assert_eq!(introspect(&slice, "forum", renew).await["active"], true);
    revoke("forum", access).await.is(200);
    userinfo(&slice, access).await.is(401);
    let second = read(refresh(&slice, "forum", renew).await.is(200));
    revoke("forum", text(&second, "refresh_token")).await.is(200);
    userinfo(&slice, text(&second, "access_token")).await.is(401);
    refresh(&slice, "forum", text(&second, "refresh_token")).await.is(400);
    post(&slice, "/oidc/revoke", Some(("forum", "wrong")), &[("token", renew)]).await.is(401);
}
