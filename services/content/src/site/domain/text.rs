//! How a text is cut: stretches for audiences, live blocks; and what is rendered of it.

use contracts::shared::Audience;
use serde::{Deserialize, Serialize};

use super::Refusal;

/// A stretch of a page for one audience, rendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Block {
    pub(crate) audience: Audience,
    pub(crate) parts: Vec<Part>,
    /// How many words a reader reads.
    #[serde(default)]
    pub(crate) words: usize,
}

/// A piece of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Part {
    /// Cleaned HTML to be read.
    Html(String),
    /// Cleaned HTML to be used: buttons, ways in, facts, tables.
    Plain(String),
    /// The large heading of the home page.
    Display(String),
    /// The heading of a band of the home page, which begins here.
    Band(String),
    /// Filled from our copies when the page is shown.
    Live(Live),
}

/// What a page can show beside its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Live {
    /// The kinds of membership with their prices.
    MembershipTypes,
    /// The newest articles.
    News,
    /// The figure of the home page.
    Spectrum,
}

impl Live {
    const ALL: [(&'static str, Self); 3] = [
        ("membership-types", Self::MembershipTypes),
        ("news", Self::News),
        ("spectrum", Self::Spectrum),
    ];

    /// The words for them, as a sentence says them.
    pub(crate) fn known() -> String {
        let words: Vec<&str> = Self::ALL.iter().map(|(word, _)| *word).collect();
        words.join(", ")
    }
}

/// A piece of a text before it is rendered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Markdown(String),
    Live(Live),
}

/// Cuts a text into stretches for audiences, and those into Markdown and live blocks.
///
/// `:::members` and `:::signed-in` open a stretch, `:::` closes it; `{{membership-types}}` on a line
/// of its own is a live block. Neither means anything inside fenced code.
///
/// # Errors
/// Any [`Refusal`] but those of the path.
pub(crate) fn stretches(text: &str) -> Result<Vec<(Audience, Vec<Source>)>, Refusal> {
    let mut done: Vec<(Audience, Vec<Source>)> = Vec::new();
    let mut current = (Audience::Public, Vec::new());
    let mut opened = None;
    let mut fence: Option<&str> = None;
    for (place, line) in text.lines().enumerate() {
        let (number, word) = (place + 1, line.trim());
        if let Some(mark) = fence_mark(word) {
            fence = match fence {
                None => Some(mark),
                Some(open) if word.trim_start_matches(open).trim().is_empty() && mark == open => {
                    None
                }
                open => open,
            };
        }
        if fence.is_some() {
            push_line(&mut current.1, line);
        } else if let Some(mark) = word.strip_prefix(":::") {
            let next = match (opened, mark.trim()) {
                (None, "") => return Err(Refusal::NotOpen(number)),
                (Some(_), "") => (None, Audience::Public),
                (Some(_), _) => return Err(Refusal::Nested(number)),
                (None, word) => (Some(number), audience(word, number)?),
            };
            opened = next.0;
            done.push(std::mem::replace(&mut current, (next.1, Vec::new())));
        } else if let Some(word) = word.strip_prefix("{{").and_then(|w| w.strip_suffix("}}")) {
            current.1.push(Source::Live(live(word.trim(), number)?));
        } else {
            push_line(&mut current.1, line);
        }
    }
    if let Some(number) = opened {
        return Err(Refusal::NotClosed(number));
    }
    done.push(current);
    done.retain(|(_, sources)| sources.iter().any(Source::says_something));
    Ok(done)
}

fn fence_mark(line: &str) -> Option<&'static str> {
    ["```", "~~~"].into_iter().find(|mark| line.starts_with(mark))
}

fn push_line(sources: &mut Vec<Source>, line: &str) {
    if let Some(Source::Markdown(text)) = sources.last_mut() {
        text.push_str(line);
        text.push('\n');
    } else {
        sources.push(Source::Markdown(format!("{line}\n")));
    }
}

impl Source {
    fn says_something(&self) -> bool {
        !matches!(self, Self::Markdown(text) if text.trim().is_empty())
    }
}

fn audience(word: &str, line: usize) -> Result<Audience, Refusal> {
    match word {
        "members" => Ok(Audience::Members),
        "signed-in" => Ok(Audience::SignedIn),
        _ => Err(Refusal::Audience { line, word: word.to_owned() }),
    }
}

fn live(word: &str, line: usize) -> Result<Live, Refusal> {
    let known = Live::ALL.iter().find(|(known, _)| *known == word);
    known.map(|(_, live)| *live).ok_or_else(|| Refusal::Live { line, word: word.to_owned() })
}
