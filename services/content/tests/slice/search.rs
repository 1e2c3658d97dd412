//! Search: whoever asks finds what they may read, and nothing else says that there is more.

use chassis::testing::{Slice, slice_test};

use crate::given::*;

#[slice_test]
async fn words_of_title_and_text_are_found_and_marked(slice: Slice) {
    let mut editor = editor(&slice).await;
    let text = "The return path is noisy.\n\n<script>topaz</script>\n\n**Ärger** & more.";
    published(&mut editor, &page("/news/return", "What the return asks", text)).await;
    published(&mut editor, &page("/other", "Other", "The way of return.")).await;
    let mut visitor = slice.stranger();

    let found = visitor.get("/search?q=RETURN").await;
    found.is(200).shows("2 pages have").shows("What the <mark>return</mark> asks");
    found.shows("The way of <mark>return</mark>.").shows("<title>Search: RETURN");
    assert!(found.text().find("/news/return") < found.text().find("\"/other\""), "title first");
    visitor.get("/search?q=return+noisy").await.shows("One page has").shows("<mark>noisy</mark>");
    visitor.get("/search?q=%C3%A4rger").await.shows("<mark>Ärger</mark> & more.");
    visitor.get("/search?q=return+absent").await.is(200).shows("No page has all of these words");
    visitor.get("/search?q=topaz").await.shows("No page has all of these words");
}

#[slice_test]
async fn what_is_for_members_is_found_by_members_alone(slice: Slice) {
    let mut editor = editor(&slice).await;
    let half = "Open words.\n:::members\nThe closed topaz.\n:::\n:::signed-in\nHello opal.\n:::";
    published(&mut editor, &page("/news/half", "Half", half)).await;
    let whole = Typed { audience: "members", ..page("/news/whole", "Garnet theirs", "Text.") };
    published(&mut editor, &whole).await;
    let staff = Typed { audience: "staff", ..page("/desk", "Beryl of editors", "Text.") };
    published(&mut editor, &staff).await;
    draft(&mut editor, &page("/later", "Agate words", "Text.")).await;
    let nothing = "No page has all of these words";

    let mut stranger = slice.stranger();
    for word in ["topaz", "closed+topaz", "garnet", "beryl", "agate", "opal"] {
        let path = format!("/search?q={word}");
        stranger.get(&path).await.is(200).shows(nothing).lacks("/news/half").lacks("/news/whole");
    }
    stranger.get("/search?q=open+words").await.shows("One page").lacks("topaz");
    let mut sam = slice.sign_in(id(2)).await;
    sam.get("/search?q=opal").await.shows("<mark>opal</mark>").lacks("topaz");
    sam.get("/search?q=topaz").await.shows(nothing);

    slice.a_member(jo(), "2028-03-01").await;
    let mut jo = slice.sign_in(jo()).await;
    jo.get("/search?q=topaz").await.shows("closed <mark>topaz</mark>").shows("for members");
    jo.get("/search?q=garnet").await.shows("/news/whole");
    jo.get("/search?q=beryl").await.shows(nothing);
    editor.get("/search?q=beryl").await.shows("href=\"/desk\"");
}

#[slice_test]
async fn what_changes_or_goes_is_found_so(slice: Slice) {
    let mut editor = editor(&slice).await;
    let place = published(&mut editor, &page("/news/a", "First", "An emerald.")).await;
    let mut visitor = slice.stranger();
    visitor.get("/search?q=emerald").await.shows("One page");

    let shown = editor.get(&place).await;
    editor.submit(&shown, &place, &page("/news/a", "First", "A sapphire.").fields()).await.is(303);
    visitor.get("/search?q=emerald").await.shows("No page");
    visitor.get("/search?q=sapphire").await.shows("One page");
    unpublish(&mut editor, &place).await.is(303);
    visitor.get("/search?q=sapphire").await.shows("No page");
}

#[slice_test]
async fn many_hits_are_read_page_by_page(slice: Slice) {
    let mut editor = editor(&slice).await;
    for number in 10..33 {
        let path: &'static str = Box::leak(format!("/news/n{number}").into_boxed_str());
        published(&mut editor, &page(path, path, "An emerald.")).await;
    }
    let mut visitor = slice.stranger();
    let first = visitor.get("/search?q=emerald").await;
    first.shows("23 pages have").shows("1 to 10 of 23").shows("page=2").lacks("page=0");
    let last = visitor.get("/search?q=emerald&page=3").await;
    last.shows("21 to 23 of 23").shows("page=2").lacks("page=4");
    for strange in ["0", "99", "-1", "x", "", "18446744073709551615"] {
        visitor.get(&format!("/search?q=emerald&page={strange}")).await.is(200).shows("emerald");
    }
}

#[slice_test]
async fn whatever_is_asked_gets_an_answer(slice: Slice) {
    let mut visitor = slice.stranger();
    visitor.get("/search").await.is(200).shows("that you may read").lacks("No page has");
    for strange in ["", "%25", "_", "%00", "%27%22%3Cb%3E", "%5C", "a%00b", "---", "%F0%9F%93%A1"] {
        let shown = visitor.get(&format!("/search?q={strange}")).await;
        assert!(!shown.is(200).text().contains("\"<b>"), "{}", shown.text());
    }
    visitor.get(&format!("/search?q={}", "x".repeat(3000))).await.is(200);
    visitor.get("/search?q=%25").await.lacks("pages have");
    visitor.get("/search?q=%FF").await;
    visitor.get("/search/more").await.is(404);
}
