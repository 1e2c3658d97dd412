//! Two at once: the second sees what the first did.

use chassis::testing::{Slice, slice_test};
use contracts::identity::{AccountRegistered, AccountVerified, CodePurpose, RoleGranted};

use crate::people::{PASSWORD, account, last_code, operator, register};

#[slice_test]
async fn two_who_register_one_address_make_one_account(slice: Slice) {
    let (mut one, mut other) = (slice.stranger(), slice.stranger());

    let both = futures::join!(
        register(&mut one, "jo@example.org"),
        register(&mut other, "JO@example.org")
    );

    both.0.is(303);
    both.1.is(303);
    slice.published_one::<AccountRegistered>().await;
}

#[slice_test]
async fn two_who_use_one_code_use_it_once(slice: Slice) {
    let (mut one, mut other) = (slice.stranger(), slice.stranger());
    register(&mut one, "jo@example.org").await;
    let code = last_code(&slice, CodePurpose::Confirm).await;
    let path = format!("/account/confirm?code={code}");
    let (page, same) = (one.get(&path).await, other.get(&path).await);

    let both = futures::join!(
        one.submit(&page, "/account/confirm", &[("password", PASSWORD)]),
        other.submit(&same, "/account/confirm", &[("password", PASSWORD)])
    );

    let mut statuses = [both.0.status(), both.1.status()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 410]);
    slice.published_one::<AccountVerified>().await;
}

#[slice_test]
async fn two_roles_granted_at_once_are_both_there(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let one = identity::grant("jo@example.org", "staff.content");
    let other = identity::grant("jo@example.org", "staff.finance");

    let both = slice.race(&operator(), &one, &other).await;

    assert!(both.0.is_ok() && both.1.is_ok());
    let granted = slice.published::<RoleGranted>().await;
    let last = granted.iter().max_by_key(|one| one.roles.version).unwrap();
    assert_eq!((last.roles.version, last.roles.roles.len()), (2, 2));
}

#[slice_test]
async fn tries_at_once_all_count(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut browsers = [slice.stranger(), slice.stranger(), slice.stranger()];
    let mut pages = Vec::new();
    for browser in &mut browsers {
        pages.push(browser.get("/account/sign-in").await);
    }
    let typed = [("address", "jo@example.org"), ("password", "not the password")];
    let [one, two, three] = &mut browsers;
    let mut wrong = 0;

    for _ in 0..2 {
        let all = futures::join!(
            one.submit(&pages[0], "/account/sign-in", &typed),
            two.submit(&pages[1], "/account/sign-in", &typed),
            three.submit(&pages[2], "/account/sign-in", &typed)
        );
        let answers = [all.0, all.1, all.2];
        wrong += answers.iter().filter(|one| one.is(409).text().contains("is wrong")).count();
    }

    assert_eq!(wrong, 5);
    let right = [("address", "jo@example.org"), ("password", PASSWORD)];
    one.submit(&pages[0], "/account/sign-in", &right).await.shows("too many tries");
}
