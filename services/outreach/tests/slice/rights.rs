//! Each route as stranger, as somebody else, as the person, as staff; and what nobody should send.

use chassis::testing::{Slice, slice_test};
use contracts::identity::DuplicateFound;

use crate::given::*;
use crate::tables;

#[slice_test]
async fn the_log_of_a_person_is_theirs(slice: Slice) {
    jo_is_known(&slice).await;
    slice.deliver("commerce", paid()).await;

    let stranger = slice.stranger().get("/notifications").await;
    assert!(stranger.location().starts_with("/account/sign-in?return_to="));
    slice.sign_in(jo()).await.get("/notifications").await.is(200).shows("Receipt SCTE-2027-000001");
    slice.sign_in(kim()).await.get("/notifications").await.is(200).lacks("SCTE-2027-000001");
}

#[slice_test]
async fn only_staff_of_outreach_see_the_delivery_log(slice: Slice) {
    jo_is_known(&slice).await;
    slice.deliver("commerce", paid()).await;
    let detail = format!("/staff/outreach/{}", tables::only_delivery(&slice).await);

    for path in ["/staff/outreach", detail.as_str()] {
        assert!(slice.stranger().get(path).await.location().starts_with("/account/sign-in"));
        slice.sign_in(jo()).await.get(path).await.is(403);
        slice.staff(id(8), &["staff.finance"]).await.get(path).await.is(403);
        slice.staff(kim(), &["staff.outreach"]).await.get(path).await.is(200);
    }
    let mut office = slice.staff(kim(), &["staff.outreach"]).await;
    office
        .get(&detail)
        .await
        .shows("commerce test-commerce.1")
        .shows("an order of yours was paid")
        .lacks("Hello Jo");
    let other: uuid::Uuid = id(9999);
    office.get(&format!("/staff/outreach/{other}")).await.is(404);
}

#[slice_test]
async fn the_log_is_searched_by_address_and_state(slice: Slice) {
    jo_is_known(&slice).await;
    slice.deliver("commerce", paid()).await;
    let mut office = slice.staff(kim(), &["staff.outreach"]).await;

    office.get("/staff/outreach?q=JO@scte").await.shows("Receipt SCTE");
    office.get("/staff/outreach?q=jo%25").await.is(200).shows("No delivery matches");
    office.get("/staff/outreach?q=o@scte").await.shows("No delivery matches");
    office.get("/staff/outreach?state=failed").await.shows("No delivery matches");
    office.get("/staff/outreach?state=sent").await.shows("Receipt SCTE");
    office.get("/staff/outreach?notice=commerce.refund").await.shows("No delivery matches");
    office.get("/staff/outreach?notice=commerce.receipt&state=sent").await.shows("Receipt SCTE");
    office.get("/staff/outreach?state=nonsense&after=nonsense").await.is(200);
    office.get(&format!("/staff/outreach?q={}", "a".repeat(400))).await.is(200);
    office.get("/staff/outreach?q=%00").await.is(200);
    office.get("/staff/outreach?q=%22%3E%3Cscript%3E").await.is(200);
    let page = office.get("/staff/outreach?q=%22%3E%3Cscript%3E").await;
    assert!(!page.text().contains("<script>"));
}

#[slice_test]
async fn the_log_is_a_file_too(slice: Slice) {
    jo_is_known(&slice).await;
    slice.deliver("commerce", paid()).await;
    slice.deliver("commerce", declined()).await;
    let mut office = slice.staff(kim(), &["staff.outreach"]).await;

    let file = office.get("/staff/outreach?notice=commerce.receipt&format=csv").await;

    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    let lines: Vec<_> = file.text().lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[0], "Mail,To,Name,Notice,State,Problem,When");
    let row = "Receipt SCTE-2027-000001,Jo@scte.example,Jo Alvarez,commerce.receipt,sent,,";
    assert!(lines[1].starts_with(row), "{lines:?}");
    slice.sign_in(jo()).await.get("/staff/outreach?format=csv").await.is(403);
}

#[slice_test]
async fn what_became_of_a_delivery_is_told(slice: Slice) {
    slice.deliver("commerce", paid()).await;
    let path = format!("/staff/outreach/{}", tables::only_delivery(&slice).await);
    let mut office = slice.staff(kim(), &["staff.outreach"]).await;

    office
        .get(&path)
        .await
        .shows("Caused by a message of commerce")
        .shows("Waits for the address")
        .lacks("Taken by the mail server");
    jo_is_known(&slice).await;

    let sent = office.get(&path).await;
    sent.shows("Taken by the mail server").shows("Jo@scte.example").shows("Jo Alvarez");
    sent.shows("<caption class=\"hide\">Every change with who and why").lacks("Waits for");
}

#[slice_test]
async fn a_kept_choice_is_said_and_shown(slice: Slice) {
    let mut browser = slice.sign_in(jo()).await;
    let page = browser.get("/notifications").await;
    page.shows("No mail yet").shows(" checked").lacks("Your choice is kept");

    let kept = browser.submit(&page, "/notifications/preferences", &[]).await;

    assert_eq!(kept.location(), "/notifications?saved=yes");
    let page = browser.get(kept.location()).await;
    page.shows("Your choice is kept").lacks("checked");
}

#[slice_test]
async fn what_nobody_should_send_is_refused(slice: Slice) {
    let mut browser = slice.sign_in(jo()).await;

    browser.get("/notifications/mailbox/not-an-id").await.is(400);
    browser.post_raw("/notifications/preferences", "application/json", "{}").await.is(415);
    browser
        .post_raw("/notifications/preferences", "application/x-www-form-urlencoded", "wanted=yes")
        .await
        .is(403);
    browser.post("/notifications", &[]).await.is(405);
    browser.post("/notifications/mailbox", &[]).await.is(405);
    browser.get("/notifications/nowhere").await.is(404);
    browser.get("/notifications?after=%00&q=%00").await.is(200);
    slice.stranger().post("/notifications/preferences", &[("wanted", "yes")]).await.is(401);
    let large = "x".repeat(70 * 1024);
    browser.post("/notifications/preferences", &[("wanted", &large)]).await.is(413);
}

#[slice_test]
async fn two_clicks_on_save_are_one(slice: Slice) {
    let mut browser = slice.sign_in(jo()).await;
    let (mut one, mut other) = (browser.clone(), browser.clone());

    let (first, second) = tokio::join!(
        one.post_with_key("/notifications/preferences", "k", &[]),
        other.post_with_key("/notifications/preferences", "k", &[])
    );

    assert_eq!((first.status(), second.status()), (303, 303));
    browser.post_with_key("/notifications/preferences", "k", &[("wanted", "yes")]).await.is(422);
}

#[slice_test]
async fn who_turned_out_to_have_two_ids_has_one_log_and_one_address(slice: Slice) {
    jo_is_known(&slice).await;
    slice.deliver("commerce", paid()).await;

    slice.deliver("identity", DuplicateFound { alias: jo(), kept: kim(), version: 1 }).await;
    slice.deliver("commerce", declined()).await;

    let mut kept = slice.sign_in(kim()).await;
    kept.get("/notifications").await.shows("Receipt SCTE-2027-000001").shows("was declined");
    assert_eq!(
        tables::states(&slice).await,
        ["commerce.payment_declined sent", "commerce.receipt sent"]
    );
}

#[slice_test]
async fn every_route_refuses_whoever_may_not(slice: Slice) {
    slice.try_every_route().await;
}
