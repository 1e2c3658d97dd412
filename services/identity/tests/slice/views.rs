//! ID-18: staff look with the eyes of a member: read only, with a reason, and the member sees it.

use chassis::testing::{Slice, slice_test};
use chrono::TimeDelta;
use contracts::identity::{SecurityAlert, SecurityAlerted, SignInEnded};

use crate::oidc::client::{clients, request};
use crate::people::{account, fill, grant, person, signed_in, staff};

#[slice_test]
async fn a_keeper_looks_with_the_eyes_of_a_member_who_sees_it(slice: Slice) {
    let jo = account(&slice, "jo@example.org").await;
    let mut keeper = staff(&slice, "keeper@example.org", "staff.identity").await;
    let page = format!("/staff/identity/accounts/{jo}");
    let view = format!("{page}/view");
    keeper.get(&page).await.shows(&view);
    keeper
        .get(&view)
        .await
        .shows("See the site as jo@example.org?")
        .shows("Nothing can be changed");
    fill(&mut keeper, &view, &view, &[("reason", "")]).await.is(422).shows("cannot be left empty");
    assert!(slice.published::<SecurityAlerted>().await.is_empty());

    let reason = [("reason", "cannot find the receipt")];
    assert_eq!(fill(&mut keeper, &view, &view, &reason).await.location(), "/");
    slice.settle().await;
    let seen = keeper.get("/account").await;
    seen.is(200).shows("jo@example.org").shows("You see this as").shows("read only");
    let alert = slice.published_one::<SecurityAlerted>().await;
    assert_eq!((alert.account.person_id, &alert.alert), (jo, &SecurityAlert::ViewedByStaff));

    // Nothing is changed, proved, shown to the console, or handed to another system.
    keeper.post("/account/sign-out-everywhere", &[]).await.is(403).shows("nothing changed");
    keeper.post("/account/tokens", &[("name", "Mine")]).await.is(403);
    keeper.get("/account/tokens/new").await.is(303);
    // Nor by a page that only looks: the longer cookie is the colleague's own.
    keeper.get("/account/continue").await.is(403);
    keeper.get(&page).await.is(403);
    // The member sees who looked, and why; a colleague sees both sides of it.
    let mut own = signed_in(&slice, "jo@example.org").await;
    own.get("/account/views").await.shows("cannot find the receipt").shows("A colleague of ours");

    let last = keeper.cookie("scte_session").unwrap().to_owned();
    let ended = keeper.post("/account/view/end", &[]).await;
    assert_eq!(ended.location(), format!("/account/continue?return_to={page}"));
    slice.settle().await;
    keeper.get(ended.location()).await.is(303);
    let back = keeper.get(&page).await;
    back.is(200).lacks("You see this as").shows("viewed by staff").shows("cannot find the receipt");
    // The token of the view is dead, wherever it was kept.
    let mut kept = slice.stranger().with_cookie("scte_session", &last);
    kept.get("/account").await.is(303);
    assert!(slice.published::<SignInEnded>().await.iter().any(|one| one.person_id == jo));
}

#[slice_test]
async fn nobody_looks_with_the_eyes_of_staff_or_without_the_role(slice: Slice) {
    let jo = account(&slice, "jo@example.org").await;
    account(&slice, "editor@example.org").await;
    grant(&slice, "editor@example.org", "staff.content").await;
    let mut keeper = staff(&slice, "keeper@example.org", "staff.identity").await;
    let own = person(&slice, "keeper@example.org").await;
    let editor = person(&slice, "editor@example.org").await;
    for (id, why) in [(editor, "eyes of a member of staff"), (own, "your own account")] {
        let page = format!("/staff/identity/accounts/{id}");
        keeper.get(&page).await.is(200).lacks(&format!("{page}/view"));
        keeper.get(&format!("{page}/view")).await.is(409).shows(why);
        let sent = keeper.post(&format!("{page}/view"), &[("reason", "curious")]).await;
        sent.is(409).shows(why);
    }
    let view = format!("/staff/identity/accounts/{jo}/view");
    let mut editor = signed_in(&slice, "editor@example.org").await;
    editor.get(&view).await.is(403);
    editor.post(&view, &[("reason", "curious")]).await.is(403);
    assert!(slice.published::<SecurityAlerted>().await.is_empty());

    slice.advance(TimeDelta::minutes(16)).await;
    keeper.get(&view).await.is(303);
    keeper.post(&view, &[("reason", "curious")]).await.is(303);
    assert!(slice.published::<SecurityAlerted>().await.is_empty());
}

#[slice_test]
async fn in_a_view_no_other_website_is_signed_in_to_or_out_of(mut slice: Slice) {
    clients(&mut slice).await;
    let jo = account(&slice, "jo@example.org").await;
    let mut keeper = staff(&slice, "keeper@example.org", "staff.identity").await;
    let view = format!("/staff/identity/accounts/{jo}/view");
    fill(&mut keeper, &view, &view, &[("reason", "cannot find the forum")]).await.is(303);
    slice.settle().await;

    // Neither to a website that asks first nor to one of ours, and the browser is not sent in circles.
    let (shop, forum) = (request("shop", &[]), request("forum", &[]));
    let asks = forum.replace("authorize", "consent");
    for path in [shop.as_str(), &forum, &asks, "/oidc/sign-out", "/oidc/sign-out?client_id=forum"] {
        let answer = keeper.get(path).await;
        answer.is(400).shows("eyes of a member");
        assert!(answer.header("set-cookie").is_none(), "{path}: the colleague stays signed in");
    }
    let query = forum.split_once('?').unwrap().1;
    keeper.post("/oidc/consent", &[("asked", query)]).await.is(403);
    keeper.get("/account").await.is(200).shows("jo@example.org");
}
