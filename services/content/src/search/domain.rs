//! What is looked for, what was found and how it is shown. Pure: no database, no clock, no HTTP.

use chrono::NaiveDate;
use contracts::PageId;

/// Words that are looked for at once; more are left out.
const WORDS: usize = 6;

/// The longest word that is looked for.
const LONGEST: usize = 40;

/// Letters that a snippet shows before the first word that was found, and in all.
const BEFORE: usize = 60;
const SNIPPET: usize = 220;

/// A text in small letters, letter by letter, so that places in both are the same.
pub(crate) fn fold(text: &str) -> String {
    text.chars().map(small).collect()
}

fn small(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// The words that are looked for, in small letters, each once.
pub(crate) fn words(asked: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in asked.split(|c: char| c.is_whitespace() || c.is_control()) {
        let word = fold(word.trim_matches(|c: char| !c.is_alphanumeric()));
        let word: String = word.chars().take(LONGEST).collect();
        if !word.is_empty() && words.len() < WORDS && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// A page that was found.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    pub(crate) id: PageId,
    pub(crate) path: String,
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) topic: String,
    pub(crate) dated: Option<NaiveDate>,
    /// Whether it, or a part of it, is for members.
    pub(crate) for_members: bool,
}

impl Hit {
    /// How many of the words stand in its title, and how many in its summary.
    fn weight(&self, words: &[String]) -> (usize, usize) {
        let (title, summary) = (fold(&self.title), fold(&self.summary));
        let among = |text: &str| words.iter().filter(|word| text.contains(word.as_str())).count();
        (among(&title), among(&summary))
    }
}

/// What was found in the order in which it is shown: words in the title first, then in the summary,
/// then the newest.
pub(crate) fn ranked(mut hits: Vec<Hit>, words: &[String]) -> Vec<Hit> {
    hits.sort_by_cached_key(|hit| {
        let weight = std::cmp::Reverse(hit.weight(words));
        (weight, std::cmp::Reverse(hit.dated), hit.path.clone())
    });
    hits
}

/// A stretch of text, and whether it is what was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) text: String,
    pub(crate) found: bool,
}

/// A text cut where words begin and end that were looked for.
pub(crate) fn marked(text: &str, words: &[String]) -> Vec<Stretch> {
    let letters: Vec<char> = text.chars().collect();
    let folded: Vec<char> = letters.iter().copied().map(small).collect();
    let words: Vec<Vec<char>> = words.iter().map(|word| word.chars().collect()).collect();
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut push = |text: &[char], found: bool| match stretches.last_mut() {
        Some(last) if last.found == found => last.text.extend(text),
        _ => stretches.push(Stretch { text: text.iter().collect(), found }),
    };
    let mut at = 0;
    while let Some(rest) = folded.get(at..).filter(|rest| !rest.is_empty()) {
        let longest = words.iter().filter(|word| rest.starts_with(word)).map(Vec::len).max();
        let end = at + longest.unwrap_or(1);
        push(letters.get(at..end).unwrap_or_default(), longest.is_some());
        at = end;
    }
    stretches
}

/// The part of a text around the first word that was looked for; none: it has none of them.
pub(crate) fn snippet(text: &str, words: &[String]) -> Option<Vec<Stretch>> {
    let folded = fold(text);
    let first = words.iter().filter_map(|word| folded.find(word.as_str())).min()?;
    let place = folded.get(..first)?.chars().count();
    let letters: Vec<char> = text.chars().collect();
    let start = match place.saturating_sub(BEFORE) {
        0 => 0,
        // From the next whole word on.
        start => letters
            .get(start..place)?
            .iter()
            .position(|c| *c == ' ')
            .map_or(start, |n| start + n + 1),
    };
    let cut = letters.get(start..)?;
    let mut shown: String = cut.iter().take(SNIPPET).collect();
    if cut.len() > SNIPPET {
        let whole = shown.rfind(' ').unwrap_or(shown.len());
        shown.truncate(whole);
        shown.push_str(" …");
    }
    let before = if start > 0 { "… " } else { "" };
    Some(marked(&format!("{before}{shown}"), words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(stretches: &[Stretch]) -> String {
        let one = |s: &Stretch| if s.found { format!("[{}]", s.text) } else { s.text.clone() };
        stretches.iter().map(one).collect()
    }

    #[test]
    fn words_are_small_plain_and_few() {
        assert_eq!(words("  Return  PATH, return!"), ["return", "path"]);
        assert_eq!(words("SCTE 24-2"), ["scte", "24-2"]);
        assert_eq!(words("a\0b"), ["a", "b"]);
        assert!(words("% _ ' --").is_empty());
        assert_eq!(words("a b c d e f g").len(), WORDS);
        assert_eq!(words(&"x".repeat(500))[0].len(), LONGEST);
    }

    #[test]
    fn folding_keeps_every_letter_in_its_place() {
        for text in ["Äöß", "İstanbul", "ΑΒΓ", "plain"] {
            assert_eq!(fold(text).chars().count(), text.chars().count());
        }
        assert_eq!(fold("Äpfel"), "äpfel");
    }

    #[test]
    fn what_was_looked_for_is_marked() {
        let words = words("return path");
        assert_eq!(
            written(&marked("The Return Path returns", &words)),
            "The [Return] [Path] [return]s"
        );
        assert_eq!(written(&marked("nothing", &words)), "nothing");
        assert!(marked("", &words).is_empty());
        assert_eq!(written(&marked("aab", &super::words("a aa"))), "[aa]b");
    }

    #[test]
    fn a_snippet_is_cut_at_words_around_what_was_found() {
        let text = format!("{} the Needle stands {}", "hay ".repeat(60), "straw ".repeat(60));
        let snippet = written(&snippet(&text, &words("needle")).unwrap());
        assert!(snippet.starts_with("… hay ") && snippet.ends_with(" straw …"), "{snippet}");
        assert!(snippet.contains("the [Needle] stands"), "{snippet}");
        assert_eq!(super::snippet(&text, &words("absent")), None);
        let short = super::snippet("Needle", &words("needle")).unwrap();
        assert_eq!(written(&short), "[Needle]");
    }

    #[test]
    fn words_in_the_title_go_first_then_the_newest() {
        let hit = |path: &str, title: &str, day: u32| Hit {
            id: PageId(uuid::Uuid::nil()),
            path: path.to_owned(),
            title: title.to_owned(),
            summary: String::new(),
            topic: String::new(),
            dated: NaiveDate::from_ymd_opt(2027, 1, day),
            for_members: false,
        };
        let hits = vec![hit("/a", "Other", 2), hit("/b", "Drop", 1), hit("/c", "Other", 3)];
        let order: Vec<_> = ranked(hits, &words("drop")).into_iter().map(|hit| hit.path).collect();
        assert_eq!(order, ["/b", "/c", "/a"]);
    }
}
