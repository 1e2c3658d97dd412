//! ID-09: an invitation brings somebody to an account and to what they were invited to, once.

use chassis::testing::{Slice, slice_test};
use chrono::TimeDelta;
use contracts::PersonId;
use contracts::identity::{
    AccountVerified, InvitationAccepted, LinkIssued, LinkPurpose, RoleGranted,
};
use contracts::shared::{InvitationRequested, InvitationWithdrawn, PersonIntroduced};
use uuid::Uuid;

use crate::people::{PASSWORD, account, fill, grant, sign_in, signed_in, staff};

pub(crate) const PAGE: &str = "/account/invitation";
pub(crate) const FIRST: &str = "/account/invitation/first";

fn lee() -> PersonId {
    PersonId(Uuid::from_u128(7))
}

fn introduced(person_id: PersonId, address: &str) -> PersonIntroduced {
    PersonIntroduced {
        person_id,
        address: address.to_owned(),
        name: "Lee Marsh".to_owned(),
        language: "en".to_owned(),
        version: 1,
    }
}

fn requested(slice: &Slice, days: i64, version: i64) -> InvitationRequested {
    InvitationRequested {
        invitation_id: Uuid::from_u128(40),
        person_id: lee(),
        title: "the Rocky Mountain Chapter".to_owned(),
        language: "en".to_owned(),
        return_path: "/membership".to_owned(),
        expires_at: slice.now() + TimeDelta::days(days),
        version,
    }
}

/// Lee, whom membership met and invites for two weeks.
pub(crate) async fn invited(slice: &Slice) -> String {
    slice.deliver("membership", introduced(lee(), "lee@example.org")).await;
    slice.deliver("membership", requested(slice, 14, 1)).await;
    link(slice).await
}

/// The newest code that was sent.
pub(crate) async fn link(slice: &Slice) -> String {
    let mut issued = slice.published::<LinkIssued>().await;
    issued.retain(|one| one.purpose == LinkPurpose::Invitation);
    issued.pop().unwrap().message.code
}

pub(crate) fn path_of(code: &str) -> String {
    format!("{PAGE}?code={code}")
}

#[slice_test]
async fn somebody_new_accepts_and_has_an_account(slice: Slice) {
    let code = invited(&slice).await;
    let mut browser = slice.stranger();
    let shown = browser.get(&path_of(&code)).await;
    shown.shows("invites you to the Rocky Mountain Chapter").shows("lee@example.org");
    // Looking uses nothing up, and a weak password neither.
    browser.submit(&shown, FIRST, &[("password", "short")]).await.is(422);
    browser.submit(&shown, FIRST, &[("password", "password1234")]).await.is(422);
    assert!(slice.published::<InvitationAccepted>().await.is_empty());

    let shown = browser.get(&path_of(&code)).await;
    let accepted = browser.submit(&shown, FIRST, &[("password", PASSWORD)]).await;
    assert_eq!(accepted.location(), "/account/sign-in?notice=confirmed&return_to=/membership");
    // A double click is answered alike; the link is used up.
    let twice = browser.submit(&shown, FIRST, &[("password", PASSWORD)]).await;
    assert_eq!(twice.location(), accepted.location());
    browser.get(&path_of(&code)).await.is(410).shows("was accepted already");
    sign_in(&mut browser, "lee@example.org", PASSWORD).await.is(303);
    let told = slice.published_one::<InvitationAccepted>().await;
    assert_eq!((told.invitation_id, told.person_id), (Uuid::from_u128(40), lee()));
    assert_eq!(slice.published_one::<AccountVerified>().await.account.person_id, lee());
}

#[slice_test]
async fn whoever_has_an_account_signs_in_and_accepts(slice: Slice) {
    let jo = account(&slice, "jo@example.org").await;
    account(&slice, "sam@example.org").await;
    // Membership met Jo under another id; the address is hers.
    slice.deliver("membership", introduced(lee(), "jo@example.org")).await;
    slice.deliver("membership", requested(&slice, 14, 1)).await;
    let page = path_of(&link(&slice).await);

    let shown = slice.stranger().get(&page).await;
    shown.shows("/account/sign-in?address=jo%40example.org&return_to=/account/invitation");
    shown.lacks("password");
    let code = link(&slice).await;
    let mut sam = signed_in(&slice, "sam@example.org").await;
    sam.get(&page).await.shows("You are signed in as sam@example.org").lacks("Accept</button>");
    sam.post(PAGE, &[("code", &code)]).await.is(409).shows("for another account");
    // The code alone sets no password of an account that has one.
    let typed = [("code", code.as_str()), ("password", "another long sentence")];
    slice.stranger().post(FIRST, &typed).await.is(409);
    let alone = slice.stranger().post(PAGE, &[("code", &code)]).await;
    assert_eq!(alone.location(), page);
    assert!(slice.published::<InvitationAccepted>().await.is_empty());

    let mut browser = signed_in(&slice, "jo@example.org").await;
    let accepted = fill(&mut browser, &page, PAGE, &[]).await;
    assert_eq!(accepted.location(), "/membership");
    let told = slice.published_one::<InvitationAccepted>().await;
    assert_eq!((told.invitation_id, told.person_id), (Uuid::from_u128(40), jo));
    browser.post(PAGE, &[("code", &code)]).await.is(410);
}

#[slice_test]
async fn an_invitation_that_comes_before_the_person_waits_for_them(slice: Slice) {
    slice.deliver_twice("membership", requested(&slice, 14, 1)).await;
    assert!(slice.published::<LinkIssued>().await.is_empty());
    slice.deliver_twice("events", introduced(lee(), "lee@example.org")).await;

    let sent = slice.published_one::<LinkIssued>().await;
    assert_eq!(sent.account.address, "lee@example.org");
    assert_eq!(sent.title.as_deref(), Some("the Rocky Mountain Chapter"));
    assert_eq!(sent.expires_at, slice.now() + TimeDelta::hours(72));
    // The same message again sends nothing, a newer one sends a link that takes its place.
    slice.deliver("membership", requested(&slice, 14, 1)).await;
    assert_eq!(slice.published::<LinkIssued>().await.len(), 1);
    slice.deliver("membership", requested(&slice, 14, 2)).await;
    assert_eq!(slice.published::<LinkIssued>().await.len(), 2);
    let old = path_of(&sent.code);
    slice.stranger().get(&old).await.is(410).shows("is not known");
    slice.stranger().get(&path_of(&link(&slice).await)).await.is(200);
    // Another service neither renews nor takes back what is not its own.
    slice.deliver("events", requested(&slice, 14, 9)).await;
    let withdrawn = InvitationWithdrawn { invitation_id: Uuid::from_u128(40), version: 3 };
    slice.deliver("events", withdrawn.clone()).await;
    assert_eq!(slice.published::<LinkIssued>().await.len(), 2);
    slice.stranger().get(&path_of(&link(&slice).await)).await.is(200);
    slice.deliver("membership", withdrawn).await;
    let gone = slice.stranger().get(&path_of(&link(&slice).await)).await;
    gone.is(410).shows("was taken back");
}

#[slice_test]
async fn an_old_link_is_renewed_as_long_as_the_invitation_lives(slice: Slice) {
    let code = invited(&slice).await;
    slice.advance(TimeDelta::hours(72)).await;
    let mut browser = slice.stranger();
    let old = browser.get(&path_of(&code)).await;
    old.is(410).shows("older than 72 hours");
    let typed = [("code", code.as_str()), ("password", PASSWORD)];
    browser.post(FIRST, &typed).await.is(410);

    let another = "/account/invitation/another";
    let sent = browser.submit(&old, another, &[]).await;
    browser.get(sent.location()).await.is(200).shows("Look at your mail");
    let fresh = link(&slice).await;
    assert_ne!(fresh, code);
    browser.get(&path_of(&fresh)).await.is(200);
    slice.advance(TimeDelta::days(11)).await;
    let over = browser.get(&path_of(&fresh)).await;
    over.is(410).shows("is over").lacks("Send a new one");
    browser.post(another, &[("code", &fresh)]).await.is(410);
    slice.advance(TimeDelta::days(91)).await;
    browser.get(&path_of(&fresh)).await.is(410).shows("is not known");
}

const LIST: &str = "/staff/identity/invitations";
const NEW: &str = "/staff/identity/invitations/new";

fn finance(address: &str) -> [(&str, &str); 3] {
    [("address", address), ("role", "staff.finance"), ("language", "en")]
}

#[slice_test]
async fn a_colleague_accepts_a_role(slice: Slice) {
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    account(&slice, "jo@example.org").await;
    fill(&mut admin, NEW, NEW, &finance("new@example.org")).await.is(303);
    let code = link(&slice).await;
    admin.get(LIST).await.shows("new@example.org").shows("grants staff.finance").shows("open");
    assert_eq!(slice.published::<RoleGranted>().await.len(), 1);
    let mut browser = slice.stranger();
    let typed = [("password", PASSWORD)];
    fill(&mut browser, &path_of(&code), FIRST, &typed).await.is(303);
    let granted = slice.published::<RoleGranted>().await.pop().unwrap();
    assert_eq!(granted.roles.roles, ["staff.finance"]);
    admin.get(LIST).await.shows("accepted").lacks("Take back");

    // Who has an account accepts with it.
    fill(&mut admin, NEW, NEW, &finance("jo@example.org")).await.is(303);
    let mut jo = signed_in(&slice, "jo@example.org").await;
    fill(&mut jo, &path_of(&link(&slice).await), PAGE, &[]).await.is(303);
    assert_eq!(slice.published::<RoleGranted>().await.len(), 3);
    let again = fill(&mut admin, NEW, NEW, &finance("jo@example.org")).await;
    again.is(422).shows("They have this role already");
}

#[slice_test]
async fn a_role_is_not_given_against_the_will_of_administrators(slice: Slice) {
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    let mut keeper = staff(&slice, "keeper@example.org", "staff.identity").await;
    keeper.get(LIST).await.is(200);
    keeper.get(NEW).await.is(403);
    keeper.post(NEW, &finance("new@example.org")).await.is(403);
    fill(&mut admin, NEW, NEW, &finance("one@example.org")).await.is(303);
    let list = admin.get(LIST).await;
    let (_, rest) = list.text().split_once(&format!("href=\"{LIST}/")).unwrap();
    let rest = rest.split_once(&format!("href=\"{LIST}/")).map_or(rest, |(_, last)| last);
    let withdraw = format!("{LIST}/{}", rest.split('"').next().unwrap());
    let first = link(&slice).await;
    fill(&mut admin, &withdraw, &withdraw, &[]).await.is(303);
    slice.stranger().get(&path_of(&first)).await.is(410).shows("was taken back");

    fill(&mut admin, NEW, NEW, &finance("two@example.org")).await.is(303);
    let second = link(&slice).await;
    grant(&slice, "keeper@example.org", "staff.admin").await;
    let mut other = signed_in(&slice, "keeper@example.org").await;
    let gone = crate::people::person(&slice, "admin@example.org").await;
    let page = format!("/staff/identity/accounts/{gone}");
    let asks = format!("{page}/revoke?role=staff.admin");
    fill(&mut other, &asks, &format!("{page}/revoke"), &[]).await.is(303);
    let refused = slice.stranger().get(&path_of(&second)).await;
    refused.is(410).shows("may no longer grant this role");
    let typed = [("code", second.as_str()), ("password", PASSWORD)];
    slice.stranger().post(FIRST, &typed).await.is(410);
    assert_eq!(slice.published::<RoleGranted>().await.len(), 3);
}

#[slice_test]
async fn what_is_no_code_is_told_alike_and_a_locked_account_accepts_nothing(slice: Slice) {
    let mut browser = slice.stranger();
    for code in ["", "none", "%27%3B--"] {
        browser.get(&path_of(code)).await.is(410).shows("This link is not known");
    }
    browser.post(PAGE, &[]).await.is(303);
    browser.post(FIRST, &[("password", PASSWORD)]).await.is(410);

    let code = invited(&slice).await;
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    let lock = format!("/staff/identity/accounts/{}/lock", lee());
    fill(&mut admin, &lock, &lock, &[("reason", "as an example")]).await.is(303);
    browser.get(&path_of(&code)).await.is(410).shows("This account is locked");
    let typed = [("code", code.as_str()), ("password", PASSWORD)];
    browser.post(FIRST, &typed).await.is(410);
    assert!(slice.published::<InvitationAccepted>().await.is_empty());
}
