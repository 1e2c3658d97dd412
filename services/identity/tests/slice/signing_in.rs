//! As a member I sign in, go on without signing in again, and end my sign-ins.

use chassis::Mode;
use chassis::testing::{Slice, slice_test};
use chrono::TimeDelta;
use contracts::identity::{PasswordChanged, SignInEnded, SignedOutEverywhere};

use crate::people::{PASSWORD, account, fill, guess, sign_in, signed_in};

#[slice_test]
async fn the_refusal_never_says_what_was_wrong(slice: Slice) {
    account(&slice, "jo@example.org").await;

    let wrong = sign_in(&mut slice.stranger(), "jo@example.org", "not the password").await;
    let unknown = sign_in(&mut slice.stranger(), "sam@example.org", "not the password").await;
    let no_address = sign_in(&mut slice.stranger(), "jo", "not the password").await;

    for answer in [&wrong, &unknown, &no_address] {
        answer.is(409);
        answer.shows("The address or the password is wrong").lacks("not the password");
    }
}

#[slice_test]
async fn five_wrong_tries_make_wait_known_or_not(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    account(&slice, "jo@example.org").await;
    for address in ["jo@example.org", "sam@example.org"] {
        let mut browser = slice.stranger();
        for _ in 0..5 {
            sign_in(&mut browser, address, "not the password").await.shows("is wrong");
        }
        let refused = sign_in(&mut browser, address, PASSWORD).await;
        refused.is(409);
        refused.shows("too many tries for this address; wait 1 minute,");
    }

    slice.at("2027-03-02T10:01:00Z").await;
    let mut browser = slice.stranger();
    sign_in(&mut browser, "jo@example.org", "not the password").await.shows("is wrong");
    sign_in(&mut browser, "jo@example.org", PASSWORD).await.shows("wait 2 minutes,");
    slice.at("2027-03-02T10:03:00Z").await;
    sign_in(&mut browser, "jo@example.org", PASSWORD).await.is(303);
}

#[slice_test]
async fn nobody_waits_longer_than_a_quarter_of_an_hour(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut browser = slice.stranger();
    guess(&mut browser, "jo@example.org").await;

    for _ in 0..8 {
        slice.advance(TimeDelta::minutes(15)).await;
        sign_in(&mut browser, "jo@example.org", "not the password").await.shows("is wrong");
    }

    sign_in(&mut browser, "jo@example.org", PASSWORD).await.shows("wait 15 minutes,");
    slice.advance(TimeDelta::minutes(15)).await;
    sign_in(&mut browser, "jo@example.org", PASSWORD).await.is(303);
}

#[slice_test]
async fn who_is_signed_in_proves_it_while_strangers_guess(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut here = signed_in(&slice, "jo@example.org").await;
    guess(&mut slice.stranger(), "jo@example.org").await;

    let again = "/account/again";
    fill(&mut here, again, again, &[("password", PASSWORD)]).await.is(303);

    // Guessing at this door makes wait at this door only.
    for _ in 0..5 {
        fill(&mut here, again, again, &[("password", "not the password")]).await.is(422);
    }
    fill(&mut here, again, again, &[("password", PASSWORD)]).await.shows("too many tries");
    sign_in(&mut slice.stranger(), "jo@example.org", PASSWORD).await.is(303);
}

#[slice_test]
async fn a_changed_password_ends_the_wait_that_others_brought_about(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut here = signed_in(&slice, "jo@example.org").await;
    guess(&mut slice.stranger(), "jo@example.org").await;

    let page = "/account/password";
    let typed = [("old_password", PASSWORD), ("password", "another long sentence")];
    fill(&mut here, page, page, &typed).await.is(303);

    sign_in(&mut slice.stranger(), "jo@example.org", "another long sentence").await.is(303);
}

#[slice_test]
async fn signing_out_everywhere_ends_the_other_browsers(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut here = signed_in(&slice, "jo@example.org").await;
    let mut there = signed_in(&slice, "jo@example.org").await;
    there.get("/account").await.shows("jo@example.org");

    let out = fill(&mut here, "/account/sign-ins", "/account/sign-out-everywhere", &[]).await;

    assert_eq!(out.location(), "/account/sign-in?notice=everywhere");
    slice.settle().await;
    there.get("/account").await.is(303);
    let asked = there.get("/account/continue?return_to=/account").await;
    assert_eq!(asked.location(), "/account/sign-in?return_to=/account");
    let told = slice.published::<SignedOutEverywhere>().await;
    assert_eq!((told.len(), told[0].account.generation), (1, 2));
    signed_in(&slice, "jo@example.org").await.get("/account").await.shows("jo@example.org");
}

#[slice_test]
async fn signing_out_ends_this_browser_only(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut here = signed_in(&slice, "jo@example.org").await;
    let mut there = signed_in(&slice, "jo@example.org").await;

    let out = fill(&mut here, "/account/sign-ins", "/account/sign-out", &[]).await;
    assert_eq!(out.location(), "/account/sign-in?notice=out");
    slice.settle().await;

    here.get("/account").await.is(303);
    there.get("/account").await.shows("jo@example.org");
    assert_eq!(slice.published::<SignInEnded>().await.len(), 1);
}

#[slice_test]
async fn an_expired_token_is_renewed_by_the_longer_cookie(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;

    slice.at("2027-03-03T10:00:00Z").await;
    browser.get("/account").await.is(303);
    let gone_on = browser.get("/account/continue?return_to=/account").await;
    assert_eq!(gone_on.location(), "/account");
    browser.get("/account").await.shows("jo@example.org");

    slice.at("2027-04-02T10:00:00Z").await;
    let over = browser.get("/account/continue?return_to=/account").await;
    assert_eq!(over.location(), "/account/sign-in?return_to=/account");
}

#[slice_test]
async fn whoever_is_still_known_need_not_type_to_sign_in(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;

    slice.at("2027-03-03T10:00:00Z").await;
    let known = browser.get("/account/sign-in?return_to=/account").await;
    assert_eq!(known.is(303).location(), "/account");
    browser.get("/account").await.shows("jo@example.org");

    slice.at("2027-04-02T10:00:00Z").await;
    browser.get("/account/sign-in?return_to=/account").await.is(200).shows("E-mail address");
}

#[slice_test]
async fn one_of_several_sign_ins_is_ended_from_the_list(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut here = signed_in(&slice, "jo@example.org").await;
    let mut there = signed_in(&slice, "jo@example.org").await;
    let shown = here.get("/account/sign-ins").await;
    shown.shows("this browser");
    let ends: Vec<_> = shown.text().split("action=\"/account/sign-ins/").skip(1).collect();
    // This one is ended by signing out, which takes its cookies along.
    assert_eq!(ends.len(), 1);
    let path = format!("/account/sign-ins/{}", ends[0].split('"').next().unwrap());
    account(&slice, "sam@example.org").await;
    let mut other = signed_in(&slice, "sam@example.org").await;

    other.post_with_key(&path, "foreign", &[]).await.is(404);
    let ended = here.submit(&shown, &path, &[]).await;
    assert_eq!(ended.location(), "/account/sign-ins?notice=ended");
    slice.settle().await;

    here.get("/account/sign-ins?notice=ended")
        .await
        .shows("The sign-in has ended")
        .lacks("/sign-ins/");
    there.get("/account").await.is(303);
}

#[slice_test]
async fn who_has_few_tries_left_is_told_known_or_not(slice: Slice) {
    account(&slice, "jo@example.org").await;
    for address in ["jo@example.org", "sam@example.org"] {
        let mut browser = slice.stranger();
        for _ in 0..2 {
            sign_in(&mut browser, address, "not the password").await.lacks("more tr");
        }
        for said in ["two more tries", "one more try", "before the next try, wait 1 minute"] {
            sign_in(&mut browser, address, "not the password").await.is(409).shows(said);
        }
    }
}

#[slice_test]
async fn the_way_is_kept_through_every_page_before_signing_in(slice: Slice) {
    let mut browser = slice.stranger();
    for path in ["sign-in", "register", "registered", "forgotten", "forgotten/sent"] {
        let page = browser.get(&format!("/account/{path}?return_to=/membership/join")).await;
        let links = page.text().matches("?return_to=/membership/join\"").count();
        assert!(links > 0, "{path}: {}", page.text());
    }
}

#[slice_test]
async fn a_demonstration_says_who_can_sign_in_and_where_its_mail_is(mut slice: Slice) {
    for path in ["/account/sign-in", "/account/registered", "/account/forgotten/sent"] {
        let page = slice.stranger().get(path).await;
        page.lacks("sample-demo-2027").lacks("/notifications/mailbox");
    }

    slice.with_site(|site| site.mode = Mode::Demo).await;
    let page = slice.stranger().get("/account/sign-in").await;
    page.shows("jo@demo.scte.test").shows("sample-demo-2027");
    let filled = "/account/sign-in?address=jo%40demo.scte.test&return_to=/membership/join";
    let on_the_way = slice.stranger().get("/account/sign-in?return_to=/membership/join").await;
    on_the_way.shows(filled);
    slice.stranger().get(filled).await.shows("value=\"jo@demo.scte.test\"");
    for path in ["/account/registered", "/account/forgotten/sent"] {
        slice.stranger().get(path).await.shows("/notifications/mailbox");
    }

    // Whoever lets others in has none of it.
    slice.with_site(|site| site.loopback = false).await;
    slice.stranger().get("/account/sign-in").await.lacks("sample-demo-2027");
    slice.stranger().get("/account/registered").await.lacks("/notifications/mailbox");
}

#[slice_test]
async fn the_page_that_asks_again_says_why_and_whose_password(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;

    let page = browser.get("/account/again?return_to=/account").await;

    page.shows("You last proved it on").shows("2 March 2027, 05:00 EST");
    page.shows("jo@example.org").shows("15 minutes");
    let out = browser.submit(&page, "/account/sign-out", &[]).await;
    assert_eq!(out.location(), "/account/sign-in?notice=out");
}

#[slice_test]
async fn a_changed_password_ends_the_other_sign_ins(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut here = signed_in(&slice, "jo@example.org").await;
    let mut there = signed_in(&slice, "jo@example.org").await;

    let page = "/account/password";
    let wrong = [("old_password", "not the password"), ("password", "another long sentence")];
    let refused = fill(&mut here, page, page, &wrong).await;
    refused.is(422).shows("not the password of your account");
    let right = [("old_password", PASSWORD), ("password", "another long sentence")];
    let changed = here.submit(&refused, page, &right).await;
    assert_eq!(changed.location(), "/account?notice=changed");
    slice.settle().await;

    here.get("/account").await.shows("jo@example.org");
    there.get("/account").await.is(303);
    assert_eq!(slice.published::<PasswordChanged>().await.len(), 1);
    let mut fresh = slice.stranger();
    sign_in(&mut fresh, "jo@example.org", PASSWORD).await.is(409);
    sign_in(&mut fresh, "jo@example.org", "another long sentence").await.is(303);
}
