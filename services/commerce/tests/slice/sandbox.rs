//! The sandbox provider as its clients see it: keys, idempotency, refusals.

use axum::body::Body;
use axum::http::Request;
use chassis::testing::{Answered, Slice, slice_test};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::shop::{KEY, SECRET, at_the_till, open, press};
use crate::tables::count;

async fn call(slice: &Slice, path: &str, bearer: &str, key: &str, body: &Value) -> Answered {
    let request = Request::post(format!("/checkout/sandbox/api/{path}"))
        .header("authorization", format!("Bearer {bearer}"))
        .header("idempotency-key", key);
    slice.stranger().send(request, Body::from(body.to_string())).await
}

fn wish(amount: i64) -> Value {
    json!({
        "reference": "r", "description": "d", "amount": amount, "currency": "USD",
        "return_url": "http://shop/", "webhook_url": "http://shop/hook"
    })
}

#[slice_test]
async fn the_same_key_is_the_same_session_and_another_request_is_refused(slice: Slice) {
    let slice = open(slice).await;

    let one = call(&slice, "sessions", KEY, "k1", &wish(100)).await;
    let again = call(&slice, "sessions", KEY, "k1", &wish(100)).await;

    assert_eq!(one.is(201).text(), again.is(201).text());
    assert_eq!(count(&slice, "sandbox_sessions").await, 1);
    let other = call(&slice, "sessions", KEY, "k1", &wish(200)).await;
    other.is(422).shows("idempotency_key_reused");
}

#[slice_test]
async fn a_wrong_key_or_request_is_refused(slice: Slice) {
    let slice = open(slice).await;

    call(&slice, "sessions", "guess", "k1", &wish(100)).await.is(401);
    call(&slice, "sessions", KEY, "", &wish(100)).await.is(422);
    call(&slice, "sessions", KEY, "k1", &wish(0)).await.is(422).shows("amount");
    call(&slice, "sessions", KEY, "k1", &json!({ "a": 1 })).await.is(422);
    call(&slice, "refunds", KEY, "k1", &json!({ "payment": "pay_x", "amount": 1 })).await.is(404);
    slice.stranger().get("/checkout/sandbox/api/sessions/ses_x").await.is(401);
    slice.stranger().get("/checkout/sandbox/pay/ses_x").await.is(404);
    assert_eq!(count(&slice, "sandbox_sessions").await, 0);
}

#[slice_test]
async fn on_the_open_internet_it_is_absent_unless_the_settings_say_so(slice: Slice) {
    let mut slice = open(slice).await;
    let till = at_the_till(&slice, 1).await;

    slice.with_site(|site| site.loopback = false).await;

    slice.stranger().get(&till.session).await.is(404);
    slice.stranger().post(&till.session, &[("behaviour", "pay")]).await.is(404);
    call(&slice, "sessions", KEY, "k1", &wish(100)).await.is(404);
    let settings = json!({ "provider_key": KEY, "webhook_secret": SECRET, "sandbox": true });
    slice.with_settings(settings).await;
    slice.stranger().get(&till.session).await.is(200);
}

#[slice_test]
async fn a_foreign_name_that_leads_to_loopback_does_not_find_it(slice: Slice) {
    let slice = open(slice).await;
    let till = at_the_till(&slice, 1).await;
    let ask = async |path: &str, host: &str| {
        let request = Request::get(path).header("host", host);
        slice.stranger().send(request, Body::empty()).await.status()
    };
    let api = "/checkout/sandbox/api/sessions/ses_x";

    for host in ["evil.example:8080", "localhost.evil.example:8080", "localhost", "", "scte.test"] {
        assert_eq!(ask(&till.session, host).await, 404, "{host}");
        assert_eq!(ask(api, host).await, 404, "{host}");
    }
    for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"] {
        assert_eq!(ask(&till.session, host).await, 200, "{host}");
        assert_eq!(ask(api, host).await, 401, "{host}");
    }
}

/// What the service says when it refuses to start on this site with these settings.
#[expect(clippy::disallowed_methods, reason = "the harness panics; a task of its own catches that")]
async fn refusal(
    mut slice: Slice,
    settings: Value,
    site: impl FnOnce(&mut chassis::Site) + Send + 'static,
) -> Option<String> {
    slice.with_settings(settings).await;
    let started = tokio::spawn(async move {
        slice.with_site(site).await;
    });
    let panic = started.await.err()?.into_panic();
    Some(panic.downcast_ref::<String>().unwrap().clone())
}

fn public(site: &mut chassis::Site) {
    (site.mode, site.loopback) = (chassis::Mode::Production, false);
    "https://scte.example".clone_into(&mut site.origin);
}

fn local(site: &mut chassis::Site) {
    (site.mode, site.loopback) = (chassis::Mode::Production, true);
    "http://127.0.0.1:8080".clone_into(&mut site.origin);
}

#[slice_test]
async fn where_nobody_could_pay_it_refuses_to_start(slice: Slice) {
    let said = refusal(slice, json!({}), public).await.unwrap();

    assert!(said.contains("configuration"), "{said}");
    assert!(said.contains("[commerce] provider_url"), "{said}");
}

#[slice_test]
async fn without_provider_and_with_the_sandbox_off_it_refuses_to_start(slice: Slice) {
    assert!(refusal(slice, json!({ "sandbox": false }), local).await.is_some());
}

#[slice_test]
async fn with_a_provider_it_starts_on_the_open_internet(slice: Slice) {
    let settings = json!({ "provider_url": "https://pay.example" });

    assert_eq!(refusal(slice, settings, public).await, None);
}

#[slice_test]
async fn with_its_sandbox_it_starts_on_loopback(slice: Slice) {
    assert_eq!(refusal(slice, json!({}), local).await, None);
}

#[slice_test]
async fn a_late_payment_takes_as_long_as_the_form_says(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;
    let mut browser = slice.stranger();
    let late = |delay| [("behaviour", "late"), ("delay_seconds", delay)];
    browser.post(&till.session, &late("soon")).await.is(422);
    browser.post(&till.session, &late("-1")).await.is(422);
    browser.post(&till.session, &late("90")).await.is(303);

    slice.advance(TimeDelta::seconds(89)).await;
    till.look().await.lacks("Paid. Thank you.");
    slice.advance(TimeDelta::seconds(1)).await;

    till.look().await.shows("Paid. Thank you.");
}

#[slice_test]
async fn a_button_works_once(slice: Slice) {
    let slice = open(slice).await;
    let till = at_the_till(&slice, 1).await;
    press(&slice, &till.session, "pay").await;

    let mut browser = slice.stranger();
    let again = browser.post(&till.session, &[("behaviour", "pay")]).await;
    again.is(409).shows("already answered");
    browser.post(&till.session, &[("behaviour", "steal")]).await.is(422);
    assert_eq!(count(&slice, "sandbox_payments").await, 1);
}
