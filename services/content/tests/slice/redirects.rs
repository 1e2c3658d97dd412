//! CN-S8: an old address leads to the right page, and never in a circle.

use chassis::testing::{Slice, slice_test};

use crate::given::*;

#[slice_test]
async fn an_old_path_leads_on_for_good(slice: Slice) {
    let mut editor = editor(&slice).await;
    let fields = [("old", "/SCTE/About.aspx"), ("new", "/about")];
    editor.post("/staff/content/redirects", &fields).await.is(303);

    let moved = slice.stranger().get("/SCTE/About.aspx?id=4").await;
    assert_eq!((moved.status(), moved.location()), (301, "/about?id=4"));
    assert_eq!(slice.stranger().get("/SCTE/About.aspx/").await.location(), "/about");
    let list = editor.get("/staff/content/redirects").await;
    list.shows("/SCTE/About.aspx").shows("added");

    editor.post("/staff/content/redirects/remove", &[("old", "/SCTE/About.aspx")]).await.is(303);
    slice.stranger().get("/SCTE/About.aspx").await.is(404);
    editor.post("/staff/content/redirects/remove", &[("old", "/SCTE/About.aspx")]).await.is(404);
}

#[slice_test]
async fn a_circle_is_refused(slice: Slice) {
    let mut editor = editor(&slice).await;
    let add = "/staff/content/redirects";
    editor.post(add, &[("old", "/a"), ("new", "/b")]).await.is(303);
    editor.post(add, &[("old", "/b"), ("new", "/c")]).await.is(303);

    editor
        .post(add, &[("old", "/c"), ("new", "/a")])
        .await
        .is(409)
        .shows("would lead back")
        .shows("value=\"/c\"");
    editor.post(add, &[("old", "/d"), ("new", "/d")]).await.is(409).shows("would lead back");
    editor
        .post(add, &[("old", "/about"), ("new", "/d")])
        .await
        .is(409)
        .shows("A page stands at /about");
}

#[slice_test]
async fn of_two_that_would_make_a_circle_at_once_one_is_refused(slice: Slice) {
    let (mut one, mut other) = (editor(&slice).await, another_editor(&slice).await);
    let add = "/staff/content/redirects";

    // Eight times, since most times one is simply first.
    for round in 0..8 {
        let (here, there) = (format!("/a{round}"), format!("/b{round}"));
        let one_half = [("old", here.as_str()), ("new", there.as_str())];
        let other_half = [("old", there.as_str()), ("new", here.as_str())];
        let (first, second) = tokio::join!(one.post(add, &one_half), other.post(add, &other_half));

        let mut statuses = [first.status(), second.status()];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 409], "{} {}", first.text(), second.text());
    }
}

#[slice_test]
async fn what_is_no_path_of_ours_is_refused(slice: Slice) {
    let mut editor = editor(&slice).await;
    for (old, new) in [
        ("/x", "https://evil.example"),
        ("/x", "//evil.example"),
        ("x", "/about"),
        ("/x y", "/about"),
        ("", "/about"),
        ("/account/old", "/about"),
        ("/x", ""),
    ] {
        editor.post("/staff/content/redirects", &[("old", old), ("new", new)]).await.is(422);
    }
    editor.get("/staff/content/redirects").await.shows("No redirects");
}

#[slice_test]
async fn a_page_that_moves_leaves_a_redirect_and_can_move_back(slice: Slice) {
    let mut editor = editor(&slice).await;
    let place = published(&mut editor, &page("/news/first", "First", "Text.")).await;

    let shown = editor.get(&place).await;
    editor.submit(&shown, &place, &page("/news/moved", "First", "Text.").fields()).await.is(303);
    assert_eq!(slice.stranger().get("/news/first").await.location(), "/news/moved");

    let shown = editor.get(&place).await;
    editor.submit(&shown, &place, &page("/news/first", "First", "Text.").fields()).await.is(303);
    slice.stranger().get("/news/first").await.is(200);
    assert_eq!(slice.stranger().get("/news/moved").await.location(), "/news/first");
}
