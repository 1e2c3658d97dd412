//! Invariant 6: one capture per charge, whoever decides when; every cent is in the ledger.

use chassis::testing::{Slice, slice_test};
use chrono::TimeDelta;
use contracts::commerce::{ChargeExpired, ChargePaid, ChargeRefunded, OrderPaid, PaymentFailed};

use crate::shop::{
    SECRET, Till, at_the_till, captured, captured_amount, declined, kim, open, press,
    refund_requested, send, send_signed, session_on, signature,
};
use crate::tables::{balance, count, the_books_balance};

#[slice_test]
async fn a_webhook_told_three_times_is_one_receipt(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;
    press(&slice, &till.session, "thrice").await;
    slice.advance(TimeDelta::seconds(1)).await;
    slice.advance(TimeDelta::seconds(1)).await;

    till.look().await.shows("scte-2027-000001");
    assert_eq!(slice.published::<OrderPaid>().await.len(), 1);
    assert_eq!(slice.published::<ChargePaid>().await.len(), 1);
    assert_eq!(count(&slice, "captures").await, 1);
    the_books_balance(&slice).await;
}

#[slice_test]
async fn webhooks_out_of_order_are_one_receipt_and_one_refund(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;
    press(&slice, &till.session, "reordered").await;
    slice.advance(TimeDelta::seconds(3)).await;
    till.look().await.shows("Paid. Thank you.");
    assert_eq!(slice.published::<PaymentFailed>().await.len(), 0);

    // The sandbox now tells of the refund, and after it of the capture once more.
    slice.deliver("membership", refund_requested(1, 11_400, 2)).await;
    slice.advance(TimeDelta::seconds(2)).await;

    till.look().await.shows("Refunded.");
    assert_eq!(slice.published::<OrderPaid>().await.len(), 1);
    assert_eq!(slice.published::<ChargeRefunded>().await.len(), 1);
    assert_eq!(balance(&slice, "provider_clearing").await, 0);
    the_books_balance(&slice).await;
}

#[slice_test]
async fn new_events_of_the_same_payment_count_once(slice: Slice) {
    let slice = open(slice).await;
    let till = at_the_till(&slice, 1).await;
    for event in ["evt_1", "evt_1", "evt_2"] {
        send(&slice, &captured(&slice, event, till.session_id(), "pay_1")).await.is(204);
    }

    assert_eq!(slice.published::<OrderPaid>().await.len(), 1);
    assert_eq!(balance(&slice, "provider_clearing").await, 11_400);
    the_books_balance(&slice).await;
}

#[slice_test]
async fn a_second_payment_of_a_paid_order_goes_back_by_itself(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;

    press(&slice, &till.session, "twice").await;

    till.look().await.shows("Paid. Thank you.").lacks("Refund of");
    assert_eq!(slice.published::<OrderPaid>().await.len(), 1);
    assert_eq!(slice.published::<ChargeRefunded>().await.len(), 0);
    assert_eq!(count(&slice, "refunds").await, 1);
    assert_eq!(balance(&slice, "provider_clearing").await, 11_400);
    assert_eq!(balance(&slice, "surplus_payments").await, 0);
    the_books_balance(&slice).await;
}

/// Two attempts of one order, both with a session of their own: the first was declined.
async fn two_sessions(slice: &Slice, n: u128) -> (String, String) {
    let mut till = at_the_till(slice, n).await;
    let event = format!("evt_declined_{n}");
    send(slice, &declined(&event, till.session_id())).await.is(204);
    till.browser.post(&format!("{}/again", till.order), &[]).await.is(303);
    slice.settle().await;
    let second = session_on(&till.look().await);
    (till.session_id().to_owned(), second.rsplit('/').next().unwrap().to_owned())
}

#[slice_test]
async fn two_payments_deciding_at_once_are_one_capture_and_one_refund(slice: Slice) {
    let slice = open(slice).await;
    for n in 1..=5 {
        let (first, second) = two_sessions(&slice, n).await;
        let inform = async |session: &str| {
            let name = format!("{session}_paid");
            let body = captured(&slice, &name, session, &name).to_string();
            send_signed(&slice, &signature(SECRET, slice.now(), &body), body).await
        };

        let (one, other) = tokio::join!(inform(&first), inform(&second));

        one.is(204);
        other.is(204);
    }
    slice.settle().await;
    assert_eq!(slice.published::<OrderPaid>().await.len(), 5);
    assert_eq!(slice.published::<ChargePaid>().await.len(), 5);
    assert_eq!(count(&slice, "captures").await, 10);
    assert_eq!(count(&slice, "refunds").await, 5);
    the_books_balance(&slice).await;
}

#[slice_test]
async fn money_and_the_end_of_the_hold_deciding_at_once_agree(slice: Slice) {
    let slice = open(slice).await;
    let mut tills = Vec::new();
    for n in 1..=5 {
        tills.push(at_the_till(&slice, n).await);
    }
    let inform = async |till: &Till| {
        let name = format!("{}_paid", till.session_id());
        let body = captured(&slice, &name, till.session_id(), &name).to_string();
        send_signed(&slice, &signature(SECRET, slice.now(), &body), body).await
    };

    let all = async {
        for till in &tills {
            inform(till).await.is(204);
        }
    };
    tokio::join!(slice.at("2027-03-01T16:00:00Z"), all);
    slice.settle().await;

    let expired = slice.published::<ChargeExpired>().await;
    let paid = slice.published::<ChargePaid>().await;
    assert_eq!(paid.len(), 5);
    for one in paid {
        let told = expired.iter().any(|gone| gone.charge.charge_id == one.charge.charge_id);
        let late = told || one.paid_at >= slice.now();
        assert_eq!(one.late, late, "an asker that was told the end hears of late money");
    }
    the_books_balance(&slice).await;
}

#[slice_test]
async fn another_amount_or_currency_is_recorded_and_pays_nothing(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;
    let less = captured_amount(&slice, "evt_1", till.session_id(), "pay_1", (11_399, "USD"));
    let euro = captured_amount(&slice, "evt_2", till.session_id(), "pay_2", (11_400, "EUR"));

    send(&slice, &less).await.is(204);
    send(&slice, &euro).await.is(204);

    till.look().await.shows("Another amount arrived");
    assert_eq!(slice.published::<OrderPaid>().await.len(), 0);
    let mut staff = slice.staff(kim(), &["staff.finance"]).await;
    let tasks = staff.get("/staff/commerce/tasks").await;
    tasks.is(200).shows("Amount does not match").shows("arrived $113.99, asked $114.00");
    assert_eq!(balance(&slice, "surplus_payments").await, -22_799);
    the_books_balance(&slice).await;
}

#[slice_test]
async fn a_decline_told_after_the_money_changes_nothing(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;
    send(&slice, &captured(&slice, "evt_1", till.session_id(), "pay_1")).await.is(204);

    send(&slice, &declined("evt_2", till.session_id())).await.is(204);

    till.look().await.shows("Paid. Thank you.");
    assert_eq!(slice.published::<PaymentFailed>().await.len(), 0);
}

#[slice_test]
async fn money_told_after_a_decline_pays(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;
    send(&slice, &declined("evt_1", till.session_id())).await.is(204);

    send(&slice, &captured(&slice, "evt_2", till.session_id(), "pay_1")).await.is(204);

    till.look().await.shows("Paid. Thank you.");
    assert_eq!(slice.published::<OrderPaid>().await.len(), 1);
    the_books_balance(&slice).await;
}
