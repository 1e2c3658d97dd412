//! Who is signed in, by token and by what messages told since; and whom a page lets in.

use chassis::testing::{Slice, slice_test};
use chrono::TimeDelta;
use contracts::identity::{
    AccountLocked, AccountState, DuplicateFound, RoleGranted, RoleRevoked, Roles, SignInEnded,
    SignedOutEverywhere,
};
use contracts::membership::{
    Company, CompanyPublished, CompanySize, CompanyTerm, CompanyTermEnded, CompanyTermStarted,
    Seat, SeatAssigned, SeatReleased, SeatState,
};
use contracts::{CompanyId, SignInId};
use uuid::Uuid;

use crate::people::{account, person};

#[slice_test]
async fn a_stranger_is_sent_to_sign_in_and_comes_back(slice: Slice) {
    let page = slice.stranger().get("/probe/note?a=b&c").await;
    assert_eq!(page.is(303).location(), "/account/sign-in?return_to=%2Fprobe%2Fnote%3Fa%3Db%26c");
    slice.stranger().get("/staff/probe").await.is(303);
}

#[slice_test]
async fn a_member_is_greeted_and_known_as_one(slice: Slice) {
    slice.a_member(person(1), "2027-03-02").await;
    let mut jo = slice.sign_in(person(1)).await;

    jo.get("/probe").await.is(200).shows("Jo Alvarez is a member").shows("Sign out");
    slice.today("2027-03-02").await;
    let mut jo = slice.sign_in(person(1)).await;
    jo.get("/probe").await.is(200).shows("Jo Alvarez is no member");
}

#[slice_test]
async fn whoever_holds_a_seat_is_a_member_as_long_as_the_company_is_one(slice: Slice) {
    let [acme, denver] = [10, 11].map(|n| CompanyId(Uuid::from_u128(n)));
    let seat = |n: u128, company_id, state, version| Seat {
        seat_id: Uuid::from_u128(n).into(),
        company_id,
        person_id: person(n),
        state,
        version,
    };
    let term = |ends_before: &str, version| CompanyTerm {
        term_id: Uuid::from_u128(12).into(),
        company_id: acme,
        type_id: Uuid::from_u128(13).into(),
        seats: 50,
        starts_on: "2027-01-01".parse().unwrap(),
        ends_before: ends_before.parse().unwrap(),
        version,
    };
    // In any order: the seat of a branch, before anybody knows that it is one.
    slice.deliver("membership", SeatAssigned { seat: seat(1, denver, SeatState::Held, 2) }).await;
    slice.deliver("membership", SeatAssigned { seat: seat(2, acme, SeatState::Held, 2) }).await;
    slice.deliver("membership", CompanyTermStarted { term: term("2028-01-01", 1) }).await;
    let (mut one, mut other) = (slice.sign_in(person(1)).await, slice.sign_in(person(2)).await);
    one.get("/probe").await.shows("is no member");
    other.get("/probe").await.lacks("is no member").shows("is a member");
    let company = Company {
        company_id: denver,
        name: "Acme Denver".to_owned(),
        parent_id: Some(acme),
        region: String::new(),
        size: CompanySize::NotKnown,
        domains: Vec::new(),
        admins: Vec::new(),
        dues_contact: None,
        member_contact: None,
        version: 1,
    };
    slice.deliver("membership", CompanyPublished { company }).await;
    one.get("/probe").await.shows("is a member");

    let released = SeatReleased { seat: seat(2, acme, SeatState::Released, 3) };
    slice.deliver_twice("membership", released).await;
    other.get("/probe").await.shows("is no member");
    // What was said before and comes late changes nothing.
    slice.deliver("membership", SeatAssigned { seat: seat(2, acme, SeatState::Held, 2) }).await;
    other.get("/probe").await.shows("is no member");
    slice.deliver("membership", CompanyTermEnded { term: term("2027-01-01", 2) }).await;
    one.get("/probe").await.shows("is no member");
}

#[slice_test]
async fn only_the_right_staff_is_let_in(slice: Slice) {
    slice.sign_in(person(1)).await.get("/staff/probe").await.is(403).shows("not for you");
    slice.staff(person(2), &["staff.content"]).await.get("/staff/probe").await.is(403);
    let mut finance = slice.staff(person(3), &["staff.finance"]).await;
    finance.get("/staff/probe").await.is(200).shows("acts as staff:").shows("Staff notes");
    slice.staff(person(4), &["staff.admin"]).await.get("/staff/probe").await.is(200);

    let roles = Roles { person_id: person(3), roles: Vec::new(), strong: false, version: 2 };
    let revoked = RoleRevoked { roles, role: "staff.finance".to_owned() };
    slice.deliver_twice("identity", revoked).await;
    finance.get("/staff/probe").await.is(403);
}

#[slice_test]
async fn roles_that_ask_two_factors_do_not_count_without(slice: Slice) {
    let again = "/account/again?strong=1&return_to=%2Fstaff%2Fprobe";
    let mut finance = slice.staff(person(3), &["staff.finance"]).await;
    finance.get("/staff/probe").await.is(200);

    let roles = vec!["staff.finance".to_owned()];
    let roles = Roles { person_id: person(3), roles, strong: true, version: 2 };
    let role = "staff.finance".to_owned();
    slice.deliver_twice("identity", RoleGranted { roles: roles.clone(), role }).await;

    assert_eq!(finance.get("/staff/probe").await.is(303).location(), again);
    let sent = finance.post("/staff/probe/forget", &[]).await;
    assert_eq!(sent.location(), "/account/again?strong=1&return_to=%2F");
    // A page for everybody says where the console went; whoever has no role is told no.
    finance.get("/probe").await.is(200).shows("/account/again?strong=1&return_to=%2Faccount");
    slice.sign_in(person(1)).await.get("/staff/probe").await.is(403);
    for how in ["password totp", "passkey"] {
        let mut strong = slice.sign_in_by(person(3), how).await;
        strong.get("/staff/probe").await.is(200);
    }
    // Of a colleague whom nothing more is asked of, and after it is no longer asked.
    slice.staff(person(4), &["staff.finance"]).await.get("/staff/probe").await.is(200);
    let roles = Roles { strong: false, version: 3, ..roles };
    let role = "staff.finance".to_owned();
    slice.deliver("identity", RoleGranted { roles, role }).await;
    finance.get("/staff/probe").await.is(200);
}

#[slice_test]
async fn a_token_that_ran_out_goes_by_way_of_identity(slice: Slice) {
    let mut jo = slice.sign_in(person(1)).await;
    slice.advance(TimeDelta::hours(11)).await;
    jo.get("/probe/note").await.is(200);

    slice.advance(TimeDelta::hours(1)).await;
    let page = jo.get("/probe/note").await;
    assert_eq!(page.is(303).location(), "/account/continue?return_to=%2Fprobe%2Fnote");
    jo.post("/probe/note", &[("text", "hello")]).await.is(401).shows("Sign in");
    jo.get("/probe").await.is(200).shows("nobody");
}

#[slice_test]
async fn signing_out_everywhere_ends_older_sign_ins(slice: Slice) {
    let mut jo = slice.sign_in(person(1)).await;
    jo.get("/probe/note").await.is(200);

    let account = account(1, AccountState::Active, 2);
    slice.deliver("identity", SignedOutEverywhere { account }).await;
    jo.get("/probe/note").await.is(303);
    assert_eq!(jo.cookie("scte_session"), None, "a worthless cookie is removed");
}

#[slice_test]
async fn a_locked_account_is_signed_out_at_once(slice: Slice) {
    let mut jo = slice.sign_in(person(1)).await;
    jo.get("/probe/note").await.is(200);
    let locked = AccountLocked { account: account(0, AccountState::Locked, 3) };
    slice.deliver("identity", locked).await;
    jo.get("/probe/note").await.is(303);

    // An older state that comes late changes nothing.
    let late = SignedOutEverywhere { account: account(0, AccountState::Active, 2) };
    slice.deliver("identity", late).await;
    slice.sign_in(person(1)).await.get("/probe/note").await.is(303);
}

#[slice_test]
async fn one_sign_in_can_be_ended_alone(slice: Slice) {
    let mut jo = slice.sign_in(person(1)).await;
    jo.get("/probe/note").await.is(200);
    let ended = SignInEnded {
        signin_id: SignInId(Uuid::from_u128(1 ^ 0xff)),
        person_id: person(1),
        expires_at: slice.now() + TimeDelta::hours(12),
        version: 1,
    };
    slice.deliver("identity", ended).await;
    jo.get("/probe/note").await.is(303);
}

#[slice_test]
async fn an_alias_is_the_person_who_was_kept(slice: Slice) {
    slice.a_member(person(2), "2028-01-01").await;
    let mut jo = slice.sign_in(person(1)).await;
    jo.get("/probe").await.is(200).shows("no member");
    let note = jo.post("/probe/note", &[("text", "hello")]).await.location().to_owned();

    for (alias, kept) in [(1, 3), (3, 2)] {
        let found = DuplicateFound { alias: person(alias), kept: person(kept), version: 1 };
        slice.deliver_twice("identity", found).await;
    }
    jo.get("/probe").await.is(200).shows("Jo Alvarez is a member");
    jo.get(&note).await.is(200).shows("hello");
    slice.sign_in(person(2)).await.get(&note).await.is(200).shows("hello");
    slice.sign_in(person(4)).await.get(&note).await.is(403);
}

#[slice_test]
async fn a_token_signed_by_somebody_else_is_nobodys(slice: Slice) {
    slice.sign_in(person(1)).await;
    let signer = chassis::signin::Signer::new(Uuid::from_u128(0x51_67_e8), [8; 32]).unwrap();
    let unknown = chassis::signin::Signer::new(Uuid::from_u128(99), [8; 32]).unwrap();
    let now = slice.now();
    let token = chassis::signin::Token::new(
        person(1),
        SignInId(Uuid::nil()),
        0,
        now,
        &chassis::signin::How::new("password"),
        now,
    );

    for signed in [signer.sign(&token).unwrap(), unknown.sign(&token).unwrap(), "x".to_owned()] {
        let mut browser = slice.stranger().with_cookie("scte_session", &signed);
        browser.get("/probe").await.is(200).shows("nobody");
        browser.get("/probe/note").await.is(303);
    }
}

#[slice_test]
async fn what_is_anothers_is_not_shown(slice: Slice) {
    let mut jo = slice.sign_in(person(1)).await;
    let note = jo.post("/probe/note", &[("text", "hello")]).await.location().to_owned();

    jo.get(&note).await.is(200).shows("hello");
    slice.sign_in(person(2)).await.get(&note).await.is(403).lacks("hello");
    slice.stranger().get(&note).await.is(303).lacks("hello");
    slice.staff(person(3), &["staff.finance"]).await.get(&note).await.is(403);
    slice.staff(person(4), &["staff.admin"]).await.get(&note).await.is(200);
}

#[slice_test]
async fn what_matters_asks_for_a_fresh_authentication(slice: Slice) {
    let mut jo = slice.sign_in(person(1)).await;
    jo.get("/probe/fresh").await.is(200);
    slice.advance(TimeDelta::minutes(16)).await;
    let page = jo.get("/probe/fresh").await;
    assert_eq!(page.is(303).location(), "/account/sign-in?fresh=1&return_to=%2Fprobe%2Ffresh");
}

#[slice_test]
async fn a_pending_page_loads_itself_again(slice: Slice) {
    let page = slice.stranger().get("/probe/pending").await;
    // Where scripts run the page completes live; a reload would take what is being read away.
    page.shows("<noscript><meta http-equiv=\"refresh\" content=\"2\"></noscript>");
    assert_eq!(page.text().matches("http-equiv=\"refresh\"").count(), 1);
    page.shows("data-live=\"/-/probe/live\"");
    slice.stranger().get("/probe").await.lacks("http-equiv=\"refresh\"").lacks("data-live");
}

#[slice_test]
async fn what_was_done_elsewhere_and_is_not_known_yet_is_said(slice: Slice) {
    let mut jo = slice.stranger().with_cookie("scte_seen", "commerce:e.5|membership:e.900000");
    jo.get("/probe").await.is(200).shows("as of 10:00");
    slice.stranger().get("/probe").await.is(200).lacks("as of");
}
