//! What the page says that is kept of other systems and devices is what is kept, and no longer.

use chassis::params;
use chassis::testing::{Slice, slice_test};
use chrono::TimeDelta;

use crate::oidc::client::{code, jo, post, read, refresh, request, text, tokens};

/// How many rows a table has.
async fn rows(slice: &Slice, table: &str) -> usize {
    slice.settle().await;
    let sql = format!("select * from {table}");
    slice.db().read(async |tx| tx.all(&sql, params![]).await).await.unwrap().len()
}

#[slice_test]
async fn everybody_reads_what_is_kept_of_other_systems_and_factors(slice: Slice) {
    let page = slice.stranger().get("/account/retention").await;
    page.is(200).shows("30 days after its last use, 90 days if it may go on");
    page.shows("60 seconds; what it was for 1 hour more").shows("10 minutes, then 1 hour more");
    page.shows("Terms and notices that you accepted").shows("Passkeys: their names");
    page.shows("Recovery codes").shows("The question that a passkey answered");
}

#[slice_test]
async fn what_other_systems_hold_goes_with_the_days_the_page_says(mut slice: Slice) {
    let mut browser = jo(&mut slice).await;
    let bound = tokens(&slice, &mut browser, &request("forum", &[])).await;
    let offline = request("vendor", &[("scope", "openid")]);
    tokens(&slice, &mut browser, &offline).await;
    let offline = request("shop", &[("scope", "openid offline_access")]);
    let free = tokens(&slice, &mut browser, &offline).await;
    // A code that its client never exchanges.
    code(&mut browser, &request("shop", &[])).await;
    assert_eq!(rows(&slice, "oidc_grants").await, 4);

    slice.advance(TimeDelta::minutes(59)).await;
    assert_eq!(rows(&slice, "oidc_grants").await, 4);
    slice.advance(TimeDelta::hours(1)).await;
    assert_eq!(rows(&slice, "oidc_grants").await, 3);

    // The forum uses what it holds, the vendor does not.
    slice.advance(TimeDelta::days(28)).await;
    refresh(&slice, "forum", text(&bound, "refresh_token")).await.is(200);
    slice.advance(TimeDelta::days(2)).await;
    assert_eq!(rows(&slice, "oidc_grants").await, 2);
    slice.advance(TimeDelta::days(29)).await;
    assert_eq!(rows(&slice, "oidc_grants").await, 1);
    refresh(&slice, "shop", text(&free, "refresh_token")).await.is(200);
    slice.advance(TimeDelta::days(89)).await;
    assert_eq!(rows(&slice, "oidc_grants").await, 1);
    slice.advance(TimeDelta::days(2)).await;
    for table in ["oidc_grants", "oidc_tokens", "oidc_sessions"] {
        assert_eq!(rows(&slice, table).await, 0, "{table}");
    }
}

#[slice_test]
async fn a_device_that_nobody_connects_goes_within_the_hours_the_page_says(mut slice: Slice) {
    jo(&mut slice).await;
    let pairs = [("client_id", "app"), ("scope", "openid")];
    read(post(&slice, "/oidc/device", None, &pairs).await.is(200));
    slice.advance(TimeDelta::minutes(69)).await;
    assert_eq!(rows(&slice, "device_codes").await, 1);
    slice.advance(TimeDelta::minutes(12)).await;
    assert_eq!(rows(&slice, "device_codes").await, 0);
}
