//! J1, step 1: a visitor reads; and whatever a visitor may ask for gets an answer.

use axum::http::Request;
use chassis::testing::{Slice, slice_test};
use contracts::content::PagePublished;
use contracts::membership::TypePublished;

use crate::given::*;

#[slice_test]
async fn a_new_installation_has_a_site(mut slice: Slice) {
    let mut visitor = slice.stranger();
    visitor.get("/").await.is(200).shows("22 June 1969").shows("href=\"/join\"");
    visitor.get("/join").await.is(200).shows("href=\"/membership/join\"");
    visitor.get("/about").await.is(200);
    visitor.get("/privacy").await.is(200);
    assert_eq!(slice.published::<PagePublished>().await.len(), 9);

    slice.restart().await;

    assert_eq!(slice.published::<PagePublished>().await.len(), 9, "made once");
}

#[slice_test]
async fn join_shows_kinds_and_prices_from_our_own_copy(slice: Slice) {
    slice.stranger().get("/join").await.shows("not yet known here");

    a_type_is_offered(&slice, "Active", 9900, 30).await;
    a_type_is_offered(&slice, "Student", 2400, 31).await;

    let page = slice.stranger().get("/join").await;
    page.shows("Active").shows("$99.00").shows("$24.00").shows("sample").shows("not those of SCTE");
    let (student, active) = (page.text().find("Student"), page.text().find("Active"));
    assert!(student < active, "cheapest first");
}

#[slice_test]
async fn a_kind_that_is_not_offered_any_more_goes(slice: Slice) {
    a_type_is_offered(&slice, "Active", 9900, 30).await;
    let heard = slice.stranger().get("/join").await;
    heard.shows("Active");

    let closed = contracts::membership::MembershipType {
        type_id: id(30),
        code: "ACTIVE".to_owned(),
        title: "Active".to_owned(),
        audience: "nobody any more".to_owned(),
        language: "en".to_owned(),
        price: contracts::Money::usd(9900),
        sample: true,
        open: false,
        seats: None,
        version: 2,
    };
    slice.deliver_twice("membership", TypePublished { membership_type: closed }).await;

    slice.stranger().get("/join").await.lacks("$99.00");
}

#[slice_test]
async fn a_stranger_who_asks_again_is_told_that_nothing_changed(slice: Slice) {
    let mut visitor = slice.stranger();
    let first = visitor.get("/about").await;
    let tag = first.header("etag").unwrap().to_owned();
    assert_eq!(first.header("set-cookie"), None);
    let again = || Request::get("/about").header("if-none-match", tag.as_str());

    let unchanged = visitor.send(again(), String::new().into()).await;
    assert_eq!((unchanged.status(), unchanged.text()), (304, ""));
    assert_eq!(unchanged.header("etag"), Some(tag.as_str()));

    let mut editor = editor(&slice).await;
    let list = editor.get("/staff/content?sort=path").await;
    let place = place_of(list.text(), "/about");
    let shown = editor.get(&place).await;
    let about = page("/about", "About us", "New text.");
    editor.submit(&shown, &place, &about.fields()).await.is(303);
    visitor.send(again(), String::new().into()).await.is(200).shows("New text.");
    assert_eq!(slice.sign_in(jo()).await.get("/about").await.header("etag"), None);
}

/// Where the page at `path` is edited, from the editors' list.
fn place_of(list: &str, path: &str) -> String {
    let row = list.split("<tr>").find(|row| row.contains(&format!(">{path}</td>"))).unwrap();
    row.split("href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[slice_test]
async fn unknown_paths_get_a_page_with_suggestions(slice: Slice) {
    let mut visitor = slice.stranger();
    visitor
        .get("/membership-benefits")
        .await
        .is(404)
        .shows("There is no page here")
        .shows("href=\"/members\"");
    visitor.get("/x").await.is(404).lacks("Did you mean");
    visitor.get("/a/b/c/%00%ff").await.is(404);
    visitor.get("/about'--").await.is(404);
}

#[slice_test]
async fn a_slash_too_many_leads_to_the_page_and_never_elsewhere(slice: Slice) {
    let mut visitor = slice.stranger();
    let moved = visitor.get("/about/?from=mail").await;
    moved.is(301);
    assert_eq!(moved.location(), "/about?from=mail");
    assert_eq!(visitor.get("//about//").await.is(301).location(), "/about");
    visitor.get("//evil.example/").await.is(404);
    visitor.get("/nothing/").await.is(404);
}

#[slice_test]
async fn head_works_and_other_methods_do_not(slice: Slice) {
    let mut visitor = slice.stranger();
    let head = visitor.send(Request::head("/about"), String::new().into()).await;
    assert_eq!((head.status(), head.text()), (200, ""));
    for path in ["/about", "/nothing/here"] {
        visitor.post(path, &[]).await.is(405);
        visitor.send(Request::put(path), String::new().into()).await.is(405);
        visitor.send(Request::delete(path), String::new().into()).await.is(405);
    }
}

#[slice_test]
async fn a_very_long_path_is_no_page(slice: Slice) {
    slice.stranger().get(&format!("/{}", "a".repeat(3000))).await.is(404);
}
