//! OU-S1: as a member I get one receipt, one welcome, one notice of each thing, however often it is said.

use chassis::testing::{Slice, slice_test};
use contracts::membership::{ApplicationState, TermKind};
use contracts::outreach::MessageSent;

use crate::given::*;
use crate::smtp::{MailServer, Mood};
use crate::tables;

#[slice_test]
async fn each_notice_is_sent_once_though_its_message_comes_twice(mut slice: Slice) {
    let server = MailServer::start(Mood::Takes);
    slice.with_settings(server.settings()).await;
    jo_is_known(&slice).await;
    slice.deliver("membership", cactus_published()).await;

    slice.deliver_twice("commerce", paid()).await;
    slice.deliver_twice("commerce", declined()).await;
    slice.deliver_twice("commerce", refunded()).await;
    slice.deliver_twice("identity", password_changed()).await;
    slice.deliver_twice("membership", term_started(TermKind::National)).await;
    slice.deliver_twice("membership", term_started(TermKind::Chapter)).await;
    slice.deliver_twice("membership", application_ended(ApplicationState::Expired)).await;
    slice.deliver_twice("membership", application_ended(ApplicationState::Completed)).await;

    let states = tables::states(&slice).await;
    assert_eq!(
        states,
        [
            "commerce.payment_declined sent",
            "commerce.receipt sent",
            "commerce.refund sent",
            "identity.password_changed sent",
            "membership.application_expired sent",
            "membership.chapter_welcome sent",
            "membership.welcome sent",
        ]
    );
    let arrived = server.arrived();
    assert_eq!(arrived.len(), 7);
    let mut ids: Vec<_> = arrived.iter().filter_map(|mail| mail.header("Message-ID")).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 7, "a Message-ID of its own for each");
    let sent = slice.published::<MessageSent>().await;
    assert_eq!(sent.len(), 7);
    assert!(sent.iter().all(|sent| sent.delivery.person_id == jo()));
}

#[slice_test]
async fn a_mail_is_addressed_marked_and_signed_with_its_delivery(mut slice: Slice) {
    let server = MailServer::start(Mood::Takes);
    slice.with_settings(server.settings()).await;
    jo_is_known(&slice).await;

    slice.deliver("commerce", paid()).await;

    let mail = server.one();
    let id = tables::only_delivery(&slice).await;
    assert_eq!(mail.to, "Jo@scte.example");
    assert_eq!(mail.header("Message-ID"), Some(format!("<{id}@scte.example>")));
    assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
    assert_eq!(mail.header("List-Unsubscribe"), None, "a receipt cannot be switched off");
    assert_eq!(mail.header("Subject").as_deref(), Some("Receipt SCTE-2027-000001"));
    assert_eq!(mail.header("Date").as_deref(), Some("Mon, 01 Mar 2027 15:00:00 +0000"));
    for told in ["Hello Jo Alvarez", "$114.00", "Cactus Chapter, one year", "28 February 2027"] {
        assert!(mail.text.contains(told), "{told}: {}", mail.text);
    }
    assert!(mail.text.contains("multipart/alternative"));
}

#[slice_test]
async fn a_mail_that_can_be_switched_off_says_where(mut slice: Slice) {
    let server = MailServer::start(Mood::Takes);
    slice.with_settings(server.settings()).await;
    jo_is_known(&slice).await;

    slice.deliver("membership", term_started(TermKind::National)).await;

    let mail = server.one();
    assert_eq!(
        mail.header("List-Unsubscribe").as_deref(),
        Some("<http://scte.test/notifications>")
    );
    assert!(mail.text.contains("M000123") && mail.text.contains("29 February 2028"));
}

#[slice_test]
async fn who_switched_them_off_gets_receipts_and_no_welcome(slice: Slice) {
    jo_is_known(&slice).await;
    let mut browser = slice.sign_in(jo()).await;
    let page = browser.get("/notifications").await;
    browser.submit(&page, "/notifications/preferences", &[]).await.is(303);

    slice.deliver("membership", term_started(TermKind::National)).await;
    slice.deliver("commerce", paid()).await;

    assert_eq!(tables::states(&slice).await, ["commerce.receipt sent", "membership.welcome muted"]);

    let page = browser.get("/notifications").await;
    browser.submit(&page, "/notifications/preferences", &[("wanted", "yes")]).await.is(303);
    slice.deliver("membership", application_ended(ApplicationState::Expired)).await;
    let states = tables::states(&slice).await;
    assert!(states.contains(&"membership.application_expired sent".to_owned()));
}

#[slice_test]
async fn a_message_of_a_later_version_says_nothing_wrong(slice: Slice) {
    jo_is_known(&slice).await;

    slice.deliver("membership", term_started(TermKind::Unknown("guild".to_owned()))).await;
    slice
        .deliver("membership", application_ended(ApplicationState::Unknown("paused".to_owned())))
        .await;

    assert!(tables::states(&slice).await.is_empty());
}
