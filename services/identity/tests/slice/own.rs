//! ID-11: as a member I look up what happened with my account, and take along what it knows of me.

use chassis::params;
use chassis::testing::{Browser, Slice, slice_test};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::factors::with_app;
use crate::passkeys::add;
use crate::people::{account, fill, signed_in, staff};
use crate::soft::Device;
use crate::tokens::{make, text_of};

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

    assert_eq!(known["identity"]["passkeys"], json!([]));
    assert_eq!(known["identity"]["authenticator_app"], Value::Null);

    // Whoever finds the browser open does not take it along.
    slice.advance(TimeDelta::minutes(16)).await;
    browser.get("/account/data/file").await.is(303).lacks("jo@example.org");
    slice.stranger().get("/account/data/file").await.is(303);
}

/// Downloads the file of whoever is signed in.
async fn file_of(browser: &mut Browser) -> (Value, String) {
    let file = browser.get("/account/data/file").await;
    let known: Value = serde_json::from_str(file.is(200).text()).unwrap();
    (known["identity"].clone(), file.text().to_owned())
}

#[slice_test]
async fn the_file_names_passkeys_tokens_and_who_looked_and_no_secret(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    let jo = account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    let setup = browser.get("/account/factors/authenticator").await;
    let (_, codes) = with_app(&slice, &mut browser).await;
    let mut device = Device::new(1);
    add(&mut browser, &mut device).await.is(303);
    let token = text_of(&make(&mut browser, "Calendar", &["account:read"]).await);
    slice.settle().await;
    slice.bearer(&token).get("/api/identity/me").await.is(200);
    let mut keeper = staff(&slice, "keeper@example.org", "staff.identity").await;
    let view = format!("/staff/identity/accounts/{jo}/view");
    let reason = [("reason", "cannot find the receipt")];
    fill(&mut keeper, &view, &view, &reason).await.is(303);
    slice.settle().await;

    let (known, text) = file_of(&mut browser).await;

    let passkey = &known["passkeys"][0];
    assert_eq!((&passkey["name"], &passkey["last_used_at"]), (&json!("Laptop"), &Value::Null));
    assert_eq!(passkey["added_at"], "2027-03-02T10:00:30Z");
    assert_eq!(known["authenticator_app"], json!({ "added_at": "2027-03-02T10:00:00Z" }));
    assert_eq!(known["recovery_codes_left"], 10);
    let made = &known["access_tokens"][0];
    assert_eq!((&made["name"], &made["may"]), (&json!("Calendar"), &json!(["account:read"])));
    assert_eq!(made["ends_at"], "2027-04-01T10:00:30Z");
    assert_eq!((&made["last_used_at"], &made["revoked_at"]), (&made["made_at"], &Value::Null));
    let looked = &known["looked_at_by_staff"][0];
    assert_eq!(looked["reason"], "cannot find the receipt");
    assert_eq!(looked["until"], "2027-03-02T10:30:30Z");

    // Neither what was shown once nor what is kept to compare with.
    let (_, rest) = setup.text().split_once("into the app: <code>").unwrap();
    let spelled = rest.split_once('<').unwrap().0.to_owned();
    let mut secrets = vec![token, spelled.replace(' ', ""), spelled];
    secrets.extend(codes);
    for sql in [
        "select sealed as secret from authenticators",
        "select credential_id as secret from passkeys",
        "select hash as secret from recovery_codes",
    ] {
        let rows = slice.db().read(async |tx| tx.all(sql, params![]).await).await.unwrap();
        assert!(!rows.is_empty(), "{sql}");
        secrets.extend(rows.iter().map(|row| row.get::<String>("secret").unwrap()));
    }
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret}");
    }
    // The colleague takes nothing along, and nobody has it in their own file.
    keeper.get("/account/data/file").await.is(403);
    account(&slice, "sam@example.org").await;
    let (none, _) = file_of(&mut signed_in(&slice, "sam@example.org").await).await;
    for part in ["passkeys", "access_tokens", "looked_at_by_staff"] {
        assert_eq!(none[part], json!([]), "{part}");
    }
}
