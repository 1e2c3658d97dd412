//! Tests of the rules of pages.

use super::*;

fn markdown(text: &str) -> Source {
    Source::Markdown(text.to_owned())
}

#[test]
fn a_path_is_small_letters_and_not_anothers() {
    for fine in ["/", "/about", "/news/first-step", "/2027"] {
        assert_eq!(path(fine), Ok(()), "{fine}");
    }
    for wrong in ["", "about", "/About", "/a/", "//a", "/a b", "/ä", "/a?b", "/a/../b"] {
        assert_eq!(path(wrong), Err(Refusal::Path), "{wrong}");
    }
    assert_eq!(path("/account/x"), Err(Refusal::Reserved("account".into())));
    assert_eq!(path("/-/x"), Err(Refusal::Reserved("-".into())));
    assert!(path("/.well-known").is_err());
    assert_eq!(path("/accounts"), Ok(()));
    assert_eq!(path(&format!("/{}", "a".repeat(200))), Err(Refusal::Path));
}

#[test]
fn a_path_is_written_in_one_way() {
    assert_eq!(normal_path("/about/"), "/about");
    assert_eq!(normal_path("//evil.example//x/"), "/evil.example/x");
    assert_eq!(normal_path("/"), "/");
    assert_eq!(normal_path("///"), "/");
}

#[test]
fn a_text_is_cut_where_the_audience_changes() {
    let text = "Open.\n\n:::members\nClosed.\n:::\n:::signed-in\nHello.\n:::\nEnd.";

    let cut = stretches(text).unwrap();

    let expected = vec![
        (Audience::Public, vec![markdown("Open.\n\n")]),
        (Audience::Members, vec![markdown("Closed.\n")]),
        (Audience::SignedIn, vec![markdown("Hello.\n")]),
        (Audience::Public, vec![markdown("End.\n")]),
    ];
    assert_eq!(cut, expected);
}

#[test]
fn live_blocks_stand_on_lines_of_their_own() {
    let cut = stretches("Types:\n{{ membership-types }}\nThat is {{all}}.").unwrap();
    let sources = vec![
        markdown("Types:\n"),
        Source::Live(Live::MembershipTypes),
        markdown("That is {{all}}.\n"),
    ];
    assert_eq!(cut, vec![(Audience::Public, sources)]);
    let unknown = Refusal::Live { line: 1, word: "prices".into() };
    assert_eq!(stretches("{{prices}}"), Err(unknown));
}

#[test]
fn a_mark_inside_code_is_just_text() {
    let text = "```\n:::members\n{{x}}\n```\nafter";
    assert_eq!(stretches(text), Ok(vec![(Audience::Public, vec![markdown(&format!("{text}\n"))])]));
    let text = "~~~\n```\n:::\n~~~\n";
    assert_eq!(stretches(text), Ok(vec![(Audience::Public, vec![markdown(text)])]));
}

#[test]
fn marks_that_do_not_pair_are_refused_with_their_line() {
    assert_eq!(stretches("a\n:::members\nb"), Err(Refusal::NotClosed(2)));
    assert_eq!(stretches(":::"), Err(Refusal::NotOpen(1)));
    assert_eq!(stretches(":::members\n:::signed-in\n:::"), Err(Refusal::Nested(2)));
    let unknown = Refusal::Audience { line: 1, word: "friends".into() };
    assert_eq!(stretches(":::friends\n:::"), Err(unknown));
}

#[test]
fn an_empty_text_has_no_stretches() {
    assert_eq!(stretches(""), Ok(vec![]));
    assert_eq!(stretches(":::members\n\n:::\n"), Ok(vec![]));
}

#[test]
fn a_mistyped_path_finds_its_page() {
    assert!(likeness("/membership-benefits", "/members", "For members") > 0);
    assert_eq!(likeness("/x", "/members", "For members"), 0);
    assert_eq!(likeness("/wp-login.php", "/about", "About SCTE"), 0);
}
