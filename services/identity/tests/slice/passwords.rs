//! As a member I choose a password that nobody guesses, and that I did not have before.

use chassis::testing::{Browser, Slice, slice_test};
use chrono::TimeDelta;
use contracts::identity::CodePurpose;

use crate::people::{PASSWORD, account, codes, fill, forget, last_code, reset, sign_in, signed_in};

async fn change(browser: &mut Browser, old: &str, new: &str) -> chassis::testing::Answered {
    let page = "/account/password";
    fill(browser, page, page, &[("old_password", old), ("password", new)]).await
}

#[slice_test]
async fn a_password_that_is_guessed_soon_is_refused_with_advice(slice: Slice) {
    account(&slice, "josephine@northwind.example").await;
    let mut browser = signed_in(&slice, "josephine@northwind.example").await;

    let common = change(&mut browser, PASSWORD, "password12345").await;
    common.is(422).shows("add another word or two").lacks("password12345");
    let own = change(&mut browser, PASSWORD, "josephinenorthwind").await;
    own.is(422).shows("your name, your address");
    change(&mut browser, PASSWORD, "copper otter lamp nine").await.is(303);
}

#[slice_test]
async fn a_weak_password_uses_no_link_up(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut browser = slice.stranger();
    forget(&mut browser, "jo@example.org").await.is(303);
    let code = last_code(&slice, CodePurpose::Reset).await;

    reset(&mut browser, &code, "qwertyuiop").await.is(422).shows("jo@example.org");
    reset(&mut browser, &code, "copper otter lamp nine").await.is(303);
    assert_eq!(codes(&slice, CodePurpose::Reset).await.len(), 1);
}

#[slice_test]
async fn the_last_five_passwords_are_not_chosen_again(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    let chosen = ["one", "two", "three", "four", "five", "six"]
        .map(|word| format!("copper otter lamp {word}"));
    let mut old = PASSWORD;

    change(&mut browser, old, old).await.is(422).shows("you had this password before");
    for new in &chosen[..5] {
        slice.advance(TimeDelta::minutes(1)).await;
        change(&mut browser, old, new).await.is(303);
        old = new;
    }
    // Whoever does not know the current one learns nothing of those before.
    change(&mut browser, "not the password", PASSWORD).await.lacks("you had").is(422);
    change(&mut browser, old, PASSWORD).await.is(422).shows("you had this password before");
    slice.advance(TimeDelta::minutes(1)).await;
    change(&mut browser, old, &chosen[5]).await.is(303);
    // Five newer ones by now.
    change(&mut browser, &chosen[5], PASSWORD).await.is(303);
    sign_in(&mut slice.stranger(), "jo@example.org", PASSWORD).await.is(303);
}
