//! Where a list of articles goes on, and which stand beside one. Pure: no database, no clock, no HTTP.

use chrono::NaiveDate;
use contracts::PageId;
use contracts::shared::Audience;
use uuid::Uuid;

/// An article as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Article {
    pub(crate) id: PageId,
    pub(crate) path: String,
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) topic: String,
    pub(crate) dated: NaiveDate,
    /// Who may read it at all.
    pub(crate) audience: Audience,
    /// Whether it, or a part of it, is for members.
    pub(crate) for_members: bool,
}

impl Article {
    /// Where it stands among all articles.
    pub(crate) fn cursor(&self) -> Cursor {
        Cursor { dated: self.dated, id: self.id }
    }
}

/// A place between articles: they are in order of their date, and of their id within a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) dated: NaiveDate,
    pub(crate) id: PageId,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}_{}", self.dated, self.id)
    }
}

impl Cursor {
    /// A cursor as it was written; none: it is not one of ours.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (dated, id) = text.split_once('_')?;
        Some(Self { dated: dated.parse().ok()?, id: PageId(Uuid::parse_str(id).ok()?) })
    }
}

/// What a reader of an article may read next.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// Those published after it, the next one first.
    pub(crate) newer: Vec<Article>,
    /// Those published before it, the last one first.
    pub(crate) older: Vec<Article>,
    /// Those of the same topic, newest first.
    pub(crate) related: Vec<Article>,
}

/// How many of the same topic are shown.
const RELATED: usize = 3;

impl Beside {
    /// Up to three to read after it, for a reader who sees what `sees` says: of its topic, else the
    /// newest around it. Never the two that the pager leads to already.
    pub(crate) fn more(&self, sees: impl Fn(&Article) -> bool) -> Vec<&Article> {
        let next =
            [self.newer.iter().find(|one| sees(one)), self.older.iter().find(|one| sees(one))];
        let paged = |one: &Article| next.iter().flatten().any(|next| next.id == one.id);
        let mut more: Vec<&Article> = Vec::new();
        for one in self.related.iter().chain(&self.newer).chain(&self.older) {
            if more.len() < RELATED
                && sees(one)
                && !paged(one)
                && more.iter().all(|other| other.id != one.id)
            {
                more.push(one);
            }
        }
        more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(number: u128, topic: &str) -> Article {
        Article {
            id: PageId(Uuid::from_u128(number)),
            path: format!("/news/{number}"),
            title: number.to_string(),
            summary: String::new(),
            topic: topic.to_owned(),
            dated: NaiveDate::default(),
            audience: Audience::Public,
            for_members: false,
        }
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let cursor = article(7, "").cursor();
        assert_eq!(Cursor::read(&cursor.to_string()), Some(cursor));
        for wrong in ["", "2027-03-01", "2027-03-01_x", "x_y", "2027-13-01_0"] {
            assert_eq!(Cursor::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_to_read_next_is_of_the_topic_first_and_nothing_twice() {
        let beside = Beside {
            newer: vec![article(9, "b"), article(10, "a")],
            older: vec![article(7, "a"), article(6, "b")],
            related: vec![article(10, "a"), article(7, "a"), article(1, "a")],
        };
        let ids =
            |more: Vec<&Article>| more.iter().map(|one| one.title.clone()).collect::<Vec<_>>();
        // 9 and 7 are what the pager leads to.
        assert_eq!(ids(beside.more(|_| true)), ["10", "1", "6"]);
        assert_eq!(ids(beside.more(|one| one.title != "10")), ["1", "6"]);
        assert!(Beside::default().more(|_| true).is_empty());
    }
}
