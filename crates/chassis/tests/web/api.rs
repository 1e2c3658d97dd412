//! Programs with access tokens: who is let in, who is not and what they are told, and what ends a
//! token.

use chassis::api::{AccessToken, Holder};
use chassis::signin::{SESSION_COOKIE, Signer};
use chassis::testing::{Slice, slice_test};
use chrono::TimeDelta;
use contracts::identity::{
    AccountLocked, AccountState, AccountUnlocked, ClientChanged, SignedOutEverywhere, TokenRevoked,
};
use contracts::shared::TokenUsed;
use uuid::Uuid;

use crate::people::{account, person};

fn token(slice: &Slice, holder: Holder, scope: &str) -> AccessToken {
    let expires_at = slice.now() + TimeDelta::days(30);
    let scopes = vec![scope.to_owned()];
    AccessToken { id: Uuid::from_u128(0x70), holder, scopes, expires_at, brief: false }
}

fn own(slice: &Slice) -> AccessToken {
    token(slice, Holder::Person(person(1)), "membership:read")
}

fn machine() -> Holder {
    Holder::Client { entity: Uuid::from_u128(5), client_id: "crm".to_owned() }
}

#[slice_test]
async fn a_token_opens_what_its_scope_says_and_no_more(slice: Slice) {
    slice.a_member(person(1), "2027-12-01").await;
    // Staff roles do not go along with a token.
    slice.staff(person(1), &["staff.admin"]).await;
    let mut program = slice.program(&own(&slice)).await;

    let answer = program.get("/api/probe/me").await;
    answer.is(200).shows("\"member\":true").shows("\"staff\":false").shows(&person(1).to_string());
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    let refused = program.get("/api/probe/all").await;
    refused.is(403).shows("insufficient_scope");
    let told = refused.header("www-authenticate").unwrap();
    assert!(told.contains("error=\"insufficient_scope\", scope=\"members:read\""), "{told}");
}

#[slice_test]
async fn machines_and_people_do_not_have_each_others_scopes(slice: Slice) {
    let mut crm = slice.program(&token(&slice, machine(), "members:read")).await;
    crm.get("/api/probe/all").await.is(200).shows("token:");
    for (holder, scope, path) in [
        (machine(), "membership:read", "/api/probe/me"),
        (Holder::Person(person(1)), "members:read", "/api/probe/all"),
    ] {
        let mut odd = slice.program(&token(&slice, holder, scope)).await;
        odd.get(path).await.is(403).shows("insufficient_scope");
    }
}

#[slice_test]
async fn who_shows_no_token_is_told_so(slice: Slice) {
    let none = slice.stranger().get("/api/probe/me").await;
    assert_eq!(none.is(401).header("www-authenticate"), Some("Bearer realm=\"scte\""));
    none.shows("token_missing");
    // A token in the address would end in logs: it is not looked for there.
    let known = slice.program(&own(&slice)).await.token().to_owned();
    let path = format!("/api/probe/me?access_token={known}");
    slice.stranger().get(&path).await.is(401).shows("token_missing");
    for worthless in ["", "x", "a.b.c", &format!("{known}x"), &"x".repeat(5000)] {
        slice.bearer(worthless).get("/api/probe/me").await.is(401);
    }
}

#[slice_test]
async fn a_sign_in_is_no_token_and_a_token_no_sign_in(slice: Slice) {
    let mut jo = slice.sign_in(person(1)).await;
    jo.get("/probe/note").await.is(200);
    let session = jo.cookie(SESSION_COOKIE).unwrap().to_owned();

    // The cookie opens no API, neither as cookie nor shown as a token.
    jo.get("/api/probe/me").await.is(401).shows("token_missing");
    let shown = slice.bearer(&session).get("/api/probe/me").await;
    shown.is(401).shows("no access token of ours");
    assert!(shown.header("www-authenticate").unwrap().contains("error=\"invalid_token\""));

    // The token opens no page, neither as token nor put into the cookie.
    let mut program = slice.program(&own(&slice)).await;
    program.get("/api/probe/me").await.is(200);
    program.get("/probe/note").await.is(303);
    program.get("/probe").await.is(200).shows("nobody");
    let mut browser = slice.stranger().with_cookie(SESSION_COOKIE, program.token());
    browser.get("/probe/note").await.is(303);
    browser.get("/probe").await.is(200).shows("nobody");
}

#[slice_test]
async fn a_token_signed_by_somebody_else_opens_nothing(slice: Slice) {
    slice.sign_in(person(1)).await;
    let forged = Signer::new(Uuid::from_u128(0x51_67_e8), [8; 32]).unwrap();
    let unknown = Signer::new(Uuid::from_u128(99), [8; 32]).unwrap();
    for signer in [forged, unknown] {
        let text = signer.sign_access(&own(&slice)).unwrap();
        slice.bearer(&text).get("/api/probe/me").await.is(401).shows("invalid_token");
    }
}

#[slice_test]
async fn a_revoked_token_is_dead_with_the_next_message(slice: Slice) {
    let mut program = slice.program(&own(&slice)).await;
    program.get("/api/probe/me").await.is(200);
    let AccessToken { id: token_id, expires_at, .. } = own(&slice);
    let revoked = TokenRevoked { token_id, expires_at, version: 2 };
    slice.deliver_twice("identity", revoked).await;
    program.get("/api/probe/me").await.is(401).shows("the token was revoked");
}

#[slice_test]
async fn a_token_runs_out_even_while_it_is_remembered(slice: Slice) {
    let mut program = slice.program(&own(&slice)).await;
    slice.advance(TimeDelta::days(29)).await;
    program.get("/api/probe/me").await.is(200);
    slice.advance(TimeDelta::days(1)).await;
    program.get("/api/probe/me").await.is(401).shows("the token has run out");
}

#[slice_test]
async fn a_lock_stops_a_token_and_signing_out_does_not(slice: Slice) {
    let mut program = slice.program(&own(&slice)).await;
    let out = SignedOutEverywhere { account: account(7, AccountState::Active, 2) };
    slice.deliver("identity", out).await;
    program.get("/api/probe/me").await.is(200);

    let locked = AccountLocked { account: account(8, AccountState::Locked, 3) };
    slice.deliver("identity", locked).await;
    program.get("/api/probe/me").await.is(401).shows("the account is locked");
    let unlocked = AccountUnlocked { account: account(8, AccountState::Active, 4) };
    slice.deliver("identity", unlocked).await;
    program.get("/api/probe/me").await.is(200);
}

#[slice_test]
async fn a_closed_client_has_no_tokens(slice: Slice) {
    let mut crm = slice.program(&token(&slice, machine(), "members:read")).await;
    crm.get("/api/probe/all").await.is(200);
    let closed = ClientChanged {
        entity: Uuid::from_u128(5),
        client_id: "crm".to_owned(),
        name: "The CRM".to_owned(),
        open: false,
        version: 2,
    };
    slice.deliver_twice("identity", closed).await;
    crm.get("/api/probe/all").await.is(401).shows("the client was closed");
}

#[slice_test]
async fn the_use_of_a_token_is_told_once_an_hour(mut slice: Slice) {
    let token = own(&slice);
    let mut program = slice.program(&token).await;
    program.get("/api/probe/me").await.is(200);
    program.get("/api/probe/me").await.is(200);
    let told = slice.published_one::<TokenUsed>().await;
    assert_eq!((told.token_id, told.message.at), (token.id, slice.now()));

    // A restart forgets what the process knew, not what was written down.
    slice.advance(TimeDelta::minutes(59)).await;
    slice.restart().await;
    let mut program = slice.bearer(program.token());
    program.get("/api/probe/me").await.is(200);
    slice.published_one::<TokenUsed>().await;
    slice.advance(TimeDelta::minutes(1)).await;
    program.get("/api/probe/me").await.is(200);
    assert_eq!(slice.published::<TokenUsed>().await.len(), 2);
    // Whoever is not let in used nothing.
    program.get("/api/probe/all").await.is(403);
    assert_eq!(slice.published::<TokenUsed>().await.len(), 2);
}

#[slice_test]
async fn nobody_is_told_of_the_use_of_a_token_that_stands_in_no_list(slice: Slice) {
    let brief = AccessToken { brief: true, ..token(&slice, machine(), "members:read") };
    let mut crm = slice.program(&brief).await;
    crm.get("/api/probe/all").await.is(200);
    assert!(slice.published::<TokenUsed>().await.is_empty());
}
