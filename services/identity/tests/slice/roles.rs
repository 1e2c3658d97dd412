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

    let role = [("role", "staff.identity")];
    let granted = fill(&mut admin, &page, &format!("{page}/grant"), &role).await;
    assert_eq!(granted.location(), page);
    slice.settle().await;
    editor.get("/staff/identity").await.is(200).shows("admin@example.org");
    admin.get(&page).await.shows("role_granted").shows("staff.identity");

    fill(&mut admin, &page, &format!("{page}/revoke"), &[]).await.is(303);
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
    slice.at("2027-03-02T10:16:00Z").await;

    let asked = fill(&mut admin, &page, &format!("{page}/grant"), &role).await;
    assert_eq!(asked.location(), format!("/account/again?return_to={page}"));
    let wrong = [("password", "not the password")];
    fill(&mut admin, asked.location(), "/account/again", &wrong).await.is(422);
    let right = [("password", PASSWORD)];
    let proved = fill(&mut admin, asked.location(), "/account/again", &right).await;
    assert_eq!(proved.location(), page);

    assert_eq!(slice.published::<RoleGranted>().await.len(), 1);
    fill(&mut admin, &page, &format!("{page}/grant"), &role).await.is(303);
    assert_eq!(slice.published::<RoleGranted>().await.len(), 2);
    let stepped_up = admin.get("/account/sign-in?fresh=1&return_to=/staff/identity").await;
    assert_eq!(stepped_up.location(), "/account/again?return_to=/staff/identity");
}

#[slice_test]
async fn an_administrator_keeps_the_own_role_and_knows_the_words(slice: Slice) {
    let mut admin = staff(&slice, "admin@example.org", "staff.admin").await;
    let page = path_of(account_of(&slice, "admin@example.org").await);

    let own = fill(&mut admin, &page, &format!("{page}/revoke"), &[]).await;
    own.is(409).shows("You cannot take the administrator's role from yourself");
    let invented = [("role", "staff.root")];
    let unknown = fill(&mut admin, &page, &format!("{page}/grant"), &invented).await;
    unknown.is(409).shows("There is no role staff.root");
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

    let stale = keeper.get(&page).await;
    fill(&mut keeper, &page, &format!("{page}/lock"), &[]).await.is(303);
    slice.settle().await;
    browser.get("/account").await.is(303);
    sign_in(&mut browser, "jo@example.org", PASSWORD).await.is(409);
    // The page that was opened before says another version.
    keeper.submit(&stale, &format!("{page}/lock"), &[]).await.is(409);

    fill(&mut keeper, &page, &format!("{page}/unlock"), &[]).await.is(303);
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
    let lock = fill(&mut keeper, &editor, &format!("{editor}/lock"), &[]).await;
    lock.is(409).shows("Only an administrator may lock");
    let lock = fill(&mut keeper, &own, &format!("{own}/lock"), &[]).await;
    lock.is(409).shows("You cannot lock your own account");
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
    fill(&mut admin, &kim, &format!("{kim}/lock"), &[]).await.is(303);
    let role = [("role", "staff.admin")];

    for address in ["jo@example.org", "sam@example.org", "kim@example.org"] {
        let page = path_of(account_of(&slice, address).await);
        let shown = admin.get(&page).await;
        shown.shows("Roles are granted to active accounts only").lacks("Another role");
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

#[slice_test]
async fn the_list_is_searched_and_paged(slice: Slice) {
    let mut keeper = staff(&slice, "keeper@example.org", "staff.identity").await;
    for n in 0..60 {
        slice.say("membership", &introduced(100 + n, &format!("p{n:02}@example.org")));
    }
    slice.settle().await;

    let first = keeper.get("/staff/identity").await;
    first.shows("keeper@example.org").shows("p00@example.org").shows("50 shown").lacks("p59@");
    let next = first.text().split("href=\"").find(|rest| rest.starts_with("/staff/identity?q="));
    let next = next.unwrap().split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
    keeper.get(&next).await.shows("p59@example.org").shows("11 shown").lacks("Next");
    keeper.get("/staff/identity?q=P5").await.shows("p55@").shows("10 shown").lacks("p49@");
    keeper.get("/staff/identity?q=%25").await.shows("No account matches");
}
