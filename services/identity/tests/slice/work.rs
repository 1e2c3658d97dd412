//! As a visitor I register without pictures to look at; whoever has us send many mails lets their
//! browser work for them, or waits.

use chassis::testing::{Answered, Browser, Slice, slice_test};
use chrono::TimeDelta;
use contracts::identity::CodeIssued;
use sha2::{Digest as _, Sha256};

use crate::people::{PASSWORD, account, forget, register, sign_in};

const REGISTER: &str = "/account/register";

/// A browser on a network of strangers.
fn elsewhere(slice: &Slice, last: u8) -> Browser {
    slice.stranger().in_network([192, 0, 2, last])
}

/// A value of the puzzle on a page.
fn data(page: &Answered, name: &str) -> String {
    let rest = page.text().split_once(&format!("data-{name}=\"")).unwrap().1;
    rest.split('"').next().unwrap().to_owned()
}

/// The puzzle of a page solved, as its script does it.
fn solved(page: &Answered) -> String {
    let (nonce, bits) = (data(page, "nonce"), data(page, "bits").parse::<u32>().unwrap());
    let zeros = |number: &u32| {
        let hash = Sha256::digest(format!("{nonce}.{number}").as_bytes());
        u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]).leading_zeros() >= bits
    };
    format!("{}.{}", data(page, "work"), (0..=u32::MAX).find(zeros).unwrap())
}

/// Has three mails sent, as many as are free.
async fn use_up(slice: &Slice, last: u8) {
    for n in 0..3 {
        let mut browser = elsewhere(slice, last);
        browser.get(REGISTER).await.lacks("data-work");
        register(&mut browser, &format!("p{n}@example.org")).await.is(303);
    }
}

#[slice_test]
async fn after_three_mails_a_network_waits_or_works(slice: Slice) {
    use_up(&slice, 1).await;
    let mut browser = elsewhere(&slice, 1);

    let page = browser.get(REGISTER).await;
    page.shows("Many mails were asked for from your network").shows("wait 15 minutes instead");
    let typed = [("address", "jo@example.org"), ("language", "en")];
    let refused = browser.submit(&page, REGISTER, &typed).await;
    refused.is(409).shows("wait 15 minutes").shows("jo@example.org");
    // A forgotten password is a mail as well.
    let forgotten = forget(&mut browser, "jo@example.org").await;
    forgotten.is(409).shows("data-work");
    assert_eq!(slice.published::<CodeIssued>().await.len(), 3);

    // Others are not made to wait, nor is whoever waits for ever.
    register(&mut elsewhere(&slice, 2), "sam@example.org").await.is(303);
    slice.advance(TimeDelta::minutes(15)).await;
    register(&mut browser, "jo@example.org").await.is(303);
}

#[slice_test]
async fn a_solved_puzzle_sends_one_mail_and_the_form_twice_is_one(slice: Slice) {
    use_up(&slice, 1).await;
    let mut browser = elsewhere(&slice, 1);
    let page = browser.get(REGISTER).await;
    let work = solved(&page);
    let typed = [("address", "jo@example.org"), ("language", "en"), ("work", &work)];

    browser.submit(&page, REGISTER, &typed).await.is(303);
    browser.submit(&page, REGISTER, &typed).await.is(303);
    assert_eq!(slice.published::<CodeIssued>().await.len(), 4);
    // The next form needs a work of its own.
    let next = browser.get(REGISTER).await;
    let typed = [("address", "sam@example.org"), ("language", "en"), ("work", &work)];
    browser.submit(&next, REGISTER, &typed).await.is(409);
}

#[slice_test]
async fn made_up_and_old_puzzles_are_worth_nothing(slice: Slice) {
    use_up(&slice, 1).await;
    let mut browser = elsewhere(&slice, 1);
    let page = browser.get(REGISTER).await;
    let (sealed, right) = (data(&page, "work"), solved(&page));
    let mine = format!("{}.0", "a".repeat(sealed.len()));
    let unsolved = format!("{sealed}.x");
    for work in [mine.as_str(), &unsolved, "", ".", "1"] {
        let typed = [("address", "jo@example.org"), ("language", "en"), ("work", work)];
        browser.submit(&page, REGISTER, &typed).await.is(409);
    }

    slice.advance(TimeDelta::minutes(31)).await;
    for n in 3..6 {
        register(&mut browser, &format!("p{n}@example.org")).await.is(303);
    }
    let typed = [("address", "jo@example.org"), ("language", "en"), ("work", &right)];
    browser.submit(&page, REGISTER, &typed).await.is(409);
}

#[slice_test]
async fn signing_in_never_asks_for_work(slice: Slice) {
    account(&slice, "jo@example.org").await;
    use_up(&slice, 1).await;
    let mut browser = elsewhere(&slice, 1);
    browser.get("/account/sign-in").await.lacks("data-work");
    sign_in(&mut browser, "jo@example.org", PASSWORD).await.is(303);
}

#[slice_test]
async fn only_addresses_of_the_allowed_domains_register(mut slice: Slice) {
    slice.with_settings(serde_json::json!({ "registration_domains": ["scte.example"] })).await;
    let mut browser = slice.stranger();
    browser.get(REGISTER).await.shows("Only addresses at scte.example can be registered");

    let refused = register(&mut browser, "jo@example.org").await;
    refused.is(422).shows("only addresses at scte.example").shows("jo@example.org");
    register(&mut browser, "jo@SCTE.example").await.is(303);
    assert_eq!(slice.published::<CodeIssued>().await.len(), 1);
}
