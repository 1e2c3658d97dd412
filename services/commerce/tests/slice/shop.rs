//! What the tests do again and again: ask for a charge, go to the till, press the provider's
//! buttons, send webhooks by hand.

use axum::body::Body;
use axum::http::Request;
use chassis::testing::{Answered, Browser, Slice};
use chrono::{DateTime, Utc};
use contracts::shared::{Charge, ChargeLine, ChargeRequested, ChargeWithdrawn, RefundRequested};
use contracts::{ChargeId, Money, PersonId};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const SECRET: &str = "whsec_of_a_test";
pub(crate) const KEY: &str = "key_of_a_test";
pub(crate) const HOOK: &str = "/checkout/hooks/sandbox";

/// The slice listening on loopback, with the sandbox of its own as provider.
pub(crate) async fn open(mut slice: Slice) -> Slice {
    let settings = json!({ "provider_key": KEY, "webhook_secret": SECRET });
    slice.with_settings(settings).await;
    slice.listen().await;
    slice
}

pub(crate) fn jo() -> PersonId {
    PersonId(Uuid::from_u128(0x10))
}

pub(crate) fn kim() -> PersonId {
    PersonId(Uuid::from_u128(0x20))
}

pub(crate) fn charge_id(n: u128) -> ChargeId {
    ChargeId(Uuid::from_u128(0xc0_0000 + n))
}

/// $114.00, held until 16:00; the tests begin at 15:00.
pub(crate) fn a_charge(n: u128) -> Charge {
    let line = |text: &str, minor| ChargeLine {
        r#ref: text.to_owned(),
        code: text.to_uppercase(),
        text: text.to_owned(),
        language: "en".to_owned(),
        quantity: 1,
        unit: Money::usd(minor),
    };
    Charge {
        charge_id: charge_id(n),
        payer: jo(),
        beneficiary: jo(),
        lines: vec![line("Active membership (sample)", 9900), line("Chapter (sample)", 1500)],
        hold_until: "2027-03-01T16:00:00Z".parse().unwrap(),
        return_path: "/membership".to_owned(),
        legal_entity: "scte".to_owned(),
        version: 1,
    }
}

pub(crate) fn requested(n: u128) -> ChargeRequested {
    ChargeRequested { charge: a_charge(n) }
}

pub(crate) fn withdrawn(n: u128) -> ChargeWithdrawn {
    let charge = Charge { version: 2, ..a_charge(n) };
    ChargeWithdrawn { charge, reason: "cancelled".to_owned() }
}

pub(crate) fn refund_requested(n: u128, minor: i64, version: i64) -> RefundRequested {
    RefundRequested {
        charge_id: charge_id(n),
        payer: jo(),
        amount: Money::usd(minor),
        reason: "cancelled".to_owned(),
        version,
    }
}

/// Jo went to the till: the order is open and the provider's page known.
pub(crate) struct Till {
    pub(crate) browser: Browser,
    /// `/checkout/orders/…`
    pub(crate) order: String,
    /// The path of the provider's page.
    pub(crate) session: String,
}

impl Till {
    /// The provider's id of the session.
    pub(crate) fn session_id(&self) -> &str {
        self.session.rsplit('/').next().unwrap()
    }

    /// The order's id.
    pub(crate) fn order_id(&self) -> &str {
        self.order.rsplit('/').next().unwrap()
    }

    /// The order as Jo sees it now.
    pub(crate) async fn look(&mut self) -> Answered {
        let order = self.order.clone();
        self.browser.get(&order).await
    }

    /// The receipt as Jo sees it now.
    pub(crate) async fn receipt(&mut self) -> Answered {
        let path = format!("/billing/receipts/{}", self.order_id());
        self.browser.get(&path).await
    }
}

/// The charge is asked for and Jo presses "Pay".
pub(crate) async fn at_the_till(slice: &Slice, n: u128) -> Till {
    slice.deliver("membership", requested(n)).await;
    let mut browser = slice.sign_in(jo()).await;
    let path = format!("/checkout/pay/{}", charge_id(n));
    let page = browser.get(&path).await;
    page.is(200).shows("$114.00").shows("Active membership (sample)");
    let order = browser.submit(&page, &path, &[]).await.is(303).location().to_owned();
    slice.settle().await;
    let page = browser.get(&order).await;
    let session = session_on(&page);
    Till { browser, order, session }
}

/// The path of the provider's page that is linked on a page of ours.
pub(crate) fn session_on(page: &Answered) -> String {
    let text = page.is(200).text();
    let start = text.find("/checkout/sandbox/pay/").expect(text);
    text[start..].split('"').next().unwrap().to_owned()
}

/// Somebody presses a button of the provider's page.
pub(crate) async fn press(slice: &Slice, session: &str, behaviour: &str) -> Answered {
    let mut browser = slice.stranger();
    let page = browser.get(session).await;
    page.is(200).shows("This is a sandbox. No money moves.");
    let answer = browser.submit(&page, session, &[("behaviour", behaviour)]).await;
    answer.is(303);
    slice.settle().await;
    answer
}

/// The signature of a webhook.
pub(crate) fn signature(secret: &str, at: DateTime<Utc>, body: &str) -> String {
    let stamp = at.timestamp();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{stamp}.{body}").as_bytes());
    format!("t={stamp},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// Sends a webhook as the provider would.
pub(crate) async fn send(slice: &Slice, event: &Value) -> Answered {
    let body = event.to_string();
    let signed = signature(SECRET, slice.now(), &body);
    let answer = send_signed(slice, &signed, body).await;
    slice.settle().await;
    answer
}

/// Sends a webhook with this signature.
pub(crate) async fn send_signed(slice: &Slice, signed: &str, body: String) -> Answered {
    let request = Request::post(HOOK).header("scte-sandbox-signature", signed);
    slice.stranger().send(request, Body::from(body)).await
}

/// The event of a capture.
pub(crate) fn captured(slice: &Slice, event: &str, session: &str, payment: &str) -> Value {
    captured_amount(slice, event, session, payment, (11_400, "USD"))
}

/// The event of a capture of this amount.
pub(crate) fn captured_amount(
    slice: &Slice,
    event: &str,
    session: &str,
    payment: &str,
    (amount, currency): (i64, &str),
) -> Value {
    json!({
        "id": event,
        "type": "payment.captured",
        "session": session,
        "payment": {
            "id": payment, "amount": amount, "currency": currency, "captured_at": slice.now()
        }
    })
}

/// The event of a decline.
pub(crate) fn declined(event: &str, session: &str) -> Value {
    json!({ "id": event, "type": "payment.declined", "session": session, "code": "card_declined" })
}

/// The event of a refund that we asked for under this id.
pub(crate) fn refunded(
    event: &str,
    session: &str,
    refund: Uuid,
    payment: &str,
    amount: i64,
) -> Value {
    json!({
        "id": event,
        "type": "refund.succeeded",
        "session": session,
        "refund": { "id": "re_1", "payment": payment, "amount": amount, "reference": refund }
    })
}
