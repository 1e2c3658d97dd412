//! ID-23: whatever touches the safety of my account I am told by mail, at the right address, at once.

use chassis::testing::{Slice, slice_test};
use chrono::TimeDelta;
use contracts::identity::{LinkPurpose, SecurityAlert};

use crate::given::*;
use crate::smtp::{MailServer, Mood};
use crate::tables;

#[slice_test]
async fn the_way_back_goes_to_the_old_address_and_stays_for_three_days_only(slice: Slice) {
    let undo = link(&slice, LinkPurpose::UndoAddress, Some("Jo@scte.example"));
    slice.deliver_twice("identity", undo).await;

    let path = format!("/notifications/mailbox/{}", tables::only_delivery(&slice).await);
    let mut browser = slice.stranger();
    let mail = here(&mut browser, &path).await;
    mail.shows("Jo@scte.example").lacks("jo.new@scte.example");
    let way_back = format!("<a href=\"http://scte.test/account/address/undo?code={CODE}\">");
    slice.advance(TimeDelta::hours(71)).await;
    here(&mut browser, &format!("{path}/text")).await.is(200).shows(&way_back).shows("72 hours");

    slice.advance(TimeDelta::hours(2)).await;
    assert!(!tables::kept(&slice, CODE).await);
}

#[slice_test]
async fn a_link_is_forgotten_once_the_mail_server_has_it(mut slice: Slice) {
    let server = MailServer::start(Mood::Takes);
    slice.with_settings(server.settings()).await;

    let purposes = [LinkPurpose::NewAddress, LinkPurpose::UndoAddress, LinkPurpose::Invitation];
    for purpose in purposes {
        slice.deliver("identity", link(&slice, purpose, Some("to@scte.example"))).await;
    }
    slice.deliver("identity", link(&slice, LinkPurpose::Invitation, None)).await;

    let to: Vec<_> = server.arrived().into_iter().map(|mail| mail.to).collect();
    let other = "to@scte.example";
    assert_eq!(to, [other, other, other, "jo.new@scte.example"]);
    assert!(!tables::kept(&slice, CODE).await);
}

#[slice_test]
async fn a_blanked_or_old_link_or_one_of_a_later_version_is_not_written(slice: Slice) {
    let link = |purpose| link(&slice, purpose, None);
    let blanked =
        contracts::identity::LinkIssued { code: String::new(), ..link(LinkPurpose::UndoAddress) };
    let old = contracts::identity::LinkIssued {
        expires_at: slice.now(),
        ..link(LinkPurpose::UndoAddress)
    };
    for nothing in [blanked, old, link(LinkPurpose::Unknown("later".to_owned()))] {
        slice.deliver("identity", nothing).await;
    }

    assert!(tables::states(&slice).await.is_empty());
}

#[slice_test]
async fn mails_go_to_the_new_address_once_it_is_told(mut slice: Slice) {
    let server = MailServer::start(Mood::Takes);
    slice.with_settings(server.settings()).await;
    jo_is_known(&slice).await;

    slice.deliver_twice("identity", address_changed()).await;
    slice.deliver("commerce", paid()).await;

    let to: Vec<_> = server.arrived().into_iter().map(|mail| mail.to).collect();
    assert_eq!(to, ["jo.new@scte.example", "jo.new@scte.example"]);
    assert_eq!(
        tables::states(&slice).await,
        ["commerce.receipt sent", "identity.email_changed sent"]
    );
}

#[slice_test]
async fn an_alarm_comes_though_notices_are_switched_off(mut slice: Slice) {
    let server = MailServer::start(Mood::Takes);
    slice.with_settings(server.settings()).await;
    jo_is_known(&slice).await;
    let mut browser = slice.sign_in(jo()).await;
    let page = browser.get("/notifications").await;
    browser.submit(&page, "/notifications/preferences", &[]).await.is(303);

    slice.deliver_twice("identity", alerted(SecurityAlert::NewDevice)).await;

    let mail = server.one();
    assert_eq!(mail.header("Subject").as_deref(), Some("A new sign-in to your account"));
    assert_eq!(mail.header("List-Unsubscribe"), None);
    for told in ["Firefox on Linux", "192.0.2.7", "http://scte.test/account/sign-ins"] {
        assert!(mail.text.contains(told), "{told}: {}", mail.text);
    }
}
