//! The declaration as a page that people read: `docs/reference/autonomy-matrix.md`. Pure.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::column::Column;
use super::declared::{Declared, Expected};

/// What stands before the table.
const ABOUT: &str = "\
# What works while something is away

Each row is a user story, each column a part that is away while the story is tried. This page is
written by `cargo xtask proof matrix` from `docs/reference/matrix.yaml`, and the proof holds it
against real processes: it takes the part away, tries the story as a visitor over HTTP, compares
status and text with what is declared, brings the part back, and then requires that everything
arrived once and all copies are equal.

● works as ever · ◐ answered, and the rest comes by itself when the part is back · ○ refused with a
clean message for the moment

";

/// Names of columns, short enough for a table.
const HEADS: [(Column, &str); 13] = [
    (Column::Identity, "identity"),
    (Column::Membership, "membership"),
    (Column::Commerce, "commerce"),
    (Column::Outreach, "outreach"),
    (Column::Content, "content"),
    (Column::Nats, "NATS"),
    (Column::Smtp, "mail server"),
    (Column::Provider, "payment provider"),
    (Column::IdentityReadOnly, "identity reads only"),
    (Column::MembershipReadOnly, "membership reads only"),
    (Column::CommerceReadOnly, "commerce reads only"),
    (Column::OutreachReadOnly, "outreach reads only"),
    (Column::ContentReadOnly, "content reads only"),
];

/// The page.
pub(crate) fn page(declared: &Declared) -> String {
    let mut page = ABOUT.to_owned();
    let _ = writeln!(page, "{}\n", score(declared));
    let heads: Vec<_> = HEADS.iter().map(|(_, head)| *head).collect();
    let _ = writeln!(page, "| story | owner | {} |", heads.join(" | "));
    let _ = writeln!(page, "|---|---|{}", ":-:|".repeat(HEADS.len()));
    let mut notes = Notes::default();
    for row in &declared.rows {
        let cells = HEADS.iter().map(|(column, _)| match row.cell(*column) {
            Some(Expected::Full) => "●".to_owned(),
            Some(Expected::Degraded(text)) => format!("◐ {}", notes.of(&text)),
            Some(Expected::Refused(text)) => format!("○ {}", notes.of(&text)),
            None => "?".to_owned(),
        });
        let cells: Vec<_> = cells.collect();
        let _ =
            writeln!(page, "| {} {} | {} | {} |", row.id, row.story, row.owner, cells.join(" | "));
    }
    page.push_str("\nWhat is read then:\n\n");
    for (text, number) in notes.in_order() {
        let _ = writeln!(page, "{number}. “{text}”");
    }
    page.push_str(
        "\nNATS is there at scale only, and only there can a database be made read-only from \
         outside.\nThe payment provider is the sandbox that commerce serves: taken away is the way \
         by which it\nis called, so what its own pages would show is left out.\n",
    );
    page
}

fn score(declared: &Declared) -> String {
    let cells = || {
        declared.rows.iter().flat_map(|row| {
            HEADS
                .iter()
                .filter(|(away, _)| away.spares(&row.owner))
                .map(|(away, _)| row.cell(*away))
        })
    };
    let refused = cells().filter(|cell| matches!(cell, Some(Expected::Refused(_)))).count();
    let degraded = cells().filter(|cell| matches!(cell, Some(Expected::Degraded(_)))).count();
    let (all, stories) = (cells().count(), declared.rows.len());
    format!(
        "{stories} stories. Of the {all} cells in which the owner of the story is up and its \
         database whole,\n{} work as ever, {degraded} complete later, {refused} are refused.",
        all - refused - degraded
    )
}

/// The texts that are read, each with its number, in the order of their first cell.
#[derive(Default)]
struct Notes(BTreeMap<String, usize>);

impl Notes {
    fn of(&mut self, text: &str) -> usize {
        let next = self.0.len() + 1;
        *self.0.entry(text.to_owned()).or_insert(next)
    }

    fn in_order(&self) -> Vec<(&String, usize)> {
        let mut all: Vec<_> = self.0.iter().map(|(text, number)| (text, *number)).collect();
        all.sort_by_key(|(_, number)| *number);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::declared::documents;

    #[test]
    fn the_page_is_the_one_that_is_kept() {
        let declared = Declared::read().unwrap();
        let kept = std::fs::read_to_string(documents().join("autonomy-matrix.md")).unwrap();
        assert_eq!(kept, page(&declared), "run `cargo xtask proof matrix --table`");
    }

    #[test]
    fn every_column_but_the_control_has_a_head() {
        let heads: Vec<_> = HEADS.iter().map(|(column, _)| *column).collect();
        assert_eq!(heads, Column::ALL[1..]);
    }
}
