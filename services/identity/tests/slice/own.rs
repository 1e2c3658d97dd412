//! ID-11: as a member I look up what happened with my account, and take along what it knows of me.

use chassis::testing::{Slice, slice_test};
use chrono::TimeDelta;
use serde_json::Value;

use crate::people::{account, fill, signed_in, staff};

#[slice_test]
async fn my_history_says_what_and_who_and_not_what_colleagues_wrote(slice: Slice) {
    let jo = account(&slice, "jo@example.org").await;
    account(&slice, "sam@example.org").await;
    let mut desk = staff(&slice, "desk@example.org", "staff.identity").await;
    slice.settle().await;
    let lock = format!("/staff/identity/accounts/{jo}/lock");
    fill(&mut desk, &lock, &lock, &[("reason", "rang us, sounded odd")]).await.is(303);
    let unlock = format!("/staff/identity/accounts/{jo}/unlock");
    fill(&mut desk, &unlock, &unlock, &[("reason", "it was her")]).await.is(303);
    slice.settle().await;
    let mut browser = signed_in(&slice, "jo@example.org").await;

    let page = browser.get("/account/history").await;

    page.shows("The account was locked").shows("our staff").shows("Signed in");
    page.lacks("sounded odd").lacks("desk@example.org").lacks("sam@example.org");
    let sam = signed_in(&slice, "sam@example.org").await.get("/account/history").await;
    sam.shows("Signed in").lacks("locked");
    slice.stranger().get("/account/history").await.is(303);
}

#[slice_test]
async fn the_file_holds_what_is_known_of_me_and_no_secret(slice: Slice) {
    account(&slice, "jo@example.org").await;
    account(&slice, "sam@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    let page = browser.get("/account/data").await;
    page.shows("/account/data/file");

    let file = browser.get("/account/data/file").await;

    assert!(file.header("content-disposition").unwrap().starts_with("attachment"));
    assert_eq!(file.header("cache-control"), Some("private, no-store"));
    let known: Value = serde_json::from_str(file.text()).unwrap();
    assert_eq!(known["identity"]["account"]["address"], "jo@example.org");
    assert_eq!(known["identity"]["sign_ins"][0]["how"], "password");
    assert_eq!(known["identity"]["seen_browsers"].as_array().unwrap().len(), 1);
    let happened = known["identity"]["history"].as_array().unwrap();
    assert!(happened.iter().any(|event| event["what"] == "The address was confirmed"));
    file.lacks("argon2").lacks("sam@example.org").lacks("hash");

    // Whoever finds the browser open does not take it along.
    slice.advance(TimeDelta::minutes(16)).await;
    browser.get("/account/data/file").await.is(303).lacks("jo@example.org");
    slice.stranger().get("/account/data/file").await.is(303);
}
