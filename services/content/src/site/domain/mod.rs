//! What a page may be called and what stands at its head, how its text is cut into blocks for
//! audiences, what changed between two texts. Pure: no database, no clock, no HTTP.

mod changes;
mod text;

use chrono::{DateTime, NaiveDate, Utc};
use contracts::PageId;
use contracts::shared::Audience;

pub(crate) use changes::{Change, changes};
pub(crate) use text::{Block, Live, Part, Source, stretches};

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
    #[error("line {line}: there is no live block `{word}`; say {known}", known = Live::known())]
    Live { line: usize, word: String },
    #[error("an article cannot bear the date of a day to come")]
    ToCome,
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

/// What a page is laid out as: its path says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `/`: an opening, then bands.
    Home,
    /// Below `/news/`: dated, with a topic and a line of who wrote it.
    Article,
    /// Any other.
    Plain,
}

impl Kind {
    /// The kind of the page at `path`.
    pub(crate) fn of(path: &str) -> Self {
        match path {
            "/" => Self::Home,
            path if path.starts_with("/news/") => Self::Article,
            _ => Self::Plain,
        }
    }
}

/// What stands at the head of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Front {
    pub(crate) path: String,
    pub(crate) title: String,
    /// A sentence or two: below the title, in lists, in what is found.
    pub(crate) summary: String,
    /// What an article is about, in a word: "Standards".
    pub(crate) topic: String,
    /// Who wrote it.
    pub(crate) byline: String,
    /// The legal date it bears; none: that of the day it is first published.
    pub(crate) dated: Option<NaiveDate>,
    pub(crate) language: String,
    /// Who may read it at all.
    pub(crate) audience: Audience,
}

impl Front {
    /// Its fields as the audit and the comparison name them.
    pub(crate) fn fields(&self) -> [(&'static str, String); 8] {
        let dated = self.dated.map(|day| day.to_string()).unwrap_or_default();
        [
            ("path", self.path.clone()),
            ("title", self.title.clone()),
            ("summary", self.summary.clone()),
            ("topic", self.topic.clone()),
            ("byline", self.byline.clone()),
            ("date", dated),
            ("language", self.language.clone()),
            ("audience", self.audience.as_str().to_owned()),
        ]
    }

    /// The fields in which this head differs from another: which, what it is there, what it is here.
    pub(crate) fn differing(&self, other: &Self) -> Vec<(&'static str, String, String)> {
        let pairs = other.fields().into_iter().zip(self.fields());
        let differ = pairs.filter(|((_, theirs), (_, ours))| theirs != ours);
        differ.map(|((name, theirs), (_, ours))| (name, theirs, ours)).collect()
    }
}

/// A page of the site.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) id: PageId,
    pub(crate) front: Front,
    /// Where visitors last could read it; none of a page that was never published.
    pub(crate) known_path: Option<String>,
    pub(crate) state: State,
    pub(crate) markdown: String,
    pub(crate) blocks: Vec<Block>,
    pub(crate) changed_at: DateTime<Utc>,
    pub(crate) version: i64,
}

impl Page {
    /// This page as visitors get it from `today` on, and the old path under which they knew it, if
    /// that is another.
    pub(crate) fn published(self, today: NaiveDate) -> (Self, Option<String>) {
        let path = self.front.path.clone();
        let known = self.known_path.filter(|known| *known != path);
        let front = Front { dated: Some(self.front.dated.unwrap_or(today)), ..self.front };
        (Self { front, state: State::Published, known_path: Some(path), ..self }, known)
    }

    /// How many words it has, those for others too.
    pub(crate) fn words(&self) -> usize {
        self.blocks.iter().map(|block| block.words).sum()
    }

    /// Whether it, or a part of it, is for members.
    pub(crate) fn is_for_members(&self) -> bool {
        let mut audiences =
            self.blocks.iter().map(|block| &block.audience).chain([&self.front.audience]);
        audiences.any(|audience| *audience == Audience::Members)
    }
}

/// Checks the date that an article bears.
///
/// # Errors
/// [`Refusal::ToCome`].
pub(crate) fn dated(day: Option<NaiveDate>, today: NaiveDate) -> Result<(), Refusal> {
    if day.is_some_and(|day| day > today) { Err(Refusal::ToCome) } else { Ok(()) }
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

/// The paths above one: of `/about/standards`, `/about`.
pub(crate) fn above(path: &str) -> Vec<&str> {
    let ends = path.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0);
    ends.filter_map(|at| path.get(..at)).collect()
}

/// The part of the site in which a path lies: of `/about/standards`, `/about`.
pub(crate) fn part_of(path: &str) -> &str {
    above(path).first().copied().unwrap_or(path)
}

/// What a path that leads nowhere may have meant, as words to look for.
pub(crate) fn words_of(path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() >= 2);
    words.take(8).collect::<Vec<_>>().join(" ")
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
