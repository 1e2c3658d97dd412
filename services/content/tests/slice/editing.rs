//! CN-S1: an editor writes, looks, publishes and takes back; nothing that acts gets through.

use chassis::testing::{Slice, slice_test};
use contracts::content::{PagePublished, PageUnpublished};

use crate::given::*;

#[slice_test]
async fn a_draft_is_seen_by_visitors_once_it_is_published(slice: Slice) {
    let mut editor = editor(&slice).await;
    let typed = page("/news/first", "First news", "Some *words*.");
    let place = draft(&mut editor, &typed).await;
    slice.stranger().get("/news/first").await.is(404);

    publish(&mut editor, &place).await.is(303);
    slice
        .stranger()
        .get("/news/first")
        .await
        .is(200)
        .shows("Some <em>words</em>.")
        .shows("First news");
    let told = slice.published::<PagePublished>().await.pop().unwrap();
    assert_eq!((told.page.path.as_str(), told.page.version), ("/news/first", 2));

    unpublish(&mut editor, &place).await.is(303);
    slice.stranger().get("/news/first").await.is(404);
    assert_eq!(slice.published_one::<PageUnpublished>().await.page.path, "/news/first");
    editor.get(&place).await.shows("unpublished").shows("created").shows(", staff");
}

#[slice_test]
async fn a_saved_change_of_a_published_page_is_told(slice: Slice) {
    let mut editor = editor(&slice).await;
    let place = published(&mut editor, &page("/news/first", "First news", "Old.")).await;
    let before = slice.published::<PagePublished>().await.len();

    let shown = editor.get(&place).await;
    editor
        .submit(&shown, &place, &page("/news/first", "First news", "New.").fields())
        .await
        .is(303);

    slice.stranger().get("/news/first").await.shows("New.").lacks("Old.");
    assert_eq!(slice.published::<PagePublished>().await.len(), before + 1);
}

#[slice_test]
async fn what_acts_is_taken_out_of_a_text(slice: Slice) {
    let text = "<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n[x](javascript:alert(1))\n\n**kept**";
    let mut editor = editor(&slice).await;
    let typed = Typed { title: "<script>t</script>", ..page("/news/bad", "", text) };
    published(&mut editor, &typed).await;

    let shown = slice.stranger().get("/news/bad").await;

    shown.shows("<strong>kept</strong>").lacks("onerror").lacks("javascript:").lacks("alert(1)");
    assert!(!shown.text().contains("<script>"), "{}", shown.text());
}

#[slice_test]
async fn a_preview_shows_two_readers_and_saves_nothing(slice: Slice) {
    let mut editor = editor(&slice).await;
    let typed = page("/news/first", "First news", "Open.\n:::members\nClosed.\n:::");
    let mut fields = typed.fields();
    fields.push(("act", "preview"));

    let shown = editor.post("/staff/content/new", &fields).await;

    shown.is(200).shows("As a stranger sees it").shows("As a member sees it").shows("First news");
    let stranger = shown.text().split("As a stranger sees it").nth(1).unwrap();
    let (stranger, member) = stranger.split_once("As a member sees it").unwrap();
    assert!(!stranger.contains("Closed.") && stranger.contains("The rest is for members"));
    assert!(member.contains("Closed.") && !member.contains("The rest is for members"));
    editor.get("/staff/content").await.lacks("/news/first");

    let open = page("/news/first", "First news", "Open to all.");
    let fields: Vec<_> = open.fields().into_iter().chain([("act", "preview")]).collect();
    let shown = editor.post("/staff/content/new", &fields).await;
    shown.shows("As everybody sees it").lacks("As a member sees it");
}

#[slice_test]
async fn what_cannot_be_saved_is_said_and_kept(slice: Slice) {
    let mut editor = editor(&slice).await;
    let wrong = [
        (page("/News", "T", "kept text"), "small letters"),
        (page("/account/x", "T", "kept text"), "another part of the site"),
        (page("/about", "T", "kept text"), "another page stands at /about"),
        (page("/a", "", "kept text"), "cannot be left empty"),
        (page("/a", "T", "kept text\n:::members\nx"), "opened in line 2 is not closed"),
        (page("/a", "T", "kept text\n:::friends\n:::"), "no audience `friends`"),
        (page("/a", "T", "kept text\n{{prices}}"), "no live block `prices`"),
        (Typed { audience: "everyone", ..page("/a", "T", "kept text") }, "choose one of these"),
        (page("/a", "T", &format!("kept text{}", "x".repeat(40_001))), "at most 40000"),
    ];
    for (typed, why) in wrong {
        editor
            .post("/staff/content/new", &typed.fields())
            .await
            .is(422)
            .shows(why)
            .shows("kept text");
    }
    editor.post("/staff/content/new", &[]).await.is(422);
    assert_eq!(slice.published::<PagePublished>().await.len(), 9);
}

#[slice_test]
async fn a_double_click_on_save_makes_one_page(slice: Slice) {
    let mut editor = editor(&slice).await;
    let typed = page("/news/first", "First news", "Text.");

    let first = editor.post_with_key("/staff/content/new", "k", &typed.fields()).await;
    let second = editor.post_with_key("/staff/content/new", "k", &typed.fields()).await;

    assert_eq!(first.location(), second.location());
    let other = page("/news/other", "Other", "Text.");
    editor.post_with_key("/staff/content/new", "k", &other.fields()).await.is(422).shows("Other");
}

#[slice_test]
async fn a_long_list_is_read_page_by_page(slice: Slice) {
    let mut editor = editor(&slice).await;
    let paths: Vec<String> = (0..60).map(|n| format!("/news/n{n:03}")).collect();
    for path in &paths {
        let fields = [
            ("path", path.as_str()),
            ("title", "T"),
            ("language", "en"),
            ("audience", "members"),
            ("markdown", "x"),
        ];
        editor.post("/staff/content/new", &fields).await.is(303);
    }

    let first = editor.get("/staff/content?sort=path").await;
    first.shows("/news/n020").lacks("/news/n059");
    let next = first.text().split("rel=\"next\" href=\"").nth(1).unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    editor.get(&next).await.shows("/news/n059").shows(">/privacy<").lacks("rel=\"next\"");
}

#[slice_test]
async fn the_list_is_searched_narrowed_and_given_as_a_file(slice: Slice) {
    let mut editor = editor(&slice).await;
    let typed = Typed { audience: "members", ..page("/news/first", "Of \u{c4}rger", "Text.") };
    draft(&mut editor, &typed).await;

    let found = editor.get("/staff/content?q=\u{e4}rger").await;
    found.shows(">Of \u{c4}rger</a>").lacks(">/privacy<");
    editor.get("/staff/content?q=%25").await.shows("No page like this");
    editor.get("/staff/content?state=draft").await.shows("/news/first").lacks(">/privacy<");
    editor.get("/staff/content?audience=members").await.shows("/news/first").lacks(">/privacy<");
    editor.get("/staff/content?kind=article").await.shows("/news/first").lacks(">/privacy<");
    editor.get("/staff/content?kind=page").await.lacks("/news/first").shows(">/privacy<");
    let file = editor.get("/staff/content?kind=article&format=csv").await;
    assert!(file.header("content-type").unwrap().starts_with("text/csv"));
    file.shows("/news/first,Members,draft,").lacks("/privacy");
}

#[slice_test]
async fn taking_back_is_asked_first_and_says_what_it_means(slice: Slice) {
    let mut editor = editor(&slice).await;
    let place = published(&mut editor, &page("/news/first", "First news", "Text.")).await;

    let asked = editor.get(&format!("{place}/unpublish")).await;
    asked.is(200).shows("there is no page here").shows("First news").shows("1 March 2027");
    slice.stranger().get("/news/first").await.is(200);

    unpublish(&mut editor, &place).await.is(303);
    slice.stranger().get("/news/first").await.is(404);
    let drafted = editor.get(&format!("{place}/unpublish")).await;
    assert_eq!(drafted.is(303).location(), place);
}

#[slice_test]
async fn an_article_bears_the_day_of_its_first_publication_or_an_earlier_one(slice: Slice) {
    let mut writer = editor(&slice).await;
    let place = published(&mut writer, &page("/news/first", "First", "Text.")).await;
    slice.today("2027-03-09").await;
    let mut editor = editor(&slice).await;
    unpublish(&mut editor, &place).await.is(303);
    publish(&mut editor, &place).await.is(303);
    slice.stranger().get("/news/first").await.shows("1 March 2027").lacks("9 March 2027");

    let typed = page("/news/first", "First", "Text.");
    for (day, status, why) in [
        ("2027-03-10", 422, "a day to come"),
        ("soon", 422, "year-month-day"),
        ("2019-06-22", 303, ""),
    ] {
        let shown = editor.get(&place).await;
        let fields: Vec<_> = typed.fields().into_iter().chain([("dated", day)]).collect();
        editor.submit(&shown, &place, &fields).await.is(status).shows(why);
    }
    slice.stranger().get("/news/first").await.shows("22 June 2019");
}
