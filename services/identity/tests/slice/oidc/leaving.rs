//! As a member I sign out at the forum, and am signed out here; no website can do it behind my back.

use chassis::testing::{Slice, slice_test};
use contracts::identity::SignInEnded;

use super::client::{OUT, clients, encoded, jo, request, text, tokens};
use crate::people::{account, signed_in};

fn path(pairs: &[(&str, &str)]) -> String {
    format!("/oidc/sign-out?{}", encoded(pairs))
}

#[slice_test]
async fn a_client_signs_out_whom_it_signed_in(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let given = tokens(&slice, &mut browser, &request("forum", &[])).await;
    let hint = text(&given, "id_token");
    // Also with a token that ran out.
    slice.advance(chrono::TimeDelta::hours(2)).await;

    let pairs = [("id_token_hint", hint), ("post_logout_redirect_uri", OUT), ("state", "x y")];
    let out = browser.get(&path(&pairs)).await;

    assert_eq!(out.location(), format!("{OUT}?state=x+y"));
    slice.settle().await;
    assert_eq!(slice.published::<SignInEnded>().await.len(), 1);
    browser.get("/account").await.is(303);
    assert!(browser.cookie("scte_continue").is_none());
    // Again is the same: nobody is here.
    assert_eq!(browser.get(&path(&pairs)).await.location(), format!("{OUT}?state=x+y"));
}

#[slice_test]
async fn without_proof_the_person_is_asked(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    account(&slice, "sam@example.org").await;
    let mut sam = signed_in(&slice, "sam@example.org").await;
    let of_sam = tokens(&slice, &mut sam, &request("forum", &[])).await;
    let of_sam = text(&of_sam, "id_token");
    let forged = format!("{}.", of_sam.rsplit_once('.').unwrap().0);

    for pairs in [
        vec![],
        vec![("client_id", "forum"), ("post_logout_redirect_uri", OUT)],
        vec![("id_token_hint", of_sam)],
        vec![("id_token_hint", forged.as_str())],
        vec![("id_token_hint", "rubbish")],
    ] {
        browser.get(&path(&pairs)).await.is(200).shows("Sign out here?").shows("jo@example.org");
        browser.get("/account").await.is(200);
    }
    let form = "application/x-www-form-urlencoded";
    let posted = browser.post_raw("/oidc/sign-out", form, "client_id=forum").await;
    assert_eq!(posted.is(303).location(), "/oidc/sign-out?client_id=forum");
    browser.post_raw("/oidc/sign-out/confirm", form, "asked=").await.is(403);

    let pairs = [("client_id", "forum"), ("post_logout_redirect_uri", OUT), ("state", "s")];
    let page = browser.get(&path(&pairs)).await;
    let out = browser.submit(&page, "/oidc/sign-out/confirm", &[]).await;
    assert_eq!(out.location(), format!("{OUT}?state=s"));
    slice.settle().await;
    browser.get("/account").await.is(303);
    sam.get("/account").await.is(200);
}

#[slice_test]
async fn afterwards_nobody_is_sent_where_the_client_did_not_register(mut slice: Slice) {
    clients(&mut slice).await;
    account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    let given = tokens(&slice, &mut browser, &request("forum", &[])).await;
    let hint = text(&given, "id_token");
    for (client, to) in [
        ("forum", "https://evil.example/"),
        ("forum", "https://forum.example/out/"),
        ("forum", "https://forum.example/back"),
        ("nobody", OUT),
    ] {
        let pairs = [("client_id", client), ("post_logout_redirect_uri", to)];
        browser.get(&path(&pairs)).await.is(400).shows("did not register");
        browser.get("/account").await.is(200);
    }
    let without_client = [("post_logout_redirect_uri", OUT)];
    browser.get(&path(&without_client)).await.is(400);
    let two = [("id_token_hint", hint), ("client_id", "vendor")];
    browser.get(&path(&two)).await.is(400).shows("two websites");
    let twice = [("client_id", "forum"), ("client_id", "vendor")];
    browser.get(&path(&twice)).await.is(400);
    browser.get("/account").await.is(200);
}
