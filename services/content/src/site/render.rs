//! From Markdown to HTML that is safe to show: once, when a page is saved.

use std::collections::HashSet;

use pulldown_cmark::{Options, Parser, html};

use super::domain::{Block, Part, Refusal, Source, stretches};

/// Renders a text, stretch by stretch, so that nothing opened in one can swallow another.
///
/// # Errors
/// What [`stretches`] refuses.
pub(super) fn blocks(text: &str) -> Result<Vec<Block>, Refusal> {
    let part = |source: Source| match source {
        Source::Markdown(text) => Part::Html(to_html(&text)),
        Source::Live(live) => Part::Live(live),
    };
    let block = |(audience, sources): (_, Vec<Source>)| Block {
        audience,
        parts: sources.into_iter().map(part).collect(),
    };
    Ok(stretches(text)?.into_iter().map(block).collect())
}

fn to_html(markdown: &str) -> String {
    let known = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut rendered = String::new();
    html::push_html(&mut rendered, Parser::new_ext(markdown, known));
    cleaner().clean(&rendered).to_string()
}

/// Lets through what Markdown makes, and nothing that acts: no script, no style, no form, no frame,
/// and no picture from elsewhere, which would tell others who reads us.
fn cleaner() -> ammonia::Builder<'static> {
    let mut cleaner = ammonia::Builder::default();
    cleaner.url_schemes(HashSet::from(["http", "https", "mailto", "tel"])).attribute_filter(
        |element, attribute, value| {
            let ours = value.starts_with('/') && !value.starts_with("//") && !value.contains('\\');
            let elsewhere = element == "img" && attribute == "src" && !ours;
            (!elsewhere).then(|| value.into())
        },
    );
    cleaner
}

#[cfg(test)]
mod tests {
    use contracts::shared::Audience;

    use super::*;

    fn html(text: &str) -> String {
        let blocks = blocks(text).unwrap();
        let parts = blocks.iter().flat_map(|block| &block.parts);
        parts.map(|part| if let Part::Html(html) = part { html.as_str() } else { "" }).collect()
    }

    #[test]
    fn markdown_becomes_html() {
        assert_eq!(html("# Title\n\nA *word*.").trim(), "<h1>Title</h1>\n<p>A <em>word</em>.</p>");
        assert!(html("|a|b|\n|-|-|\n|1|2|").contains("<td>1</td>"));
    }

    #[test]
    fn what_acts_is_taken_out() {
        let attacks = [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<a href=\"javascript:alert(1)\">x</a>",
            "[x](javascript:alert(1))",
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
                "script",
                "onerror",
                "onload",
                "onclick",
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
        let blocks = blocks("<div><b>open\n\n:::members\n</div>closed\n:::").unwrap();
        assert_eq!(blocks.len(), 2);
        let member = blocks.iter().find(|block| block.audience == Audience::Members).unwrap();
        assert_eq!(member.parts, [Part::Html("closed\n".to_owned())]);
    }

    #[test]
    fn our_own_pictures_and_links_stay() {
        assert!(html("![Map](/assets/map.svg)").contains("src=\"/assets/map.svg\""));
        assert!(html("[Join](/join)").contains("href=\"/join\""));
    }
}
