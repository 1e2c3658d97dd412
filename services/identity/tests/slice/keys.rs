//! As an administrator I replace the key that signs sign-ins, and nobody is signed out.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chassis::testing::{Browser, Slice, slice_test};
use chassis::{Error, params};
use chrono::TimeDelta;
use contracts::identity::KeyPublished;

use crate::people::{account, fill, operator, signed_in, staff};

const KEYS: &str = "/staff/identity/keys";

/// The id of the key that signed the browser's token.
fn kid(browser: &Browser) -> String {
    let token = browser.cookie("scte_session").unwrap();
    let head = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    let head: serde_json::Value = serde_json::from_slice(&head).unwrap();
    head["kid"].as_str().unwrap().to_owned()
}

async fn rotate(slice: &Slice) -> Result<(), Error> {
    identity::rotate_keys(slice.db(), &operator()).await
}

#[slice_test]
async fn a_new_key_signs_after_a_minute_and_nobody_is_signed_out(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    account(&slice, "jo@example.org").await;
    let mut before = signed_in(&slice, "jo@example.org").await;
    let old = kid(&before);

    rotate(&slice).await.unwrap();
    assert_eq!(rotate(&slice).await.unwrap_err().code(), "key_on_its_way");
    slice.settle().await;
    assert_eq!(kid(&signed_in(&slice, "jo@example.org").await), old);
    slice.advance(TimeDelta::seconds(60)).await;
    let mut after = signed_in(&slice, "jo@example.org").await;

    assert_ne!(kid(&after), old);
    before.get("/account").await.is(200);
    after.get("/account").await.is(200);

    // The last token of the old key ran out before it retires.
    slice.advance(TimeDelta::minutes(2)).await;
    slice.settle().await;
    let published = slice.published::<KeyPublished>().await;
    let last = published.last().unwrap();
    assert_eq!((published.len(), last.message.id.to_string()), (3, old));
    let until = "2027-03-02T22:03:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    assert_eq!(last.message.retires_at, Some(until));
    before.get("/account").await.is(200);

    slice.at("2027-03-02T22:04:00Z").await;
    slice.settle().await;
    before.get("/account").await.is(303);
    before.get("/account/continue?return_to=/account").await.is(303);
    before.get("/account").await.is(200);
    assert_eq!(kid(&before), kid(&after));
}

#[slice_test]
async fn a_key_is_replaced_by_itself_and_its_private_half_destroyed(slice: Slice) {
    slice.advance(TimeDelta::days(90) - TimeDelta::minutes(5)).await;
    slice.settle().await;
    assert_eq!(slice.published::<KeyPublished>().await.len(), 1);

    slice.advance(TimeDelta::minutes(6)).await;
    slice.settle().await;
    assert_eq!(slice.published::<KeyPublished>().await.len(), 2);
    slice.advance(TimeDelta::minutes(3)).await;
    slice.settle().await;

    assert_eq!(slice.published::<KeyPublished>().await.len(), 3);
    let read = async |tx: &chassis::Tx| {
        let sql = "select sealed from signing_keys order by made_at";
        tx.all(sql, params![]).await?.iter().map(|row| row.get::<String>("sealed")).collect()
    };
    let sealed: Vec<String> = slice.db().read(read).await.unwrap();
    assert_eq!((sealed.len(), sealed[0].as_str()), (2, ""));
    assert!(!sealed[1].is_empty());
}

#[slice_test]
async fn without_days_a_key_is_replaced_only_when_asked_for(mut slice: Slice) {
    slice.with_settings(serde_json::json!({ "keys": { "rotate_days": 0 } })).await;
    slice.advance(TimeDelta::days(4000)).await;
    slice.settle().await;
    assert_eq!(slice.published::<KeyPublished>().await.len(), 1);
    rotate(&slice).await.unwrap();
    assert_eq!(slice.published::<KeyPublished>().await.len(), 2);
}

#[slice_test]
async fn an_administrator_makes_a_new_key_after_a_fresh_proof(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    let mut keeper = staff(&slice, "keeper@example.org", "staff.identity").await;
    keeper.get(KEYS).await.is(403);
    keeper.post(&format!("{KEYS}/rotate"), &[]).await.is(403);

    let path = format!("{KEYS}/rotate");
    admin.get(KEYS).await.shows("after 90 days").shows("everything new is signed with it");
    let page = admin.get(&path).await;
    page.shows("Nobody is signed out");
    let done = admin.submit(&page, &path, &[]).await;
    assert_eq!(done.is(303).location(), "/staff/identity/keys?notice=rotated");
    admin.get(KEYS).await.shows("made known").shows("signs from 2 Mar 2027, 05:01 EST");
    fill(&mut admin, &path, &path, &[]).await.is(409).shows("on its way already");

    slice.advance(TimeDelta::minutes(16)).await;
    let asked = admin.get(&path).await;
    assert!(asked.is(303).location().contains("fresh=1"), "{}", asked.location());
}

/// How many keys are published that ID tokens are signed with.
async fn of_id_tokens(slice: &Slice) -> usize {
    slice.stranger().get("/oidc/keys").await.is(200).text().matches("\"kid\"").count()
}

#[slice_test]
async fn the_keys_of_id_tokens_are_replaced_with_them(slice: Slice) {
    assert_eq!(of_id_tokens(&slice).await, 1);
    rotate(&slice).await.unwrap();
    assert_eq!(of_id_tokens(&slice).await, 2);
    slice.advance(TimeDelta::hours(25)).await;
    assert_eq!(of_id_tokens(&slice).await, 1);

    slice.advance(TimeDelta::days(88)).await;
    assert_eq!(of_id_tokens(&slice).await, 1);
    slice.advance(TimeDelta::days(1)).await;
    assert_eq!(of_id_tokens(&slice).await, 2);
    assert_eq!(of_id_tokens(&slice).await, 2);
    slice.advance(TimeDelta::hours(25)).await;
    assert_eq!(of_id_tokens(&slice).await, 1);
}
