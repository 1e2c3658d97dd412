//! As a member I sign in with a passkey, without address or password; and what thieves try.

use chassis::testing::{Answered, Browser, Slice, slice_test};
use chrono::TimeDelta;
use contracts::identity::{AccountVerified, CodePurpose, SecurityAlert};

use crate::factors::{alerts, codes_on};
use crate::people::{
    PASSWORD, account, fill, forget, last_code, person, register, reset, sign_in, signed_in, staff,
};
use crate::soft::{Device, asked};

const ADD: &str = "/account/factors/passkey";
const SIGN_IN: &str = "/account/sign-in/passkey";
const SECOND: &str = "/account/sign-in/second/passkey";

/// Adds the passkey of a device to the account of whoever is signed in.
pub(crate) async fn add(browser: &mut Browser, device: &mut Device) -> Answered {
    let page = browser.get(ADD).await;
    let made = device.create(&asked(&page, ADD));
    browser.submit(&page, ADD, &[("name", "Laptop"), ("credential", &made)]).await
}

/// Somebody with an account and a passkey; the browser that added it.
pub(crate) async fn with_passkey(slice: &Slice, address: &str, n: u8) -> (Browser, Device) {
    account(slice, address).await;
    let (mut browser, mut device) = (signed_in(slice, address).await, Device::new(n));
    add(&mut browser, &mut device).await.is(303);
    (browser, device)
}

/// Signs in by the passkey of a device.
pub(crate) async fn by_passkey(browser: &mut Browser, device: &mut Device) -> Answered {
    let page = browser.get("/account/sign-in").await;
    let answer = device.get(&asked(&page, SIGN_IN));
    browser.submit(&page, SIGN_IN, &[("credential", &answer)]).await
}

#[slice_test]
async fn a_passkey_signs_in_without_address_and_password(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut here = signed_in(&slice, "jo@example.org").await;
    let mut device = Device::new(1);
    let added = add(&mut here, &mut device).await;
    assert_eq!(codes_on(&here.get(added.location()).await).len(), 10);
    here.get("/account/factors").await.shows("Laptop").shows("never").shows("Recovery codes");

    let mut there = slice.stranger();
    let page = there.get("/account/sign-in?return_to=/account/sign-ins").await;
    page.shows("username webauthn").shows("Sign in with a passkey");
    let answer = device.get(&asked(&page, SIGN_IN));
    let done = there.submit(&page, SIGN_IN, &[("credential", &answer)]).await;
    assert_eq!(done.location(), "/account/sign-ins");
    there.get("/account").await.shows("jo@example.org");
    there.get("/account/factors").await.lacks("never");
    let told = [SecurityAlert::PasskeyAdded, SecurityAlert::RecoveryCodesMade];
    assert_eq!(alerts(&slice).await, told);
}

#[slice_test]
async fn a_passkey_is_the_second_factor_after_a_password(slice: Slice) {
    let (_, mut device) = with_passkey(&slice, "jo@example.org", 1).await;
    let (_, mut other) = with_passkey(&slice, "sam@example.org", 2).await;
    let mut browser = slice.stranger();
    let half = sign_in(&mut browser, "jo@example.org", PASSWORD).await;
    assert_eq!(half.location(), "/account/sign-in/second");

    let page = browser.get("/account/sign-in/second").await;
    let options = asked(&page, SECOND);
    assert_eq!(options["publicKey"]["allowCredentials"].as_array().unwrap().len(), 1);
    let foreign = other.get(&options);
    let refused = browser.submit(&page, SECOND, &[("credential", &foreign)]).await;
    refused.is(409).shows("belongs to another account");
    let answer = device.get(&asked(&refused, SECOND));
    let done = browser.submit(&refused, SECOND, &[("credential", &answer)]).await;
    assert_eq!(done.location(), "/account");
    browser.get("/account").await.shows("jo@example.org");
}

#[slice_test]
async fn no_answer_works_twice_or_late_or_elsewhere(slice: Slice) {
    let (mut here, mut device) = with_passkey(&slice, "jo@example.org", 1).await;
    let mut browser = slice.stranger();
    let page = browser.get("/account/sign-in").await;
    let challenge = page.hidden(SIGN_IN).into_iter().find(|(name, _)| name == "challenge");
    let challenge = challenge.unwrap().1;
    let answer = device.get(&asked(&page, SIGN_IN));
    let sent = [("challenge", challenge.as_str()), ("credential", answer.as_str())];
    browser.post(SIGN_IN, &sent).await.is(303);

    // Overheard and sent again: the count and the challenge each refuse it.
    let replayed = slice.stranger().post(SIGN_IN, &sent).await;
    replayed.is(409).shows("seems to have been copied");
    // With a count that went on, the challenge still was answered.
    let second = device.get(&asked(&page, SIGN_IN));
    let again = [("challenge", challenge.as_str()), ("credential", second.as_str())];
    slice.stranger().post(SIGN_IN, &again).await.is(409).shows("was used already");

    // An answer given to the sign-in page proves nothing to another.
    let page = slice.stranger().get("/account/sign-in").await;
    let other = page.hidden(SIGN_IN).into_iter().find(|(name, _)| name == "challenge").unwrap().1;
    let answer = device.get(&asked(&page, SIGN_IN));
    let elsewhere = [("challenge", other.as_str()), ("credential", answer.as_str())];
    here.post("/account/again/passkey", &elsewhere).await.is(409).shows("open for too long");
    slice.advance(TimeDelta::minutes(15)).await;
    slice.stranger().post(SIGN_IN, &elsewhere).await.is(409).shows("open for too long");
}

#[slice_test]
async fn a_copied_locked_or_misled_passkey_is_refused(slice: Slice) {
    let (_, device) = with_passkey(&slice, "jo@example.org", 1).await;
    let (_, sams) = with_passkey(&slice, "sam@example.org", 2).await;
    let mut copy = device.clone();
    let (mut fished, mut open, mut posing) = (device.clone(), device.clone(), device.clone());
    fished.origin = "http://scte.test.evil.example";
    open.unlocked = false;
    posing.poses_as(&sams);
    let mut owner = device;
    for (thief, why) in [
        (&mut fished, "could not be checked"),
        (&mut open, "did not check that it is you"),
        (&mut posing, "belongs to another account"),
    ] {
        by_passkey(&mut slice.stranger(), thief).await.is(409).shows(why);
    }
    by_passkey(&mut slice.stranger(), &mut owner).await.is(303);
    by_passkey(&mut slice.stranger(), &mut owner).await.is(303);
    by_passkey(&mut slice.stranger(), &mut copy).await.is(409).shows("seems to have been copied");

    // Its owner reads of it; a passkey that nobody added is nobody's.
    let mut keeper = staff(&slice, "keeper@example.org", "staff.identity").await;
    let page = format!("/staff/identity/accounts/{}", person(&slice, "jo@example.org").await);
    keeper.get(&page).await.shows("passkey refused as copied");
    let mut unknown = Device::new(9);
    by_passkey(&mut slice.stranger(), &mut unknown).await.is(409).shows("not known here");
    let mut browser = slice.stranger();
    let page = browser.get("/account/sign-in").await;
    for (sent, why) in [("", "gave no passkey"), ("{}", "could not be checked")] {
        browser.submit(&page, SIGN_IN, &[("credential", sent)]).await.is(409).shows(why);
    }
}

#[slice_test]
async fn an_account_without_a_password(slice: Slice) {
    register(&mut slice.stranger(), "jo@example.org").await.is(303);
    let code = last_code(&slice, CodePurpose::Confirm).await;
    let (mut browser, mut device) = (slice.stranger(), Device::new(1));
    let action = "/account/confirm/passkey";
    let page = browser.get(&format!("/account/confirm?code={code}")).await;
    let made = device.create(&asked(&page, action));
    let typed = [("name", "Phone"), ("credential", made.as_str())];
    let done = browser.submit(&page, action, &typed).await;
    let shown = browser.get(done.location()).await;
    let codes = codes_on(&shown);
    let kept = browser.submit(&shown, "/account/factors/codes/kept", &[]).await;
    browser.get(kept.location()).await.shows("Sign in with your passkey to go on");
    slice.published_one::<AccountVerified>().await;
    slice.settle().await;
    by_passkey(&mut browser, &mut device).await.is(303);
    browser.get("/account/factors").await.shows("You have none; you sign in with a passkey");

    // The last way in stays; no password was ever right.
    let factors = browser.get("/account/factors").await;
    let (_, rest) = factors.text().split_once("href=\"/account/factors/passkeys/").unwrap();
    let own = format!("/account/factors/passkeys/{}", rest.split_once('"').unwrap().0);
    let remove = format!("{own}/remove");
    let refused = fill(&mut browser, &own, &remove, &[]).await;
    refused.is(409).shows("This is your last way to sign in");
    sign_in(&mut slice.stranger(), "jo@example.org", PASSWORD).await.is(409);

    // Locked and unlocked it is what it was.
    let mut keeper = staff(&slice, "keeper@example.org", "staff.identity").await;
    let account = format!("/staff/identity/accounts/{}", person(&slice, "jo@example.org").await);
    let reason = [("reason", "as an example")];
    let (lock, unlock) = (format!("{account}/lock"), format!("{account}/unlock"));
    fill(&mut keeper, &lock, &lock, &reason).await.is(303);
    by_passkey(&mut slice.stranger(), &mut device).await.is(409).shows("This account is locked");
    fill(&mut keeper, &unlock, &unlock, &reason).await.is(303);
    by_passkey(&mut slice.stranger(), &mut device).await.is(303);

    // Who reads the mail alone does not come in: a recovery code goes with it.
    forget(&mut slice.stranger(), "jo@example.org").await.is(303);
    let code = last_code(&slice, CodePurpose::Reset).await;
    let mut lost = slice.stranger();
    reset(&mut lost, &code, PASSWORD).await.is(303);
    let half = sign_in(&mut lost, "jo@example.org", PASSWORD).await;
    assert_eq!(half.location(), "/account/sign-in/second");
    let with_code = [("code", codes[0].as_str())];
    fill(&mut lost, half.location(), "/account/sign-in/second", &with_code).await.is(303);
}

#[slice_test]
async fn a_password_goes_and_passkeys_are_named_and_removed(slice: Slice) {
    let (mut here, mut device) = with_passkey(&slice, "jo@example.org", 1).await;
    let remove_password = "/account/factors/password/remove";
    fill(&mut here, remove_password, remove_password, &[]).await.is(303);
    sign_in(&mut slice.stranger(), "jo@example.org", PASSWORD).await.is(409);
    by_passkey(&mut slice.stranger(), &mut device).await.is(303);

    // The same passkey is not added twice, nor to another account.
    add(&mut here, &mut device.clone()).await.is(409).shows("added already");
    account(&slice, "sam@example.org").await;
    let mut sam = signed_in(&slice, "sam@example.org").await;
    add(&mut sam, &mut device.clone()).await.is(409).shows("added already");
    let mut second = Device::new(2);
    slice.advance(TimeDelta::seconds(1)).await;
    add(&mut here, &mut second).await.is(303);

    let factors = here.get("/account/factors").await;
    let (_, rest) = factors.text().split_once("href=\"/account/factors/passkeys/").unwrap();
    let own = format!("/account/factors/passkeys/{}", rest.split_once('"').unwrap().0);
    sam.get(&own).await.is(404);
    sam.post(&format!("{own}/remove"), &[]).await.is(404);
    fill(&mut here, &own, &own, &[("name", "")]).await.is(422);
    let renamed = fill(&mut here, &own, &own, &[("name", "Old laptop")]).await;
    here.get(renamed.location()).await.shows("Old laptop");
    slice.advance(TimeDelta::minutes(16)).await;
    let remove = format!("{own}/remove");
    let asked_again = fill(&mut here, &own, &remove, &[]).await;
    let page = here.get(asked_again.location()).await;
    let again = "/account/again/passkey";
    let answer = device.get(&asked(&page, again));
    let proved = here.submit(&page, again, &[("credential", &answer)]).await;
    assert_eq!(proved.location(), own);
    let gone = fill(&mut here, &own, &remove, &[]).await;
    here.get(gone.location()).await.shows("The passkey is removed").lacks("Old laptop");
    by_passkey(&mut slice.stranger(), &mut device).await.is(409).shows("not known here");
    by_passkey(&mut slice.stranger(), &mut second).await.is(303);
}

#[slice_test]
async fn where_the_site_has_no_name_there_are_no_passkeys(mut slice: Slice) {
    account(&slice, "jo@example.org").await;
    slice
        .with_site(|site| {
            site.origin = "http://192.0.2.7:8300".to_owned();
            site.loopback = false;
        })
        .await;
    slice.stranger().get("/account/sign-in").await.lacks("Sign in with a passkey");
    let mut here = signed_in(&slice, "jo@example.org").await;
    here.get("/account/factors").await.shows("passkeys work only where a site has a name");
    slice
        .stranger()
        .post(SIGN_IN, &[("credential", "{}")])
        .await
        .is(409)
        .shows("a name of its own");
}
