//! News: articles with teasers, the list newest first, what stands beside an article; the home page.

use axum::http::Request;
use chassis::testing::{Browser, Slice, slice_test};

use crate::given::*;

/// Publishes an article of a topic with a date.
async fn article(editor: &mut Browser, path: &'static str, topic: &str, day: &str) {
    article_for(editor, path, topic, day, "public", "Text.").await;
}

async fn article_for(
    editor: &mut Browser,
    path: &'static str,
    topic: &str,
    day: &str,
    audience: &'static str,
    text: &str,
) {
    let name = path.trim_start_matches("/news/");
    let title: &'static str = Box::leak(format!("Title {name}").into_boxed_str());
    let typed = Typed { audience, ..page(path, title, text) };
    let summary = format!("Teaser {name}.");
    let more = [
        ("summary", summary.as_str()),
        ("topic", topic),
        ("byline", "Ada Example"),
        ("dated", day),
    ];
    let fields: Vec<_> = typed.fields().into_iter().chain(more).collect();
    let saved = editor.post("/staff/content/new", &fields).await;
    saved.is(303);
    publish(editor, saved.location()).await.is(303);
}

fn order(text: &str, titles: &[&str]) -> bool {
    let places: Vec<_> = titles.iter().map(|title| text.find(&format!(">{title}</a>"))).collect();
    places.iter().all(Option::is_some) && places.is_sorted()
}

#[slice_test]
async fn an_article_says_who_wrote_it_when_and_how_long_it_takes(slice: Slice) {
    let mut editor = editor(&slice).await;
    let long = "word ".repeat(410);
    article_for(&mut editor, "/news/a", "Plant", "2027-02-01", "public", &long).await;

    let shown = slice.stranger().get("/news/a").await;
    shown.is(200).shows("<h1>Title a</h1>").shows("Teaser a.").shows("By Ada Example");
    shown.shows("<time datetime=\"2027-02-01\">1 February 2027</time>").shows("3 minutes");
    shown.shows("href=\"/news?topic=Plant\"").lacks("for members");
    assert_eq!(shown.text().matches("<h1").count(), 1);
}

#[slice_test]
async fn the_list_is_newest_first_with_a_lead_and_by_topic(slice: Slice) {
    slice.stranger().get("/news").await.is(200).shows("Nothing is published yet");
    let mut editor = editor(&slice).await;
    article(&mut editor, "/news/a", "Plant", "2027-02-01").await;
    article(&mut editor, "/news/b", "R&D", "2027-02-03").await;
    article(&mut editor, "/news/c", "Plant", "2026-12-24").await;
    draft(&mut editor, &page("/news/draft", "Title draft", "Text.")).await;

    let list = slice.stranger().get("/news").await;
    assert!(order(list.text(), &["Title b", "Title a", "Title c"]), "{}", list.text());
    list.shows("Teaser b.").shows(">2026</h2>").shows("24 December 2026").lacks("Title draft");
    assert!(list.text().find("Title b") < list.text().find("Title a"));

    let plant = slice.stranger().get("/news?topic=Plant").await;
    plant.shows("Title a").shows("Title c").lacks("Title b");
    slice.stranger().get("/news?topic=R%26D").await.shows("Title b").lacks("Title a");
    slice.stranger().get("/news?topic=None").await.is(200).shows("No article on None");
    for strange in ["/news?before=x", "/news?after=%00", "/news?topic=%00", "/news?before=_"] {
        slice.stranger().get(strange).await.is(200).shows("Title b");
    }
}

#[slice_test]
async fn a_long_list_goes_on_and_back(slice: Slice) {
    let mut editor = editor(&slice).await;
    let days: Vec<String> = (1..=28).map(|day| format!("2027-02-{day:02}")).collect();
    for day in &days {
        let path: &'static str = Box::leak(format!("/news/d{}", &day[8..]).into_boxed_str());
        article(&mut editor, path, "Plant", day).await;
    }
    let mut visitor = slice.stranger();
    let link = |text: &str, rel: &str| -> Option<String> {
        let before =
            text.split(&format!("\" rel=\"{rel}\"")).next().filter(|b| b.len() < text.len());
        let href = before?.rsplit("href=\"").next()?;
        Some(href.replace("&#38;", "&").replace("&amp;", "&"))
    };

    let first = visitor.get("/news").await;
    first.shows("Title d28").shows("Title d17").lacks("Title d16");
    assert_eq!(link(first.text(), "prev"), None);
    let second = visitor.get(&link(first.text(), "next").unwrap()).await;
    second.shows("Title d16").shows("Title d05").lacks("Title d17").lacks("Title d04");
    let third = visitor.get(&link(second.text(), "next").unwrap()).await;
    third.shows("Title d04").shows("Title d01").lacks("Title d05");
    assert_eq!(link(third.text(), "next"), None);
    let back = visitor.get(&link(third.text(), "prev").unwrap()).await;
    back.shows("Title d16").shows("Title d05").lacks("Title d17").lacks("Title d04");
    assert!(order(back.text(), &["Title d16", "Title d15", "Title d05"]));

    let topic = visitor.get("/news?topic=Plant").await;
    let older = link(topic.text(), "next").unwrap();
    assert!(older.starts_with("/news?topic=Plant&before="), "{older}");
}

#[slice_test]
async fn what_is_for_members_is_marked_and_its_title_is_theirs(slice: Slice) {
    let mut editor = editor(&slice).await;
    let half = "Open.\n:::members\nClosed.\n:::";
    article_for(&mut editor, "/news/half", "Plant", "2027-02-02", "public", half).await;
    article_for(&mut editor, "/news/whole", "Plant", "2027-02-01", "members", "Closed.").await;
    article(&mut editor, "/news/open", "Plant", "2027-01-31").await;

    for path in ["/news", "/", "/news/half", "/news/open", "/news?topic=Plant"] {
        slice.stranger().get(path).await.is(200).lacks("Title whole").lacks("Closed.");
    }
    slice.stranger().get("/news").await.shows("Title half").shows("for members");
    slice.a_member(jo(), "2028-03-01").await;
    let mut jo = slice.sign_in(jo()).await;
    for path in ["/news", "/", "/news/half", "/news/open"] {
        jo.get(path).await.is(200).shows("Title whole");
    }
}

#[slice_test]
async fn an_article_leads_to_those_before_and_after_and_of_its_topic(slice: Slice) {
    let mut editor = editor(&slice).await;
    let all = [("/news/a", "Plant", "2027-01-01"), ("/news/b", "Site", "2027-01-02")];
    let more = [("/news/c", "Plant", "2027-01-03"), ("/news/d", "Site", "2027-01-04")];
    for (path, topic, day) in all.into_iter().chain(more) {
        article(&mut editor, path, topic, day).await;
    }

    let shown = slice.stranger().get("/news/b").await;
    shown.shows("Before: Title a").shows("After: Title c");
    let aside = shown.text().split("Read next").nth(1).unwrap();
    assert!(aside.contains(">Title d<") && !aside.contains(">Title a<"), "{aside}");
    slice.stranger().get("/news/d").await.lacks("After:").shows("Before: Title c");
    slice.stranger().get("/news/a").await.lacks("Before:").shows("After: Title b");
}

#[slice_test]
async fn a_wall_says_how_much_more_there_is_and_what_it_costs(slice: Slice) {
    let mut editor = editor(&slice).await;
    let text = format!("Open.\n:::members\n{}\n:::", "closed ".repeat(410));
    article_for(&mut editor, "/news/half", "Plant", "2027-02-02", "public", &text).await;
    let wall = slice.stranger().get("/news/half").await;
    wall.shows("3 minutes more to read").shows(">Join</a>").lacks("closed");

    a_type_is_offered(&slice, "Active", 9900, 30).await;
    a_type_is_offered(&slice, "Student", 2400, 31).await;

    let wall = slice.stranger().get("/news/half").await;
    wall.shows("Join from $24.00 a year").shows("the price is a sample");
}

#[slice_test]
async fn the_home_page_has_its_opening_its_figure_and_its_bands(slice: Slice) {
    let home = slice.stranger().get("/").await;
    home.is(200).shows("<h1 class=\"display\"><span>Know the plant.</span>");
    home.shows("class=\"spectrum\"").shows("What brings you here</h2>").shows("class=\"index\"");
    home.shows("class=\"figures\"").shows("<dt>Founding members, 1969</dt><dd>79</dd>");
    assert_eq!(home.text().matches("<h1").count(), 1);

    article(&mut editor(&slice).await, "/news/a", "Plant", "2027-02-01").await;
    slice.stranger().get("/").await.shows("Title a").shows("All news");
}

#[slice_test]
async fn editors_own_the_words_of_the_home_page(slice: Slice) {
    let mut editor = editor(&slice).await;
    let list = editor.get("/staff/content?sort=path").await;
    let row = list.text().split("<tr>").find(|row| row.contains(">/</td>")).unwrap();
    let place = row.split("href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let text = "# Other words. Here.\n\n**[Begin](/about)**\n\n## A band\n\nMore.";
    let shown = editor.get(&place).await;

    editor.submit(&shown, &place, &page("/", "Title", text).fields()).await.is(303);

    let home = slice.stranger().get("/").await;
    home.shows("<span>Other words.</span> <span>Here.</span>").shows("A band</h2>");
    home.shows("class=\"button\" href=\"/about\"").lacks("Know the plant");
}

#[slice_test]
async fn who_asks_again_for_the_list_is_told_that_nothing_changed(slice: Slice) {
    let mut editor = editor(&slice).await;
    article(&mut editor, "/news/a", "Plant", "2027-02-01").await;
    let mut visitor = slice.stranger();
    let first = visitor.get("/news").await;
    let tag = first.header("etag").unwrap().to_owned();
    let again = || Request::get("/news").header("if-none-match", tag.as_str());
    visitor.send(again(), String::new().into()).await.is(304);

    article(&mut editor, "/news/b", "Plant", "2027-02-02").await;

    visitor.send(again(), String::new().into()).await.is(200).shows("Title b");
}

#[slice_test]
async fn the_pages_of_a_part_lead_to_each_other(slice: Slice) {
    let shown = slice.stranger().get("/about/standards").await;
    shown.is(200).shows("In this part").shows("href=\"/about/certification\"");
    let crumbs = shown.text().split("aria-label=\"Breadcrumb\"").nth(1).unwrap();
    let crumbs = crumbs.split("</nav>").next().unwrap();
    assert!(crumbs.contains("<a href=\"/about\">About SCTE</a>"), "{crumbs}");
    slice.stranger().get("/privacy").await.is(200).lacks("In this part");
}
