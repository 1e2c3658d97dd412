//! ID-19: systems that sign their users in here stand in the configuration, or staff register them.

use chassis::testing::{Answered, Browser, Slice, slice_test};
use contracts::identity::ClientChanged;
use serde_json::{Value, json};

use crate::people::{account, fill, signed_in, staff};

fn forum() -> Value {
    json!({
        "id": "forum", "name": "Forum", "kind": "confidential",
        "secret": "a secret of thirty-two characters",
        "redirect_uris": ["https://forum.example/back"], "scopes": ["openid", "email"]
    })
}

async fn changes(slice: &Slice) -> Vec<(String, String, bool, i64)> {
    let all = slice.published::<ClientChanged>().await;
    let told = |one: ClientChanged| (one.client_id, one.name, one.open, one.version);
    all.into_iter().map(|one| told(one.message)).collect()
}

#[slice_test]
async fn clients_of_the_configuration_are_as_it_says(mut slice: Slice) {
    slice.with_settings(json!({ "clients": [forum()] })).await;
    let told = ("forum".to_owned(), "Forum".to_owned(), true, 1);
    assert_eq!(changes(&slice).await, std::slice::from_ref(&told));
    // Started again it says nothing new.
    slice.restart().await;
    assert_eq!(changes(&slice).await.len(), 1);

    let mut renamed = forum();
    renamed["name"] = json!("The forum");
    slice.with_settings(json!({ "clients": [renamed] })).await;
    let after = ("forum".to_owned(), "The forum".to_owned(), true, 2);
    assert_eq!(changes(&slice).await, [told.clone(), after.clone()]);

    slice.with_settings(json!({})).await;
    let closed = ("forum".to_owned(), "The forum".to_owned(), false, 3);
    assert_eq!(changes(&slice).await, [told.clone(), after.clone(), closed.clone()]);
    slice.with_settings(json!({ "clients": [forum()] })).await;
    let opened = ("forum".to_owned(), "Forum".to_owned(), true, 4);
    assert_eq!(changes(&slice).await, [told, after, closed, opened]);
}

const LIST: &str = "/staff/identity/clients";
const NEW: &str = "/staff/identity/clients/new";

const FORUM: [(&str, &str); 7] = [
    ("name", "Forum"),
    ("id", "forum"),
    ("kind", "confidential"),
    ("redirect_uris", "https://forum.example/back\r\n"),
    ("scopes", "openid"),
    ("scopes", "email"),
    ("back_channel", "https://forum.example/out"),
];

/// What stands on a page between two texts.
fn between(page: &Answered, before: &str, after: &str) -> String {
    let (_, rest) = page.text().split_once(before).unwrap_or_else(|| panic!("{}", page.text()));
    rest.split_once(after).unwrap().0.to_owned()
}

fn secret_on(page: &Answered) -> String {
    between(page, "<dt>Secret</dt><dd class=\"code\">", "<")
}

/// Where the list leads for the client of this name.
async fn path_to(browser: &mut Browser, name: &str) -> String {
    let list = browser.get(&format!("{LIST}?q={name}")).await;
    let (before, _) = list.text().split_once(&format!("\">{name}<")).unwrap();
    before.rsplit("href=\"").next().unwrap().to_owned()
}

#[slice_test]
async fn staff_register_change_and_close_a_system(slice: Slice) {
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    admin.get(LIST).await.shows("No system yet").shows(NEW);

    let form = admin.get(NEW).await;
    let shown = admin.submit(&form, NEW, &FORUM).await;
    shown.is(200).shows("Keep this secret");
    let secret = secret_on(&shown);
    assert_eq!(secret.len(), 64);
    // The same form sent again made no second system and shows no other secret.
    let again = admin.submit(&form, NEW, &FORUM).await;
    assert!(again.location().ends_with("?notice=shown"), "{}", again.location());
    let page = path_to(&mut admin, "Forum").await;
    let one = admin.get(&page).await;
    one.shows("https://forum.example/back").shows("Your e-mail address").shows("registered");
    one.lacks(&secret).shows("/.well-known/openid-configuration");
    assert_eq!(changes(&slice).await.len(), 1);

    let edit = format!("{page}/edit");
    let stale = admin.get(&edit).await;
    let said = [
        ("name", "The forum"),
        ("redirect_uris", "https://forum.example/back"),
        ("scopes", "openid"),
        ("strong", "yes"),
    ];
    let changed = fill(&mut admin, &edit, &edit, &said).await;
    assert_eq!(changed.location(), format!("{page}?notice=changed"));
    let one = admin.get(changed.location()).await;
    one.shows("The forum").shows("needed").lacks("Your e-mail address").lacks("/out");
    one.shows("scopes").shows("two factors");
    admin.submit(&stale, &edit, &said).await.is(409).shows("Somebody else changed this");

    let (close, reopen) = (format!("{page}/close"), format!("{page}/reopen"));
    fill(&mut admin, &close, &close, &[("reason", "")]).await.is(422);
    fill(&mut admin, &close, &close, &[("reason", "the vendor went away")]).await.is(303);
    admin.get(&page).await.shows("the vendor went away").shows(&reopen).lacks("Renew the secret");
    fill(&mut admin, &reopen, &reopen, &[("reason", "it came back")]).await.is(303);
    let told: Vec<_> = changes(&slice).await.into_iter().map(|one| (one.2, one.3)).collect();
    assert_eq!(told, [(true, 1), (true, 2), (false, 3), (true, 4)]);
}

#[slice_test]
async fn a_secret_is_renewed_and_the_old_one_is_another(slice: Slice) {
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    let first = secret_on(&fill(&mut admin, NEW, NEW, &FORUM).await);
    let renew = format!("{}/secret", path_to(&mut admin, "Forum").await);

    let asked = admin.get(&renew).await;
    asked.shows("The old secret stops working at once");
    let shown = admin.submit(&asked, &renew, &[]).await;
    let second = secret_on(shown.is(200));
    assert!(second.len() == 64 && second != first);
    assert!(admin.submit(&asked, &renew, &[]).await.location().ends_with("?notice=shown"));

    let tool = [
        ("name", "Tool"),
        ("id", "tool"),
        ("kind", "public"),
        ("scopes", "openid"),
        ("devices", "yes"),
    ];
    let made = fill(&mut admin, NEW, NEW, &tool).await;
    assert!(made.location().ends_with("?notice=registered"), "{}", made.location());
    let page = path_to(&mut admin, "Tool").await;
    assert_eq!(admin.get(&format!("{page}/secret")).await.location(), page);
    admin.get(&page).await.lacks("Renew the secret");
}

#[slice_test]
async fn what_cannot_be_registered_is_said_and_nothing_typed_is_lost(slice: Slice) {
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    let wrong = [
        ("name", "Forum"),
        ("id", "The Forum"),
        ("kind", "confidential"),
        ("redirect_uris", "http://forum.example/back"),
        ("scopes", "email"),
        ("colour", "red"),
    ];
    let shown = fill(&mut admin, NEW, NEW, &wrong).await;
    shown.is(422).shows("https is needed").shows("openid is needed").shows("#0a5cad");
    shown.shows("http://forum.example/back</textarea>").shows("value=\"The Forum\"");
    assert!(changes(&slice).await.is_empty());

    fill(&mut admin, NEW, NEW, &FORUM).await.is(200);
    fill(&mut admin, NEW, NEW, &FORUM).await.is(422).shows("Another client has this name");
    assert_eq!(changes(&slice).await.len(), 1);
}

#[slice_test]
async fn only_an_administrator_with_a_fresh_proof_changes_systems(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    let mut keeper = staff(&slice, "keeper@example.org", "staff.identity").await;
    let mut editor = staff(&slice, "editor@example.org", "staff.content").await;
    let form = admin.get(NEW).await;
    editor.get(LIST).await.is(403);
    keeper.get(NEW).await.is(403);
    keeper.post(NEW, &FORUM).await.is(403);
    // What was typed for long is still taken; what was never opened freshly is not.
    slice.at("2027-03-02T10:59:00Z").await;
    assert!(admin.get(NEW).await.location().contains("fresh=1"));
    admin.submit(&form, NEW, &FORUM).await.is(200);
    let page = path_to(&mut keeper, "Forum").await;
    keeper.get(&page).await.shows("Only an administrator changes it").lacks(&format!("{page}/"));
    slice.at("2027-03-02T11:01:00Z").await;
    let close = format!("{page}/close");
    let late = admin.post(&close, &[("version", "1"), ("reason", "because")]).await;
    assert!(late.location().contains("fresh=1"), "{}", late.location());
    assert_eq!(changes(&slice).await.len(), 1);
    keeper.get(&format!("{LIST}/{}", uuid::Uuid::nil())).await.is(404);
}

#[slice_test]
async fn what_stands_in_the_configuration_is_read_only(mut slice: Slice) {
    slice.with_settings(json!({ "clients": [forum()] })).await;
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    let page = path_to(&mut admin, "Forum").await;

    let shown = admin.get(&page).await;
    shown.shows("stands in the configuration").lacks(&format!("{page}/edit"));
    assert_eq!(admin.get(&format!("{page}/edit")).await.location(), page);
    let said = [("version", "1"), ("name", "Mine"), ("scopes", "openid"), ("devices", "yes")];
    let refused = admin.post(&format!("{page}/edit"), &said).await;
    refused.is(409).shows("stands in the configuration");
    let reason = [("version", "1"), ("reason", "because")];
    admin.post(&format!("{page}/close"), &reason).await.is(409);
    admin.post(&format!("{page}/secret"), &reason).await.is(409);
    assert_eq!(changes(&slice).await.len(), 1);
}

#[slice_test]
async fn somebody_without_apps_is_told_what_they_are(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    browser.get("/account/apps").await.shows("None yet");
    browser.get(&format!("/account/apps/{}/end", uuid::Uuid::nil())).await.is(404);
}
