//! Feeds have no order between them: what a notice lacks may be told later, and then it goes out.

use chassis::testing::{Slice, slice_test};
use contracts::identity::AccountRegistered;
use contracts::membership::TermKind;

use crate::given::*;
use crate::smtp::{MailServer, Mood};
use crate::tables;

#[slice_test]
async fn a_receipt_waits_for_the_address(mut slice: Slice) {
    let server = MailServer::start(Mood::Takes);
    slice.with_settings(server.settings()).await;

    slice.deliver_twice("commerce", paid()).await;

    assert_eq!(tables::states(&slice).await, ["commerce.receipt awaiting"]);
    let mut office = slice.staff(kim(), &["staff.outreach"]).await;
    office.get("/staff/outreach").await.is(200).shows("not yet known here");

    slice
        .deliver_twice("identity", AccountRegistered { account: account(jo(), "jo@scte.example") })
        .await;

    assert_eq!(tables::states(&slice).await, ["commerce.receipt sent"]);
    assert_eq!(server.one().to, "jo@scte.example");
}

#[slice_test]
async fn a_chapters_welcome_waits_for_its_name(slice: Slice) {
    jo_is_known(&slice).await;

    slice.deliver_twice("membership", term_started(TermKind::Chapter)).await;
    assert_eq!(tables::states(&slice).await, ["membership.chapter_welcome awaiting"]);
    slice.deliver_twice("membership", cactus_published()).await;

    assert_eq!(tables::states(&slice).await, ["membership.chapter_welcome sent"]);
    here(&mut slice.stranger(), "/notifications/mailbox")
        .await
        .shows("Welcome to the Cactus Chapter");
}

#[slice_test]
async fn a_chapters_welcome_waits_for_name_and_address_in_either_order(slice: Slice) {
    slice.deliver("membership", term_started(TermKind::Chapter)).await;
    slice.deliver("membership", cactus_published()).await;
    assert_eq!(tables::states(&slice).await, ["membership.chapter_welcome awaiting"]);

    jo_is_known(&slice).await;

    assert_eq!(tables::states(&slice).await, ["membership.chapter_welcome sent"]);
}

#[slice_test]
async fn what_waits_for_the_address_of_another_stays(slice: Slice) {
    slice.deliver("commerce", paid()).await;

    slice
        .deliver("identity", AccountRegistered { account: account(kim(), "kim@scte.example") })
        .await;

    assert_eq!(tables::states(&slice).await, ["commerce.receipt awaiting"]);
}

#[slice_test]
async fn two_feeds_that_tell_the_rest_at_once_make_one_mail(mut slice: Slice) {
    let server = MailServer::start(Mood::Takes);
    slice.with_settings(server.settings()).await;
    slice.deliver("membership", term_started(TermKind::Chapter)).await;

    slice.say("membership", &cactus_published());
    slice.say("identity", &AccountRegistered { account: account(jo(), "jo@scte.example") });
    slice.settle().await;

    assert_eq!(tables::states(&slice).await, ["membership.chapter_welcome sent"]);
    server.one();
}
