//! ID-20 and ID-S9: tokens of people and machines, from the page where they are made to the API that
//! they open.

use chassis::Got;
use chassis::params;
use chassis::testing::{Answered, Browser, Slice, slice_test};
use chrono::TimeDelta;
use contracts::identity::{KeyPublished, SecurityAlert, SecurityAlerted, TokenRevoked};
use serde_json::json;

use crate::people::{PASSWORD, account, fill, sign_in, signed_in, staff};

const TOKENS: &str = "/account/tokens";
const NEW: &str = "/account/tokens/new";

/// The text that stands on the page of a new token.
pub(crate) fn text_of(page: &Answered) -> String {
    let (_, rest) = page.text().split_once("aria-label=\"The token\"><code>").unwrap();
    rest.split_once("</code>").unwrap().0.to_owned()
}

pub(crate) async fn make(browser: &mut Browser, name: &str, scopes: &[&str]) -> Answered {
    let mut typed = vec![("name", name), ("days", "30")];
    typed.extend(scopes.iter().map(|scope| ("scopes", *scope)));
    fill(browser, NEW, TOKENS, &typed).await
}

/// The first path on a page that begins and ends like this.
fn path_on(page: &Answered, begins: &str, ends: &str) -> String {
    let mut paths = page.text().split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    paths.find(|path| path.starts_with(begins) && path.ends_with(ends)).unwrap().to_owned()
}

#[slice_test]
async fn a_program_reads_the_account_until_its_token_is_revoked(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    let jo = account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    browser.get(TOKENS).await.is(200).shows("You have no token").shows("sign out everywhere");

    let made = make(&mut browser, "Calendar", &["account:read"]).await;
    made.is(200).shows("shown this once").shows("/api/identity/me");
    slice.settle().await;
    let text = text_of(&made);
    browser.get(TOKENS).await.shows("Calendar").shows("never").lacks(&text);

    let mut program = slice.bearer(&text);
    let me = program.get("/api/identity/me").await;
    me.is(200).shows("\"address\":\"jo@example.org\"").shows(&jo.to_string());
    slice.settle().await;
    browser.get(TOKENS).await.lacks("never").shows("2027");
    // The token opens no page, and the cookie no API.
    program.get("/account").await.is(303);
    slice.stranger().with_cookie("scte_session", &text).get("/account").await.is(303);
    browser.get("/api/identity/me").await.is(401);

    let alert = slice.published_one::<SecurityAlerted>().await;
    assert_eq!((alert.account.person_id, &alert.alert), (jo, &SecurityAlert::TokenMade));

    let revoke = path_on(&browser.get(TOKENS).await, TOKENS, "/revoke");
    browser.get(&revoke).await.shows("Revoke Calendar?").shows("account:read");
    let revoked = fill(&mut browser, &revoke, &revoke, &[]).await;
    assert_eq!(revoked.location(), "/account/tokens?notice=revoked");
    slice.settle().await;
    program.get("/api/identity/me").await.is(401).shows("the token was revoked");
    slice.published_one::<TokenRevoked>().await;
    browser.get(revoked.location()).await.shows("let in no more").lacks(&revoke);
    assert_eq!(browser.get(&revoke).await.location(), TOKENS);
    browser.post(&revoke, &[]).await.is(409).shows("ended already");
}

#[slice_test]
async fn a_double_click_makes_one_token_and_a_form_keeps_what_was_typed(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    let page = browser.get(NEW).await;
    let typed = [("name", "Calendar"), ("days", "7"), ("scopes", "account:read")];
    let first = browser.submit(&page, TOKENS, &typed).await;
    let second = browser.submit(&page, TOKENS, &typed).await;
    assert_eq!(text_of(&first), text_of(&second));
    slice.published_one::<SecurityAlerted>().await;
    let kept = slice.db().read(async |tx| tx.all("select * from tokens", params![]).await).await;
    assert_eq!(kept.unwrap().len(), 1);

    let none = make(&mut browser, "Spreadsheet", &[]).await;
    none.is(422).shows("choose at least one").shows("value=\"Spreadsheet\"");
    let odd = make(&mut browser, "Spreadsheet", &["members:read"]).await;
    odd.is(422).shows("there is no scope members:read");
    let typed = [("name", ""), ("days", "9999"), ("scopes", "account:read")];
    fill(&mut browser, NEW, TOKENS, &typed).await.is(422).shows("choose one of these");
}

#[slice_test]
async fn a_token_is_made_with_a_fresh_proof_only(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    let open = browser.get(NEW).await;
    slice.at("2027-03-02T10:16:00Z").await;

    let asked = browser.get(NEW).await;
    assert_eq!(
        asked.is(303).location(),
        "/account/sign-in?fresh=1&return_to=%2Faccount%2Ftokens%2Fnew"
    );
    let typed = [("name", "Calendar"), ("days", "7"), ("scopes", "account:read")];
    browser.submit(&open, TOKENS, &typed).await.is(303);
    assert!(slice.published::<SecurityAlerted>().await.is_empty());
}

#[slice_test]
async fn somebody_elses_token_is_not_found(slice: Slice) {
    account(&slice, "jo@example.org").await;
    account(&slice, "sam@example.org").await;
    let mut jo = signed_in(&slice, "jo@example.org").await;
    let mut sam = signed_in(&slice, "sam@example.org").await;
    make(&mut jo, "Calendar", &["account:read"]).await.is(200);
    let revoke = path_on(&jo.get(TOKENS).await, TOKENS, "/revoke");

    sam.get(&revoke).await.is(404).lacks("Calendar");
    sam.post(&revoke, &[]).await.is(404);
    sam.get(TOKENS).await.lacks("Calendar");
    let id = revoke.trim_start_matches("/account/tokens/").trim_end_matches("/revoke");
    let mut keeper = staff(&slice, "keeper@example.org", "staff.identity").await;
    let as_machine = format!("/staff/identity/tokens/{id}/revoke");
    keeper.get(&as_machine).await.is(404);
    keeper.post(&as_machine, &[]).await.is(404);
    assert!(slice.published::<TokenRevoked>().await.is_empty());
}

#[slice_test]
async fn twenty_tokens_are_enough(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    for n in 0..20 {
        make(&mut browser, &format!("Program {n}"), &["account:read"]).await.is(200);
    }
    let refused = make(&mut browser, "One more", &["account:read"]).await;
    refused.is(409).shows("There are 20 tokens already").shows("value=\"One more\"");
    let revoke = path_on(&browser.get(TOKENS).await, TOKENS, "/revoke");
    browser.post(&revoke, &[]).await.is(303);
    make(&mut browser, "One more", &["account:read"]).await.is(200);
}

#[slice_test]
async fn a_lock_stops_tokens_and_signing_out_everywhere_does_not(slice: Slice) {
    let jo = account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    let made = make(&mut browser, "Calendar", &["account:read"]).await;
    let mut program = slice.bearer(&text_of(&made));
    browser.post("/account/sign-out-everywhere", &[]).await.is(303);
    slice.settle().await;
    browser.get("/account").await.is(303);
    program.get("/api/identity/me").await.is(200);

    let mut keeper = staff(&slice, "keeper@example.org", "staff.identity").await;
    let lock = format!("/staff/identity/accounts/{jo}/lock");
    fill(&mut keeper, &lock, &lock, &[("reason", "as an example")]).await.is(303);
    slice.settle().await;
    program.get("/api/identity/me").await.is(401).shows("the account is locked");
    let unlock = format!("/staff/identity/accounts/{jo}/unlock");
    fill(&mut keeper, &unlock, &unlock, &[("reason", "it was an example")]).await.is(303);
    slice.settle().await;
    program.get("/api/identity/me").await.is(200);
}

/// A machine and a system that signs its users in, as an operator writes them down.
fn settings() -> serde_json::Value {
    let secret = "a secret of a test, long enough to stand";
    json!({ "clients": [
        { "id": "crm", "name": "The CRM", "kind": "machine", "secret": secret,
          "scopes": ["members:read"] },
        { "id": "forum", "name": "The forum", "kind": "confidential", "secret": secret,
          "redirect_uris": ["https://forum.example/cb"], "scopes": ["openid"] },
    ] })
}

#[slice_test]
async fn staff_make_a_token_for_a_machine(mut slice: Slice) {
    slice.with_settings(settings()).await;
    slice.at("2027-03-02T10:00:00Z").await;
    let mut keeper = staff(&slice, "keeper@example.org", "staff.identity").await;
    let (list, new) = ("/staff/identity/tokens", "/staff/identity/tokens/new");
    keeper.get(list).await.is(200).shows("No token matches");
    keeper.get(new).await.shows("The CRM (crm)").lacks("The forum");

    let wish = |client| {
        [("client", client), ("name", "Nightly"), ("days", "90"), ("scopes", "members:read")]
    };
    let forum = fill(&mut keeper, new, list, &wish("forum")).await;
    forum.is(409).shows("not a machine").shows("value=\"Nightly\"");
    fill(&mut keeper, new, list, &wish("nobody")).await.is(422).shows("registered machines");
    let made = fill(&mut keeper, new, list, &wish("crm")).await;
    made.is(200).shows("/api/membership/members");
    slice.settle().await;

    // The scope of a machine opens nothing of a person.
    let mut program = slice.bearer(&text_of(&made));
    program.get("/api/identity/me").await.is(403).shows("insufficient_scope");
    keeper.get(list).await.shows("Nightly").shows("crm").shows("never");

    let revoke = path_on(&keeper.get(list).await, list, "/revoke");
    fill(&mut keeper, &revoke, &revoke, &[]).await.is(303);
    slice.settle().await;
    program.get("/api/identity/me").await.is(401).shows("the token was revoked");
    keeper.get(list).await.shows("revoked");
    // A member finds nothing of it.
    account(&slice, "jo@example.org").await;
    let mut jo = signed_in(&slice, "jo@example.org").await;
    jo.get(list).await.is(403);
    jo.get(&revoke).await.is(403);
}

#[slice_test]
async fn another_key_signs_after_half_a_year_and_older_tokens_go_on(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    let page = browser.get(NEW).await;
    let typed = [("name", "Calendar"), ("days", "365"), ("scopes", "account:read")];
    let made = browser.submit(&page, TOKENS, &typed).await;
    let mut old = slice.bearer(&text_of(&made));
    old.get("/api/identity/me").await.is(200);
    let keys = slice.published::<KeyPublished>().await.len();

    slice.advance(TimeDelta::days(181)).await;
    let published = slice.published::<KeyPublished>().await;
    // The keys of sign-ins are made anew as well, and retire within a day of that.
    let goes_on = slice.now() + TimeDelta::days(184);
    let kept = |key: &&Got<KeyPublished>| key.retires_at.is_some_and(|at| at > goes_on);
    assert_eq!(published.iter().skip(keys).filter(kept).count(), 1);
    sign_in(&mut browser, "jo@example.org", PASSWORD).await.is(303);
    let made = make(&mut browser, "Newer", &["account:read"]).await;
    slice.settle().await;
    let newer = slice.bearer(&text_of(&made)).get("/api/identity/me").await;
    newer.is(200);
    old.get("/api/identity/me").await.is(200);
    // It ends with its own day, not with its key.
    slice.advance(TimeDelta::days(184)).await;
    old.get("/api/identity/me").await.is(401).shows("run out");
}
