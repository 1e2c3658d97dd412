//! ID-11: as a member I see where I am signed in, and end what I do not know.

use chassis::testing::{Slice, slice_test};

use crate::people::{account, signed_in};

#[slice_test]
async fn a_sign_in_says_which_browser_how_since_when_and_when_it_was_seen(slice: Slice) {
    slice.at("2027-03-02T10:00:00Z").await;
    account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;
    let page = browser.get("/account/sign-ins").await;
    page.shows("by password").shows("this browser").shows("Unknown browser");
    assert_eq!(page.text().matches("2 Mar 2027, 05:00 EST").count(), 2, "{}", page.text());

    slice.at("2027-03-03T15:30:00Z").await;
    browser.get("/account/continue?return_to=/account").await.is(303);

    let page = browser.get("/account/sign-ins").await;
    assert_eq!(page.text().matches("2 Mar 2027, 05:00 EST").count(), 1, "{}", page.text());
    assert_eq!(page.text().matches("3 Mar 2027, 10:30 EST").count(), 1, "{}", page.text());
}

#[slice_test]
async fn the_account_page_leads_to_each_of_its_parts(slice: Slice) {
    account(&slice, "jo@example.org").await;
    let mut browser = signed_in(&slice, "jo@example.org").await;

    let page = browser.get("/account").await;

    let links = page.text().split("<h3><a href=\"").skip(1);
    let paths: Vec<_> = links.filter_map(|link| link.split('"').next()).collect();
    assert!(paths.len() >= 2, "{paths:?}");
    for path in paths {
        browser.get(path).await.is(200).shows("<h1>");
    }
}
