//! What a reader reads of a page: its main part without tags. Pure.

/// Elements whose inside is not read.
const UNREAD: [&str; 3] = ["svg", "script", "style"];

/// The words of a page's main part, or of all of it where it has none, one space between them.
pub(crate) fn words(html: &str) -> String {
    let main = html.split_once("<main").and_then(|(_, rest)| rest.split_once("</main>"));
    let mut text = main.map_or(html, |(main, _)| main).to_owned();
    if main.is_some() {
        text.insert_str(0, "<main");
    }
    for element in UNREAD {
        text = without(&text, element);
    }
    let mut read = String::with_capacity(text.len());
    for piece in text.split('<') {
        let (_, said) = piece.split_once('>').unwrap_or(("", piece));
        read.push(' ');
        read.push_str(said);
    }
    plain(&read).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text without an element and what stands in it.
fn without(html: &str, element: &str) -> String {
    let (start, end) = (format!("<{element}"), format!("</{element}>"));
    let mut kept = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, inside)) = rest.split_once(&start) {
        kept.push_str(before);
        rest = inside.split_once(&end).map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept
}

/// Entities replaced by what they stand for.
fn plain(text: &str) -> String {
    let entities = [
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&lt;", "<"),
        ("&#60;", "<"),
        ("&gt;", ">"),
        ("&#62;", ">"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
        ("&#38;", "&"),
    ];
    entities.into_iter().fold(text.to_owned(), |text, (entity, is)| text.replace(entity, is))
}

/// The value of an attribute of the tag that `tag` begins in.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = tag.split_once('>').map_or(tag, |(tag, _)| tag);
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| plain(value))
}

/// The value of the option of the field `name` whose label begins with `label`: of a select, or of
/// radio buttons.
pub(crate) fn option(html: &str, name: &str, label: &str) -> Option<String> {
    let radio = html.split("<input ").skip(1).find(|input| {
        attribute(input, "name").as_deref() == Some(name)
            && words(input.split_once('>').map_or("", |(_, text)| text)).starts_with(label)
    });
    let listed = || {
        let mut selects = html.split("<select ").skip(1);
        let select = selects.find(|select| attribute(select, "name").as_deref() == Some(name))?;
        let select = select.split_once("</select>").map_or(select, |(inside, _)| inside);
        let mut options = select.split("<option ").skip(1);
        options.find(|option| {
            option.split_once('>').is_some_and(|(_, text)| text.trim_start().starts_with(label))
        })
    };
    attribute(radio.or_else(listed)?, "value")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_page_are_those_of_its_main_part() {
        let page = r#"<head><title>T</title></head><nav>Menu</nav><main class="x">
            <h1>It&#39;s <b>you</b></h1><svg><text>12 dB</text></svg><p>A &amp; B</p></main><footer>F</footer>"#;
        assert_eq!(words(page), "It's you A & B");
        assert_eq!(words("<h1>Away</h1>for a moment"), "Away for a moment");
        assert_eq!(words("a <svg>never closed"), "a");
    }

    #[test]
    fn an_option_is_found_by_its_label() {
        let form = r#"<input type="radio" name="type" value="T1"><span>Retired</span>
            <input type="radio" name="type" value="T2"><span>Active Member</span>
            <select name="chapter"><option value="">None</option><option value="C1">Cactus Chapter</option></select>
            <select name="other"><option value="C2">Cactus</option></select>"#;
        assert_eq!(option(form, "type", "Active").as_deref(), Some("T2"));
        assert_eq!(option(form, "chapter", "Cactus").as_deref(), Some("C1"));
        assert_eq!(option(form, "chapter", "Bonneville"), None);
    }
}
