//! J1: as a visitor I register, confirm my address, sign in, and end where I was going.

use chassis::testing::{Slice, slice_test};
use contracts::PersonId;
use contracts::identity::{
    AccountRegistered, AccountState, AccountVerified, CodeIssued, CodePurpose,
};
use contracts::shared::PersonIntroduced;

use crate::people::{PASSWORD, account, codes, confirm, fill, last_code, register, sign_in};

#[slice_test]
async fn a_visitor_registers_confirms_and_signs_in(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    let mut browser = slice.stranger();

    let page = "/account/register?return_to=/membership/join";
    let typed = [("address", " Jo@Example.org "), ("language", "en")];
    let sent = fill(&mut browser, page, "/account/register", &typed).await;
    assert_eq!(sent.location(), "/account/registered?return_to=/membership/join");
    browser.get(sent.location()).await.shows("Look at your mail");
    // Not before the address is confirmed.
    sign_in(&mut browser, "jo@example.org", PASSWORD).await.is(409);

    let issued = slice.published::<CodeIssued>().await.pop().unwrap();
    assert_eq!(
        (issued.path.as_str(), issued.account.state.clone()),
        ("/account/confirm", AccountState::Unverified)
    );
    assert_eq!(issued.account.address, "Jo@Example.org");
    let confirmed = confirm(&mut browser, &issued.code).await;
    assert_eq!(
        confirmed.location(),
        "/account/sign-in?notice=confirmed&return_to=/membership/join"
    );

    let page = browser.get(confirmed.location()).await;
    page.shows("Your address is confirmed");
    let typed = [("address", "JO@example.ORG"), ("password", PASSWORD)];
    let signed_in = browser.submit(&page, "/account/sign-in", &typed).await;
    assert_eq!(signed_in.location(), "/membership/join");
    browser.get("/account").await.shows("Jo@Example.org");
    assert_eq!(slice.published::<AccountRegistered>().await.len(), 1);
    let verified = slice.published::<AccountVerified>().await.pop().unwrap();
    assert_eq!(verified.account.state, AccountState::Active);
}

#[slice_test]
async fn looking_at_a_link_does_not_use_it_up(slice: Slice) {
    let mut browser = slice.stranger();
    register(&mut browser, "jo@example.org").await;
    let code = last_code(&slice, CodePurpose::Confirm).await;

    for _ in 0..3 {
        let mut scanner = slice.stranger();
        scanner.get(&format!("/account/confirm?code={code}")).await.shows("Confirm the address");
    }

    confirm(&mut browser, &code).await.is(303);
}

#[slice_test]
async fn a_code_works_once(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let code = last_code(&slice, CodePurpose::Confirm).await;
    let mut browser = slice.stranger();

    let shown = browser.get(&format!("/account/confirm?code={code}")).await;
    shown.shows("This link was used already");
    let typed = [("code", code.as_str()), ("password", "a sentence of another")];
    let again = browser.post("/account/confirm", &typed).await;

    again.is(410);
    assert_eq!(slice.published::<AccountVerified>().await.len(), 1);
}

#[slice_test]
async fn an_old_code_is_refused_and_another_can_be_had(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    let mut browser = slice.stranger();
    register(&mut browser, "jo@example.org").await;
    let old = last_code(&slice, CodePurpose::Confirm).await;
    slice.at("2027-03-02T11:00:00Z").await;

    let shown = browser.get(&format!("/account/confirm?code={old}")).await;
    shown.is(410);
    shown.shows("older than 60 minutes").shows("Send a new one");
    let sent = browser.submit(&shown, "/account/confirm/another", &[]).await;
    assert_eq!(sent.location(), "/account/registered");

    let new = last_code(&slice, CodePurpose::Confirm).await;
    assert_ne!(new, old);
    confirm(&mut browser, &new).await.is(303);
    sign_in(&mut browser, "jo@example.org", PASSWORD).await.is(303);
}

#[slice_test]
async fn nobody_is_told_whether_an_address_is_known(slice: Slice) {
    account(&slice, "jo@example.org").await;

    let known = register(&mut slice.stranger(), "JO@example.org").await;
    let unknown = register(&mut slice.stranger(), "sam@example.org").await;

    assert_eq!((known.status(), known.location()), (unknown.status(), unknown.location()));
    assert_eq!(codes(&slice, CodePurpose::Known).await, [""]);
    assert_eq!(slice.published::<AccountRegistered>().await.len(), 2);
    // The password is as it was.
    let mut browser = slice.stranger();
    sign_in(&mut browser, "jo@example.org", PASSWORD).await.is(303);
}

#[slice_test]
async fn registering_again_before_confirming_replaces_the_code(slice: Slice) {
    let mut first = slice.stranger();
    register(&mut first, "jo@example.org").await;
    register(&mut slice.stranger(), "jo@example.org").await;

    let sent = codes(&slice, CodePurpose::Confirm).await;
    assert_eq!(sent.len(), 2);
    let shown = first.get(&format!("/account/confirm?code={}", sent[0])).await;
    shown.shows("not known");
    confirm(&mut first, &sent[1]).await.is(303);
    assert_eq!(slice.published::<AccountRegistered>().await.len(), 1);
}

#[slice_test]
async fn whoever_reads_the_mail_chooses_the_password(slice: Slice) {
    const THEIRS: &str = "a sentence of somebody else";
    slice.deliver("membership", introduced("sam@example.org")).await;
    for address in ["jo@example.org", "sam@example.org"] {
        let (mut owner, mut other) = (slice.stranger(), slice.stranger());
        register(&mut owner, address).await.is(303);
        let typed = [("address", address), ("password", THEIRS), ("language", "en")];
        fill(&mut other, "/account/register", "/account/register", &typed).await.is(303);

        // The mail of the other's registration is the newest; its owner opens it.
        let code = last_code(&slice, CodePurpose::Confirm).await;
        confirm(&mut owner, &code).await.is(303);

        sign_in(&mut other, address, THEIRS).await.is(409);
        sign_in(&mut owner, address, PASSWORD).await.is(303);
    }
}

fn introduced(address: &str) -> PersonIntroduced {
    PersonIntroduced {
        person_id: PersonId(uuid::Uuid::from_u128(7)),
        address: address.to_owned(),
        name: "Sam Okafor".to_owned(),
        language: "en".to_owned(),
        version: 1,
    }
}

#[slice_test]
async fn the_same_confirmation_twice_is_answered_alike(slice: Slice) {
    let mut browser = slice.stranger();
    register(&mut browser, "jo@example.org").await;
    let code = last_code(&slice, CodePurpose::Confirm).await;
    let page = browser.get(&format!("/account/confirm?code={code}")).await;
    let typed = [("password", PASSWORD)];

    let once = browser.submit(&page, "/account/confirm", &typed).await;
    let twice = browser.submit(&page, "/account/confirm", &typed).await;

    assert_eq!((once.status(), once.location()), (twice.status(), twice.location()));
    slice.published_one::<AccountVerified>().await;
}

#[slice_test]
async fn the_same_form_twice_registers_once(slice: Slice) {
    let mut browser = slice.stranger();
    let page = browser.get("/account/register").await;
    let typed = [("address", "jo@example.org"), ("language", "en")];

    let once = browser.submit(&page, "/account/register", &typed).await;
    let twice = browser.submit(&page, "/account/register", &typed).await;

    assert_eq!((once.status(), once.location()), (twice.status(), twice.location()));
    assert_eq!(codes(&slice, CodePurpose::Confirm).await.len(), 1);
}

#[slice_test]
async fn a_registration_nobody_confirms_is_removed_after_a_week(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    register(&mut slice.stranger(), "jo@example.org").await;

    slice.at("2027-03-09T12:00:00Z").await;

    let removed = slice.published::<contracts::identity::AccountRemoved>().await;
    assert_eq!(removed.len(), 1);
    assert!(account(&slice, "jo@example.org").await != removed[0].person_id);
}
