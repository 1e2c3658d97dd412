//! As a keeper of accounts I look through everything that happened, and watch it happen.

use chassis::testing::{Slice, slice_test};
use chrono::TimeDelta;

use crate::people::{PASSWORD, account, fill, sign_in, signed_in, staff};

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
