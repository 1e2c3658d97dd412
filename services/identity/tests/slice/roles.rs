//! ID-S7: as a staff editor I lose my role, and no console page opens for me any more.

use chassis::testing::{Slice, slice_test};
use contracts::PersonId;
use contracts::identity::{AccountLocked, AccountUnlocked, RoleGranted, RoleRevoked};
use contracts::shared::PersonIntroduced;

use crate::people::{PASSWORD, account, fill, operator, register, sign_in, signed_in, staff};

fn path_of(person: PersonId) -> String {
    format!("/staff/identity/accounts/{person}")
}

#[slice_test]
async fn who_loses_a_role_loses_the_console(slice: Slice) {
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    let jo = account(&slice, "jo@example.org").await;
    let mut editor = signed_in(&slice, "jo@example.org").await;
    editor.get("/staff/identity").await.is(403);
    let page = path_of(jo);

    let asks = format!("{page}/grant?role=staff.identity");
    admin.get(&page).await.shows(&asks);
    admin.get(&asks).await.shows("Grant staff.identity?").shows("jo@example.org");
    let granted = fill(&mut admin, &asks, &format!("{page}/grant"), &[]).await;
    assert_eq!(granted.location(), format!("{page}?notice=granted"));
    slice.settle().await;
    editor.get("/staff/identity").await.is(200).shows("admin@example.org");
    let shown = admin.get(granted.location()).await;
    shown.shows("The role is granted").shows("role granted");
    // What is there already is not asked.
    assert_eq!(admin.get(&asks).await.location(), page);

    let asks = format!("{page}/revoke?role=staff.identity");
    shown.shows(&asks);
    let revoked = fill(&mut admin, &asks, &format!("{page}/revoke"), &[]).await;
    assert_eq!(revoked.location(), format!("{page}?notice=revoked"));
    slice.settle().await;
    editor.get("/staff/identity").await.is(403);
    let revoked = slice.published_one::<RoleRevoked>().await;
    assert_eq!((revoked.roles.person_id, revoked.roles.roles.len()), (jo, 0));
}

#[slice_test]
async fn a_change_of_roles_asks_for_a_fresh_proof(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    let jo = account(&slice, "jo@example.org").await;
    let (page, role) = (path_of(jo), [("role", "staff.content")]);
    let asks = format!("{page}/grant?role=staff.content");
    let opened = admin.get(&asks).await;
    slice.at("2027-03-02T10:16:00Z").await;

    // Before the question, and again when it was left open for long.
    let asked = admin.get(&asks).await;
    let again = format!("/account/again?return_to={page}/grant%3Frole%3Dstaff.content");
    assert_eq!(asked.location(), again);
    let late = admin.submit(&opened, &format!("{page}/grant"), &[]).await;
    assert_eq!(late.location(), again);
    assert_eq!(admin.post(&format!("{page}/grant"), &role).await.location(), again);
    let wrong = [("password", "not the password")];
    fill(&mut admin, asked.location(), "/account/again", &wrong).await.is(422);
    let right = [("password", PASSWORD)];
    let proved = fill(&mut admin, asked.location(), "/account/again", &right).await;
    assert_eq!(proved.location(), asks);

    assert_eq!(slice.published::<RoleGranted>().await.len(), 1);
    fill(&mut admin, &asks, &format!("{page}/grant"), &[]).await.is(303);
    assert_eq!(slice.published::<RoleGranted>().await.len(), 2);
    let stepped_up = admin.get("/account/sign-in?fresh=1&return_to=/staff/identity").await;
    assert_eq!(stepped_up.location(), "/account/again?return_to=/staff/identity");
}

#[slice_test]
async fn an_administrator_keeps_the_own_role_and_knows_the_words(slice: Slice) {
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    let page = path_of(account_of(&slice, "admin@example.org").await);

    admin.get(&page).await.lacks("/revoke?role=staff.admin").shows("/grant?role=staff.content");
    let own = admin.post(&format!("{page}/revoke"), &[("role", "staff.admin")]).await;
    own.is(409).shows("You cannot take the administrator's role from yourself");
    let invented = [("role", "staff.root")];
    let unknown = admin.post(&format!("{page}/grant"), &invented).await;
    unknown.is(409).shows("There is no role staff.root");
    admin.get(&format!("{page}/grant?role=staff.root")).await.is(404);
    assert!(slice.published::<RoleRevoked>().await.is_empty());
}

async fn account_of(slice: &Slice, address: &str) -> PersonId {
    crate::people::person(slice, address).await
}

#[slice_test]
async fn a_locked_account_is_out_until_it_is_unlocked(slice: Slice) {
    let mut keeper = staff(&slice, "keeper@example.org", "staff.identity").await;
    let jo = account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    let page = path_of(jo);

    let (lock, unlock) = (format!("{page}/lock"), format!("{page}/unlock"));
    let stale = keeper.get(&lock).await;
    let no_reason = fill(&mut keeper, &lock, &lock, &[("reason", "")]).await;
    no_reason.is(422).shows("this cannot be left empty");
    assert!(slice.published::<AccountLocked>().await.is_empty());
    let reason = [("reason", "lost the laptop")];
    let locked = fill(&mut keeper, &lock, &lock, &reason).await;
    assert_eq!(locked.location(), page);
    slice.settle().await;
    let shown = keeper.get(&page).await;
    shown.shows("nobody can sign in with it").shows("lost the laptop").shows(&unlock);
    assert_eq!(keeper.get(&lock).await.location(), page);
    browser.get("/account").await.is(303);
    sign_in(&mut browser, "jo@example.org", PASSWORD).await.is(409);
    // The page that was opened before says another version.
    keeper.submit(&stale, &lock, &[("reason", "once more")]).await.is(409);

    let reason = [("reason", "found the laptop")];
    let unlocked = fill(&mut keeper, &unlock, &unlock, &reason).await;
    keeper.get(unlocked.location()).await.shows("The account is open again");
    keeper.get(&page).await.shows("found the laptop").lacks("nobody can sign in with it");
    sign_in(&mut browser, "jo@example.org", PASSWORD).await.is(303);
    assert_eq!(slice.published::<AccountLocked>().await.len(), 1);
    assert_eq!(slice.published::<AccountUnlocked>().await.len(), 1);
}

#[slice_test]
async fn a_keeper_of_accounts_neither_grants_nor_locks_colleagues(slice: Slice) {
    let mut keeper = staff(&slice, "keeper@example.org", "staff.identity").await;
    staff(&slice, "editor@example.org", "staff.content").await;
    let own = path_of(account_of(&slice, "keeper@example.org").await);
    let editor = path_of(account_of(&slice, "editor@example.org").await);

    let role = [("role", "staff.admin")];
    keeper.post_with_key(&format!("{own}/grant"), "one", &role).await.is(403);
    keeper.post_with_key(&format!("{editor}/revoke"), "two", &role).await.is(403);
    keeper.get(&format!("{own}/grant?role=staff.admin")).await.is(403);
    let reason = [("reason", "as an example")];
    for (page, why) in
        [(editor, "Only an administrator may lock"), (own, "You cannot lock your own account")]
    {
        let lock = format!("{page}/lock");
        keeper.get(&page).await.shows(why).lacks(&lock).shows("Only an administrator grants");
        fill(&mut keeper, &lock, &lock, &reason).await.is(409).shows(why);
    }
    assert!(slice.published::<AccountLocked>().await.is_empty());
}

#[slice_test]
async fn an_operator_grants_to_confirmed_accounts_only(slice: Slice) {
    let refusal = async |address: &str, role: &str| {
        let granted = slice.execute(&operator(), &identity::grant(address, role)).await;
        granted.unwrap_err().code().to_owned()
    };
    account(&slice, "jo@example.org").await;
    slice.deliver("membership", introduced(7, "sam@example.org")).await;

    assert_eq!(refusal("nobody@example.org", "staff.admin").await, "not_found");
    assert_eq!(refusal("no address", "staff.admin").await, "not_found");
    assert_eq!(refusal("sam@example.org", "staff.admin").await, "account_not_active");
    assert_eq!(refusal("jo@example.org", "staff.root").await, "role_unknown");
    slice.execute(&operator(), &identity::grant("JO@example.org", "staff.admin")).await.unwrap();
    slice.execute(&operator(), &identity::grant("jo@example.org", "staff.admin")).await.unwrap();
    assert_eq!(slice.published::<RoleGranted>().await.len(), 1);
}

#[slice_test]
async fn the_console_grants_to_active_accounts_only(slice: Slice) {
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    register(&mut slice.stranger(), "jo@example.org").await;
    slice.deliver("membership", introduced(7, "sam@example.org")).await;
    account(&slice, "kim@example.org").await;
    let kim = path_of(account_of(&slice, "kim@example.org").await);
    let lock = format!("{kim}/lock");
    fill(&mut admin, &lock, &lock, &[("reason", "as an example")]).await.is(303);
    let role = [("role", "staff.admin")];

    for address in ["jo@example.org", "sam@example.org", "kim@example.org"] {
        let page = path_of(account_of(&slice, address).await);
        let shown = admin.get(&page).await;
        shown.shows("Roles are granted to active accounts only").lacks("/grant?role=");
        let asks = format!("{page}/grant?role=staff.admin");
        assert_eq!(admin.get(&asks).await.location(), page);
        let refused = admin.post(&format!("{page}/grant"), &role).await;
        refused.is(409).shows("roles are granted to active accounts only");
    }
    slice.published_one::<RoleGranted>().await;
}

fn introduced(n: u128, address: &str) -> PersonIntroduced {
    PersonIntroduced {
        person_id: PersonId(uuid::Uuid::from_u128(n)),
        address: address.to_owned(),
        name: "Sam Okafor".to_owned(),
        language: "en".to_owned(),
        version: 1,
    }
}
