//! ID-26: as somebody the society knows from before, I register and it is my old record.

use chassis::testing::{Slice, slice_test};
use contracts::PersonId;
use contracts::identity::{
    AccountRegistered, AccountState, AccountVerified, CodePurpose, DuplicateFound,
};
use contracts::shared::PersonIntroduced;

use crate::people::{
    PASSWORD, account, confirm, forget, last_code, person, register, reset, sign_in,
};

fn introduced(n: u128, address: &str) -> PersonIntroduced {
    PersonIntroduced {
        person_id: PersonId(uuid::Uuid::from_u128(n)),
        address: address.to_owned(),
        name: "Jo Alvarez".to_owned(),
        language: "es".to_owned(),
        version: 1,
    }
}

#[slice_test]
async fn registering_claims_the_dormant_account(slice: Slice) {
    slice.deliver_twice("membership", introduced(7, "Jo@example.org")).await;
    let made = slice.published::<AccountRegistered>().await;
    assert_eq!((made.len(), made[0].account.state.clone()), (1, AccountState::Dormant));
    let mut browser = slice.stranger();

    register(&mut browser, "jo@EXAMPLE.org").await;
    confirm(&mut browser, &last_code(&slice, CodePurpose::Confirm).await).await;

    sign_in(&mut browser, "jo@example.org", PASSWORD).await.is(303);
    let verified = slice.published::<AccountVerified>().await.pop().unwrap();
    assert_eq!(verified.account.person_id, introduced(7, "").person_id);
    assert_eq!(slice.published::<AccountRegistered>().await.len(), 1);
}

#[slice_test]
async fn a_dormant_account_is_also_claimed_by_a_forgotten_password(slice: Slice) {
    slice.deliver("membership", introduced(7, "jo@example.org")).await;
    let mut browser = slice.stranger();

    forget(&mut browser, "jo@example.org").await;
    let code = last_code(&slice, CodePurpose::Reset).await;
    reset(&mut browser, &code, PASSWORD).await;

    sign_in(&mut browser, "jo@example.org", PASSWORD).await.is(303);
    assert_eq!(slice.published::<AccountVerified>().await.len(), 1);
}

#[slice_test]
async fn an_address_of_another_makes_an_alias_and_no_second_account(slice: Slice) {
    let jo = account(&slice, "jo@example.org").await;

    slice.deliver_twice("membership", introduced(7, "JO@example.org")).await;
    slice.deliver("events", introduced(8, "jo@example.org")).await;
    slice.deliver("membership", introduced(7, "jo@example.org")).await;

    let found = slice.published::<DuplicateFound>().await;
    let aliases: Vec<_> = found.iter().map(|one| (one.alias, one.kept)).collect();
    let alias = |n: u128| introduced(n, "").person_id;
    assert_eq!(aliases, [(alias(7), jo), (alias(8), jo)]);
    assert_eq!(slice.published::<AccountRegistered>().await.len(), 1);
}

#[slice_test]
async fn an_introduction_keeps_an_unconfirmed_registration_from_being_removed(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    register(&mut slice.stranger(), "jo@example.org").await;
    let jo = person(&slice, "jo@example.org").await;

    slice.deliver("membership", introduced(7, "jo@example.org")).await;
    slice.at("2027-03-16T10:00:00Z").await;

    assert!(slice.published::<contracts::identity::AccountRemoved>().await.is_empty());
    assert_eq!(account(&slice, "jo@example.org").await, jo);
}

#[slice_test]
async fn who_was_introduced_twice_has_one_account(slice: Slice) {
    slice.deliver("membership", introduced(7, "jo@example.org")).await;
    slice.deliver("events", introduced(7, "jo@example.org")).await;
    slice.deliver("events", introduced(7, "jo@work.example")).await;
    slice.deliver("events", introduced(9, "no address")).await;

    assert_eq!(slice.published::<AccountRegistered>().await.len(), 1);
    assert!(slice.published::<DuplicateFound>().await.is_empty());
}
