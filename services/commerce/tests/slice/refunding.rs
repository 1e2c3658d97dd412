//! CO-S5: money goes back at the word of the service that charged, or of staff, never more than
//! came, never twice for one word.

use chassis::testing::{Browser, Slice, slice_test};
use chrono::TimeDelta;
use contracts::Money;
use contracts::commerce::{ChargeRefunded, ChargeState};

use crate::shop::{
    KEY, SECRET, Till, at_the_till, captured, captured_amount, charge_id, kim, open, press,
    refund_requested, refunded, send, session_on,
};
use crate::tables::{balance, count, refunds, the_books_balance, the_provider_knows};

async fn paid(slice: &Slice) -> Till {
    let till = at_the_till(slice, 1).await;
    press(slice, &till.session, "pay").await;
    till
}

#[slice_test]
async fn the_asking_service_gives_part_back_and_then_the_rest(slice: Slice) {
    let slice = open(slice).await;
    let mut till = paid(&slice).await;

    slice.deliver_twice("membership", refund_requested(1, 1500, 2)).await;

    let refunded = slice.published_one::<ChargeRefunded>().await;
    assert_eq!((&refunded.amount, &refunded.charge.state), (&Money::usd(1500), &ChargeState::Paid));
    till.look().await.shows("Refund of $15.00: given back");
    slice.deliver("membership", refund_requested(1, 9900, 3)).await;
    let all = slice.published::<ChargeRefunded>().await;
    assert_eq!(all.len(), 2);
    assert_eq!(all[1].charge.state, ChargeState::Refunded);
    till.look().await.shows("Refunded.");
    let refunded =
        |amount| format!("{amount} on <time datetime=\"2027-03-01\">1 March 2027</time>");
    till.receipt().await.shows(&refunded("$15.00")).shows(&refunded("$99.00"));
    assert_eq!(balance(&slice, "provider_clearing").await, 0);
    assert_eq!(balance(&slice, "refunds").await, 11_400);
    assert_eq!(balance(&slice, "refunds_payable").await, 0);
    the_books_balance(&slice).await;
}

#[slice_test]
async fn the_same_request_said_again_refunds_once(slice: Slice) {
    let slice = open(slice).await;
    let _till = paid(&slice).await;

    for _ in 0..3 {
        slice.deliver("membership", refund_requested(1, 1500, 2)).await;
    }

    assert_eq!(count(&slice, "refunds").await, 1);
    assert_eq!(slice.published::<ChargeRefunded>().await.len(), 1);
}

#[slice_test]
async fn another_service_cannot_ask_for_the_money_and_a_note_says_so(slice: Slice) {
    let slice = open(slice).await;
    let _till = paid(&slice).await;

    slice.deliver("events", refund_requested(1, 11_400, 2)).await;
    slice.deliver("events", refund_requested(9, 11_400, 2)).await;

    assert_eq!(count(&slice, "refunds").await, 0);
    let mut staff = slice.staff(kim(), &["staff.finance"]).await;
    let tasks = staff.get("/staff/commerce/tasks").await;
    tasks.shows("Refund by other service").shows("Refund of unknown charge");
}

#[slice_test]
async fn more_than_was_captured_becomes_a_task(slice: Slice) {
    let slice = open(slice).await;
    let _till = paid(&slice).await;

    slice.deliver("membership", refund_requested(1, 11_401, 2)).await;

    assert_eq!(count(&slice, "refunds").await, 0);
    let mut staff = slice.staff(kim(), &["staff.finance"]).await;
    let page = staff.get("/staff/commerce/tasks").await;
    page.shows("Refund refused").shows("more_than_captured");
}

#[slice_test]
async fn a_refund_the_provider_refuses_can_be_asked_for_again(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;
    // The provider of this test does not know the payment that the webhook names.
    let event = captured(&slice, "evt_1", till.session_id(), "pay_unknown");
    send(&slice, &event).await.is(204);

    slice.deliver("membership", refund_requested(1, 11_400, 2)).await;

    till.look().await.shows("being looked at by our staff");
    assert_eq!(slice.published::<ChargeRefunded>().await.len(), 0);
    assert_eq!(balance(&slice, "refunds").await, 0);
    assert_eq!(balance(&slice, "provider_clearing").await, 11_400);
    let mut staff = slice.staff(kim(), &["staff.finance"]).await;
    staff.get("/staff/commerce/tasks").await.shows("Refund failed");
    staff.get(&staff_page(&till)).await.shows("Refund $114.00");
    the_books_balance(&slice).await;

    the_provider_knows(&slice, till.session_id(), "pay_unknown", 11_400).await;
    // The same word is one refund: only another one asks again.
    slice.deliver("membership", refund_requested(1, 11_400, 2)).await;
    assert_eq!(slice.published::<ChargeRefunded>().await.len(), 0);
    assert_eq!(give_back(&mut staff, &till, "again", "14.00").await, 303);
    slice.settle().await;
    slice.deliver("membership", refund_requested(1, 10_000, 3)).await;

    let given: Vec<_> = slice.published::<ChargeRefunded>().await;
    let amounts: Vec<_> = given.iter().map(|one| one.amount.clone()).collect();
    assert_eq!(amounts, [Money::usd(1400), Money::usd(10_000)]);
    till.look().await.shows("Refunded.");
    assert_eq!(balance(&slice, "provider_clearing").await, 0);
    the_books_balance(&slice).await;
}

/// A refund was asked for and the provider has not answered.
async fn asked_and_unanswered(slice: Slice) -> (Slice, Till, uuid::Uuid, String) {
    let mut slice = open(slice).await;
    let till = paid(&slice).await;
    let away = serde_json::json!({
        "provider_url": "http://127.0.0.1:9", "provider_key": KEY, "webhook_secret": SECRET
    });
    slice.with_settings(away).await;
    slice.deliver("membership", refund_requested(1, 1500, 2)).await;
    let (refund, payment) = refunds(&slice).await.remove(0);
    (slice, till, refund, payment)
}

#[slice_test]
async fn a_refund_told_with_another_amount_or_payment_settles_nothing(slice: Slice) {
    let (slice, till, refund, payment) = asked_and_unanswered(slice).await;
    let told = async |event: &str, payment: &str, amount: i64| {
        let body = refunded(event, till.session_id(), refund, payment, amount);
        send(&slice, &body).await.status()
    };

    assert_eq!(told("evt_1", &payment, 1499).await, 204);
    assert_eq!(told("evt_2", "pay_other", 1500).await, 204);

    assert_eq!(slice.published::<ChargeRefunded>().await.len(), 0);
    assert_eq!(balance(&slice, "provider_clearing").await, 11_400);
    let mut staff = slice.staff(kim(), &["staff.finance"]).await;
    staff.get("/staff/commerce/tasks").await.shows("Refund differs").shows("amount 1499");
    assert_eq!(count(&slice, "tasks").await, 1);
    assert_eq!(told("evt_3", &payment, 1500).await, 204);
    assert_eq!(slice.published_one::<ChargeRefunded>().await.amount, Money::usd(1500));
    assert_eq!(balance(&slice, "provider_clearing").await, 9900);
    the_books_balance(&slice).await;
}

#[slice_test]
async fn a_refund_told_without_its_amount_or_payment_is_refused(slice: Slice) {
    let (slice, till, refund, payment) = asked_and_unanswered(slice).await;

    for (event, part) in [("evt_1", "amount"), ("evt_2", "payment")] {
        let mut body = refunded(event, till.session_id(), refund, &payment, 1500);
        body["refund"].as_object_mut().unwrap().remove(part);
        send(&slice, &body).await.is(422);
    }

    assert_eq!(slice.published::<ChargeRefunded>().await.len(), 0);
    assert_eq!(balance(&slice, "provider_clearing").await, 11_400);
}

fn staff_page(till: &Till) -> String {
    format!("/staff/commerce/orders/{}", till.order_id())
}

async fn give_back(staff: &mut Browser, till: &Till, key: &str, amount: &str) -> u16 {
    let charge = charge_id(1).to_string();
    let fields = [("charge", charge.as_str()), ("amount", amount), ("reason", "goodwill")];
    let path = format!("{}/refunds", staff_page(till));
    staff.post_with_key(&path, key, &fields).await.status()
}

#[slice_test]
async fn staff_give_back_what_is_left_once_per_form(slice: Slice) {
    let slice = open(slice).await;
    let till = paid(&slice).await;
    let mut staff = slice.staff(kim(), &["staff.finance"]).await;
    let page = staff.get(&staff_page(&till)).await;
    page.is(200).shows("Provider clearing").shows("Deferred dues").shows("paid");

    assert_eq!(give_back(&mut staff, &till, "one", "14.00").await, 303);
    assert_eq!(give_back(&mut staff, &till, "one", "14.00").await, 303);
    slice.settle().await;
    assert_eq!(give_back(&mut staff, &till, "two", "100.01").await, 409);
    assert_eq!(give_back(&mut staff, &till, "three", "0").await, 422);
    assert_eq!(give_back(&mut staff, &till, "four", "a lot").await, 422);
    slice.settle().await;

    assert_eq!(slice.published_one::<ChargeRefunded>().await.amount, Money::usd(1400));
    staff.get(&staff_page(&till)).await.shows("goodwill").shows("Refund $100.00");
    the_books_balance(&slice).await;
}

#[slice_test]
async fn an_old_sign_in_refunds_nothing(slice: Slice) {
    let slice = open(slice).await;
    let till = paid(&slice).await;
    let mut staff = slice.staff(kim(), &["staff.finance"]).await;

    slice.advance(TimeDelta::minutes(16)).await;

    let form = format!("{}/refund?charge={}&amount=14.00", staff_page(&till), charge_id(1));
    for path in [&form, &format!("{}/return?payment=pay_1", staff_page(&till))] {
        let answer = staff.get(path).await;
        assert!(answer.is(303).location().starts_with("/account/sign-in?fresh=1"), "{path}");
    }
    let back = staff.get(&form).await.location().to_owned();
    assert!(back.contains("amount%3D14.00"), "what was typed is kept: {back}");
    let fields = [("charge", "c"), ("amount", "14.00"), ("reason", "goodwill")];
    let answer = staff.post(&format!("{}/refunds", staff_page(&till)), &fields).await;
    assert!(answer.is(303).location().starts_with("/account/sign-in?fresh=1"));
    assert_eq!(count(&slice, "refunds").await, 0);
}

#[slice_test]
async fn staff_give_back_money_that_matches_nothing(slice: Slice) {
    let slice = open(slice).await;
    let till = at_the_till(&slice, 1).await;
    let (session, at) = (till.session_id(), ("evt_1", "pay_1"));
    let event = captured_amount(&slice, at.0, session, at.1, (500, "USD"));
    send(&slice, &event).await.is(204);
    let mut staff = slice.staff(kim(), &["staff.finance"]).await;
    let order = staff_page(&till);
    let asks = format!("{order}/return?payment=pay_1");
    staff.get(&order).await.shows("money in doubt").shows(&asks).shows("Give $5.00 back");
    let page = staff.get(&asks).await;
    page.is(200).shows("Give $5.00 back?").shows("pay_1");

    staff.submit(&page, &format!("{order}/returns"), &[]).await.is(303);
    slice.settle().await;

    assert_eq!(count(&slice, "refunds").await, 1);
    the_books_balance(&slice).await;
}

/// Staff press "give back" for each payment of the order that matches nothing.
async fn give_all_back(slice: &Slice, till: &Till, payments: &[&str]) {
    let mut staff = slice.staff(kim(), &["staff.finance"]).await;
    let action = format!("{}/returns", staff_page(till));
    for payment in payments {
        staff.post(&action, &[("payment", payment)]).await.is(303);
    }
    slice.settle().await;
}

#[slice_test]
async fn after_another_amount_went_back_the_payer_can_try_again(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;
    let session = till.session_id().to_owned();
    for (event, payment, amount) in [("evt_1", "pay_1", 500), ("evt_2", "pay_2", 600)] {
        let told = captured_amount(&slice, event, &session, payment, (amount, "USD"));
        send(&slice, &told).await.is(204);
        the_provider_knows(&slice, &session, payment, amount).await;
    }

    give_all_back(&slice, &till, &["pay_1"]).await;
    till.look().await.shows("Our staff look at it").lacks("Try again");
    give_all_back(&slice, &till, &["pay_2"]).await;

    let page = till.look().await;
    page.shows("It was given back").lacks("Our staff look at it");
    assert_eq!(balance(&slice, "provider_clearing").await, 0);
    let again = format!("{}/again", till.order);
    till.browser.submit(&page, &again, &[]).await.is(303);
    slice.settle().await;
    let second = session_on(&till.look().await);
    assert_ne!(second, till.session);
    press(&slice, &second, "pay").await;
    till.look().await.shows("Paid. Thank you.");
    assert_eq!(balance(&slice, "provider_clearing").await, 11_400);
    the_books_balance(&slice).await;
}

#[slice_test]
async fn another_amount_that_could_not_go_back_is_still_looked_at(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;
    // The provider does not know this payment: it refuses to give it back.
    let told = captured_amount(&slice, "evt_1", till.session_id(), "pay_1", (500, "USD"));
    send(&slice, &told).await.is(204);

    give_all_back(&slice, &till, &["pay_1"]).await;

    till.look().await.shows("Our staff look at it").lacks("Try again");
    the_books_balance(&slice).await;
}

#[slice_test]
async fn another_amount_beside_the_right_one_goes_back_and_the_order_stays_paid(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;
    let session = till.session_id().to_owned();
    let less = captured_amount(&slice, "evt_1", &session, "pay_1", (500, "USD"));
    send(&slice, &less).await.is(204);
    the_provider_knows(&slice, &session, "pay_1", 500).await;
    send(&slice, &captured(&slice, "evt_2", &session, "pay_2")).await.is(204);

    give_all_back(&slice, &till, &["pay_1"]).await;

    till.look().await.shows("Paid. Thank you.").lacks("Try again");
    let mut staff = slice.staff(kim(), &["staff.finance"]).await;
    staff.get(&staff_page(&till)).await.lacks("amount_returned");
    assert_eq!(balance(&slice, "provider_clearing").await, 11_400);
    the_books_balance(&slice).await;
}
