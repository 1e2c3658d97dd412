//! Tests of what Markdown becomes.

use contracts::shared::Audience;

use super::super::domain::Live;
use super::*;

fn parts(text: &str, kind: Kind) -> Vec<Part> {
    let rendered = rendered(text, kind).unwrap();
    rendered.blocks.into_iter().flat_map(|block| block.parts).collect()
}

fn html(text: &str) -> String {
    let html = |part| match part {
        Part::Html(html) | Part::Plain(html) => html,
        _ => String::new(),
    };
    parts(text, Kind::Plain).into_iter().map(html).collect()
}

#[test]
fn markdown_becomes_html() {
    assert_eq!(html("A *word*.").trim(), "<p>A <em>word</em>.</p>");
    assert!(html("|a|b|\n|-|-:|\n|1|2|").contains("<td class=\"num\">2</td>"));
    assert!(html("|a|\n|-|\n|1|").contains("<th scope=\"col\">a</th>"));
}

#[test]
fn headings_follow_the_pages_own_without_a_jump() {
    assert_eq!(html("# A\n## B\n#### C\n## D"), html("## A\n## B\n### C\n## D"));
    assert!(!html("<h1>x</h1>").contains("<h1>"));
    assert_eq!(html("## \n"), "");
    let text = "## A\n:::members\n### B\n#### C\n:::\n:::signed-in\n#### D\n:::\n#### E";
    let levels: Vec<String> =
        html(text).split("<h").skip(1).map(|rest| rest[..1].to_owned()).collect();
    // D and E follow A for whoever does not see B and C.
    assert_eq!(levels, ["2", "3", "4", "3", "3"]);
}

#[test]
fn a_bold_link_alone_is_a_button_and_others_beside_it_are_plain() {
    let row = html("**[Join](/join)** [Read](/about)");
    assert!(row.starts_with("<p class=\"row\"><a class=\"button\" href=\"/join\""), "{row}");
    assert!(row.contains("<a class=\"button plain\" href=\"/about\""), "{row}");
    for text in ["[Join](/join)", "**[Join](/join)** now", "Now **[join](/join)**"] {
        assert!(!html(text).contains("button"), "{text}");
    }
    assert!(!html("**[x](javascript:alert(1))**").contains("javascript"));
    assert!(html("**[a<b](/x?a=\"b)**").contains("a&lt;b"));
}

#[test]
fn a_list_of_bold_links_is_a_list_of_ways_in() {
    let list = html("- **[Join](/join)** For a *year*. *from today*\n- **[Read](/news)** News.");
    assert!(list.starts_with("<ul class=\"index\">"), "{list}");
    assert!(list.contains("<p> For a <em>year</em>. </p><span>from today</span>"), "{list}");
    assert!(list.contains("<span></span>"), "{list}");
    for text in ["- **[Join](/join)** a\n- b", "- **[Join](/join)** a\n  - b", "- **x** a"] {
        assert!(!html(text).contains("index"), "{text}");
    }
}

#[test]
fn terms_and_values_are_facts_and_on_the_home_page_figures() {
    let text = "Founded\n: 1969\n\nOffice\n: Exton";
    let facts = html(text);
    assert!(facts.starts_with("<dl class=\"facts\"><div><dt>Founded</dt><dd>"), "{facts}");
    assert_eq!(facts.matches("<div>").count(), facts.matches("</div>").count());
    let home = parts(text, Kind::Home);
    assert!(matches!(&home[..], [Part::Plain(html)] if html.contains("class=\"figures\"")));
}

#[test]
fn a_wide_table_scrolls_by_itself() {
    let wide = html("|a|b|c|d|\n|-|-|-|-|\n|1|2|3|4|");
    assert!(wide.starts_with("<section class=\"scroll\" tabindex=\"0\" aria-label=\"Table 1"));
    assert!(!html("|a|b|c|\n|-|-|-|\n|1|2|3|").contains("scroll"));
}

#[test]
fn the_home_page_is_an_opening_and_bands() {
    let text = "# Know. Prove.\n\n**[Join](/join)**\n\n{{spectrum}}\n\n## News\n\n{{news}}\n";
    let home = parts(text, Kind::Home);
    let [display, buttons, spectrum, band, news] = &home[..] else { panic!("{home:?}") };
    assert_eq!(*display, Part::Display("Know. Prove.".to_owned()));
    assert!(matches!(buttons, Part::Plain(_)));
    assert_eq!(*spectrum, Part::Live(Live::Spectrum));
    assert_eq!(*band, Part::Band("News".to_owned()));
    assert_eq!(*news, Part::Live(Live::News));
    assert!(html("## News").contains("<h2>News</h2>"), "elsewhere a heading");
}

#[test]
fn what_is_said_is_kept_apart_by_audience() {
    let text = "Open *words*.\n:::members\nClosed.\n:::\nMore.\n:::members\nEnd.\n:::";
    let rendered = rendered(text, Kind::Plain).unwrap();
    let said: Vec<_> =
        rendered.texts.iter().map(|(of, text)| (of.clone(), text.as_str())).collect();
    let public = (Audience::Public, "Open words. More.");
    assert_eq!(said, [public, (Audience::Members, "Closed. End.")]);
    assert_eq!(rendered.blocks.iter().map(|block| block.words).collect::<Vec<_>>(), [2, 1, 1, 1]);
}

#[test]
fn what_acts_is_taken_out() {
    let attacks = [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "[x](javascript:alert(1))",
        "**[x](javascript:alert(1))**",
        "- **[x](javascript:alert(1))** y",
        "**[<script>](/x\"onclick=alert(1))**",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "<svg onload=alert(1)>",
        "<iframe src=\"https://evil.example\"></iframe>",
        "<style>body{display:none}</style>",
        "<form action=https://evil.example><input name=password></form>",
        "<p onclick=\"alert(1)\" style=\"position:fixed\">x</p>",
        "![x](https://evil.example/pixel.png)",
        "![x](//evil.example/pixel.png)",
        "<base href=\"https://evil.example\">",
        "<meta http-equiv=refresh content=\"0;url=https://evil.example\">",
    ];
    for attack in attacks {
        let safe = html(attack);
        for word in [
            "<script",
            "onerror",
            "onload",
            " onclick",
            "\"onclick",
            "javascript",
            "data:",
            "evil",
            "style",
            "<form",
            "<input",
        ] {
            assert!(!safe.contains(word), "{attack} gave {safe}");
        }
    }
}

#[test]
fn a_tag_left_open_does_not_swallow_the_next_stretch() {
    let rendered = rendered("<div><b>open\n\n:::members\n</div>closed\n:::", Kind::Plain).unwrap();
    assert_eq!(rendered.blocks.len(), 2);
    let mut blocks = rendered.blocks.iter();
    let member = blocks.find(|block| block.audience == Audience::Members).unwrap();
    assert_eq!(member.parts, [Part::Html("closed\n".to_owned())]);
}

#[test]
fn our_own_pictures_and_links_stay() {
    assert!(html("![Map](/assets/map.svg)").contains("src=\"/assets/map.svg\""));
    assert!(html("[Join](/join)").contains("href=\"/join\""));
}
