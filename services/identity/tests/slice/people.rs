//! Who acts in these tests, and the steps that many of them begin with.

use chassis::Actor;
use chassis::testing::{Answered, Browser, Slice};
use contracts::PersonId;
use contracts::identity::{AccountRegistered, CodeIssued, CodePurpose, LinkIssued, LinkPurpose};

/// The password of everybody here.
pub(crate) const PASSWORD: &str = "a long enough sentence";

/// Opens a page and sends the form on it that goes to `action`.
pub(crate) async fn fill(
    browser: &mut Browser,
    page: &str,
    action: &str,
    typed: &[(&str, &str)],
) -> Answered {
    let shown = browser.get(page).await;
    browser.submit(&shown, action, typed).await
}

/// Sends the form of registering.
pub(crate) async fn register(browser: &mut Browser, address: &str) -> Answered {
    let typed = [("address", address), ("language", "en")];
    fill(browser, "/account/register", "/account/register", &typed).await
}

/// Sends the form of a forgotten password.
pub(crate) async fn forget(browser: &mut Browser, address: &str) -> Answered {
    fill(browser, "/account/forgotten", "/account/forgotten", &[("address", address)]).await
}

/// The codes of one purpose that were issued, oldest first.
pub(crate) async fn codes(slice: &Slice, purpose: CodePurpose) -> Vec<String> {
    let issued = slice.published::<CodeIssued>().await;
    let of_purpose = issued.into_iter().filter(|issued| issued.purpose == purpose);
    of_purpose.map(|issued| issued.message.code).collect()
}

/// The newest code of one purpose.
pub(crate) async fn last_code(slice: &Slice, purpose: CodePurpose) -> String {
    codes(slice, purpose).await.pop().unwrap()
}

/// The newest link of one purpose.
pub(crate) async fn last_link(slice: &Slice, purpose: LinkPurpose) -> LinkIssued {
    let issued = slice.published::<LinkIssued>().await;
    issued.into_iter().rfind(|issued| issued.purpose == purpose).unwrap().message
}

/// Follows the link of a mail and chooses the password of everybody here.
pub(crate) async fn confirm(browser: &mut Browser, code: &str) -> Answered {
    let page = format!("/account/confirm?code={code}");
    fill(browser, &page, "/account/confirm", &[("password", PASSWORD)]).await
}

/// Follows the link of a mail and sets a password.
pub(crate) async fn reset(browser: &mut Browser, code: &str, password: &str) -> Answered {
    let page = format!("/account/reset?code={code}");
    fill(browser, &page, "/account/reset", &[("password", password)]).await
}

/// Somebody who registered and confirmed; not signed in.
pub(crate) async fn account(slice: &Slice, address: &str) -> PersonId {
    let mut browser = slice.stranger();
    register(&mut browser, address).await.is(303);
    let code = last_code(slice, CodePurpose::Confirm).await;
    confirm(&mut browser, &code).await.is(303);
    slice.settle().await;
    person(slice, address).await
}

/// The person whose account has this address.
pub(crate) async fn person(slice: &Slice, address: &str) -> PersonId {
    let registered = slice.published::<AccountRegistered>().await;
    let of_address = registered.iter().rfind(|one| one.account.address == address);
    of_address.unwrap().account.person_id
}

/// Types wrong passwords until one has to wait.
pub(crate) async fn guess(browser: &mut Browser, address: &str) {
    for _ in 0..5 {
        sign_in(browser, address, "not the password").await.shows("is wrong");
    }
    sign_in(browser, address, PASSWORD).await.is(409).shows("too many tries");
}

/// Sends the form of signing in.
pub(crate) async fn sign_in(browser: &mut Browser, address: &str, password: &str) -> Answered {
    let typed = [("address", address), ("password", password)];
    fill(browser, "/account/sign-in", "/account/sign-in", &typed).await
}

/// A browser of somebody with an account, signed in.
pub(crate) async fn signed_in(slice: &Slice, address: &str) -> Browser {
    let mut browser = slice.stranger();
    sign_in(&mut browser, address, PASSWORD).await.is(303);
    browser
}

/// A browser of somebody new who has a staff role, signed in.
pub(crate) async fn staff(slice: &Slice, address: &str, role: &str) -> Browser {
    account(slice, address).await;
    grant(slice, address, role).await;
    signed_in(slice, address).await
}

/// Grants a role as an operator does at the command line.
pub(crate) async fn grant(slice: &Slice, address: &str, role: &str) {
    slice.execute(&operator(), &identity::grant(address, role)).await.unwrap();
}

/// Whoever runs the command line.
pub(crate) fn operator() -> Actor {
    Actor::job("admin", uuid::Uuid::from_u128(3))
}
