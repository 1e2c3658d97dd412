//! What is declared: `docs/reference/matrix.yaml`, a cell for every story and everything that may be
//! away. Pure but for reading the file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Deserialize;

use super::column::Column;
use crate::outcome::{Failed, Outcome};

/// What a story comes to while something is away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    /// As if nothing were away.
    Full,
    /// It is answered, the page says this, and the rest comes by itself later.
    Degraded(String),
    /// It is not possible for the moment, and the page says this.
    Refused(String),
}

impl Expected {
    /// The word by which it is declared.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Degraded(_) => "degraded",
            Self::Refused(_) => "refused",
        }
    }
}

/// A row: a user story.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// Its name in the list of features.
    pub(crate) id: String,
    /// What a person does.
    pub(crate) story: String,
    /// The service that the story belongs to.
    pub(crate) owner: String,
    /// What is read on the page at its end when nothing is away.
    pub(crate) shows: String,
    /// What of it may be away without being missed.
    full: Vec<Column>,
    #[serde(default)]
    degraded: BTreeMap<Column, String>,
    #[serde(default)]
    refused: BTreeMap<Column, String>,
}

impl Row {
    /// What is declared where this is away.
    pub(crate) fn cell(&self, away: Column) -> Option<Expected> {
        if self.full.contains(&away) {
            return Some(Expected::Full);
        }
        let degraded = self.degraded.get(&away).cloned().map(Expected::Degraded);
        degraded.or_else(|| self.refused.get(&away).cloned().map(Expected::Refused))
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for column in Column::ALL {
            let times = self.full.iter().filter(|one| **one == column).count()
                + usize::from(self.degraded.contains_key(&column))
                + usize::from(self.refused.contains_key(&column));
            if times != 1 {
                let (id, name) = (&self.id, column.name());
                faults.push(format!("{id}: `{name}` is declared {times} times, not once"));
            }
        }
        if self.cell(Column::Nothing) != Some(Expected::Full) {
            faults.push(format!("{}: with nothing away it must be full", self.id));
        }
        let texts = self.degraded.values().chain(self.refused.values()).chain([&self.shows]);
        if texts.into_iter().any(|text| text.trim().is_empty()) {
            faults.push(format!("{}: a text is empty, which every page contains", self.id));
        }
        faults
    }
}

/// The whole declaration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Declared {
    /// All rows, in the order in which they are shown.
    pub(crate) rows: Vec<Row>,
}

impl Declared {
    /// Reads it from a text.
    ///
    /// # Errors
    /// When it is no YAML of this form, or says something twice or not at all.
    pub(crate) fn of(text: &str) -> Outcome<Self> {
        let declared: Self = serde_saphyr::from_str(text).map_err(Failed::because)?;
        let mut faults: Vec<_> = declared.rows.iter().flat_map(Row::faults).collect();
        let mut seen = BTreeSet::new();
        for row in &declared.rows {
            if !seen.insert(&row.id) {
                faults.push(format!("{}: it is declared twice", row.id));
            }
        }
        if faults.is_empty() { Ok(declared) } else { Err(Failed::because(faults.join("; "))) }
    }

    /// Reads the file of this workspace.
    ///
    /// # Errors
    /// As [`Declared::of`], or when it is not there.
    pub(crate) fn read() -> Outcome<Self> {
        let file = documents().join("matrix.yaml");
        Self::of(&std::fs::read_to_string(file)?)
    }
}

/// Where reference documents are.
pub(crate) fn documents() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yaml(full: &str, rest: &str) -> String {
        format!(
            "rows:\n- id: A-1\n  story: s\n  owner: content\n  shows: t\n  full: [{full}]\n{rest}"
        )
    }

    fn all_but(away: &[Column]) -> String {
        let kept = Column::ALL.iter().filter(|column| !away.contains(column));
        kept.map(|column| column.name()).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn every_cell_is_declared_once() {
        let rest = "  degraded:\n    nats: later\n  refused:\n    content: away";
        let full = all_but(&[Column::Nats, Column::Content]);
        let declared = Declared::of(&yaml(&full, rest)).unwrap();
        let row = &declared.rows[0];
        assert_eq!(row.cell(Column::Smtp), Some(Expected::Full));
        assert_eq!(row.cell(Column::Nats), Some(Expected::Degraded("later".to_owned())));
        assert_eq!(row.cell(Column::Content), Some(Expected::Refused("away".to_owned())));
    }

    #[test]
    fn what_is_missing_doubled_or_empty_is_refused() {
        let said =
            |full: &str, rest: &str| Declared::of(&yaml(full, rest)).unwrap_err().to_string();
        assert!(said(&all_but(&[Column::Nats]), "").contains("`nats` is declared 0 times"));
        assert!(
            said(&all_but(&[]), "  degraded: {nats: x}").contains("`nats` is declared 2 times")
        );
        let rest = "  refused: {nothing: x}";
        assert!(said(&all_but(&[Column::Nothing]), rest).contains("it must be full"));
        let rest = "  refused: {nats: ''}";
        assert!(said(&all_but(&[Column::Nats]), rest).contains("a text is empty"));
        assert!(!said("nothing, moon", "").is_empty());
    }
}
