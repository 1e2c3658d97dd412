//! ID-07: as a member I change my address; the old one is warned and can take it back for three days.

use chassis::testing::{Browser, Slice, slice_test};
use chrono::TimeDelta;
use contracts::identity::{AccountRemoved, EmailChanged, LinkIssued, LinkPurpose, PasswordChanged};
use contracts::shared::PersonIntroduced;

use crate::people::{
    PASSWORD, account, codes, fill, forget, last_link, register, sign_in, signed_in,
};
use crate::{factors, tokens};

const NEW: &str = "an entirely new sentence";

/// Asks for another address and gives the code that went there.
async fn ask(slice: &Slice, browser: &mut Browser, to: &str) -> String {
    let page = "/account/address";
    let asked = fill(browser, page, page, &[("address", to)]).await;
    assert_eq!(asked.is(303).location(), "/account/address/sent");
    last_link(slice, LinkPurpose::NewAddress).await.code
}

/// Follows the link to the new address, in a browser that nobody is signed in with.
async fn confirm(slice: &Slice, code: &str) -> u16 {
    let page = format!("/account/address/confirm?code={code}");
    let mut phone = slice.stranger();
    let shown = phone.get(&page).await;
    if shown.status() != 200 {
        return shown.status();
    }
    phone.submit(&shown, "/account/address/confirm", &[]).await.status()
}

pub(crate) async fn change(slice: &Slice, browser: &mut Browser, to: &str) {
    let code = ask(slice, browser, to).await;
    assert_eq!(confirm(slice, &code).await, 303);
    slice.settle().await;
}

async fn undo(slice: &Slice, password: &str) -> chassis::testing::Answered {
    let code = last_link(slice, LinkPurpose::UndoAddress).await.code;
    let page = format!("/account/address/undo?code={code}");
    fill(&mut slice.stranger(), &page, "/account/address/undo", &[("password", password)]).await
}

#[slice_test]
async fn a_new_address_counts_once_its_mailbox_is_proved(slice: Slice) {
    let jo = account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;

    let code = ask(&slice, &mut browser, "Jo@Example.net").await;

    let link = last_link(&slice, LinkPurpose::NewAddress).await;
    assert_eq!(link.to.as_deref(), Some("Jo@Example.net"));
    assert_eq!(link.account.address, "jo@example.org");
    // Looking at the link changes nothing: mail scanners open links.
    let page = format!("/account/address/confirm?code={code}");
    slice.stranger().get(&page).await.is(200).shows("Jo@Example.net").shows("jo@example.org");
    sign_in(&mut slice.stranger(), "jo@example.org", PASSWORD).await.is(303);
    assert!(slice.published::<EmailChanged>().await.is_empty());

    assert_eq!(confirm(&slice, &code).await, 303);
    assert_eq!(confirm(&slice, &code).await, 410);

    slice.settle().await;
    let changed = slice.published_one::<EmailChanged>().await;
    assert_eq!((changed.account.person_id, changed.old_address.as_str()), (jo, "jo@example.org"));
    assert_eq!(changed.account.address, "Jo@Example.net");
    let way_back = last_link(&slice, LinkPurpose::UndoAddress).await;
    assert_eq!(way_back.to.as_deref(), Some("jo@example.org"));
    browser.get("/account").await.is(200).shows("Jo@Example.net");
    sign_in(&mut slice.stranger(), "jo@example.org", PASSWORD).await.is(409);
    sign_in(&mut slice.stranger(), "jo@example.net", PASSWORD).await.is(303);
}

#[slice_test]
async fn whoever_had_the_account_for_a_while_keeps_no_key(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut jo = signed_in(&slice, "jo@example.org").await;
    let older = tokens::make(&mut jo, "Older", &["account:read"]).await;
    slice.advance(TimeDelta::minutes(1)).await;
    let mut thief = signed_in(&slice, "jo@example.org").await;
    change(&slice, &mut thief, "thief@example.net").await;
    let made = tokens::make(&mut thief, "Newer", &["account:read"]).await;
    factors::with_app(&slice, &mut thief).await;
    slice.settle().await;
    let mut theirs = slice.bearer(&tokens::text_of(&made));
    theirs.get("/api/identity/me").await.is(200);

    undo(&slice, NEW).await.is(303);
    slice.settle().await;

    theirs.get("/api/identity/me").await.is(401).shows("revoked");
    slice.bearer(&tokens::text_of(&older)).get("/api/identity/me").await.is(200);
    // No second factor of somebody else's stands in the owner's way.
    let back = sign_in(&mut slice.stranger(), "jo@example.org", NEW).await;
    assert_eq!(back.is(303).location(), "/account");
}

#[slice_test]
async fn the_old_address_takes_it_back_and_whoever_changed_it_is_out(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut thief = signed_in(&slice, "jo@example.org").await;
    change(&slice, &mut thief, "thief@example.net").await;
    forget(&mut slice.stranger(), "thief@example.net").await;
    let reset = codes(&slice, contracts::identity::CodePurpose::Reset).await.pop().unwrap();

    undo(&slice, PASSWORD).await.is(422).shows("you had this password before");
    let back = undo(&slice, NEW).await;

    assert_eq!(back.is(303).location(), "/account/sign-in?notice=address_back");
    slice.settle().await;
    thief.get("/account").await.is(303);
    sign_in(&mut slice.stranger(), "thief@example.net", PASSWORD).await.is(409);
    sign_in(&mut slice.stranger(), "jo@example.org", PASSWORD).await.is(409);
    sign_in(&mut slice.stranger(), "jo@example.org", NEW).await.is(303);
    // What was sent to the other mailbox meanwhile opens nothing.
    slice.stranger().get(&format!("/account/reset?code={reset}")).await.is(410);
    let used = last_link(&slice, LinkPurpose::UndoAddress).await.code;
    slice.stranger().get(&format!("/account/address/undo?code={used}")).await.is(410);
    assert_eq!(slice.published::<EmailChanged>().await.len(), 2);
    assert_eq!(slice.published_one::<PasswordChanged>().await.account.address, "jo@example.org");
}

#[slice_test]
async fn a_second_change_does_not_void_the_way_back_of_the_first(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut thief = signed_in(&slice, "jo@example.org").await;
    change(&slice, &mut thief, "thief@example.net").await;
    let first = last_link(&slice, LinkPurpose::UndoAddress).await.code;
    change(&slice, &mut thief, "thief@example.com").await;
    let second = last_link(&slice, LinkPurpose::UndoAddress).await.code;

    let page = format!("/account/address/undo?code={first}");
    let typed = [("password", NEW)];
    fill(&mut slice.stranger(), &page, "/account/address/undo", &typed).await.is(303);

    sign_in(&mut slice.stranger(), "jo@example.org", NEW).await.is(303);
    // The way back of the second would lead to the thief.
    slice.stranger().get(&format!("/account/address/undo?code={second}")).await.is(410);
}

#[slice_test]
async fn links_work_for_their_time_only(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    let replaced = ask(&slice, &mut browser, "jo@example.com").await;
    let code = ask(&slice, &mut browser, "jo@example.net").await;
    assert_eq!(confirm(&slice, &replaced).await, 410);

    slice.advance(TimeDelta::hours(24)).await;
    assert_eq!(confirm(&slice, &code).await, 410);

    let mut browser = signed_in(&slice, "jo@example.org").await;
    change(&slice, &mut browser, "jo@example.net").await;
    // As the mail has it: the feed keeps it for a day.
    let late = last_link(&slice, LinkPurpose::UndoAddress).await.code;
    slice.advance(TimeDelta::hours(72)).await;
    let page = format!("/account/address/undo?code={late}");
    slice.stranger().get(&page).await.is(410).shows("too old");
    for page in ["confirm", "undo"] {
        let path = format!("/account/address/{page}?code=never");
        slice.stranger().get(&path).await.is(410).shows("not known");
    }
}

#[slice_test]
async fn nobody_learns_whose_an_address_is_before_they_prove_it(slice: Slice) {
    account(&slice, "jo@example.org").await;
    account(&slice, "sam@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;

    let code = ask(&slice, &mut browser, "sam@example.org").await;
    ask(&slice, &mut browser, "free@example.org").await;
    let code = {
        ask(&slice, &mut browser, "sam@example.org").await;
        let newest = last_link(&slice, LinkPurpose::NewAddress).await.code;
        assert_ne!(newest, code);
        newest
    };

    let page = format!("/account/address/confirm?code={code}");
    let mut phone = slice.stranger();
    let shown = phone.get(&page).await;
    let refused = phone.submit(&shown, "/account/address/confirm", &[]).await;
    refused.is(410).shows("belongs to another account");
    assert!(slice.published::<EmailChanged>().await.is_empty());
}

#[slice_test]
async fn whoever_only_typed_an_address_does_not_keep_its_reader_out(slice: Slice) {
    account(&slice, "jo@example.org").await;
    register(&mut slice.stranger(), "jo@example.net").await.is(303);
    let mut browser = signed_in(&slice, "jo@example.org").await;

    change(&slice, &mut browser, "jo@example.net").await;

    slice.published_one::<AccountRemoved>().await;
    sign_in(&mut slice.stranger(), "jo@example.net", PASSWORD).await.is(303);
}

#[slice_test]
async fn an_address_that_can_be_taken_back_is_nobody_elses(slice: Slice) {
    let jo = account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    change(&slice, &mut browser, "jo@example.net").await;
    let before = slice.published::<LinkIssued>().await.len();

    register(&mut slice.stranger(), "jo@example.org").await.is(303);
    let introduced = PersonIntroduced {
        person_id: contracts::PersonId(uuid::Uuid::from_u128(77)),
        address: "jo@example.org".to_owned(),
        name: "Jo".to_owned(),
        language: "en".to_owned(),
        version: 1,
    };
    slice.deliver("membership", introduced).await;

    // The reader of the mailbox is told the way back again, and the newest mail works.
    assert_eq!(slice.published::<LinkIssued>().await.len(), before + 1);
    let found = slice.published_one::<contracts::identity::DuplicateFound>().await;
    assert_eq!(found.kept, jo);
    undo(&slice, NEW).await.is(303);
    sign_in(&mut slice.stranger(), "jo@example.org", NEW).await.is(303);
}

#[slice_test]
async fn a_change_is_asked_for_by_whoever_proved_it_just_now(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    slice.advance(TimeDelta::minutes(16)).await;

    browser.get("/account/address").await.is(303);
    let typed = [("address", "thief@example.net")];
    browser.post("/account/address", &typed).await.is(303);

    assert!(slice.published::<LinkIssued>().await.is_empty());
    slice.stranger().get("/account/address").await.is(303);
    let again = "/account/again";
    fill(&mut browser, again, again, &[("password", PASSWORD)]).await.is(303);
    let page = browser.get("/account/address").await;
    for (typed, said) in [("jo", "address with an @"), ("jo@example.org", "already")] {
        let refused = browser.submit(&page, "/account/address", &[("address", typed)]).await;
        assert!(matches!(refused.status(), 409 | 422), "{}", refused.status());
        refused.shows(said).shows(&format!("value=\"{typed}\""));
    }
}
