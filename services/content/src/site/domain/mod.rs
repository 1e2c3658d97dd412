//! What a page may be called, how its text is cut into blocks for audiences, what changed between
//! two texts. Pure: no database, no clock, no HTTP.

mod changes;

use chrono::{DateTime, Utc};
use contracts::PageId;
use contracts::shared::Audience;
use serde::{Deserialize, Serialize};

pub(crate) use changes::{Change, changes};

/// First segments that belong to the frame or to another service; no page can stand there.
const RESERVED: &[&str] = &[
    "-",
    "account",
    "api",
    "assets",
    "billing",
    "checkout",
    "companies",
    "dashboard",
    "events",
    "feeds",
    "graphql",
    "learning",
    "membership",
    "notifications",
    "oidc",
    "ops",
    "search",
    "staff",
    "standards",
    "verify",
];

/// Why a page is not saved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error(
        "a path begins with / and is made of small letters, digits and hyphens: /news/first-step"
    )]
    Path,
    #[error("what begins with /{0} belongs to another part of the site")]
    Reserved(String),
    #[error("line {0}: a block for an audience cannot stand inside another")]
    Nested(usize),
    #[error("line {0}: there is no block to close")]
    NotOpen(usize),
    #[error("the block opened in line {0} is not closed: end it with a line of :::")]
    NotClosed(usize),
    #[error("line {line}: there is no audience `{word}`; say members or signed-in")]
    Audience { line: usize, word: String },
    #[error("line {line}: there is no live block `{word}`; say membership-types")]
    Live { line: usize, word: String },
}

/// Where a page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Only staff see it.
    Draft,
    /// It can be read.
    Published,
}

impl State {
    /// The stored word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
        }
    }
}

/// A page of the site.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) id: PageId,
    pub(crate) path: String,
    /// Where visitors last could read it; none of a page that was never published.
    pub(crate) known_path: Option<String>,
    pub(crate) title: String,
    pub(crate) language: String,
    /// Who may read it at all.
    pub(crate) audience: Audience,
    pub(crate) state: State,
    pub(crate) markdown: String,
    pub(crate) blocks: Vec<Block>,
    pub(crate) changed_at: DateTime<Utc>,
    pub(crate) version: i64,
}

impl Page {
    /// This page as visitors get it from now on, and the old path under which they knew it, if that
    /// is another.
    pub(crate) fn published(self) -> (Self, Option<String>) {
        let path = self.path.clone();
        let known = self.known_path.filter(|known| *known != path);
        (Self { state: State::Published, known_path: Some(path), ..self }, known)
    }
}

/// A stretch of a page for one audience, rendered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Block {
    pub(crate) audience: Audience,
    pub(crate) parts: Vec<Part>,
}

/// A piece of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Part {
    /// Cleaned HTML.
    Html(String),
    /// Filled from our copies when the page is shown.
    Live(Live),
}

/// What a page can show of other services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Live {
    /// The kinds of membership with their prices.
    MembershipTypes,
}

/// A piece of a text before it is rendered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Markdown(String),
    Live(Live),
}

/// Checks the path of a page.
///
/// # Errors
/// [`Refusal::Path`], [`Refusal::Reserved`].
pub(crate) fn path(path: &str) -> Result<(), Refusal> {
    if path == "/" {
        return Ok(());
    }
    let fits = |segment: &str| {
        !segment.is_empty()
            && segment.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let rest = path.strip_prefix('/').filter(|rest| rest.len() < 200).ok_or(Refusal::Path)?;
    let first = rest.split('/').next().unwrap_or_default();
    if is_reserved(path) {
        return Err(Refusal::Reserved(first.to_owned()));
    }
    if rest.split('/').all(fits) { Ok(()) } else { Err(Refusal::Path) }
}

/// Whether a path belongs to another part of the site, so that requests for it never come here.
pub(crate) fn is_reserved(path: &str) -> bool {
    let first = path.trim_start_matches('/').split(['/', '?']).next().unwrap_or_default();
    RESERVED.contains(&first) || first.starts_with('.')
}

/// The one way a path is written: no empty segments, no slash at the end.
pub(crate) fn normal_path(path: &str) -> String {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    format!("/{}", segments.join("/"))
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
    match word {
        "membership-types" => Ok(Live::MembershipTypes),
        _ => Err(Refusal::Live { line, word: word.to_owned() }),
    }
}

/// How well a page answers to a path that leads nowhere: shared words of its path and title.
pub(crate) fn likeness(asked: &str, path: &str, title: &str) -> usize {
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() >= 3);
        words.map(str::to_ascii_lowercase).collect()
    };
    let known = words(&format!("{path} {title}"));
    let alike = |asked: &String| {
        known.iter().any(|word| word.starts_with(asked.as_str()) || asked.starts_with(word))
    };
    words(asked).iter().filter(|word| alike(word)).count()
}

#[cfg(test)]
mod tests;
