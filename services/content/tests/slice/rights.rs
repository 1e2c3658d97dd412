//! Each route as stranger, member, staff of something else and editor; and what nobody should send.

use chassis::testing::{Slice, slice_test};

use crate::given::*;

#[slice_test]
async fn only_editors_get_to_the_editors_pages(slice: Slice) {
    let mut editor = editor(&slice).await;
    let place = draft(&mut editor, &page("/news/first", "First", "Text.")).await;
    slice.a_member(jo(), "2028-03-01").await;
    let (publish, unpublish) = (format!("{place}/publish"), format!("{place}/unpublish"));
    let paths = [
        "/staff/content",
        "/staff/content/new",
        &place,
        &format!("{place}/unpublish"),
        "/staff/content/redirects",
        "/staff/content/redirects/new",
        "/staff/content/menu",
    ];

    for path in paths {
        assert!(slice.stranger().get(path).await.location().starts_with("/account/sign-in"));
        slice.sign_in(jo()).await.get(path).await.is(403);
        slice.staff(id(30), &["staff.finance"]).await.get(path).await.is(403);
        let shown = editor.get(path).await.status();
        assert!(shown == 200 || path.ends_with("/unpublish") && shown == 303, "{path}: {shown}");
    }
    let changing = [
        "/staff/content/new",
        &place,
        &publish,
        &unpublish,
        "/staff/content/redirects/new",
        "/staff/content/redirects/remove",
        "/staff/content/menu",
    ];
    for path in changing {
        slice.stranger().post(path, &[("version", "1")]).await.is(401);
        slice.sign_in(jo()).await.post(path, &[("version", "1")]).await.is(403);
        slice.staff(id(30), &["staff.finance"]).await.post(path, &[("version", "1")]).await.is(403);
    }
    editor.get(&place).await.shows("draft");
    let tried = paths.len() + changing.len();
    let own =
        slice.routes().iter().filter(|route| route.path.starts_with("/staff/content")).count();
    assert_eq!(tried, own, "a route is not tried");
}

#[slice_test]
async fn what_nobody_should_send_is_refused(slice: Slice) {
    let mut editor = editor(&slice).await;

    editor.get("/staff/content/pages/not-an-id").await.is(400);
    let nowhere = format!("/staff/content/pages/{}", uuid::Uuid::from_u128(77));
    editor.get(&nowhere).await.is(404);
    editor.post(&nowhere, &page("/a", "T", "x").fields()).await.is(404);
    editor.post(&format!("{nowhere}/publish"), &[("version", "1")]).await.is(404);
    editor.post_raw("/staff/content/new", "application/json", "{}").await.is(415);
    editor
        .post_raw("/staff/content/new", "application/x-www-form-urlencoded", "path=/a")
        .await
        .is(403);
    let large = "x".repeat(70 * 1024);
    editor.post("/staff/content/new", &page("/a", "T", &large).fields()).await.is(413);
    editor.get("/staff/content?after=%00").await;
    editor.get("/staff/content/nowhere").await.is(404);
    editor.post("/staff/content", &[]).await.is(405);
}

#[slice_test]
async fn every_route_refuses_whoever_may_not(slice: Slice) {
    slice.try_every_route().await;
}
