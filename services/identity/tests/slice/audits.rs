//! As a keeper of accounts I look through everything that happened, and watch it happen.

use chassis::testing::{Browser, Slice, slice_test};
use chrono::TimeDelta;

use crate::factors::with_app;
use crate::passkeys::with_passkey;
use crate::people::{PASSWORD, account, fill, sign_in, signed_in, staff};
use crate::soft::asked;

const AUDIT: &str = "/staff/identity/audit";

#[slice_test]
async fn failures_are_noted_known_or_not_once_a_minute(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut console = staff(&slice, "admin@example.org", "staff.admin").await;
    for address in ["jo@example.org", "sam@example.org"] {
        for _ in 0..3 {
            sign_in(&mut slice.stranger(), address, "not the password").await.is(409);
        }
        let found = console.get(&format!("{AUDIT}?act=sign_in_failed&q={address}")).await;
        assert_eq!(found.text().matches("why: wrong_credentials").count(), 1, "{}", found.text());
        found.lacks("not the password");
    }

    slice.advance(TimeDelta::minutes(1)).await;
    sign_in(&mut slice.stranger(), "sam@example.org", "not the password").await.is(409);
    let unknown = console.get(&format!("{AUDIT}?q=sam%40example.org")).await;
    assert_eq!(unknown.text().matches("an address without an account").count(), 2);
    // Whoever has only the audit learns no address from it.
    console.get(AUDIT).await.lacks("sam@example.org").shows("jo@example.org");
}

#[slice_test]
async fn who_is_signed_in_and_fails_to_prove_it_is_noted_too(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    let again = "/account/again";
    fill(&mut browser, again, again, &[("password", "not the password")]).await.is(422);
    fill(&mut browser, again, again, &[("password", PASSWORD)]).await.is(303);

    let mut console = staff(&slice, "admin@example.org", "staff.admin").await;
    console.get(&format!("{AUDIT}?act=proof_failed")).await.shows("jo@example.org");
}

const SECOND: &str = "/account/sign-in/second";

/// What the audit says of one act, and of everybody.
async fn noted(console: &mut Browser, act: &str) -> String {
    console.get(&format!("{AUDIT}?act={act}")).await.is(200).text().to_owned()
}

#[slice_test]
async fn a_wrong_code_after_the_right_password_is_noted_once_a_minute(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    account(&slice, "jo@example.org").await;
    account(&slice, "sam@example.org").await;
    let (_, others) = with_app(&slice, &mut signed_in(&slice, "sam@example.org").await).await;
    let (app, _) = with_app(&slice, &mut signed_in(&slice, "jo@example.org").await).await;
    let mut console = staff(&slice, "admin@example.org", "staff.admin").await;
    let mut thief = slice.stranger();
    sign_in(&mut thief, "jo@example.org", PASSWORD).await.is(303);
    // What is no code at all proves nothing wrong.
    fill(&mut thief, SECOND, SECOND, &[("code", "12345")]).await.is(422);
    assert!(!noted(&mut console, "second_factor_failed").await.contains("why: "));

    for code in ["000000", "000000"] {
        fill(&mut thief, SECOND, SECOND, &[("code", code)]).await.is(422);
    }
    let told = noted(&mut console, "second_factor_failed").await;
    assert_eq!(told.matches("why: wrong_credentials").count(), 1, "{told}");
    assert!(told.contains("jo@example.org") && told.contains("network: 127.0.0.1"), "{told}");
    assert!(!told.contains("000000"), "{told}");

    // A recovery code of somebody else is the same; too many tries are noted as that.
    slice.advance(TimeDelta::minutes(1)).await;
    fill(&mut thief, SECOND, SECOND, &[("code", &others[0])]).await.is(422);
    let told = noted(&mut console, "second_factor_failed").await;
    assert_eq!(told.matches("why: wrong_credentials").count(), 2, "{told}");
    slice.advance(TimeDelta::seconds(30)).await;
    for code in ["000000", "000000"] {
        fill(&mut thief, SECOND, SECOND, &[("code", code)]).await.is(422);
    }
    slice.advance(TimeDelta::seconds(30)).await;
    fill(&mut thief, SECOND, SECOND, &[("code", &app.code(&slice))]).await.is(409);
    let told = noted(&mut console, "second_factor_failed").await;
    assert_eq!(told.matches("why: too_many_tries").count(), 1, "{told}");

    // Whoever was too slow proved nothing wrong, and whoever is right is no failure.
    slice.advance(TimeDelta::minutes(20)).await;
    let mut own = slice.stranger();
    sign_in(&mut own, "jo@example.org", PASSWORD).await.is(303);
    fill(&mut own, SECOND, SECOND, &[("code", &app.code(&slice))]).await.is(303);
    thief.post(SECOND, &[("code", "000000")]).await.is(303);
    let told = noted(&mut console, "second_factor_failed").await;
    assert_eq!(told.matches("why: ").count(), 3, "{told}");
    slice.advance(TimeDelta::days(91)).await;
    slice.settle().await;
    let mut console = signed_in(&slice, "admin@example.org").await;
    assert!(!noted(&mut console, "second_factor_failed").await.contains("why: "));
}

#[slice_test]
async fn a_passkey_that_is_refused_as_a_second_factor_is_noted(slice: Slice) {
    let (_, mut device) = with_passkey(&slice, "jo@example.org", 1).await;
    let (_, mut other) = with_passkey(&slice, "sam@example.org", 2).await;
    let mut console = staff(&slice, "admin@example.org", "staff.admin").await;
    let mut browser = slice.stranger();
    sign_in(&mut browser, "jo@example.org", PASSWORD).await.is(303);
    let action = "/account/sign-in/second/passkey";
    let page = browser.get(SECOND).await;
    browser.submit(&page, action, &[("credential", "")]).await.is(409);
    assert!(!noted(&mut console, "second_factor_failed").await.contains("why: "));

    let foreign = other.get(&asked(&page, action));
    let refused = browser.submit(&page, action, &[("credential", &foreign)]).await;
    let told = noted(&mut console, "second_factor_failed").await;
    assert_eq!(told.matches("why: passkey_foreign").count(), 1, "{told}");
    assert!(told.contains("jo@example.org") && !told.contains("sam@example.org"), "{told}");
    let answer = device.get(&asked(&refused, action));
    browser.submit(&refused, action, &[("credential", &answer)]).await.is(303);
    let told = noted(&mut console, "second_factor_failed").await;
    assert_eq!(told.matches("why: ").count(), 1, "{told}");
}

#[slice_test]
async fn who_is_signed_in_and_gives_a_wrong_factor_is_noted_too(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut jo = signed_in(&slice, "jo@example.org").await;
    with_app(&slice, &mut jo).await;
    let (mut sam, _) = with_passkey(&slice, "sam@example.org", 2).await;
    let (_, mut other) = with_passkey(&slice, "kim@example.org", 3).await;
    let (code, passkey) = ("/account/again/code", "/account/again/passkey");
    fill(&mut jo, "/account/again", code, &[("code", "000000")]).await.is(422);
    let page = sam.get("/account/again").await;
    let foreign = other.get(&asked(&page, passkey));
    sam.submit(&page, passkey, &[("credential", &foreign)]).await.is(409);

    let mut console = staff(&slice, "admin@example.org", "staff.admin").await;
    let told = noted(&mut console, "proof_failed").await;
    assert!(told.contains("jo@example.org") && told.contains("why: wrong_credentials"), "{told}");
    assert!(told.contains("sam@example.org") && told.contains("why: passkey_foreign"), "{told}");
}

#[slice_test]
async fn the_audit_is_narrowed_and_taken_along_as_it_is_seen(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    account(&slice, "jo@example.org").await;
    signed_in(&slice, "jo@example.org").await;
    let mut console = staff(&slice, "admin@example.org", "staff.admin").await;
    slice.at("2027-03-04T10:00:00Z").await;
    sign_in(&mut slice.stranger(), "jo@example.org", "not the password").await.is(409);

    let all = console.get("/account/continue?return_to=/staff/identity/audit").await;
    assert_eq!(all.location(), AUDIT);
    console.get(AUDIT).await.shows("sign in failed").shows("registered").shows("role granted");
    let of_jo = console.get(&format!("{AUDIT}?q=jo%40&actor=visitor")).await;
    of_jo.shows("registered</td").lacks("role granted</td").lacks("admin@example.org</a>");
    let late = console.get(&format!("{AUDIT}?from=2027-03-04&to=2027-03-04")).await;
    late.shows("4 Mar 2027, 05:00:00 EST").lacks("registered</td");
    console.get(&format!("{AUDIT}?to=2027-03-03&act=sign_in_failed")).await.shows("Nothing of");

    let file = console.get(&format!("{AUDIT}?q=jo%40&act=sign_in_failed&format=csv")).await;
    let lines: Vec<_> = file.text().lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[0], "When,What,About,By,Details,Request");
    let seen = "\"4 Mar 2027, 05:00:00 EST\",sign in failed,jo@example.org,a visitor,";
    assert!(lines[1].starts_with(seen), "{}", lines[1]);
}

#[slice_test]
async fn a_live_tail_asks_again_by_itself(slice: Slice) {
    let mut console = staff(&slice, "admin@example.org", "staff.admin").await;
    let tail = console.get(&format!("{AUDIT}?act=sign_in_failed&tail=1")).await;
    tail.shows("data-again=\"3\"").shows("Stop following").lacks("why: wrong");

    sign_in(&mut slice.stranger(), "sam@example.org", "not the password").await.is(409);

    let tail = console.get(&format!("{AUDIT}?act=sign_in_failed&tail=1")).await;
    tail.shows("why: wrong_credentials").shows(&format!("href=\"{AUDIT}?act=sign_in_failed\""));
}

#[slice_test]
async fn only_keepers_of_accounts_read_the_audit(slice: Slice) {
    account(&slice, "jo@example.org").await;
    signed_in(&slice, "jo@example.org").await.get(AUDIT).await.is(403);
    slice.stranger().get(AUDIT).await.is(303);
    staff(&slice, "finance@example.org", "staff.finance").await.get(AUDIT).await.is(403);
}

#[slice_test]
async fn who_signed_in_from_where_is_not_kept_for_ever(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    account(&slice, "jo@example.org").await;
    signed_in(&slice, "jo@example.org").await;
    sign_in(&mut slice.stranger(), "jo@example.org", "not the password").await.is(409);

    slice.advance(TimeDelta::days(91)).await;
    slice.settle().await;
    let mut console = staff(&slice, "admin@example.org", "staff.admin").await;
    let page = console.get(&format!("{AUDIT}?q=jo%40")).await;
    page.shows("signed in</td").lacks("sign in failed</td");

    slice.advance(TimeDelta::days(310)).await;
    slice.settle().await;
    let mut console = signed_in(&slice, "admin@example.org").await;
    let page = console.get(&format!("{AUDIT}?q=jo%40")).await;
    page.lacks("signed in</td").shows("registered</td");
}
