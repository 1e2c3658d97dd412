//! What a list's statement needs to know.

use chrono::NaiveDate;
use messaging::Value;
use uuid::Uuid;

/// The row after which, or before which, a page of a list begins: what it is sorted by, and its id.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cursor(pub(super) Value, pub(super) Uuid);

/// What somebody wants of a list, checked against what the list offers.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    pub(super) word: Option<String>,
    pub(super) chosen: Vec<(&'static str, String)>,
    pub(super) days: Vec<(&'static str, NaiveDate)>,
    pub(super) key: String,
    pub(super) descending: bool,
    pub(super) backward: bool,
    pub(super) cursor: Option<Cursor>,
    pub(super) limit: usize,
}

/// The parts of a statement that make a page of a list: `where … and {after} order by {order}
/// limit {limit}`, with `params`.
#[derive(Debug, Clone, PartialEq)]
pub struct Seek {
    /// The condition that leaves out what was shown before.
    pub after: String,
    /// The order.
    pub order: String,
    /// One row more than is shown, which tells whether there is a next page.
    pub limit: usize,
    /// The parameters given, and those of the condition.
    pub params: Vec<Value>,
}

impl Wanted {
    /// The same rows from the first on, in larger steps.
    pub(crate) fn for_file(self) -> Self {
        Self { cursor: None, backward: false, limit: 1000, ..self }
    }

    /// The words searched for, at most 100 characters.
    #[must_use]
    pub fn word(&self) -> Option<&str> {
        self.word.as_deref()
    }

    /// The value chosen of a filter; always one that the list offers.
    #[must_use]
    pub fn chosen(&self, name: &str) -> Option<&str> {
        self.chosen.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
    }

    /// The day a filter says.
    #[must_use]
    pub fn day(&self, name: &str) -> Option<NaiveDate> {
        self.days.iter().find(|(key, _)| *key == name).map(|(_, day)| *day)
    }

    /// How the statement goes on: `keys` says what each column's key is in SQL (never null; the
    /// first stands in for a key that is missing), `id` is the column of the rows' ids, `params`
    /// are the statement's own `$1`, `$2`, ….
    #[must_use]
    pub fn seek(&self, keys: &[(&str, &str)], id: &str, mut params: Vec<Value>) -> Seek {
        let known = keys.iter().find(|(key, _)| *key == self.key).or(keys.first());
        let by = known.map_or(id, |(_, sql)| sql);
        // Backwards the same rows are read from the other end; the page turns them round again.
        let down = self.descending != self.backward;
        let (compare, way) = if down { ("<", "desc") } else { (">", "asc") };
        let after = match &self.cursor {
            None => "1 = 1".to_owned(),
            Some(Cursor(value, row)) => {
                params.extend([value.clone(), Value::from(*row)]);
                let last = params.len();
                format!("({by}, {id}) {compare} (${}, ${last})", last - 1)
            }
        };
        Seek { after, order: format!("{by} {way}, {id} {way}"), limit: self.limit + 1, params }
    }

    /// The pattern of `like` that finds the word anywhere in a lower-cased column; without a word it
    /// finds everything. See [`containing`].
    #[must_use]
    pub fn pattern(&self) -> String {
        containing(&self.word().unwrap_or_default().to_lowercase())
    }
}

/// The pattern of `like` that finds `word` anywhere, with `%` and `_` in it meant literally:
/// `like $1 escape '\'`.
#[must_use]
pub fn containing(word: &str) -> String {
    let literal = word.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{literal}%")
}
