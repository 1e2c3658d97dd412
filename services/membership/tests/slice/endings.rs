//! Applications that do not become memberships: the hold ends, the applicant withdraws, commerce
//! says no; and what a refund leaves behind.

use chassis::testing::{Slice, slice_test};
use contracts::Money;
use contracts::membership::{ApplicationEnded, ApplicationState};
use contracts::shared::{ChargeRequested, ChargeWithdrawn};

use crate::given::{STAFF, ada, apply, expired, opened, paid, refunded, refused, sam, sam_applied};

#[slice_test]
async fn a_hold_ends_after_two_days(slice: Slice) {
    let (charge, path, _) = sam_applied(&slice).await;
    slice.deliver("commerce", opened(&charge)).await;

    slice.at("2027-03-03T09:59:59Z").await;
    assert!(slice.published::<ApplicationEnded>().await.is_empty());

    slice.at("2027-03-03T10:00:00Z").await;
    let ended = slice.published_one::<ApplicationEnded>().await;
    assert_eq!(ended.application.state, ApplicationState::Expired);
    let withdrawn = slice.published_one::<ChargeWithdrawn>().await;
    assert_eq!(withdrawn.reason, "hold_ended");
    assert_eq!(withdrawn.charge.charge_id, charge.charge_id);
    // A sign-in lasts for hours, not for days.
    let mut browser = slice.sign_in(sam()).await;
    let page = browser.get(&path).await;
    page.shows("Expired").shows("Apply again").shows("What happened").lacks("data-until");
    page.lacks(">Pay $");

    // Commerce noticed too; and the way is free for another try.
    slice.deliver("commerce", expired(&charge)).await;
    assert_eq!(slice.published::<ApplicationEnded>().await.len(), 1);
    assert_eq!(apply(&slice, &mut browser, "Sam Okafor").await.status(), 303);
    assert_eq!(slice.published::<ChargeRequested>().await.len(), 2);
}

#[slice_test]
async fn a_paid_application_does_not_expire(slice: Slice) {
    let (charge, _, _) = sam_applied(&slice).await;
    slice.deliver("commerce", paid(&charge, "2027-03-01T10:05:00Z")).await;

    slice.at("2027-03-09T10:00:00Z").await;

    let ended = slice.published_one::<ApplicationEnded>().await;
    assert_eq!(ended.application.state, ApplicationState::Completed);
    assert!(slice.published::<ChargeWithdrawn>().await.is_empty());
}

#[slice_test]
async fn the_applicant_withdraws_and_may_apply_again(slice: Slice) {
    let (charge, path, mut browser) = sam_applied(&slice).await;

    let page = browser.get(&path).await;
    page.shows("Withdraw this application");
    let page = browser.get(&format!("{path}/withdraw")).await;
    page.is(200).shows("Withdraw your application?").shows("$119.00");
    browser.submit(&page, &format!("{path}/withdraw"), &[]).await.is(303);

    let ended = slice.published_one::<ApplicationEnded>().await;
    assert_eq!(ended.application.state, ApplicationState::Withdrawn);
    let withdrawn = slice.published_one::<ChargeWithdrawn>().await;
    assert_eq!(
        (withdrawn.charge.charge_id, withdrawn.reason.as_str()),
        (charge.charge_id, "cancelled")
    );
    let page = browser.get(&path).await;
    page.shows("Withdrawn");
    page.lacks(">Pay $");
    slice.at("2027-03-05T10:00:00Z").await;
    let mut browser = slice.sign_in(sam()).await;
    assert_eq!(slice.published::<ApplicationEnded>().await.len(), 1);

    assert_eq!(apply(&slice, &mut browser, "Sam Okafor").await.status(), 303);
}

#[slice_test]
async fn what_has_ended_cannot_be_withdrawn(slice: Slice) {
    let (charge, path, mut browser) = sam_applied(&slice).await;
    let page = browser.get(&format!("{path}/withdraw")).await;
    slice.deliver("commerce", paid(&charge, "2027-03-01T10:05:00Z")).await;

    let answer = browser.submit(&page, &format!("{path}/withdraw"), &[]).await;

    assert_eq!(answer.status(), 409);
    answer.shows("can no longer be withdrawn");
    // The question is not asked any more either.
    assert_eq!(browser.get(&format!("{path}/withdraw")).await.is(303).location(), path);
    assert!(slice.published::<ChargeWithdrawn>().await.is_empty());
}

#[slice_test]
async fn what_commerce_refuses_ends_with_its_reason(slice: Slice) {
    let (charge, path, mut browser) = sam_applied(&slice).await;

    slice.deliver_twice("commerce", refused(&charge, "too_large")).await;

    let ended = slice.published_one::<ApplicationEnded>().await;
    assert_eq!(ended.application.state, ApplicationState::Refused);
    let page = browser.get(&path).await;
    page.shows("Checkout could not charge this");
    page.shows("the sum is too large");
    assert_eq!(apply(&slice, &mut browser, "Sam Okafor").await.status(), 303);
}

#[slice_test]
async fn what_commerce_expires_ends_too(slice: Slice) {
    let (charge, _, _) = sam_applied(&slice).await;

    slice.deliver_twice("commerce", expired(&charge)).await;

    let ended = slice.published_one::<ApplicationEnded>().await;
    assert_eq!(ended.application.state, ApplicationState::Expired);
}

#[slice_test]
async fn a_refund_is_noted_on_the_application(slice: Slice) {
    let (charge, path, mut browser) = sam_applied(&slice).await;
    slice.deliver("commerce", paid(&charge, "2027-03-01T10:05:00Z")).await;

    slice.deliver_twice("commerce", refunded(&charge)).await;

    browser.get(&path).await.shows("$119.00 was given back");
}

#[slice_test]
async fn a_refund_of_a_membership_that_runs_is_a_task_for_staff(slice: Slice) {
    let (charge, _, _) = sam_applied(&slice).await;
    slice.deliver("commerce", paid(&charge, "2027-03-01T10:05:00Z")).await;
    let mut office = slice.staff(ada(), STAFF).await;

    let mut part = refunded(&charge);
    (part.amount, part.charge.refunded) = (Money::usd(2_000), Money::usd(2_000));
    slice.deliver_twice("commerce", part.clone()).await;
    let tasks = office.get("/staff/membership/tasks").await;
    tasks.shows("$20.00 was given back (cancelled), yet the membership");
    tasks.shows(&format!("/staff/membership/people/{}", sam()));

    let mut rest = refunded(&charge);
    rest.amount = Money::usd(9_900);
    slice.deliver_twice("commerce", rest).await;
    // What was known before, once more, late.
    slice.deliver("commerce", part).await;
    let tasks = office.get("/staff/membership/tasks").await;
    tasks.shows("$99.00 was given back");
    assert_eq!(tasks.text().matches("yet the membership").count(), 2);
}

#[slice_test]
async fn a_refund_that_takes_nothing_from_the_dues_is_no_task(slice: Slice) {
    let (charge, _, _) = sam_applied(&slice).await;
    slice.deliver("commerce", paid(&charge, "2027-03-01T10:05:00Z")).await;

    let mut beyond = refunded(&charge);
    (beyond.amount, beyond.charge.refunded) = (Money::usd(500), Money::usd(500));
    beyond.charge.captured = Money::usd(beyond.charge.total.minor + 500);
    slice.deliver("commerce", beyond).await;

    let mut office = slice.staff(ada(), STAFF).await;
    office.get("/staff/membership/tasks").await.shows("Nothing waits for you");
}
