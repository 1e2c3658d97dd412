//! As a member I am sure that nobody learns from this site whether I have an account.

use chassis::testing::{Answered, Slice, slice_test};
use contracts::identity::CodePurpose;

use crate::people::{PASSWORD, account, codes, fill, forget, guess, register, sign_in};

/// All that a stranger can see of an answer, but for what every answer has of its own.
fn seen(answer: &Answered, address: &str) -> String {
    let mut text = answer.text().replace(address, "ADDRESS");
    // Keys of forms, and what a passkey is asked: as it stands in a field and in the options.
    for (mark, end) in [
        ("name=\"_csrf\" value=\"", '"'),
        ("name=\"_key\" value=\"", '"'),
        ("name=\"challenge\" value=\"", '"'),
        ("&#34;challenge&#34;:&#34;", '&'),
    ] {
        let parts: Vec<_> = text.split(mark).map(str::to_owned).collect();
        let rest = parts[1..].iter().map(|part| part.split_once(end).unwrap().1.to_owned());
        text = std::iter::once(parts[0].clone()).chain(rest).collect::<Vec<_>>().join(mark);
    }
    let place = answer.header("location").unwrap_or_default();
    let cookies = answer.header("set-cookie").map(|cookie| cookie.split('=').next().unwrap());
    format!("{} {place} {cookies:?} {text}", answer.status())
}

/// One account of each kind, and an address that nobody has.
async fn addresses(slice: &Slice) -> [&'static str; 3] {
    account(slice, "jo@example.org").await;
    register(&mut slice.stranger(), "ann@example.org").await.is(303);
    ["jo@example.org", "ann@example.org", "sam@example.org"]
}

#[slice_test]
async fn every_door_answers_alike_whoever_has_an_account(slice: Slice) {
    let addresses = addresses(&slice).await;
    let mut answers: [Vec<String>; 3] = Default::default();
    for address in addresses {
        let mut browser = slice.stranger();
        let wrong = sign_in(&mut browser, address, "not the password").await;
        let forgotten = forget(&mut browser, address).await;
        let registered = register(&mut browser, address).await;
        for (answers, answer) in answers.iter_mut().zip([wrong, forgotten, registered]) {
            answers.push(seen(&answer, address));
        }
        // Nor does any cookie count what was published for whom.
        assert_eq!(browser.cookie("scte_seen"), None, "{address}");
    }

    for door in answers {
        assert!(door[0].len() > 10);
        assert_eq!(door[0], door[1]);
        assert_eq!(door[0], door[2]);
    }
}

#[slice_test]
async fn whoever_guesses_waits_alike_and_the_block_ends_by_itself(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    let addresses = addresses(&slice).await;
    let mut blocked = Vec::new();
    for address in addresses {
        let mut browser = slice.stranger();
        for _ in 0..5 {
            sign_in(&mut browser, address, "not the password").await.is(409);
        }
        let answer = sign_in(&mut browser, address, "not the password").await;
        blocked.push(seen(&answer, address));
    }
    assert!(blocked[0].contains("too many tries"));
    assert_eq!((&blocked[0], &blocked[0]), (&blocked[1], &blocked[2]));

    slice.at("2027-03-02T10:01:00Z").await;
    sign_in(&mut slice.stranger(), "jo@example.org", PASSWORD).await.is(303);
}

#[slice_test]
async fn mails_are_limited_alike_known_or_not(slice: Slice) {
    let mut refused = Vec::new();
    let addresses = addresses(&slice).await;
    slice.advance(chrono::TimeDelta::minutes(20)).await;
    for address in addresses {
        let mut browser = slice.stranger();
        for _ in 0..5 {
            forget(&mut browser, address).await.is(303);
        }
        refused.push(seen(&forget(&mut browser, address).await, address));
    }
    assert!(refused[0].contains("too many tries"));
    assert_eq!((&refused[0], &refused[0]), (&refused[1], &refused[2]));
    assert_eq!(codes(&slice, CodePurpose::Reset).await.len(), 10);
}

#[slice_test]
async fn a_locked_account_is_not_told_from_a_wrong_password(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let jo = crate::people::person(&slice, "jo@example.org").await;
    let mut admin = crate::people::staff(&slice, "admin@example.org", "staff.admin").await;
    let path = format!("/staff/identity/accounts/{jo}/lock");
    fill(&mut admin, &path, &path, &[("reason", "asked by phone")]).await.is(303);

    let right = sign_in(&mut slice.stranger(), "jo@example.org", PASSWORD).await;
    let unknown = sign_in(&mut slice.stranger(), "sam@example.org", PASSWORD).await;
    assert_eq!(seen(&right, "jo@example.org"), seen(&unknown, "sam@example.org"));
    guess(&mut slice.stranger(), "kim@example.org").await;
}
