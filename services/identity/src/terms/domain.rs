//! Which terms are in force, and which somebody has not accepted. Pure: no database, no clock, no HTTP.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// The longest title, in characters.
pub(crate) const LONGEST_TITLE: usize = 120;
/// The longest text, in characters.
pub(crate) const LONGEST_BODY: usize = 60_000;

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The terms of use.
    Terms,
    /// The privacy notice.
    Privacy,
}

impl Kind {
    /// All, in the order of pages.
    pub(crate) const ALL: [Self; 2] = [Self::Terms, Self::Privacy];

    /// The word it is stored under.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Terms => "terms",
            Self::Privacy => "privacy",
        }
    }

    /// The kind stored under `word`.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// What it is called on pages.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Terms => "Terms of use",
            Self::Privacy => "Privacy notice",
        }
    }
}

/// A version of a text; never changed once it is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) id: Uuid,
    pub(crate) kind: Kind,
    pub(crate) title: String,
    pub(crate) body: String,
    /// In force from this day on.
    pub(crate) from: NaiveDate,
    pub(crate) published_at: DateTime<Utc>,
}

/// That somebody accepted a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accepted {
    pub(crate) terms_id: Uuid,
    pub(crate) at: DateTime<Utc>,
}

/// Why terms are not published or accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Nobody could have known them.
    #[error("terms count from today on at the earliest")]
    Past,
    /// Others are in force than the page showed.
    #[error("the terms changed while you read them; read what stands here now")]
    Changed,
}

impl Refusal {
    /// The stable code of the refusal.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Past => "terms_in_the_past",
            Self::Changed => "terms_changed",
        }
    }
}

/// The versions in force on `day`: of each kind the youngest that counts by then.
pub(crate) fn in_force(versions: &[Version], day: NaiveDate) -> Vec<&Version> {
    let youngest = |kind| {
        let of_kind = versions.iter().filter(move |one| one.kind == kind && one.from <= day);
        of_kind.max_by_key(|one| (one.from, one.published_at, one.id))
    };
    Kind::ALL.into_iter().filter_map(youngest).collect()
}

/// Those in force on `day` that somebody has yet to accept; what they accepted before `again`, when
/// they were asked to do it again, no longer counts.
pub(crate) fn to_accept<'a>(
    versions: &'a [Version],
    accepted: &[Accepted],
    day: NaiveDate,
    again: Option<DateTime<Utc>>,
) -> Vec<&'a Version> {
    let counts = |one: &Accepted| again.is_none_or(|again| one.at > again);
    let is_open =
        |version: &&Version| !accepted.iter().any(|one| one.terms_id == version.id && counts(one));
    in_force(versions, day).into_iter().filter(is_open).collect()
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Block {
    Heading(String),
    Text(String),
    Items(Vec<String>),
}

/// Takes a text apart: a blank line ends a paragraph, `#` begins a heading, `-` an item of a list.
pub(crate) fn blocks(body: &str) -> Vec<Block> {
    let paragraphs = body.split("\n\n").map(str::trim).filter(|text| !text.is_empty());
    let block = |text: &str| {
        let lines = || text.lines().map(str::trim);
        if let Some(heading) = text.strip_prefix('#') {
            Block::Heading(heading.trim_start_matches('#').trim().to_owned())
        } else if lines().all(|line| line.starts_with("- ")) {
            Block::Items(lines().map(|line| line.trim_start_matches("- ").to_owned()).collect())
        } else {
            Block::Text(lines().collect::<Vec<_>>().join(" "))
        }
    };
    paragraphs.map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: u32) -> DateTime<Utc> {
        this(day).and_hms_opt(12, 0, 0).unwrap().and_utc()
    }

    fn this(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2027, 3, day).unwrap()
    }

    fn version(n: u128, kind: Kind, from: u32) -> Version {
        let (title, body) = (format!("{n}"), String::new());
        Version { id: Uuid::from_u128(n), kind, title, body, from: this(from), published_at: at(1) }
    }

    fn ids(found: Vec<&Version>) -> Vec<u128> {
        found.into_iter().map(|version| version.id.as_u128()).collect()
    }

    #[test]
    fn the_youngest_of_each_kind_that_counts_by_then_is_in_force() {
        let versions =
            [version(1, Kind::Terms, 1), version(2, Kind::Terms, 5), version(3, Kind::Privacy, 3)];
        assert_eq!(ids(in_force(&versions, this(1))), [1]);
        assert_eq!(ids(in_force(&versions, this(4))), [1, 3]);
        assert_eq!(ids(in_force(&versions, this(5))), [2, 3]);
        assert!(in_force(&[], this(5)).is_empty());
    }

    #[test]
    fn only_what_is_in_force_and_not_accepted_is_to_be_accepted() {
        let versions = [version(1, Kind::Terms, 1), version(2, Kind::Terms, 5)];
        let old = Accepted { terms_id: Uuid::from_u128(1), at: at(1) };
        assert!(to_accept(&versions, &[old], this(4), None).is_empty());
        assert_eq!(ids(to_accept(&versions, &[old], this(5), None)), [2]);
        let new = Accepted { terms_id: Uuid::from_u128(2), at: at(5) };
        assert!(to_accept(&versions, &[old, new], this(6), None).is_empty());
        assert_eq!(ids(to_accept(&versions, &[old, new], this(6), Some(at(5)))), [2]);
        assert!(to_accept(&versions, &[old, new], this(6), Some(at(4))).is_empty());
    }

    #[test]
    fn a_text_is_taken_apart() {
        let body = "# What we keep\n\nYour name\nand address.\n\n- one\n- two\n\n\n## More\n\n<b>";
        assert_eq!(
            blocks(body),
            [
                Block::Heading("What we keep".to_owned()),
                Block::Text("Your name and address.".to_owned()),
                Block::Items(vec!["one".to_owned(), "two".to_owned()]),
                Block::Heading("More".to_owned()),
                Block::Text("<b>".to_owned()),
            ]
        );
    }
}
