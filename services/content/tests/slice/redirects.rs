//! CN-S8: an old address leads to the right page, and never in a circle.

use chassis::testing::{Slice, slice_test};

use crate::given::*;

#[slice_test]
async fn an_old_path_leads_on_for_good(slice: Slice) {
    let mut editor = editor(&slice).await;
    let fields = [("old", "/SCTE/About.aspx"), ("new", "/about")];
    editor.post("/staff/content/redirects/new", &fields).await.is(303);

    let moved = slice.stranger().get("/SCTE/About.aspx?id=4").await;
    assert_eq!((moved.status(), moved.location()), (301, "/about?id=4"));
    // Else a browser would keep it for ever.
    assert_eq!(moved.header("cache-control"), Some("no-cache"));
    let slash = slice.stranger().get("/about/").await;
    assert_eq!((slash.status(), slash.header("cache-control")), (301, Some("no-cache")));
    assert_eq!(slice.stranger().get("/SCTE/About.aspx/").await.location(), "/about");
    let list = editor.get("/staff/content/redirects").await;
    list.shows("/SCTE/About.aspx").shows("added");

    let id = list.text().split("name=\"chosen\" value=\"").nth(1).unwrap();
    let chosen = [("chosen", id.split('"').next().unwrap()), ("chosen", "no id")];
    let done = editor.post("/staff/content/redirects/remove", &chosen).await;
    assert_eq!(done.is(303).location(), "/staff/content/redirects?done=1");
    slice.stranger().get("/SCTE/About.aspx").await.is(404);
    // Another editor forgot it already: that is no error.
    let done = editor.post("/staff/content/redirects/remove", &chosen).await;
    assert_eq!(done.is(303).location(), "/staff/content/redirects?done=0");
    editor.get("/staff/content/redirects").await.shows("removed").shows("No redirects");
}

#[slice_test]
async fn a_circle_is_refused(slice: Slice) {
    let mut editor = editor(&slice).await;
    let add = "/staff/content/redirects/new";
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
async fn a_circle_is_refused_however_its_paths_are_typed(slice: Slice) {
    let mut editor = editor(&slice).await;
    let add = "/staff/content/redirects/new";
    editor.post(add, &[("old", "/b/"), ("new", "/a")]).await.is(303);

    for back in ["/b", "/b/", "//b", "/b?x=1", "/b/#top"] {
        let refused = editor.post(add, &[("old", "/a"), ("new", back)]).await;
        refused.is(if back == "//b" { 422 } else { 409 });
        let itself = editor.post(add, &[("old", "/b"), ("new", back)]).await;
        itself.is(if back == "//b" { 422 } else { 409 });
    }
    editor.post(add, &[("old", "/about/"), ("new", "/a")]).await.is(409).shows("A page stands at");
    assert_eq!(slice.stranger().get("/b").await.location(), "/a");
    assert_eq!(slice.stranger().get("/b//").await.location(), "/a");
    slice.stranger().get("/a").await.is(404);

    // What leads on is followed through the same eyes.
    editor.post(add, &[("old", "/c"), ("new", "/d/?x=1")]).await.is(303);
    editor.post(add, &[("old", "/d"), ("new", "/c#here")]).await.is(409).shows("would lead back");
}

#[slice_test]
async fn of_two_that_would_make_a_circle_at_once_one_is_refused(slice: Slice) {
    let (mut one, mut other) = (editor(&slice).await, another_editor(&slice).await);
    let add = "/staff/content/redirects/new";

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
        ("/x?id=4", "/about"),
        ("/x", "/../about"),
    ] {
        editor.post("/staff/content/redirects/new", &[("old", old), ("new", new)]).await.is(422);
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

#[slice_test]
async fn a_page_that_moves_while_it_is_taken_back_leaves_a_redirect_too(slice: Slice) {
    let mut editor = editor(&slice).await;
    let place = published(&mut editor, &page("/news/first", "First", "Text.")).await;
    unpublish(&mut editor, &place).await.is(303);

    for path in ["/news/second", "/news/third"] {
        let shown = editor.get(&place).await;
        editor.submit(&shown, &place, &page(path, "First", "Text.").fields()).await.is(303);
        slice.stranger().get("/news/first").await.is(404);
    }
    publish(&mut editor, &place).await.is(303);

    assert_eq!(slice.stranger().get("/news/first").await.location(), "/news/third");
    // Nobody ever knew it there.
    slice.stranger().get("/news/second").await.is(404);

    // Taken back and published where it is: nothing new leads anywhere.
    unpublish(&mut editor, &place).await.is(303);
    publish(&mut editor, &place).await.is(303);
    slice.stranger().get("/news/third").await.is(200);
}

#[slice_test]
async fn a_path_that_another_page_took_leads_to_that_page(slice: Slice) {
    let mut editor = editor(&slice).await;
    let place = published(&mut editor, &page("/news/first", "First", "Old text.")).await;
    unpublish(&mut editor, &place).await.is(303);
    let shown = editor.get(&place).await;
    editor
        .submit(&shown, &place, &page("/news/moved", "First", "Old text.").fields())
        .await
        .is(303);
    published(&mut editor, &page("/news/first", "Another", "New text.")).await;

    publish(&mut editor, &place).await.is(303);

    slice.stranger().get("/news/first").await.is(200).shows("New text.");
    editor.get("/staff/content/redirects").await.shows("No redirects");
}
