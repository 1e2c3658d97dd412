//! J1 steps 3 and 5: applied, opened, paid, a member; each message also twice, commerce also silent.

use chassis::testing::{Slice, slice_test};
use chrono::NaiveDate;
use contracts::membership::{
    ApplicationEnded, ApplicationState, ApplicationSubmitted, ChapterJoined, PersonCreated,
    PersonUpdated, TermKind, TermStarted,
};
use contracts::shared::{ChargeRequested, ChargeWithdrawn, RefundRequested};
use contracts::{ChargeId, Money};
use uuid::Uuid;

use crate::given::{
    an_open_society, apply, details_path, opened, paid, sam, sam_applied, status, the_chapter,
    the_type, verified,
};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[slice_test]
async fn a_visitor_applies_pays_and_is_a_member_of_society_and_chapter(slice: Slice) {
    let (charge, path, mut browser) = sam_applied(&slice).await;

    let submitted = slice.published_one::<ApplicationSubmitted>().await;
    assert_eq!(submitted.application.person_id, sam());
    let refs: Vec<_> = charge.lines.iter().map(|line| line.r#ref.clone()).collect();
    assert_eq!(refs, ["national".to_owned(), format!("chapter:{}", the_chapter(&slice).await)]);
    assert_eq!(charge.lines[0].unit, Money::usd(9900));
    assert_eq!(charge.return_path, path);
    assert_eq!(
        charge.hold_until,
        "2027-03-03T10:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap()
    );
    assert_eq!(charge.legal_entity, "scte");

    slice.deliver("commerce", opened(&charge)).await;
    let page = browser.get(&path).await;
    page.shows("Pay $119.00");
    page.shows(&format!("/checkout/pay/{}", charge.charge_id));
    page.shows("2 days left").shows("2027-03-03T10:00:00Z").shows("What happens now");

    slice.deliver("commerce", paid(&charge, "2027-03-01T10:05:00Z")).await;

    let terms = slice.published::<TermStarted>().await;
    assert_eq!(terms.len(), 2);
    assert_eq!(terms[0].term.kind, TermKind::National);
    assert_eq!(terms[1].term.kind, TermKind::Chapter);
    for started in &terms {
        assert_eq!(started.member_number, "M000001");
        assert_eq!(started.term.starts_on, day("2027-03-01"));
        assert_eq!(started.term.ends_before, day("2028-03-01"));
        assert_eq!(started.term.charge_id, Some(charge.charge_id));
    }
    let joined = slice.published_one::<ChapterJoined>().await;
    assert_eq!(joined.term, terms[1].term);
    let ended = slice.published_one::<ApplicationEnded>().await;
    assert_eq!(ended.application.state, ApplicationState::Completed);
    let person = slice.published_one::<PersonUpdated>().await;
    assert_eq!(person.person.member_number.as_deref(), Some("M000001"));

    let page = browser.get(&path).await;
    page.shows("You are a member, number <strong>M000001</strong>").lacks("Apply again");
    let mine = browser.get("/membership").await;
    mine.shows("Member until 29 February 2028");
    mine.shows("Rocky Mountain Chapter");
}

#[slice_test]
async fn every_message_twice_changes_nothing(slice: Slice) {
    slice.deliver_twice("identity", verified(sam())).await;
    let (charge, path, mut browser) = sam_applied(&slice).await;

    slice.deliver_twice("commerce", opened(&charge)).await;
    slice.deliver_twice("commerce", paid(&charge, "2027-03-01T10:05:00Z")).await;
    // The same fact once more under another position, as a second capture would bring it.
    slice.deliver("commerce", paid(&charge, "2027-03-01T10:06:00Z")).await;
    slice.deliver("commerce", opened(&charge)).await;

    assert_eq!(slice.published::<PersonCreated>().await.len(), 1);
    assert_eq!(slice.published::<TermStarted>().await.len(), 2);
    assert_eq!(slice.published::<ChapterJoined>().await.len(), 1);
    assert_eq!(slice.published::<ApplicationEnded>().await.len(), 1);
    assert_eq!(slice.published::<RefundRequested>().await.len(), 0);
    browser.get(&path).await.shows("M000001");
}

#[slice_test]
async fn while_commerce_is_silent_the_page_says_what_it_waits_for(slice: Slice) {
    let (charge, path, mut browser) = sam_applied(&slice).await;

    let page = browser.get(&path).await;
    page.shows("Waiting for checkout to open your charge");
    page.lacks(">Pay $");
    page.lacks("has not answered yet");

    slice.at("2027-03-01T10:01:00Z").await;
    browser.get(&path).await.shows("Checkout has not answered yet");

    slice.deliver("commerce", opened(&charge)).await;
    browser.get(&path).await.shows("Pay $119.00");
}

#[slice_test]
async fn the_day_of_payment_is_a_day_of_the_societys_zone(slice: Slice) {
    let (charge, _, _) = sam_applied(&slice).await;

    // Half past two in the morning in Greenwich is still the evening before in Pennsylvania.
    slice.deliver("commerce", paid(&charge, "2027-03-02T02:30:00Z")).await;

    let terms = slice.published::<TermStarted>().await;
    assert!(terms.iter().all(|started| started.term.starts_on == day("2027-03-01")));
}

#[slice_test]
async fn two_applications_at_once_by_one_person_are_one(slice: Slice) {
    an_open_society(&slice).await;
    let (mut one, mut other) = (slice.sign_in(sam()).await, slice.sign_in(sam()).await);

    let (first, second) = tokio::join!(
        apply(&slice, &mut one, "Sam Okafor"),
        apply(&slice, &mut other, "Sam Okafor")
    );

    let mut answers = [first.status(), second.status()];
    answers.sort_unstable();
    assert_eq!(answers, [303, 409]);
    assert_eq!(slice.published::<ApplicationSubmitted>().await.len(), 1);
    assert_eq!(slice.published::<ChargeRequested>().await.len(), 1);
    let refusal = if first.status() == 409 { first } else { second };
    refusal.shows("You have an application that waits for payment");
}

#[slice_test]
async fn a_double_click_on_apply_is_one_application(slice: Slice) {
    an_open_society(&slice).await;
    let mut browser = slice.sign_in(sam()).await;

    let (kind, chapter) = (the_type(&slice).await, the_chapter(&slice).await);
    let form = [("name", "Sam"), ("type", &kind), ("chapter", &chapter), ("confirm", "yes")];
    let page = browser.get(&details_path(&slice, &chapter).await).await;
    let first = browser.submit(&page, "/membership/join", &form).await;
    let again = browser.submit(&page, "/membership/join", &form).await;

    first.is(303);
    assert_eq!(again.is(303).location(), first.location());
    assert_eq!(slice.published::<ApplicationSubmitted>().await.len(), 1);
}

#[slice_test]
async fn a_member_cannot_apply_again_and_numbers_go_up(slice: Slice) {
    let (charge, _, mut browser) = sam_applied(&slice).await;
    slice.deliver("commerce", paid(&charge, "2027-03-01T10:05:00Z")).await;

    browser.get("/membership/join").await.shows("You are a member already");
    let (kind, form_path) = (the_type(&slice).await, "/membership/join");
    let form = [("name", "Sam"), ("type", kind.as_str()), ("chapter", ""), ("confirm", "yes")];
    let refused = browser.post(form_path, &form).await;
    refused.is(409).shows("You are a member already");

    let mut kim = slice.sign_in(crate::given::kim()).await;
    apply(&slice, &mut kim, "Kim Lee").await;
    let theirs = slice.published::<ChargeRequested>().await[1].charge.clone();
    slice.deliver("commerce", paid(&theirs, "2027-03-01T11:00:00Z")).await;
    let numbers: Vec<_> = slice
        .published::<TermStarted>()
        .await
        .iter()
        .map(|got| got.member_number.clone())
        .collect();
    assert_eq!(numbers, ["M000001", "M000001", "M000002", "M000002"]);
}

#[slice_test]
async fn charges_of_other_services_and_unknown_ones_start_nothing(slice: Slice) {
    let (charge, _, _) = sam_applied(&slice).await;

    let mut foreign = paid(&charge, "2027-03-01T10:05:00Z");
    foreign.charge.asked_by = "events".to_owned();
    slice.deliver("commerce", foreign).await;
    let mut unknown = paid(&charge, "2027-03-01T10:05:00Z");
    unknown.charge.charge_id = ChargeId(Uuid::from_u128(77));
    slice.deliver("commerce", unknown).await;

    assert_eq!(slice.published::<TermStarted>().await.len(), 0);
    assert_eq!(slice.published::<ChargeWithdrawn>().await.len(), 0);
    let mut office = slice.staff(crate::given::ada(), crate::given::STAFF).await;
    office.get("/staff/membership/tasks").await.shows("a charge that membership does not know");
}

#[slice_test]
async fn too_little_money_goes_back_and_staff_are_told(slice: Slice) {
    let (charge, path, mut browser) = sam_applied(&slice).await;

    let mut little = paid(&charge, "2027-03-01T10:05:00Z");
    little.charge = status(&charge, contracts::commerce::ChargeState::Paid, 2);
    little.charge.captured = Money::usd(100);
    slice.deliver_twice("commerce", little).await;

    let refund = slice.published_one::<RefundRequested>().await;
    assert_eq!(
        (refund.amount.clone(), refund.reason.as_str()),
        (Money::usd(100), "dues_underpaid")
    );
    assert_eq!(slice.published::<TermStarted>().await.len(), 0);
    browser.get(&path).await.shows("less was paid than was asked for");
}
