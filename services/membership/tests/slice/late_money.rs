//! Money that arrives after an application ended: goods where they can be given, else a refund.

use chassis::testing::{Browser, Slice, slice_test};
use contracts::Money;
use contracts::membership::{ApplicationEnded, ApplicationState, TermStarted};
use contracts::shared::{Charge, ChargeRequested, ChargeWithdrawn, RefundRequested};

use crate::given::{STAFF, ada, apply, chosen, paid, sam, sam_applied};

/// Sam's first application expired, and there is a second one.
async fn sam_applied_twice(slice: &Slice) -> (Charge, Charge, String, Browser) {
    let (first, path, _) = sam_applied(slice).await;
    slice.at("2027-03-03T10:00:00Z").await;
    // A sign-in lasts for hours, not for days.
    let mut browser = slice.sign_in(sam()).await;
    assert_eq!(apply(slice, &mut browser, "Sam Okafor").await.status(), 303);
    let second = slice.published::<ChargeRequested>().await[1].charge.clone();
    (first, second, path, browser)
}

#[slice_test]
async fn late_money_of_somebody_who_is_no_member_is_honoured(slice: Slice) {
    let (charge, path, _) = sam_applied(&slice).await;
    slice.at("2027-03-03T10:00:00Z").await;

    slice.deliver_twice("commerce", paid(&charge, "2027-03-04T12:00:00Z")).await;

    let terms = slice.published::<TermStarted>().await;
    assert_eq!(terms.len(), 2);
    assert_eq!(terms[0].term.starts_on.to_string(), "2027-03-04");
    let states: Vec<_> = slice
        .published::<ApplicationEnded>()
        .await
        .iter()
        .map(|ended| ended.application.state.clone())
        .collect();
    assert_eq!(states, [ApplicationState::Expired, ApplicationState::Completed]);
    let mut browser = slice.sign_in(sam()).await;
    browser.get(&path).await.shows("You are a member");
}

#[slice_test]
async fn late_money_of_somebody_covered_goes_back_with_a_task_for_staff(slice: Slice) {
    let (first, second, path, mut browser) = sam_applied_twice(&slice).await;
    slice.deliver("commerce", paid(&second, "2027-03-03T11:00:00Z")).await;

    slice.deliver_twice("commerce", paid(&first, "2027-03-03T12:00:00Z")).await;

    assert_eq!(slice.published::<TermStarted>().await.len(), 2);
    let refund = slice.published_one::<RefundRequested>().await;
    assert_eq!(refund.charge_id, first.charge_id);
    assert_eq!(
        (refund.amount.clone(), refund.reason.as_str()),
        (Money::usd(11_900), "paid_too_late")
    );
    let last = slice.published::<ApplicationEnded>().await.pop().unwrap();
    assert_eq!(last.application.state, ApplicationState::GivenBack);
    browser.get(&path).await.shows("the money goes back");

    let mut office = slice.staff(ada(), STAFF).await;
    let tasks = office.get("/staff/membership/tasks").await;
    tasks.shows("$119.00 was paid but no membership could start");
    let task = chosen(&tasks).remove(0);
    let done = "/staff/membership/tasks/done";
    office.submit(&tasks, done, &[("chosen", &task)]).await.is(303);
    office.get("/staff/membership/tasks").await.shows("done 3 March 2027, 05:00 EST");
}

#[slice_test]
async fn honoured_late_money_takes_back_the_application_that_waits(slice: Slice) {
    let (first, second, _, mut browser) = sam_applied_twice(&slice).await;

    slice.deliver("commerce", paid(&first, "2027-03-03T11:00:00Z")).await;

    assert_eq!(slice.published::<TermStarted>().await.len(), 2);
    let withdrawn = slice.published::<ChargeWithdrawn>().await.pop().unwrap();
    assert_eq!(withdrawn.charge.charge_id, second.charge_id);
    let mine = browser.get("/membership").await;
    mine.shows("another application was paid for the same year");

    // The second was paid all the same before commerce heard of that: one year, one payment kept.
    slice.deliver("commerce", paid(&second, "2027-03-03T11:01:00Z")).await;
    assert_eq!(slice.published::<TermStarted>().await.len(), 2);
    assert_eq!(slice.published_one::<RefundRequested>().await.charge_id, second.charge_id);
}

#[slice_test]
async fn money_for_a_withdrawn_application_is_honoured(slice: Slice) {
    let (charge, path, mut browser) = sam_applied(&slice).await;
    browser.post(&format!("{path}/withdraw"), &[]).await.is(303);

    slice.deliver("commerce", paid(&charge, "2027-03-01T10:05:00Z")).await;

    assert_eq!(slice.published::<TermStarted>().await.len(), 2);
    assert!(slice.published::<RefundRequested>().await.is_empty());
}

#[slice_test]
async fn two_payments_handed_over_together_start_one_year(slice: Slice) {
    let (first, second, _, _) = sam_applied_twice(&slice).await;

    let at = "2027-03-03T11:00:00Z";
    slice.say("commerce", &paid(&first, at));
    slice.say("commerce", &paid(&second, at));
    slice.settle().await;

    assert_eq!(slice.published::<TermStarted>().await.len(), 2);
    assert_eq!(slice.published::<RefundRequested>().await.len(), 1);
}
