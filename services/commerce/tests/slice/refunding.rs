//! CO-S5: money goes back at the word of the service that charged, or of staff, never more than
//! came, never twice for one word.

use chassis::testing::{Browser, Slice, slice_test};
use chrono::TimeDelta;
use contracts::Money;
use contracts::commerce::{ChargeRefunded, ChargeState};

use crate::shop::{Till, at_the_till, charge_id, kim, open, press, refund_requested};
use crate::tables::{balance, count, the_books_balance};

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
    till.receipt().await.shows("$15.00 on 1 March 2027").shows("$99.00 on 1 March 2027");
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
    tasks.shows("refund_by_other_service").shows("refund_of_unknown_charge");
}

#[slice_test]
async fn more_than_was_captured_becomes_a_task(slice: Slice) {
    let slice = open(slice).await;
    let _till = paid(&slice).await;

    slice.deliver("membership", refund_requested(1, 11_401, 2)).await;

    assert_eq!(count(&slice, "refunds").await, 0);
    let mut staff = slice.staff(kim(), &["staff.finance"]).await;
    let page = staff.get("/staff/commerce/tasks").await;
    page.shows("refund_refused").shows("more_than_captured");
    let action = page.text().split("action=\"").find(|part| part.contains("/done\"")).unwrap();
    let action = action.split('"').next().unwrap().to_owned();
    staff.submit(&page, &action, &[]).await.is(303);
    staff.get("/staff/commerce/tasks").await.lacks(&action);
}

#[slice_test]
async fn a_refund_the_provider_refuses_can_be_asked_for_again(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;
    // The provider of this test does not know the payment that the webhook names.
    let event = crate::shop::captured(&slice, "evt_1", till.session_id(), "pay_unknown");
    crate::shop::send(&slice, &event).await.is(204);

    slice.deliver("membership", refund_requested(1, 11_400, 2)).await;

    till.look().await.shows("being looked at by our staff");
    assert_eq!(slice.published::<ChargeRefunded>().await.len(), 0);
    assert_eq!(balance(&slice, "refunds").await, 0);
    assert_eq!(balance(&slice, "provider_clearing").await, 11_400);
    let mut staff = slice.staff(kim(), &["staff.finance"]).await;
    staff.get("/staff/commerce/tasks").await.shows("refund_failed");
    staff.get(&staff_page(&till)).await.shows("At most $114.00");
    the_books_balance(&slice).await;
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
    staff.get("/staff/commerce?receipt=SCTE-2027-000001").await.shows(till.order_id());
    staff.get("/staff/commerce?state=open").await.shows("No order matches");
    let page = staff.get(&staff_page(&till)).await;
    page.is(200).shows("provider_clearing").shows("deferred_dues").shows("paid");

    assert_eq!(give_back(&mut staff, &till, "one", "14.00").await, 303);
    assert_eq!(give_back(&mut staff, &till, "one", "14.00").await, 303);
    slice.settle().await;
    assert_eq!(give_back(&mut staff, &till, "two", "100.01").await, 409);
    assert_eq!(give_back(&mut staff, &till, "three", "0").await, 422);
    assert_eq!(give_back(&mut staff, &till, "four", "a lot").await, 422);
    slice.settle().await;

    assert_eq!(slice.published_one::<ChargeRefunded>().await.amount, Money::usd(1400));
    staff.get(&staff_page(&till)).await.shows("goodwill").shows("At most $100.00");
    the_books_balance(&slice).await;
}

#[slice_test]
async fn an_old_sign_in_refunds_nothing(slice: Slice) {
    let slice = open(slice).await;
    let till = paid(&slice).await;
    let mut staff = slice.staff(kim(), &["staff.finance"]).await;

    slice.advance(TimeDelta::minutes(16)).await;

    staff.get(&staff_page(&till)).await.shows("sign in again");
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
    let event = crate::shop::captured_amount(&slice, at.0, session, at.1, (500, "USD"));
    crate::shop::send(&slice, &event).await.is(204);
    let mut staff = slice.staff(kim(), &["staff.finance"]).await;
    let page = staff.get(&staff_page(&till)).await;

    let action = format!("{}/returns", staff_page(&till));
    staff.submit(&page, &action, &[]).await.is(303);
    slice.settle().await;

    assert_eq!(count(&slice, "refunds").await, 1);
    the_books_balance(&slice).await;
}
