//! ID-17: as a member I am asked to accept new terms once, and can look up what I accepted and when.

use chassis::testing::{Answered, Browser, Slice, slice_test};
use contracts::identity::CodePurpose;

use crate::passkeys::by_passkey;
use crate::people::{
    PASSWORD, account, confirm, fill, last_code, register, sign_in, signed_in, staff,
};
use crate::soft::{Device, asked};

const BODY: &str = "# What we do\n\nWe keep your <name>.\n\n- and nothing\n- else";

async fn publish(admin: &mut Browser, kind: &str, title: &str, from: &str) -> Answered {
    let page = "/staff/identity/terms/new";
    let typed = [("kind", kind), ("title", title), ("from", from), ("body", BODY)];
    fill(admin, page, page, &typed).await
}

#[slice_test]
async fn new_terms_stand_before_the_next_sign_in_and_once(slice: Slice) {
    slice.at("2027-03-02T15:00:00Z").await;
    account(&slice, "jo@example.org").await;
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    slice.settle().await;
    publish(&mut admin, "terms", "Terms of March", "2027-03-02").await.is(303);
    publish(&mut admin, "privacy", "Privacy of May", "2027-05-01").await.is(303);

    let mut browser = slice.stranger();
    let step = sign_in(&mut browser, "jo@example.org", PASSWORD).await;
    assert_eq!(step.is(303).location(), "/account/sign-in/terms");
    browser.get("/account").await.is(303);
    let path = "/account/sign-in/terms";
    let page = browser.get(path).await;
    page.is(200).shows("Terms of March").shows("<h3>What we do</h3>");
    assert!(page.text().contains("your &#60;name&#62;."), "{}", page.text());
    page.lacks("Privacy of May");
    browser.submit(&page, path, &[]).await.is(422).shows("tick this");
    let done = browser.submit(&page, path, &[("agreed", "yes")]).await;
    assert_eq!(done.is(303).location(), "/account");

    let mine = browser.get("/account/terms").await;
    mine.shows("Terms of March").shows("2 March 2027, 10:00 EST").shows("Privacy of May");
    let again = sign_in(&mut slice.stranger(), "jo@example.org", PASSWORD).await;
    assert_eq!(again.is(303).location(), "/account");
    admin.get("/staff/identity/terms").await.shows("in force").shows("to come");

    // From the day on, whoever is signed in can accept before they are asked.
    slice.at("2027-05-01T12:00:00Z").await;
    let mut later = slice.stranger();
    let step = sign_in(&mut later, "jo@example.org", PASSWORD).await;
    assert_eq!(step.is(303).location(), "/account/sign-in/terms");
    later.get(path).await.shows("Privacy of May").lacks("Terms of March");
}

#[slice_test]
async fn whoever_registers_accepts_what_their_page_showed(slice: Slice) {
    slice.at("2027-03-02T15:00:00Z").await;
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    slice.settle().await;
    publish(&mut admin, "terms", "Terms of March", "2027-03-02").await.is(303);

    let mut browser = slice.stranger();
    register(&mut browser, "jo@example.org").await.is(303);
    let code = last_code(&slice, CodePurpose::Confirm).await;
    browser.get(&format!("/account/confirm?code={code}")).await.shows("Terms of March");
    confirm(&mut browser, &code).await.is(303);

    let signed_in = sign_in(&mut browser, "jo@example.org", PASSWORD).await;
    assert_eq!(signed_in.is(303).location(), "/account");
    browser.get("/account/terms").await.shows("2 March 2027, 10:00 EST");
}

#[slice_test]
async fn whoever_registers_with_a_passkey_accepts_what_their_page_showed(slice: Slice) {
    slice.at("2027-03-02T15:00:00Z").await;
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    slice.settle().await;
    publish(&mut admin, "terms", "Terms of March", "2027-03-02").await.is(303);

    let (mut browser, mut device) = (slice.stranger(), Device::new(1));
    register(&mut browser, "jo@example.org").await.is(303);
    let code = last_code(&slice, CodePurpose::Confirm).await;
    let page = browser.get(&format!("/account/confirm?code={code}")).await;
    // Beside either way to confirm stands what is accepted with it.
    assert_eq!(page.text().matches("With it you accept").count(), 2, "{}", page.text());
    publish(&mut admin, "privacy", "Privacy of March", "2027-03-02").await.is(303);
    let action = "/account/confirm/passkey";
    let made = device.create(&asked(&page, action));
    let typed = [("name", "Phone"), ("credential", made.as_str())];
    browser.submit(&page, action, &typed).await.is(303);

    // What the page did not show stands before the sign-in, and nothing else does.
    let step = by_passkey(&mut browser, &mut device).await;
    assert_eq!(step.is(303).location(), "/account/sign-in/terms");
    let page = browser.get(step.location()).await;
    page.shows("Privacy of March").lacks("Terms of March");
    browser.submit(&page, step.location(), &[("agreed", "yes")]).await.is(303);
    let history = browser.get("/account/history").await;
    assert_eq!(history.text().matches("Terms were accepted").count(), 2, "{}", history.text());
    browser.get("/account/terms").await.shows("2 March 2027, 10:00 EST").lacks("To be accepted");
}

#[slice_test]
async fn nobody_accepts_what_they_were_not_shown(slice: Slice) {
    slice.at("2027-03-02T15:00:00Z").await;
    account(&slice, "jo@example.org").await;
    let mut member = signed_in(&slice, "jo@example.org").await;
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    slice.settle().await;
    publish(&mut admin, "terms", "Terms of March", "2027-03-02").await.is(303);
    let page = member.get("/account/terms").await;
    page.shows("To be accepted");

    publish(&mut admin, "privacy", "Privacy of March", "2027-03-02").await.is(303);
    let refused = member.submit(&page, "/account/terms", &[("agreed", "yes")]).await;
    refused.is(409).shows("The terms changed while you read them").shows("Privacy of March");
    member.submit(&refused, "/account/terms", &[("agreed", "yes")]).await.is(303);
    member.get("/account/terms").await.lacks("To be accepted");
}

#[slice_test]
async fn staff_ask_to_accept_again(slice: Slice) {
    slice.at("2027-03-02T15:00:00Z").await;
    let jo = account(&slice, "jo@example.org").await;
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    slice.settle().await;
    publish(&mut admin, "terms", "Terms of March", "2027-03-02").await.is(303);
    let path = "/account/sign-in/terms";
    for _ in 0..2 {
        let mut browser = slice.stranger();
        let step = sign_in(&mut browser, "jo@example.org", PASSWORD).await;
        assert_eq!(step.is(303).location(), path);
        fill(&mut browser, path, path, &[("agreed", "yes")]).await.is(303);
        slice.advance(chrono::TimeDelta::minutes(1)).await;
        let page = format!("/staff/identity/accounts/{jo}/require");
        let typed = [("action", "terms"), ("reason", "asked by the lawyer")];
        fill(&mut admin, &page, &page, &typed).await.is(303);
    }
}

#[slice_test]
async fn only_an_administrator_publishes_and_not_for_the_past(slice: Slice) {
    slice.at("2027-03-02T15:00:00Z").await;
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    let mut desk = staff(&slice, "desk@example.org", "staff.identity").await;
    slice.settle().await;
    let past = publish(&mut admin, "terms", "Terms of March", "2027-03-01").await;
    past.is(409).shows("from today on").shows("What we do");
    publish(&mut admin, "terms", "T", "tomorrow").await.is(422).shows("year-month-day");
    desk.get("/staff/identity/terms").await.is(200).shows("Nothing is published yet");
    desk.get("/staff/identity/terms/new").await.is(403);
    desk.post("/staff/identity/terms/new", &[]).await.is(403);
    slice.stranger().get("/account/terms").await.is(200).shows("No terms are published yet");
    let none = uuid::Uuid::nil();
    slice.stranger().get(&format!("/account/terms/{none}")).await.is(404);
}
