//! The webhook's door: only what the provider signed a moment ago comes in.

use axum::body::Body;
use axum::http::Request;
use chassis::testing::{Slice, slice_test};
use chrono::TimeDelta;
use contracts::commerce::OrderPaid;

use crate::shop::{HOOK, SECRET, at_the_till, captured, open, send, send_signed, signature};

#[slice_test]
async fn forged_stale_and_missing_signatures_are_refused(slice: Slice) {
    let slice = open(slice).await;
    let till = at_the_till(&slice, 1).await;
    let body = captured(&slice, "evt_1", till.session_id(), "pay_1").to_string();
    let minutes = |minutes| slice.now() - TimeDelta::minutes(minutes);
    let right = signature(SECRET, slice.now(), &body);

    let forged = signature("guess", slice.now(), &body);
    send_signed(&slice, &forged, body.clone()).await.is(400).shows("signature_wrong");
    let changed = body.replace("11400", "1");
    send_signed(&slice, &right, changed).await.is(400).shows("signature_wrong");
    let old = signature(SECRET, minutes(6), &body);
    send_signed(&slice, &old, body.clone()).await.is(400).shows("signature_stale");
    let future = signature(SECRET, minutes(-6), &body);
    send_signed(&slice, &future, body.clone()).await.is(400).shows("signature_stale");
    let none = slice.stranger().send(Request::post(HOOK), Body::from(body.clone())).await;
    none.is(400).shows("signature_malformed");
    assert_eq!(none.header("content-type"), Some("application/problem+json"));
    assert_eq!(slice.published::<OrderPaid>().await.len(), 0);

    send_signed(&slice, &right, body).await.is(204);
    assert_eq!(slice.published::<OrderPaid>().await.len(), 1);
}

#[slice_test]
async fn what_is_signed_but_senseless_is_refused(slice: Slice) {
    let slice = open(slice).await;
    let till = at_the_till(&slice, 1).await;
    let session = till.session_id();

    let unknown = send(&slice, &captured(&slice, "evt_1", "ses_unknown", "pay_1")).await;
    unknown.is(404);
    assert_eq!(unknown.header("content-type"), Some("application/problem+json"));
    let bare = serde_json::json!({ "id": "evt_2", "type": "payment.captured", "session": session });
    send(&slice, &bare).await.is(422);
    let negative = crate::shop::captured_amount(&slice, "evt_3", session, "pay_1", (-5, "USD"));
    send(&slice, &negative).await.is(422);
    let odd = serde_json::json!({ "id": "evt_4", "type": "weather.changed", "session": session });
    send(&slice, &odd).await.is(204);
    let text = "not json".to_owned();
    let signed = signature(SECRET, slice.now(), &text);
    send_signed(&slice, &signed, text).await.is(422);
    let large = "x".repeat(70_000);
    let signed = signature(SECRET, slice.now(), &large);
    send_signed(&slice, &signed, large).await.is(413);
    slice.stranger().get(HOOK).await.is(405);
    assert_eq!(slice.published::<OrderPaid>().await.len(), 0);
}

#[slice_test]
async fn an_event_id_with_another_body_is_refused(slice: Slice) {
    let slice = open(slice).await;
    let till = at_the_till(&slice, 1).await;
    send(&slice, &captured(&slice, "evt_1", till.session_id(), "pay_1")).await.is(204);

    let other = captured(&slice, "evt_1", till.session_id(), "pay_2");

    send(&slice, &other).await.is(422).shows("idempotency_key_reused");
}
