//! A list page: search, filters, sorting by head, cursor paging both ways, CSV of exactly what is
//! seen, acts on chosen rows, keyboard.
//!
//! Read in this order: [`List`] here, what was [`asked`], what a statement makes of it
//! ([`wanted`]), how it looks.

mod asked;
mod wanted;
mod view;
#[cfg(test)]
mod tests;

use chrono::{DateTime, NaiveDate, Utc};
use messaging::Value;
use uuid::Uuid;

pub use asked::Asked;
pub use view::Listed;
pub use wanted::{Seek, Wanted, containing};

use super::{Markup, Tone};
use crate::app::Site;

/// How many rows a page has.
pub(super) const PER_PAGE: usize = 50;
/// How many rows a file has at most; who wants more narrows the filters.
pub(super) const MOST_ROWS: usize = 50_000;

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub(super) text: String,
    pub(super) link: Option<String>,
    pub(super) tone: Option<Tone>,
    pub(super) sub: String,
    /// What machines read of an instant.
    pub(super) stamp: String,
}

impl Cell {
    /// Text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), link: None, tone: None, sub: String::new(), stamp: String::new() }
    }

    /// Text that leads somewhere.
    #[must_use]
    pub fn link(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { link: Some(path.into()), ..Self::text(text) }
    }

    /// A word with its shape.
    #[must_use]
    pub fn state(tone: Tone, word: impl Into<String>) -> Self {
        Self { tone: Some(tone), ..Self::text(word) }
    }

    /// An instant, in the society's zone.
    #[must_use]
    pub fn time(site: &Site, at: DateTime<Utc>) -> Self {
        let when = super::short_instant(site, at);
        Self { stamp: when.stamp().to_owned(), ..Self::text(when.text()) }
    }

    /// A second, quieter line; it is left out of files.
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "named after its class; cells are not numbers"
    )]
    pub fn sub(self, text: impl Into<String>) -> Self {
        Self { sub: text.into(), ..self }
    }
}

/// What rows can be sorted by.
pub trait SortKey: Into<Value> {
    /// The letter of its type in a cursor.
    const TAG: char;
}

macro_rules! sort_keys {
    ($($type:ty => $tag:literal),* $(,)?) => {
        $(impl SortKey for $type { const TAG: char = $tag; })*
    };
}

sort_keys! { String => 't', i64 => 'i', NaiveDate => 'd', DateTime<Utc> => 'z', Uuid => 'u' }

/// How a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Words,
    Id,
    Number,
}

impl Kind {
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Words => "",
            Self::Id => "id",
            Self::Number => "num",
        }
    }
}

pub(super) type CellOf<'a, R> = Box<dyn Fn(&R) -> Cell + Send + Sync + 'a>;
pub(super) type KeyOf<'a, R> = Box<dyn Fn(&R) -> Value + Send + Sync + 'a>;

pub(super) struct Sorted<'a, R> {
    pub(super) key: &'static str,
    pub(super) tag: char,
    pub(super) of: KeyOf<'a, R>,
}

/// One column of a list.
pub struct Column<'a, R> {
    pub(super) head: &'static str,
    pub(super) kind: Kind,
    pub(super) cell: CellOf<'a, R>,
    pub(super) sorted: Option<Sorted<'a, R>>,
}

impl<'a, R> Column<'a, R> {
    fn of(kind: Kind, head: &'static str, cell: impl Fn(&R) -> Cell + Send + Sync + 'a) -> Self {
        Self { head, kind, cell: Box::new(cell), sorted: None }
    }

    /// Words.
    #[must_use]
    pub fn new(head: &'static str, cell: impl Fn(&R) -> Cell + Send + Sync + 'a) -> Self {
        Self::of(Kind::Words, head, cell)
    }

    /// What machines and standards name: numbers of documents, times, keys.
    #[must_use]
    pub fn id(head: &'static str, cell: impl Fn(&R) -> Cell + Send + Sync + 'a) -> Self {
        Self::of(Kind::Id, head, cell)
    }

    /// A number, which stands right.
    #[must_use]
    pub fn num(head: &'static str, cell: impl Fn(&R) -> Cell + Send + Sync + 'a) -> Self {
        Self::of(Kind::Number, head, cell)
    }

    /// Rows can be sorted by it: `key` is what the address says and [`Wanted::seek`] knows, `of`
    /// gives of a row what the statement sorts by, never null.
    #[must_use]
    pub fn sorted<K: SortKey>(
        mut self,
        key: &'static str,
        of: impl Fn(&R) -> K + Send + Sync + 'a,
    ) -> Self {
        let of: KeyOf<'a, R> = Box::new(move |row| of(row).into());
        self.sorted = Some(Sorted { key, tag: K::TAG, of });
        self
    }
}

/// What narrows a list.
pub(super) enum Filter {
    /// One of these: value and label.
    Choice(Vec<(String, String)>),
    Day,
}

/// A list; see the module.
pub struct List<'a, R> {
    pub(super) key: &'static str,
    pub(super) title: &'static str,
    pub(super) path: String,
    pub(super) search: Option<&'static str>,
    pub(super) filters: Vec<(&'static str, &'static str, Filter)>,
    pub(super) columns: Vec<Column<'a, R>>,
    pub(super) id: fn(&R) -> Uuid,
    pub(super) sorted_by: &'static str,
    pub(super) acts: Vec<(String, &'static str)>,
    pub(super) bulk: Vec<(&'static str, &'static str)>,
    pub(super) empty: (&'static str, &'static str),
    pub(super) lead: Markup,
}

impl<'a, R> List<'a, R> {
    /// A list: `key` names its file (`orders`), `title` heads it, `path` is where it is shown.
    #[must_use]
    pub fn new(key: &'static str, title: &'static str, path: impl Into<String>) -> Self {
        Self {
            key,
            title,
            path: path.into(),
            search: None,
            filters: Vec::new(),
            columns: Vec::new(),
            id: |_| Uuid::nil(),
            sorted_by: "",
            acts: Vec::new(),
            bulk: Vec::new(),
            empty: ("Nothing here yet", ""),
            lead: Markup::default(),
        }
    }

    /// A search field over it: [`Wanted::word`].
    #[must_use]
    pub fn search(mut self, label: &'static str) -> Self {
        self.search = Some(label);
        self
    }

    /// One of several values and their labels, or any: [`Wanted::chosen`].
    #[must_use]
    pub fn choice<V: ToString, L: ToString>(
        mut self,
        name: &'static str,
        label: &'static str,
        choices: impl IntoIterator<Item = (V, L)>,
    ) -> Self {
        let choices = choices.into_iter().map(|(v, l)| (v.to_string(), l.to_string())).collect();
        self.filters.push((name, label, Filter::Choice(choices)));
        self
    }

    /// A day: [`Wanted::day`].
    #[must_use]
    pub fn day(mut self, name: &'static str, label: &'static str) -> Self {
        self.filters.push((name, label, Filter::Day));
        self
    }

    /// One more column; the first heads its row.
    #[must_use]
    pub fn column(mut self, column: Column<'a, R>) -> Self {
        self.columns.push(column);
        self
    }

    /// What makes a row this one: breaks ties of the order, and is sent when it is chosen.
    #[must_use]
    pub fn identified(mut self, id: fn(&R) -> Uuid) -> Self {
        self.id = id;
        self
    }

    /// The order when none was asked for: a column's key, after `-` the greatest first.
    #[must_use]
    pub fn sorted_by(mut self, key: &'static str) -> Self {
        self.sorted_by = key;
        self
    }

    /// A button in the head; the last one is the main act.
    #[must_use]
    pub fn act(mut self, label: &'static str, path: impl Into<String>) -> Self {
        self.acts.push((path.into(), label));
        self
    }

    /// An act on the chosen rows: a form sent to `path` with each row's id as `chosen`. It answers
    /// with [`Page::acted`](crate::Page::acted).
    #[must_use]
    pub fn bulk(mut self, path: &'static str, label: &'static str) -> Self {
        self.bulk.push((path, label));
        self
    }

    /// What is said when there are no rows: a heading, and a sentence on why and what next.
    #[must_use]
    pub fn empty(mut self, heading: &'static str, sentence: &'static str) -> Self {
        self.empty = (heading, sentence);
        self
    }

    /// HTML between the head and the filters, such as tabs.
    #[must_use]
    pub fn lead(mut self, lead: Markup) -> Self {
        self.lead = lead;
        self
    }

    /// The column, by the key it sorts by.
    pub(super) fn by_key(&self, key: &str) -> Option<&Sorted<'a, R>> {
        self.columns.iter().filter_map(|column| column.sorted.as_ref()).find(|by| by.key == key)
    }
}
