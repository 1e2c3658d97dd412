//! A colleague looks with the eyes of a member: sees what they see, changes nothing, and is out with
//! their own sign-in.

use axum::body::Body;
use axum::http::Request;
use chassis::testing::{Slice, slice_test};
use chrono::TimeDelta;
use contracts::SignInId;
use contracts::identity::{
    Account, AccountState, RoleRevoked, Roles, SignInEnded, SignedOutEverywhere,
};
use uuid::Uuid;

use crate::people::{account, person};

fn signed_out(n: u128) -> SignedOutEverywhere {
    let account = Account { person_id: person(n), ..account(1, AccountState::Active, 2) };
    SignedOutEverywhere { account }
}

#[slice_test]
async fn a_view_sees_what_the_member_sees_and_says_so_on_every_page(slice: Slice) {
    slice.a_member(person(1), "2027-12-01").await;
    let mut jo = slice.sign_in(person(1)).await;
    let note = jo.post("/probe/note", &[("text", "hello")]).await.location().to_owned();
    jo.get(&note).await.is(200).shows("hello").lacks("You see this as");

    let mut view = slice.view(person(1), person(9)).await;
    for path in ["/probe", &note, "/probe/note"] {
        let page = view.get(path).await;
        page.is(200).shows("You see this as Jo Alvarez").shows("everything is read only");
        page.shows("action=\"/account/view/end\"");
    }
    view.get("/probe").await.shows("Jo Alvarez is a member");
    view.get("/nothing/here").await.is(404).shows("You see this as Jo Alvarez");
}

#[slice_test]
async fn nothing_can_be_changed_or_proved_in_a_view(slice: Slice) {
    // Not even when the member is staff, whom nobody may look through in the first place.
    slice.staff(person(1), &["staff.admin"]).await;
    let mut view = slice.view(person(1), person(9)).await;
    let sent = view.post("/probe/note", &[("text", "hello")]).await;
    sent.is(403).shows("everything can be read and nothing changed").shows("You see this as");
    view.get("/staff/probe").await.is(403);
    view.post("/staff/probe/forget", &[]).await.is(403);
    for method in ["PUT", "DELETE", "PATCH"] {
        let request = Request::builder().method(method).uri("/probe/note");
        assert!(view.send(request, Body::empty()).await.status() >= 400);
    }
    // A fresh proof is asked of a view that began a moment ago.
    view.get("/probe/fresh").await.is(303);
    view.post("/-/probe/sign-out", &[]).await.is(303);
    assert_eq!(view.cookie("scte_session"), None);
}

#[slice_test]
async fn a_view_lasts_half_an_hour(slice: Slice) {
    let mut view = slice.view(person(1), person(9)).await;
    slice.advance(TimeDelta::minutes(29)).await;
    view.get("/probe/note").await.is(200);
    slice.advance(TimeDelta::minutes(1)).await;
    view.get("/probe/note").await.is(303);
}

#[slice_test]
async fn a_view_ends_with_the_sign_in_of_either(slice: Slice) {
    for gone in [1, 9] {
        let mut view = slice.view(person(1), person(9)).await;
        if gone == 1 {
            view.get("/probe/note").await.is(200);
        }
        slice.deliver("identity", signed_out(gone)).await;
        view.get("/probe/note").await.is(303);
    }
}

#[slice_test]
async fn a_view_ends_with_the_sign_in_and_the_role_it_began_by(slice: Slice) {
    let mut view = slice.view(person(1), person(9)).await;
    view.get("/probe/note").await.is(200);
    let roles = Roles { person_id: person(9), roles: Vec::new(), strong: false, version: 2 };
    let role = "staff.identity".to_owned();
    slice.deliver("identity", RoleRevoked { roles, role }).await;
    view.get("/probe/note").await.is(303);

    let mut view = slice.view(person(1), person(8)).await;
    view.get("/probe/note").await.is(200);
    let ended = SignInEnded {
        signin_id: SignInId(Uuid::from_u128(8 ^ 0xff)),
        person_id: person(8),
        expires_at: slice.now() + TimeDelta::hours(12),
        version: 1,
    };
    slice.deliver("identity", ended).await;
    view.get("/probe/note").await.is(303);
}
