//! OU-S1, OU-S7: a mail leaves once, or it is known why it did not.

use chassis::testing::{Slice, slice_test};
use chrono::TimeDelta;
use contracts::identity::AccountRegistered;
use contracts::outreach::{MessageFailed, MessageSent};

use crate::given::*;
use crate::smtp::{MailServer, Mood};
use crate::tables;

#[slice_test]
async fn a_mail_that_the_server_refuses_has_failed(mut slice: Slice) {
    let server = MailServer::start(Mood::Refuses);
    slice.with_settings(server.settings()).await;
    jo_is_known(&slice).await;

    slice.deliver("commerce", paid()).await;
    server.is(Mood::Takes);
    slice.advance(TimeDelta::days(2)).await;

    assert_eq!(tables::states(&slice).await, ["commerce.receipt failed"]);
    assert!(server.arrived().is_empty(), "a refusal is not asked again");
    let failed = slice.published_one::<MessageFailed>().await;
    assert_eq!(
        (failed.code.as_str(), failed.delivery.notice.as_str()),
        ("refused", "commerce.receipt")
    );
    assert!(slice.published::<MessageSent>().await.is_empty());
}

#[slice_test]
async fn a_mail_that_the_server_refuses_once_it_read_it_has_failed(mut slice: Slice) {
    let server = MailServer::start(Mood::RefusesMail);
    slice.with_settings(server.settings()).await;
    jo_is_known(&slice).await;

    slice.deliver("commerce", paid()).await;

    assert_eq!(tables::states(&slice).await, ["commerce.receipt failed"]);
    assert_eq!(slice.published_one::<MessageFailed>().await.code, "refused");
}

#[slice_test]
async fn a_server_that_refuses_us_gets_the_mail_when_it_no_longer_does(mut slice: Slice) {
    let server = MailServer::start(Mood::Takes);
    slice.with_settings(server.settings()).await;
    jo_is_known(&slice).await;
    let refusals = [
        ("", "554 no service for you"),
        ("EHLO", "550 who are you"),
        ("MAIL", "550 that sender is not let in"),
        ("MAIL", "530 encrypt first"),
        ("RCPT", "530 sign in first"),
        ("RCPT", "535 sign in first"),
        ("RCPT", "503 sign in first"),
        ("DATA", "538 encrypt first"),
    ];
    for (at, answer) in refusals {
        server.is(Mood::RefusesUs(at, answer));
        slice.deliver("commerce", declined()).await;
        let states = tables::states(&slice).await;
        assert!(!states.iter().any(|state| state.ends_with("failed")), "{at} {answer}: {states:?}");
    }
    assert!(server.arrived().is_empty());

    server.is(Mood::Takes);
    slice.advance(TimeDelta::days(1)).await;
    slice.advance(TimeDelta::days(1)).await;

    assert_eq!(server.arrived().len(), refusals.len());
    assert!(slice.published::<MessageFailed>().await.is_empty());
}

#[slice_test]
async fn a_mail_server_elsewhere_is_refused_at_start(_slice: Slice) {
    let smtp = |smtp: &str| Some(serde_json::json!({ "smtp": smtp }));

    let refused = crate::service().check_settings(smtp("mail.example:25")).unwrap_err();

    assert_eq!(refused.code(), "configuration");
    assert!(refused.to_string().contains("without TLS, which comes later"), "{refused}");
    crate::service().check_settings(smtp("localhost:25")).unwrap();
}

#[slice_test]
async fn a_server_that_asks_for_later_gets_it_later_and_once(mut slice: Slice) {
    let server = MailServer::start(Mood::AsksForLater);
    slice.with_settings(server.settings()).await;
    jo_is_known(&slice).await;
    slice.deliver("commerce", paid()).await;
    let mut office = slice.staff(kim(), &["staff.outreach"]).await;
    office.get("/staff/outreach").await.shows("on its way").shows("try again later");

    server.is(Mood::Takes);
    slice.advance(TimeDelta::hours(1)).await;
    slice.advance(TimeDelta::hours(1)).await;

    assert_eq!(tables::states(&slice).await, ["commerce.receipt sent"]);
    assert_eq!(server.one().to, "Jo@scte.example");
    assert_eq!(slice.published::<MessageSent>().await.len(), 1);
}

#[slice_test]
async fn a_server_that_is_away_gets_it_when_it_is_back(mut slice: Slice) {
    let server = MailServer::start(Mood::Takes);
    // Nobody listens there: the discard port.
    let away = serde_json::json!({ "smtp": "127.0.0.1:9", "from": "SCTE <mail@scte.example>" });
    slice.with_settings(away).await;
    jo_is_known(&slice).await;
    slice.deliver("commerce", paid()).await;
    assert_eq!(tables::states(&slice).await, ["commerce.receipt queued"]);

    slice.with_settings(server.settings()).await;
    slice.advance(TimeDelta::hours(1)).await;
    slice.restart().await;
    slice.advance(TimeDelta::hours(1)).await;

    assert_eq!(tables::states(&slice).await, ["commerce.receipt sent"]);
    server.one();
}

#[slice_test]
async fn an_answer_that_got_lost_means_once_more_under_the_same_id(mut slice: Slice) {
    let server = MailServer::start(Mood::LosesAnswer);
    slice.with_settings(server.settings()).await;
    jo_is_known(&slice).await;
    slice.deliver("commerce", paid()).await;
    assert_eq!(tables::states(&slice).await, ["commerce.receipt queued"]);

    server.is(Mood::Takes);
    slice.advance(TimeDelta::hours(1)).await;

    assert_eq!(tables::states(&slice).await, ["commerce.receipt repeated"]);
    let ids: Vec<_> =
        server.arrived().iter().filter_map(|mail| mail.header("Message-ID")).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids.first(), ids.last());
    assert_eq!(slice.published::<MessageSent>().await.len(), 1);
}

#[slice_test]
async fn held_mail_leaves_when_the_hold_ends(mut slice: Slice) {
    let server = MailServer::start(Mood::Takes);
    let mut held = server.settings();
    held.as_object_mut().unwrap().insert("hold_all".to_owned(), true.into());
    slice.with_settings(held).await;
    jo_is_known(&slice).await;
    slice.deliver("commerce", paid()).await;
    slice.advance(TimeDelta::days(1)).await;
    assert!(server.arrived().is_empty());

    slice.with_settings(server.settings()).await;
    slice.advance(TimeDelta::days(1)).await;

    server.one();
}

#[slice_test]
async fn an_address_that_is_none_fails_and_says_so(mut slice: Slice) {
    let server = MailServer::start(Mood::Takes);
    slice.with_settings(server.settings()).await;
    slice.deliver("identity", AccountRegistered { account: account(jo(), "not an address") }).await;

    slice.deliver("commerce", paid()).await;

    assert_eq!(slice.published_one::<MessageFailed>().await.code, "no_address");
    assert!(server.arrived().is_empty());
}
