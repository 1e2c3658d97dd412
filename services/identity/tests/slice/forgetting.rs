//! As a member who forgot the password I set a new one by a mail.

use chassis::testing::{Slice, slice_test};
use contracts::identity::{CodePurpose, PasswordChanged};

use crate::people::{
    PASSWORD, account, codes, forget, guess, last_code, reset, sign_in, signed_in,
};

const NEW: &str = "an entirely new sentence";

#[slice_test]
async fn a_forgotten_password_is_replaced_and_every_sign_in_ends(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut elsewhere = signed_in(&slice, "jo@example.org").await;
    let mut browser = slice.stranger();

    let sent = forget(&mut browser, "Jo@Example.org").await;
    assert_eq!(sent.location(), "/account/forgotten/sent");
    browser.get(sent.location()).await.shows("Look at your mail").shows("Choose your password");
    let code = last_code(&slice, CodePurpose::Reset).await;
    let answer = reset(&mut browser, &code, NEW).await;
    assert_eq!(answer.location(), "/account/sign-in?notice=reset");
    slice.settle().await;

    elsewhere.get("/account").await.is(303);
    sign_in(&mut browser, "jo@example.org", PASSWORD).await.is(409);
    sign_in(&mut browser, "jo@example.org", NEW).await.is(303);
    let told = slice.published::<PasswordChanged>().await;
    assert_eq!((told.len(), told[0].account.generation), (1, 2));
}

#[slice_test]
async fn a_new_password_ends_the_wait_that_others_brought_about(slice: Slice) {
    account(&slice, "jo@example.org").await;
    guess(&mut slice.stranger(), "jo@example.org").await;
    let mut browser = slice.stranger();

    forget(&mut browser, "jo@example.org").await;
    let code = last_code(&slice, CodePurpose::Reset).await;
    reset(&mut browser, &code, NEW).await.is(303);

    sign_in(&mut browser, "jo@example.org", NEW).await.is(303);
}

#[slice_test]
async fn the_same_new_password_twice_is_answered_alike(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut browser = slice.stranger();
    forget(&mut browser, "jo@example.org").await;
    let code = last_code(&slice, CodePurpose::Reset).await;
    let page = browser.get(&format!("/account/reset?code={code}")).await;

    let once = browser.submit(&page, "/account/reset", &[("password", NEW)]).await;
    let twice = browser.submit(&page, "/account/reset", &[("password", NEW)]).await;

    assert_eq!((once.status(), once.location()), (twice.status(), twice.location()));
    slice.published_one::<PasswordChanged>().await;
}

#[slice_test]
async fn nobody_is_told_whether_an_address_was_forgotten_or_never_known(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut browser = slice.stranger();

    let known = forget(&mut browser, "jo@example.org").await;
    let unknown = forget(&mut browser, "sam@example.org").await;

    assert_eq!((known.status(), known.location()), (unknown.status(), unknown.location()));
    assert_eq!(codes(&slice, CodePurpose::Reset).await.len(), 1);
}

#[slice_test]
async fn a_used_old_or_unknown_link_says_so(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    account(&slice, "jo@example.org").await;
    let mut browser = slice.stranger();
    forget(&mut browser, "jo@example.org").await;
    let code = last_code(&slice, CodePurpose::Reset).await;

    let page = browser.get(&format!("/account/reset?code={code}")).await;
    browser.submit(&page, "/account/reset", &[("password", NEW)]).await.is(303);
    let typed = [("code", code.as_str()), ("password", PASSWORD)];
    let again = browser.post_with_key("/account/reset", "again", &typed).await;
    again.is(410).shows("This link was used already");

    forget(&mut browser, "jo@example.org").await;
    let old = last_code(&slice, CodePurpose::Reset).await;
    slice.at("2027-03-02T11:00:00Z").await;
    browser.get(&format!("/account/reset?code={old}")).await.shows("older than 60 minutes");
    browser.get("/account/reset?code=never").await.shows("not known");
    browser.get("/account/reset").await.shows("not known");
    // A code for one thing is none for another.
    browser.get(&format!("/account/confirm?code={old}")).await.shows("not known");
    assert_eq!(slice.published::<PasswordChanged>().await.len(), 1);
}
