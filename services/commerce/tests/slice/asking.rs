//! The provider is asked by the clock until a day after the hold; what has no end then, staff see.

use chassis::testing::{Answered, Slice, slice_test};
use chrono::TimeDelta;
use contracts::shared::{Charge, ChargeRequested};
use serde_json::json;

use crate::shop::{
    KEY, SECRET, Till, a_charge, at_the_till, charge_id, declined, jo, kim, open, press, send,
};
use crate::tables::{count, the_books_balance};

/// Asked for first with a hold of two days, as transfers have; what comes again changes nothing.
async fn held_for_two_days(slice: &Slice) {
    let hold_until = slice.now() + TimeDelta::hours(48);
    let charge = Charge { hold_until, ..a_charge(1) };
    slice.deliver("membership", ChargeRequested { charge }).await;
}

async fn hours(slice: &Slice, hours: usize) {
    for _ in 0..hours {
        slice.advance(TimeDelta::hours(1)).await;
    }
}

/// The order as Jo sees it after signing in anew: a sign-in does not last for days.
async fn look_anew(slice: &Slice, till: &mut Till) -> Answered {
    till.browser = slice.sign_in(jo()).await;
    till.look().await
}

async fn shown_tasks(slice: &Slice) -> Answered {
    let mut staff = slice.staff(kim(), &["staff.finance"]).await;
    staff.get("/staff/commerce/tasks").await
}

#[slice_test]
async fn money_late_in_a_long_hold_is_found_without_a_webhook(slice: Slice) {
    let slice = open(slice).await;
    held_for_two_days(&slice).await;
    let mut till = at_the_till(&slice, 1).await;
    hours(&slice, 45).await;
    press(&slice, &till.session, "silent").await;

    hours(&slice, 3).await;

    look_anew(&slice, &mut till).await.shows("Paid. Thank you.").lacks("came late");
    the_books_balance(&slice).await;
}

#[slice_test]
async fn money_at_the_end_of_the_last_day_is_found_by_the_last_question(slice: Slice) {
    let slice = open(slice).await;
    held_for_two_days(&slice).await;
    let mut till = at_the_till(&slice, 1).await;
    hours(&slice, 71).await;
    press(&slice, &till.session, "silent").await;
    look_anew(&slice, &mut till).await.lacks("Paid. Thank you.");

    hours(&slice, 1).await;

    look_anew(&slice, &mut till).await.shows("Paid. Thank you.").shows("came late");
    shown_tasks(&slice).await.lacks("Payment in doubt");
    the_books_balance(&slice).await;
}

#[slice_test]
async fn a_payment_without_an_end_becomes_one_task(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;
    let late = [("behaviour", "late"), ("delay_seconds", "360000")];
    slice.stranger().post(&till.session, &late).await.is(303);
    hours(&slice, 24).await;
    shown_tasks(&slice).await.lacks("Payment in doubt");

    hours(&slice, 6).await;

    shown_tasks(&slice).await.shows("Payment in doubt").shows("processing");
    assert_eq!(count(&slice, "tasks").await, 1);
    slice.advance(TimeDelta::hours(80)).await;
    look_anew(&slice, &mut till).await.shows("Paid. Thank you.");
}

#[slice_test]
async fn who_came_back_and_is_not_known_to_have_paid_becomes_a_task(slice: Slice) {
    let slice = open(slice).await;
    let mut till = at_the_till(&slice, 1).await;
    let back = format!("{}/return", till.order);
    till.browser.get(&back).await.is(303);

    slice.advance(TimeDelta::hours(26)).await;

    shown_tasks(&slice).await.shows("Payment in doubt");
}

#[slice_test]
async fn a_page_that_nobody_ever_paid_on_and_a_decline_need_no_one(slice: Slice) {
    let slice = open(slice).await;
    let _left = at_the_till(&slice, 1).await;
    let failed = at_the_till(&slice, 2).await;
    send(&slice, &declined("evt_1", failed.session_id())).await.is(204);

    hours(&slice, 30).await;

    assert_eq!(count(&slice, "tasks").await, 0);
}

#[slice_test]
async fn a_provider_that_is_away_at_the_end_becomes_a_task(slice: Slice) {
    let mut slice = open(slice).await;
    let _till = at_the_till(&slice, 1).await;
    let away = json!({
        "provider_url": "http://127.0.0.1:9", "provider_key": KEY, "webhook_secret": SECRET
    });
    slice.with_settings(away).await;
    slice.advance(TimeDelta::hours(26)).await;
    assert_eq!(count(&slice, "tasks").await, 0);

    slice.advance(TimeDelta::hours(4)).await;

    shown_tasks(&slice).await.shows("Payment in doubt").shows("no_answer");
    assert_eq!(count(&slice, "tasks").await, 1);
}

#[slice_test]
async fn a_page_that_the_provider_never_opened_becomes_a_task(slice: Slice) {
    let mut slice = slice;
    slice.with_settings(json!({ "provider_url": "http://127.0.0.1:9" })).await;
    held_for_two_days(&slice).await;
    let mut browser = slice.sign_in(jo()).await;
    let path = format!("/checkout/pay/{}", charge_id(1));
    browser.post(&path, &[]).await.is(303);

    slice.advance(TimeDelta::hours(73)).await;

    shown_tasks(&slice).await.shows("Payment in doubt").shows("no_session");
}
