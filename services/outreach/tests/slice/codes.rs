//! One-time codes go out at once and do not stay here.

use chassis::testing::{Slice, slice_test};
use chrono::TimeDelta;
use contracts::identity::{CodeIssued, CodePurpose};
use contracts::outreach::MessageFailed;

use crate::given::*;
use crate::smtp::{MailServer, Mood};
use crate::tables;

#[slice_test]
async fn a_code_goes_to_its_address_and_is_forgotten_once_sent(mut slice: Slice) {
    let server = MailServer::start(Mood::Takes);
    slice.with_settings(server.settings()).await;

    slice.deliver_twice("identity", code(&slice, CodePurpose::Confirm)).await;

    let mail = server.one();
    assert_eq!(mail.to, "Jo@scte.example");
    let unfolded = mail.text.replace("=\r\n", "").replace("=3D", "=");
    assert!(
        unfolded.contains(&format!("http://scte.test/account/confirm?code={CODE}")),
        "{unfolded}"
    );
    assert!(!tables::kept(&slice, CODE).await);
    assert_eq!(tables::states(&slice).await, ["identity.confirm sent"]);
    here(&mut slice.stranger(), "/notifications/mailbox")
        .await
        .shows("Confirm your address")
        .lacks(CODE);
}

#[slice_test]
async fn in_the_mailbox_a_code_can_be_followed_for_an_hour(slice: Slice) {
    slice.deliver("identity", code(&slice, CodePurpose::Reset)).await;

    let path = format!("/notifications/mailbox/{}", tables::only_delivery(&slice).await);
    let mut browser = slice.stranger();
    let link = format!("<a href=\"http://scte.test/account/reset?code={CODE}\">");
    here(&mut browser, &format!("{path}/text")).await.is(200).shows(&link);
    slice.advance(TimeDelta::minutes(61)).await;

    assert!(!tables::kept(&slice, CODE).await);
    for path in [path.clone(), format!("{path}/text")] {
        here(&mut browser, &path).await.is(200).shows("no longer kept").lacks(CODE);
    }
    here(&mut browser, &format!("{path}/html")).await.is(404);
}

#[slice_test]
async fn a_code_that_could_not_be_sent_in_its_hour_fails(mut slice: Slice) {
    let server = MailServer::start(Mood::AsksForLater);
    slice.with_settings(server.settings()).await;
    slice.deliver("identity", code(&slice, CodePurpose::Confirm)).await;
    assert_eq!(tables::states(&slice).await, ["identity.confirm queued"]);

    slice.advance(TimeDelta::minutes(61)).await;
    server.is(Mood::Takes);
    slice.advance(TimeDelta::hours(12)).await;

    assert_eq!(tables::states(&slice).await, ["identity.confirm failed"]);
    assert!(!tables::kept(&slice, CODE).await);
    assert!(server.arrived().is_empty(), "an old code is not sent");
    assert_eq!(slice.published_one::<MessageFailed>().await.code, "expired");
}

#[slice_test]
async fn a_blanked_or_old_code_is_not_written(slice: Slice) {
    let blanked = CodeIssued { code: String::new(), ..code(&slice, CodePurpose::Confirm) };
    slice.deliver("identity", blanked).await;
    let old = CodeIssued { expires_at: slice.now(), ..code(&slice, CodePurpose::Confirm) };
    slice.deliver("identity", old).await;
    let later = CodeIssued { ..code(&slice, CodePurpose::Unknown("device".to_owned())) };
    slice.deliver("identity", later).await;

    assert!(tables::states(&slice).await.is_empty());
}

#[slice_test]
async fn a_known_address_is_told_without_a_code(slice: Slice) {
    slice.deliver("identity", code(&slice, CodePurpose::Known)).await;

    let path = format!("/notifications/mailbox/{}/text", tables::only_delivery(&slice).await);
    let mail = here(&mut slice.stranger(), &path).await;
    mail.shows("http://scte.test/account/sign-in").lacks(CODE);
}
