//! The words of HTML: what is left when its tags are taken out.

/// Tags within a word or sentence; all others end what stands before them.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "em", "i", "ins", "kbd", "mark", "q",
    "s", "samp", "small", "strong", "sub", "sup", "time", "u", "var",
];

/// The words of cleaned HTML, one space between them.
pub(super) fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let (inside, after) = tag.split_at(end_of(tag));
        let name = inside.trim_start_matches('/');
        let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if !INLINE.contains(&name) {
            // What ends without a full stop is kept apart from what follows.
            let ends = text.trim_end().chars().next_back();
            let apart = inside.starts_with('/') && ends.is_some_and(char::is_alphanumeric);
            text.push_str(if apart { " · " } else { " " });
        }
        rest = after.strip_prefix('>').unwrap_or(after);
    }
    text.push_str(rest);
    let text = unescaped(&text);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.trim_end_matches(" ·").to_owned()
}

/// Where the tag ends that begins here; a `>` in quotes does not end it.
fn end_of(tag: &str) -> usize {
    let mut quoted = false;
    for (at, c) in tag.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return at,
            _ => {}
        }
    }
    tag.len()
}

/// What the cleaner escapes, as it was.
fn unescaped(text: &str) -> String {
    let known = [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\"")];
    let text = known.iter().fold(text.to_owned(), |text, (name, c)| text.replace(name, c));
    // Last, so that what was written as an entity stays one.
    text.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn words_are_what_is_left_without_tags() {
        assert_eq!(plain("<p>A <em>w</em>ord.</p>\n<p>Next</p>"), "A word. Next");
        assert_eq!(plain("<a title=\"a > b\">x</a><br>y"), "x y");
        assert_eq!(plain("<p>1 &lt; 2 &amp;lt; R&amp;D</p>"), "1 < 2 &lt; R&D");
        assert_eq!(plain("<td>1</td><td>2</td>"), "1 · 2");
        assert_eq!(plain(""), "");
        assert_eq!(plain("a <"), "a");
    }
}
