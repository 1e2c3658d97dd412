//! As a member I set up a second factor, and my password alone is worth nothing to others.

use chassis::testing::{Answered, Browser, Slice, slice_test};
use chrono::TimeDelta;
use contracts::identity::{RoleGranted, SecurityAlert, SecurityAlerted};
use totp_rs::{Builder, Secret};

use crate::people::{PASSWORD, account, fill, person, sign_in, signed_in, staff};

const SET_UP: &str = "/account/factors/authenticator";
const SECOND: &str = "/account/sign-in/second";

/// The app on somebody's phone.
pub(crate) struct App(Secret);

impl App {
    /// Scans what a page shows.
    pub(crate) fn scan(page: &Answered) -> Self {
        let (_, rest) = page.text().split_once("<details>").unwrap();
        let (_, rest) = rest.split_once("<code>").unwrap();
        let (spelled, _) = rest.split_once('<').unwrap();
        Self(Secret::try_from_base32(spelled.replace(' ', "")).unwrap())
    }

    /// The code that it shows now.
    pub(crate) fn code(&self, slice: &Slice) -> String {
        let totp = Builder::new().with_secret(self.0.clone()).build().unwrap();
        totp.generate(slice.now().timestamp().unsigned_abs()).to_string()
    }
}

/// Sets an app up for whoever is signed in; gives it with the recovery codes.
pub(crate) async fn with_app(slice: &Slice, browser: &mut Browser) -> (App, Vec<String>) {
    let page = browser.get(SET_UP).await;
    let app = App::scan(&page);
    let done = browser.submit(&page, SET_UP, &[("code", &app.code(slice))]).await;
    let shown = browser.get(done.location()).await;
    // The code that was typed does not work again.
    slice.advance(TimeDelta::seconds(30)).await;
    (app, codes_on(&shown))
}

/// The recovery codes that a page shows.
pub(crate) fn codes_on(page: &Answered) -> Vec<String> {
    let codes = page.text().split("<li><code>").skip(1);
    codes.map(|rest| rest.split_once('<').unwrap().0.to_owned()).collect()
}

/// What was told to the owners of accounts.
pub(crate) async fn alerts(slice: &Slice) -> Vec<SecurityAlert> {
    let told = slice.published::<SecurityAlerted>().await;
    told.into_iter().map(|told| told.message.alert).collect()
}

#[slice_test]
async fn the_password_alone_signs_nobody_in_any_more(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    account(&slice, "jo@example.org").await;
    let mut here = signed_in(&slice, "jo@example.org").await;
    here.get("/account/factors").await.shows("Set up an app").lacks("Recovery codes");
    let page = here.get(SET_UP).await;
    page.shows("<svg ").shows("otpauth://totp/");
    let app = App::scan(&page);

    // A mistyped code keeps the picture, so that nobody scans twice.
    let wrong = here.submit(&page, SET_UP, &[("code", "000000")]).await;
    wrong.is(422).shows("This code is not right");
    let typed = format!(" {} ", app.code(&slice));
    let done = here.submit(&wrong, SET_UP, &[("code", &typed)]).await;
    let shown = here.get(done.location()).await;
    assert_eq!(codes_on(&shown).len(), 10);
    // A page that is loaded again by a slip still shows them; afterwards they are gone.
    assert_eq!(codes_on(&here.get(done.location()).await), codes_on(&shown));
    let kept = here.submit(&shown, "/account/factors/codes/kept", &[]).await;
    here.get(kept.location()).await.shows("The app is set up").shows("10 of 10 left");
    assert_eq!(here.get(done.location()).await.location(), "/account/factors?notice=app");

    let mut there = slice.stranger();
    let half = sign_in(&mut there, "jo@example.org", PASSWORD).await;
    assert_eq!(half.location(), SECOND);
    there.get("/account").await.is(303);
    // The code of the setup was seen by the page already.
    let again = fill(&mut there, SECOND, SECOND, &[("code", &app.code(&slice))]).await;
    again.is(422).shows("This code was used already");
    slice.advance(TimeDelta::seconds(30)).await;
    let code = app.code(&slice);
    let given = fill(&mut there, SECOND, SECOND, &[("code", &code)]).await;
    assert_eq!(given.location(), "/account");
    there.get("/account").await.shows("jo@example.org");

    // Neither the code nor the sign-in that waited works twice.
    let mut other = slice.stranger();
    sign_in(&mut other, "jo@example.org", PASSWORD).await.is(303);
    fill(&mut other, SECOND, SECOND, &[("code", &code)]).await.shows("This code was used already");
    assert_eq!(there.get(SECOND).await.location(), "/account/sign-in");
    let told = [SecurityAlert::AuthenticatorAdded, SecurityAlert::RecoveryCodesMade];
    assert_eq!(alerts(&slice).await, told);
}

#[slice_test]
async fn a_recovery_code_works_once_and_for_its_owner_only(slice: Slice) {
    account(&slice, "jo@example.org").await;
    account(&slice, "sam@example.org").await;
    let (_, codes) = with_app(&slice, &mut signed_in(&slice, "jo@example.org").await).await;
    let (_, others) = with_app(&slice, &mut signed_in(&slice, "sam@example.org").await).await;
    let mut browser = slice.stranger();
    sign_in(&mut browser, "jo@example.org", PASSWORD).await.is(303);

    for (code, why) in [
        (others[0].as_str(), "This recovery code is not right"),
        ("12345", "Enter the 6 digits"),
        ("", "This cannot be left empty"),
    ] {
        fill(&mut browser, SECOND, SECOND, &[("code", code)]).await.is(422).shows(why);
    }
    let typed = codes[3].to_lowercase().replace('-', " ");
    fill(&mut browser, SECOND, SECOND, &[("code", &typed)]).await.is(303);
    browser.get("/account/factors").await.shows("9 of 10 left");
    let mut thief = slice.stranger();
    sign_in(&mut thief, "jo@example.org", PASSWORD).await.is(303);
    fill(&mut thief, SECOND, SECOND, &[("code", &codes[3])]).await.is(422);
    assert_eq!(alerts(&slice).await.last(), Some(&SecurityAlert::RecoveryCodeUsed));

    // New ones end the old.
    let made = fill(&mut browser, "/account/factors/codes", "/account/factors/codes", &[]).await;
    let fresh = codes_on(&browser.get(made.location()).await);
    fill(&mut thief, SECOND, SECOND, &[("code", &codes[4])]).await.is(422);
    fill(&mut thief, SECOND, SECOND, &[("code", &fresh[4])]).await.is(303);
}

#[slice_test]
async fn guessing_codes_makes_wait_those_who_know_the_password(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut here = signed_in(&slice, "jo@example.org").await;
    let (app, _) = with_app(&slice, &mut here).await;
    let mut thief = slice.stranger();
    sign_in(&mut thief, "jo@example.org", PASSWORD).await.is(303);
    for _ in 0..5 {
        fill(&mut thief, SECOND, SECOND, &[("code", "000000")]).await.is(422);
    }
    let right = app.code(&slice);
    let refused = fill(&mut thief, SECOND, SECOND, &[("code", &right)]).await;
    refused.is(409).shows("too many tries");

    // Who signs in anew with the password starts no count afresh.
    let mut again = slice.stranger();
    sign_in(&mut again, "jo@example.org", PASSWORD).await.is(303);
    fill(&mut again, SECOND, SECOND, &[("code", &right)]).await.shows("too many tries");
    slice.advance(TimeDelta::minutes(1)).await;
    fill(&mut again, SECOND, SECOND, &[("code", &app.code(&slice))]).await.is(303);
}

#[slice_test]
async fn a_sign_in_that_waits_ends_by_itself(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut here = signed_in(&slice, "jo@example.org").await;
    let (app, _) = with_app(&slice, &mut here).await;
    let mut late = slice.stranger();
    sign_in(&mut late, "jo@example.org", PASSWORD).await.is(303);
    let page = late.get(SECOND).await;
    let mut signed_out = slice.stranger();
    sign_in(&mut signed_out, "jo@example.org", PASSWORD).await.is(303);
    let open = signed_out.get(SECOND).await;

    fill(&mut here, "/account/sign-ins", "/account/sign-out-everywhere", &[]).await.is(303);
    let code = app.code(&slice);
    let given = signed_out.submit(&open, SECOND, &[("code", &code)]).await;
    assert_eq!(given.location(), "/account/sign-in");
    slice.advance(TimeDelta::minutes(10)).await;
    let given = late.submit(&page, SECOND, &[("code", &app.code(&slice))]).await;
    assert_eq!(given.location(), "/account/sign-in");
    late.get("/account").await.is(303);
}

#[slice_test]
async fn ways_to_sign_in_are_changed_after_a_proof_with_the_second_factor(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut old = signed_in(&slice, "jo@example.org").await;
    let mut here = signed_in(&slice, "jo@example.org").await;
    let (app, codes) = with_app(&slice, &mut here).await;
    let remove = "/account/factors/authenticator/remove";

    // The browser that knows only the password, however lately.
    let again = format!("/account/again?strong=1&return_to={remove}");
    for path in [remove, "/account/factors/passkey", "/account/factors/codes"] {
        let asked = old.get(path).await.location().to_owned();
        assert!(asked.starts_with("/account/again?strong=1&return_to="), "{asked}");
    }
    old.post(remove, &[]).await.is(303);
    old.post("/account/factors/codes", &[]).await.is(303);
    let page = old.get(&again).await;
    page.shows("asks for your second factor").lacks("Password");
    let wrong = old.submit(&page, "/account/again/code", &[("code", "000000")]).await;
    wrong.is(422).shows("This code is not right").lacks("Password");
    let proved = old.submit(&wrong, "/account/again/code", &[("code", &app.code(&slice))]).await;
    assert_eq!(proved.location(), remove);

    // The browser that set the app up is as strong as that, until the proof is old.
    here.get(remove).await.is(200);
    slice.advance(TimeDelta::minutes(16)).await;
    assert_eq!(here.get(remove).await.location(), again);
    let with_code = [("code", codes[0].as_str())];
    let proved = fill(&mut here, &again, "/account/again/code", &with_code).await;
    let gone = fill(&mut here, proved.location(), remove, &[]).await;
    here.get(gone.location()).await.shows("The app is removed");
    assert_eq!(alerts(&slice).await.last(), Some(&SecurityAlert::AuthenticatorRemoved));
    signed_in(&slice, "jo@example.org").await.get("/account").await.shows("jo@example.org");
}

#[slice_test]
async fn who_has_no_second_factor_is_led_to_one_and_back(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut here = signed_in(&slice, "jo@example.org").await;
    let asked = here.get("/account/again?strong=1&return_to=/account/sign-ins").await;
    assert_eq!(asked.location(), "/account/factors?need=1&return_to=/account/sign-ins");
    let page = here.get(asked.location()).await;
    page.shows("What comes next asks for two factors").shows(SET_UP);
    let set_up = format!("{SET_UP}?return_to=/account/sign-ins");
    let page = here.get(&set_up).await;
    let code = App::scan(&page).code(&slice);
    let done = here.submit(&page, SET_UP, &[("code", &code)]).await;
    let shown = here.get(done.location()).await;
    let kept = here.submit(&shown, "/account/factors/codes/kept", &[]).await;
    assert_eq!(kept.location(), "/account/sign-ins");
}

#[slice_test]
async fn a_setup_works_for_the_account_that_it_was_made_for(slice: Slice) {
    account(&slice, "jo@example.org").await;
    account(&slice, "sam@example.org").await;
    let mut jo = signed_in(&slice, "jo@example.org").await;
    let mut sam = signed_in(&slice, "sam@example.org").await;
    let page = jo.get(SET_UP).await;
    let code = App::scan(&page).code(&slice);

    let foreign = sam.submit(&page, SET_UP, &[("code", &code)]).await;
    foreign.is(409).shows("scan the new picture");
    // A form that is sent twice is answered alike; another one finds the app set up.
    let first = jo.submit(&page, SET_UP, &[("code", &code)]).await;
    let codes = codes_on(&jo.get(first.location()).await);
    let twice = jo.submit(&page, SET_UP, &[("code", &code)]).await;
    assert_eq!(codes_on(&jo.get(twice.location()).await), codes);
    let setup = page.hidden(SET_UP).into_iter().find(|(name, _)| name == "setup").unwrap().1;
    let other = jo.post(SET_UP, &[("code", &code), ("setup", &setup)]).await;
    other.is(409).shows("set up already");
}

#[slice_test]
async fn a_role_that_asks_for_two_factors_waits_for_them(slice: Slice) {
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    let mut before = staff(&slice, "editor@example.org", "staff.identity").await;
    let policy = "/staff/identity/factors";
    before.get(policy).await.is(403);
    before.get("/staff/identity").await.is(200);
    let chosen = fill(&mut admin, policy, policy, &[("role", "staff.identity")]).await;
    admin.get(chosen.location()).await.shows("checked").shows("roles that need two factors");
    slice.settle().await;
    let told = slice.published::<RoleGranted>().await;
    let last = told.last().unwrap();
    assert!(last.roles.strong && last.roles.roles == ["staff.identity"], "{:?}", last.roles);

    // Who is signed in by password alone is led to a second factor.
    let withheld = before.get("/staff/identity").await;
    assert_eq!(withheld.location(), "/account/again?strong=1&return_to=%2Fstaff%2Fidentity");
    // Who signs in sets one up first.
    let mut browser = slice.stranger();
    let typed = [("address", "editor@example.org"), ("password", PASSWORD)];
    let page = "/account/sign-in?return_to=/staff/identity";
    let half = fill(&mut browser, page, "/account/sign-in", &typed).await;
    let enrol = "/account/sign-in/enrol";
    assert_eq!(half.location(), enrol);
    browser.get("/account").await.is(303);
    let page = browser.get(enrol).await;
    let app = App::scan(&page);
    browser.submit(&page, enrol, &[("code", "000000")]).await.is(422);
    let done = browser.submit(&page, enrol, &[("code", &app.code(&slice))]).await;
    let shown = browser.get(done.location()).await;
    assert_eq!(codes_on(&shown).len(), 10);
    let kept = browser.submit(&shown, "/account/factors/codes/kept", &[]).await;
    assert_eq!(kept.location(), "/staff/identity");
    browser.get(kept.location()).await.is(200);

    // What the role asks for is not removed; a role that is granted later asks as well.
    let remove = "/account/factors/authenticator/remove";
    let refused = fill(&mut browser, remove, remove, &[]).await;
    refused.is(409).shows("A role of yours asks for two factors");
    staff(&slice, "new@example.org", "staff.identity").await;
    assert!(slice.published::<RoleGranted>().await.last().unwrap().roles.strong);
    // Taken back, it asks no more.
    fill(&mut admin, policy, policy, &[]).await.is(303);
    assert!(!slice.published::<RoleGranted>().await.last().unwrap().roles.strong);
    slice.settle().await;
    before.get("/staff/identity").await.is(200);
}

#[slice_test]
async fn staff_help_whoever_lost_everything(slice: Slice) {
    let mut keeper = staff(&slice, "keeper@example.org", "staff.identity").await;
    account(&slice, "jo@example.org").await;
    with_app(&slice, &mut signed_in(&slice, "jo@example.org").await).await;
    let account_page =
        format!("/staff/identity/accounts/{}", person(&slice, "jo@example.org").await);
    let path = format!("{account_page}/factors");
    keeper.get(&account_page).await.shows("set up").shows(&path);

    fill(&mut keeper, &path, &path, &[("reason", "")]).await.is(422);
    let reason = [("reason", "called back, knew the member number")];
    let taken = fill(&mut keeper, &path, &path, &reason).await;
    keeper.get(taken.location()).await.shows("called back").shows("second factors taken away");
    signed_in(&slice, "jo@example.org").await.get("/account").await.shows("jo@example.org");
    assert_eq!(alerts(&slice).await.last(), Some(&SecurityAlert::AuthenticatorRemoved));

    // Not their own, nor those of a colleague.
    let mut browser = signed_in(&slice, "keeper@example.org").await;
    with_app(&slice, &mut browser).await;
    let own =
        format!("/staff/identity/accounts/{}/factors", person(&slice, "keeper@example.org").await);
    keeper.post(&own, &reason).await.is(409).shows("on the page of your account");
    staff(&slice, "other@example.org", "staff.content").await;
    with_app(&slice, &mut signed_in(&slice, "other@example.org").await).await;
    let other =
        format!("/staff/identity/accounts/{}/factors", person(&slice, "other@example.org").await);
    keeper.post(&other, &reason).await.is(409).shows("Only an administrator");
}
