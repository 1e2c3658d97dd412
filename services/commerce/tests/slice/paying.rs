//! CO-S1, CO-S2, CO-S10: a payer pays what a service asked for, whatever the provider's webhooks do.

use chassis::testing::{Answered, Slice, slice_test};
use chrono::TimeDelta;
use contracts::commerce::{
    ChargeExpired, ChargeOpened, ChargePaid, ChargeRefunded, ChargeRefused, ChargeState,
    OrderOpened, OrderPaid, OrderState, PaymentFailed,
};
use contracts::shared::ChargeRequested;

use crate::shop::{
    a_charge, at_the_till, charge_id, jo, open, press, refund_requested, requested, session_on,
    withdrawn,
};
use crate::tables::{balance, count, the_books_balance};

#[slice_test]
async fn a_charge_is_opened_paid_and_receipted(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;
    assert_eq!(slice.published_one::<ChargeOpened>().await.charge.state, ChargeState::Open);
    assert_eq!(slice.published_one::<OrderOpened>().await.order.state, OrderState::Open);

    let back = press(&slice, &till.session, "pay").await;

    assert!(back.location().ends_with(&format!("{}/return", till.order)), "{}", back.location());
    till.look().await.shows("Paid. Thank you.").shows("scte-2027-000001").lacks("late");
    till.receipt().await.is(200).shows("scte-2027-000001").shows("$114.00").shows("SCTE");
    till.browser.get("/billing").await.shows("scte-2027-000001").shows("paid");
    let paid = slice.published_one::<ChargePaid>().await;
    assert_eq!((paid.charge.charge_id, paid.late), (charge_id(1), false));
    assert_eq!(paid.charge.captured, paid.charge.total);
    let order = slice.published_one::<OrderPaid>().await;
    assert_eq!(order.order.receipt_number.as_deref(), Some("scte-2027-000001"));
    assert_eq!(balance(&slice, "provider_clearing").await, 11_400);
    assert_eq!(balance(&slice, "deferred_dues").await, -11_400);
    the_books_balance(&slice).await;
}

#[slice_test]
async fn a_request_delivered_twice_is_one_charge(slice: Slice) {
    slice.deliver_twice("membership", requested(1)).await;

    assert_eq!(slice.published::<ChargeOpened>().await.len(), 1);
}

#[slice_test]
async fn with_every_message_handed_over_twice_all_comes_out_the_same(slice: Slice) {
    let mut slice = open(slice).await;
    slice.twice().await;
    slice.listen().await;
    let mut till = at_the_till(&slice, 1).await;
    press(&slice, &till.session, "thrice").await;
    slice.advance(TimeDelta::seconds(2)).await;
    slice.deliver("membership", withdrawn(1)).await;
    slice.deliver("membership", refund_requested(1, 1500, 2)).await;

    till.look().await.shows("Paid. Thank you.").shows("Refund of $15.00: given back");
    assert_eq!(slice.published::<ChargeOpened>().await.len(), 1);
    assert_eq!(slice.published::<ChargePaid>().await.len(), 1);
    assert_eq!(slice.published::<ChargeRefunded>().await.len(), 1);
    the_books_balance(&slice).await;
}

#[slice_test]
async fn a_withdrawal_that_was_heard_first_keeps_the_charge_closed(slice: Slice) {
    slice.deliver("membership", withdrawn(1)).await;
    slice.deliver("membership", requested(1)).await;

    assert_eq!(slice.published::<ChargeOpened>().await.len(), 0);
    let mut browser = slice.sign_in(jo()).await;
    let path = format!("/checkout/pay/{}", charge_id(1));
    browser.get(&path).await.shows("This was withdrawn");
    browser.post(&path, &[]).await.is(409);
}

#[slice_test]
async fn a_long_list_of_orders_has_older_pages(slice: Slice) {
    let mut slice = slice;
    slice.with_settings(serde_json::json!({ "provider_url": "http://127.0.0.1:9" })).await;
    let mut browser = slice.sign_in(jo()).await;
    for n in 1..=26 {
        slice.deliver("membership", requested(n)).await;
        browser.post(&format!("/checkout/pay/{}", charge_id(n)), &[]).await.is(303);
    }

    let rows = |page: &Answered| page.text().matches("href=\"/checkout/orders/").count();
    let page = browser.get("/billing").await;
    assert_eq!(rows(page.shows("Older orders")), 25);
    let older = page.text().split("/billing?before=").nth(1).unwrap().split('"').next().unwrap();
    let page = browser.get(&format!("/billing?before={older}")).await;
    assert_eq!(rows(page.lacks("Older orders")), 1);
}

#[slice_test]
async fn receipts_are_numbered_without_gaps(slice: Slice) {
    let slice = open(slice).await;
    for n in 1..=3 {
        let till = at_the_till(&slice, n).await;
        press(&slice, &till.session, "pay").await;
    }

    let paid = slice.published::<OrderPaid>().await;
    let numbers: Vec<_> = paid.iter().filter_map(|one| one.order.receipt_number.clone()).collect();
    assert_eq!(numbers, ["scte-2027-000001", "scte-2027-000002", "scte-2027-000003"]);
}

#[slice_test]
async fn what_cannot_be_charged_is_refused_with_its_code(slice: Slice) {
    let mut charge = a_charge(1);
    charge.lines.clear();
    slice.deliver("membership", ChargeRequested { charge }).await;

    let refused = slice.published_one::<ChargeRefused>().await;
    assert_eq!((refused.code.as_str(), &refused.charge.state), ("no_lines", &ChargeState::Refused));
    let mut browser = slice.sign_in(jo()).await;
    let page = browser.get(&format!("/checkout/pay/{}", charge_id(1))).await;
    page.is(200).shows("could not be charged").lacks("Pay $");
}

#[slice_test]
async fn a_charge_not_yet_known_here_is_pending_and_completes_by_itself(slice: Slice) {
    let mut browser = slice.sign_in(jo()).await;
    let path = format!("/checkout/pay/{}", charge_id(1));
    browser.get(&path).await.is(200).shows("Not yet known here");

    slice.deliver("membership", requested(1)).await;

    browser.get(&path).await.is(200).shows("Pay $114.00");
}

#[slice_test]
async fn two_clicks_on_pay_are_one_order_and_one_session(slice: Slice) {
    let slice = open(slice).await;
    slice.deliver("membership", requested(1)).await;
    let mut one = slice.sign_in(jo()).await;
    let mut other = one.clone();
    let path = format!("/checkout/pay/{}", charge_id(1));

    let clicks = futures_join(
        one.post_with_key(&path, "first-tab", &[]),
        other.post_with_key(&path, "second-tab", &[]),
    );
    let (first, second) = clicks.await;
    let again = one.post_with_key(&path, "first-tab", &[]).await;
    slice.settle().await;

    assert_eq!(first.is(303).location(), second.is(303).location());
    assert_eq!(first.location(), again.is(303).location());
    assert_eq!(slice.published::<OrderOpened>().await.len(), 1);
    assert_eq!(count(&slice, "sandbox_sessions").await, 1);
    assert_eq!(count(&slice, "payments").await, 1);
}

async fn futures_join<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    tokio::join!(a, b)
}

#[slice_test]
async fn the_provider_away_is_a_state_the_page_shows(slice: Slice) {
    let mut slice = slice;
    slice.with_settings(serde_json::json!({ "provider_url": "http://127.0.0.1:9" })).await;
    slice.deliver("membership", requested(1)).await;
    let mut browser = slice.sign_in(jo()).await;
    let path = format!("/checkout/pay/{}", charge_id(1));

    let order = browser.post(&path, &[]).await.is(303).location().to_owned();

    browser.get(&order).await.is(200).shows("Contacting the payment provider");
}

#[slice_test]
async fn a_declined_card_can_be_tried_again_on_the_same_order(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;
    press(&slice, &till.session, "decline").await;

    let failed = slice.published_one::<PaymentFailed>().await;
    assert_eq!(failed.code, "card_declined");
    let page = till.look().await;
    page.shows("Your bank declined the card");
    let again = format!("{}/again", till.order);
    till.browser.submit(&page, &again, &[]).await.is(303);
    till.browser.post(&again, &[]).await.is(303);
    slice.settle().await;
    let second = session_on(&till.look().await);
    assert_ne!(second, till.session);
    press(&slice, &second, "pay").await;

    till.look().await.shows("Paid. Thank you.");
    assert_eq!(slice.published::<OrderOpened>().await.len(), 1);
    assert_eq!(slice.published::<OrderPaid>().await.len(), 1);
    assert_eq!(count(&slice, "payments").await, 2);
    the_books_balance(&slice).await;
}

#[slice_test]
async fn insufficient_funds_are_said_as_such(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;

    press(&slice, &till.session, "insufficient_funds").await;

    assert_eq!(slice.published_one::<PaymentFailed>().await.code, "insufficient_funds");
    till.look().await.shows("not enough funds").shows("Try again");
}

#[slice_test]
async fn after_the_hold_payment_is_not_offered_but_money_counts_as_late(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;

    slice.at("2027-03-01T16:00:00Z").await;

    let expired = slice.published_one::<ChargeExpired>().await;
    assert_eq!(expired.charge.state, ChargeState::Expired);
    till.look().await.shows("The time to pay this is over").lacks("Continue to the payment");
    till.browser.get("/billing").await.shows("not paid in time");

    press(&slice, &till.session, "pay").await;

    let paid = slice.published_one::<ChargePaid>().await;
    assert!(paid.late);
    assert_eq!(paid.charge.state, ChargeState::Paid);
    till.look().await.shows("Your payment came late");
    slice.deliver("membership", refund_requested(1, 11_400, 3)).await;
    till.look().await.shows("Refunded.");
    assert_eq!(balance(&slice, "provider_clearing").await, 0);
    the_books_balance(&slice).await;
}

#[slice_test]
async fn a_withdrawn_charge_is_not_offered_and_money_counts_as_late(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;

    slice.deliver("membership", withdrawn(1)).await;

    till.look().await.shows("The time to pay this is over");
    press(&slice, &till.session, "pay").await;
    assert!(slice.published_one::<ChargePaid>().await.late);
    assert_eq!(slice.published::<ChargeExpired>().await.len(), 0);
    the_books_balance(&slice).await;
}

#[slice_test]
async fn an_expired_charge_without_an_order_is_refused_at_the_button(slice: Slice) {
    slice.deliver("membership", requested(1)).await;
    let mut browser = slice.sign_in(jo()).await;
    let path = format!("/checkout/pay/{}", charge_id(1));
    let page = browser.get(&path).await;

    slice.at("2027-03-01T16:00:01Z").await;

    browser.submit(&page, &path, &[]).await.is(409).shows("no longer offered");
    assert_eq!(slice.published::<OrderOpened>().await.len(), 0);
}

#[slice_test]
async fn a_late_confirmation_is_pending_until_it_comes(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;
    press(&slice, &till.session, "late").await;
    let back = format!("{}/return", till.order);
    till.browser.get(&back).await.is(303);
    slice.settle().await;
    till.look().await.shows("Waiting for confirmation");

    slice.advance(TimeDelta::seconds(21)).await;

    till.look().await.shows("Paid. Thank you.");
    the_books_balance(&slice).await;
}

#[slice_test]
async fn a_lost_webhook_is_made_good_when_the_payer_comes_back(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;
    press(&slice, &till.session, "silent").await;
    till.look().await.shows("Continue to the payment provider");

    let back = format!("{}/return", till.order);
    till.browser.get(&back).await.is(303);
    slice.settle().await;

    till.look().await.shows("Paid. Thank you.");
    the_books_balance(&slice).await;
}

#[slice_test]
async fn a_lost_webhook_is_made_good_by_the_clock_when_the_browser_is_closed(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;
    press(&slice, &till.session, "silent").await;

    slice.advance(TimeDelta::minutes(3)).await;

    till.look().await.shows("Paid. Thank you.");
    assert_eq!(slice.published::<OrderPaid>().await.len(), 1);
}
