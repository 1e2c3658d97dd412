//! ID-23: a sign-in from a browser or place that was never seen is told to the owner of the account.

use chassis::testing::{Browser, Slice, slice_test};
use chrono::TimeDelta;
use contracts::identity::{SecurityAlert, SecurityAlerted};

use crate::people::{PASSWORD, account, sign_in};

async fn sign_in_from(slice: &Slice, network: [u8; 4]) -> Browser {
    let mut browser = slice.stranger().in_network(network);
    sign_in(&mut browser, "jo@example.org", PASSWORD).await.is(303);
    browser
}

const HOME: [u8; 4] = [192, 0, 2, 1];
const ELSEWHERE: [u8; 4] = [198, 51, 100, 7];

#[slice_test]
async fn the_owner_hears_of_a_network_that_was_never_seen_and_once(slice: Slice) {
    let jo = account(&slice, "jo@example.org").await;
    sign_in_from(&slice, HOME).await;
    sign_in_from(&slice, HOME).await;
    assert!(
        slice.published::<SecurityAlerted>().await.is_empty(),
        "the first one is nobody else's"
    );

    sign_in_from(&slice, ELSEWHERE).await;
    sign_in_from(&slice, ELSEWHERE).await;

    let told = slice.published_one::<SecurityAlerted>().await;
    assert_eq!((&told.alert, told.account.person_id), (&SecurityAlert::NewDevice, jo));
    assert_eq!(told.network, "198.51.100.7");
    let mut browser = sign_in_from(&slice, HOME).await;
    browser.get("/account/sign-ins").await.shows("198.51.100.7").shows("192.0.2.1");
}

#[slice_test]
async fn what_was_not_seen_for_three_months_is_new_again(slice: Slice) {
    account(&slice, "jo@example.org").await;
    sign_in_from(&slice, HOME).await;
    slice.advance(TimeDelta::days(60)).await;
    sign_in_from(&slice, HOME).await;
    slice.advance(TimeDelta::days(60)).await;
    sign_in_from(&slice, HOME).await;
    assert!(slice.published::<SecurityAlerted>().await.is_empty());

    // Everything older is forgotten by now but the last one: there is something to compare with.
    slice.advance(TimeDelta::days(91)).await;
    sign_in_from(&slice, ELSEWHERE).await;

    slice.published_one::<SecurityAlerted>().await;
}

#[slice_test]
async fn a_wrong_password_from_elsewhere_alarms_nobody(slice: Slice) {
    account(&slice, "jo@example.org").await;
    sign_in_from(&slice, HOME).await;

    let mut stranger = slice.stranger().in_network(ELSEWHERE);
    sign_in(&mut stranger, "jo@example.org", "not the password").await.is(409);

    assert!(slice.published::<SecurityAlerted>().await.is_empty());
}
