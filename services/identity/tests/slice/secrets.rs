//! What opens an account stands in the feed no longer than it works.

use std::time::Duration;

use chassis::testing::{Slice, slice_test};
use chrono::TimeDelta;
use contracts::identity::{CodePurpose, LinkPurpose};

use crate::people::{account, fill, forget, last_code, last_link, signed_in};

/// A test that waits longer than this for anything has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Housekeeping comes by once a minute of our clock: moves it on until it was there.
async fn until(slice: &Slice, mut so: impl AsyncFnMut() -> bool) {
    let coming = async {
        while !so().await {
            slice.advance(TimeDelta::minutes(1)).await;
        }
    };
    tokio::time::timeout(PATIENCE, coming).await.expect("housekeeping comes by");
}

#[slice_test]
async fn each_kind_of_code_is_blanked_when_its_own_time_is_over(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    let (page, typed) = ("/account/address", [("address", "jo@example.net")]);
    fill(&mut browser, page, page, &typed).await.is(303);
    forget(&mut slice.stranger(), "jo@example.org").await.is(303);
    let code = async || last_code(&slice, CodePurpose::Reset).await;
    let link = async || last_link(&slice, LinkPurpose::NewAddress).await.code;
    assert!(!code().await.is_empty() && !link().await.is_empty());

    slice.advance(TimeDelta::minutes(59)).await;
    assert!(!code().await.is_empty(), "a code still works then");
    slice.advance(TimeDelta::minutes(2)).await;
    until(&slice, async || code().await.is_empty()).await;
    assert!(!link().await.is_empty(), "a link is kept for a day, to be sent");

    slice.advance(TimeDelta::hours(24)).await;
    until(&slice, async || link().await.is_empty()).await;
}
