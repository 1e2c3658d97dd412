//! Forms: from our pages only, once, with what was typed kept and everything wrong said.

use axum::body::Body;
use axum::http::Request;
use chassis::params;
use chassis::testing::{Slice, slice_test};
use contracts::PersonId;
use uuid::Uuid;

fn jo() -> PersonId {
    PersonId(Uuid::from_u128(1))
}

async fn notes(slice: &Slice) -> i64 {
    let sql = "select cast(count(*) as bigint) as n from note";
    let row = slice.db().read(async |tx| tx.one(sql, params![]).await).await.unwrap();
    row.get("n").unwrap()
}

#[slice_test]
async fn a_form_is_taken_and_leads_on(slice: Slice) {
    let mut jo = slice.sign_in(jo()).await;

    let form = jo.get("/probe/note").await;
    form.is(200).shows("Your note");
    let answer = jo.submit(&form, "/probe/note", &[("text", "  hello ")]).await;
    let note = jo.get(answer.is(303).location()).await;
    note.is(200).shows("hello");
}

#[slice_test]
async fn a_double_click_changes_nothing_more(slice: Slice) {
    let mut jo = slice.sign_in(jo()).await;

    let first = jo.post_with_key("/probe/note", "k", &[("text", "hello")]).await;
    let again = jo.post_with_key("/probe/note", "k", &[("text", "hello")]).await;
    let other = jo.post_with_key("/probe/note", "k", &[("text", "other")]).await;

    assert_eq!(first.location(), again.location());
    other.is(422).shows("load the page again");
    assert_eq!(notes(&slice).await, 1);
    jo.post_with_key("/probe/note", "", &[("text", "hello")]).await.is(409);
    // A key is of one person: another's same key is neither refused nor answered with this one's.
    let mut sam = slice.sign_in(PersonId(Uuid::from_u128(2))).await;
    let own = sam.post_with_key("/probe/note", "k", &[("text", "hello")]).await;
    assert_ne!(own.location(), first.location());
    assert_eq!(notes(&slice).await, 2);
}

#[slice_test]
async fn what_was_typed_is_kept_and_what_is_wrong_is_said(slice: Slice) {
    let mut jo = slice.sign_in(jo()).await;

    let wrong = jo.post("/probe/note", &[("text", "<"), ("password", "hunter2hunter2")]).await;
    wrong.is(422).shows("Text: this has 1 character, at least 2 are needed").lacks("hunter2");
    assert!(wrong.text().contains("value=\"&lt;\"") && wrong.text().contains("aria-invalid"));

    let refused = jo.post("/probe/note", &[("text", "no")]).await;
    refused.is(409).shows("A note must be kind.");
    let again = jo.submit(&refused, "/probe/note", &[("text", "yes")]).await;
    again.is(303);
    assert_eq!(notes(&slice).await, 1);
}

#[slice_test]
async fn what_does_not_come_from_our_form_is_refused(slice: Slice) {
    let mut jo = slice.sign_in(jo()).await;
    let form = "application/x-www-form-urlencoded";
    let from = |name: &str, value: &str| {
        Request::post("/probe/note").header("content-type", form).header(name, value)
    };

    jo.post_raw("/probe/note", form, "text=hello").await.is(403);
    jo.post_raw("/probe/note", form, "text=hello&_csrf=wrong&_key=k").await.is(403);
    jo.send(from("sec-fetch-site", "cross-site"), Body::from("text=hello")).await.is(403);
    jo.send(from("origin", "https://evil.example"), Body::from("text=hello")).await.is(403);
    jo.post_raw("/probe/note", "application/json", "{}").await.is(415);
    jo.post_raw("/probe/note", form, format!("text={}", "x".repeat(70_000))).await.is(413);
    slice.stranger().post("/probe/note", &[("text", "hello")]).await.is(401);
    assert_eq!(notes(&slice).await, 0);
}

#[slice_test]
async fn signing_out_takes_a_form_of_ours(slice: Slice) {
    let mut jo = slice.sign_in(jo()).await;
    jo.get("/probe/note").await.is(200);

    let form = "application/x-www-form-urlencoded";
    jo.post_raw("/-/probe/sign-out", form, "").await.is(403);
    jo.get("/probe/note").await.is(200);

    let page = jo.get("/probe/note").await;
    let out = jo.submit(&page, "/-/probe/sign-out", &[]).await;
    assert_eq!(out.is(303).location(), "/");
    let gone = jo.get("/probe/note").await;
    assert_eq!(gone.is(303).location(), "/account/sign-in?return_to=%2Fprobe%2Fnote");
}
