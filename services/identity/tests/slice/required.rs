//! ID-16: as a keeper of accounts I ask somebody to do something before they sign in again.

use chassis::testing::{Answered, Browser, Slice, slice_test};
use chrono::TimeDelta;
use contracts::PersonId;
use contracts::identity::{LinkPurpose, PasswordChanged, SignedOutEverywhere};

use crate::people::{PASSWORD, account, fill, last_link, sign_in, signed_in, staff};

const NEW: &str = "an entirely new sentence";

/// Staff ask something of a person.
async fn require(staff: &mut Browser, person: PersonId, action: &str) -> Answered {
    let page = format!("/staff/identity/accounts/{person}/require");
    let typed = [("action", action), ("reason", "seen in a leak")];
    fill(staff, &page, &page, &typed).await
}

async fn asked(slice: &Slice, action: &str) -> (PersonId, Browser) {
    let jo = account(slice, "jo@example.org").await;
    let mut desk = staff(slice, "desk@example.org", "staff.identity").await;
    slice.settle().await;
    require(&mut desk, jo, action).await.is(303);
    slice.settle().await;
    (jo, desk)
}

#[slice_test]
async fn a_new_password_stands_before_the_next_sign_in_and_ends_the_older_ones(slice: Slice) {
    let jo = account(&slice, "jo@example.org").await;
    let mut elsewhere = signed_in(&slice, "jo@example.org").await;
    let mut desk = staff(&slice, "desk@example.org", "staff.identity").await;
    slice.settle().await;

    let done = require(&mut desk, jo, "password").await;
    assert_eq!(done.is(303).location(), format!("/staff/identity/accounts/{jo}?notice=required"));
    slice.settle().await;
    slice.published_one::<SignedOutEverywhere>().await;
    elsewhere.get("/account").await.is(303);
    let shown = desk.get(&format!("/staff/identity/accounts/{jo}")).await;
    shown.shows("Choose a new password: seen in a leak").shows("action required");

    let mut browser = slice.stranger();
    let step = sign_in(&mut browser, "jo@example.org", PASSWORD).await;
    assert_eq!(step.is(303).location(), "/account/sign-in/password");
    // Not signed in before it is done, wherever one goes; the reason is for colleagues.
    browser.get("/account").await.is(303);
    let page = browser.get("/account/sign-in/password").await;
    page.is(200).lacks("seen in a leak");
    let path = "/account/sign-in/password";
    browser.submit(&page, path, &[("password", PASSWORD)]).await.is(422).shows("before");
    browser.submit(&page, path, &[("password", "password12")]).await.is(422);
    let set = browser.submit(&page, path, &[("password", NEW)]).await;
    assert_eq!(set.is(303).location(), "/account");
    slice.settle().await;

    browser.get("/account").await.is(200);
    slice.published_one::<PasswordChanged>().await;
    sign_in(&mut slice.stranger(), "jo@example.org", PASSWORD).await.is(409);
    let again = sign_in(&mut slice.stranger(), "jo@example.org", NEW).await;
    assert_eq!(again.is(303).location(), "/account");
}

#[slice_test]
async fn a_password_set_by_mail_is_new_too(slice: Slice) {
    asked(&slice, "password").await;
    let mut browser = slice.stranger();
    crate::people::forget(&mut browser, "jo@example.org").await;
    let code = crate::people::last_code(&slice, contracts::identity::CodePurpose::Reset).await;
    crate::people::reset(&mut browser, &code, NEW).await.is(303);

    let signed_in = sign_in(&mut browser, "jo@example.org", NEW).await;
    assert_eq!(signed_in.is(303).location(), "/account");
}

#[slice_test]
async fn the_address_is_proved_by_a_link_in_whatever_browser(slice: Slice) {
    asked(&slice, "address").await;
    let mut browser = slice.stranger();
    let step = sign_in(&mut browser, "jo@example.org", PASSWORD).await;
    assert_eq!(step.is(303).location(), "/account/sign-in/address");
    let path = "/account/sign-in/address";

    let page = browser.get(path).await;
    page.is(200).shows("jo@example.org");
    browser.submit(&page, path, &[]).await.is(409).shows("not confirmed yet");
    let first = last_link(&slice, LinkPurpose::NewAddress).await.code;
    browser.submit(&page, "/account/sign-in/address/send", &[]).await.is(303);
    let newest = last_link(&slice, LinkPurpose::NewAddress).await;
    assert_ne!(newest.code, first);
    assert_eq!(newest.to.as_deref(), Some("jo@example.org"));
    let link = format!("/account/address/confirm?code={}", newest.code);
    fill(&mut slice.stranger(), &link, "/account/address/confirm", &[]).await.is(303);

    let page = browser.get(path).await;
    page.shows("the address is confirmed");
    let gone_on = browser.submit(&page, path, &[]).await;
    assert_eq!(gone_on.is(303).location(), "/account");
    browser.get("/account").await.is(200);
    // Nothing changed: there is no way back from it.
    assert!(slice.published::<contracts::identity::EmailChanged>().await.is_empty());
}

#[slice_test]
async fn staff_take_back_what_they_asked_for(slice: Slice) {
    let (jo, mut desk) = asked(&slice, "password").await;
    let page = format!("/staff/identity/accounts/{jo}/withdraw");
    let typed = [("action", "password"), ("reason", "the wrong person")];

    fill(&mut desk, &page, &page, &typed).await.is(303);

    let signed_in = sign_in(&mut slice.stranger(), "jo@example.org", PASSWORD).await;
    assert_eq!(signed_in.is(303).location(), "/account");
    desk.get(&page).await.is(303);
}

#[slice_test]
async fn who_may_not_ask_is_told_why(slice: Slice) {
    let (jo, mut desk) = asked(&slice, "password").await;
    account(&slice, "finance@example.org").await;
    crate::people::grant(&slice, "finance@example.org", "staff.finance").await;
    let finance = crate::people::person(&slice, "finance@example.org").await;

    require(&mut desk, finance, "password").await.is(409).shows("Only an administrator");
    require(&mut desk, jo, "terms").await.is(409).shows("No terms are in force");
    require(&mut desk, jo, "dance").await.is(422);
    let page = format!("/staff/identity/accounts/{jo}/require");
    fill(&mut desk, &page, &page, &[("action", "password")]).await.is(422);
    let mut nobody = slice.stranger();
    nobody.get(&page).await.is(303);
    signed_in(&slice, "finance@example.org").await.get(&page).await.is(403);
}

#[slice_test]
async fn a_step_is_nothing_without_the_sign_in_that_waits(slice: Slice) {
    asked(&slice, "password").await;
    let mut stranger = slice.stranger();
    for path in ["/account/sign-in/password", "/account/sign-in/address", "/account/sign-in/terms"]
    {
        assert_eq!(stranger.get(path).await.is(303).location(), "/account/sign-in");
        let typed = [("password", NEW), ("agreed", "yes")];
        assert_eq!(stranger.post(path, &typed).await.is(303).location(), "/account/sign-in");
    }

    let mut late = slice.stranger();
    sign_in(&mut late, "jo@example.org", PASSWORD).await.is(303);
    let page = late.get("/account/sign-in/password").await;
    slice.advance(TimeDelta::minutes(10)).await;
    let over = late.submit(&page, "/account/sign-in/password", &[("password", NEW)]).await;
    assert_eq!(over.is(303).location(), "/account/sign-in");
    assert!(slice.published::<PasswordChanged>().await.is_empty());
}
