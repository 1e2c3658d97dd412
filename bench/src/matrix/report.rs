//! What came of it: a line for people, JSON for programs.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::run::{Came, Tried};
use crate::outcome::{Outcome, print};

/// How many faults are printed; all are written.
const SHOWN: usize = 40;

/// What was counted, of all cells or of those of a shape.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Counts {
    pub(crate) cells: usize,
    /// Cells that were tried and are as declared.
    pub(crate) full: usize,
    pub(crate) degraded: usize,
    pub(crate) refused: usize,
    /// Cells that are otherwise than declared.
    pub(crate) undeclared: usize,
    /// Lost, doubled, not equal, or never come about.
    pub(crate) violations: usize,
    /// Share of the cells that are not refused where the owner of the story could do its work.
    pub(crate) score: f64,
}

impl Counts {
    fn of(cells: &[Tried], whole: usize) -> Self {
        let count = |such: &dyn Fn(&Tried) -> bool| cells.iter().filter(|cell| such(cell)).count();
        let fits = |word: &str| count(&|cell| cell.undeclared.is_none() && cell.declared == word);
        let served =
            count(&|cell| cell.owner_up && cell.undeclared.is_none() && cell.declared != "refused");
        Self {
            cells: cells.len(),
            full: fits("full"),
            degraded: fits("degraded"),
            refused: fits("refused"),
            undeclared: count(&|cell| cell.undeclared.is_some()),
            violations: count(&|cell| cell.violation.is_some()) + whole,
            score: share(served, count(&|cell| cell.owner_up)),
        }
    }
}

/// A share between 0 and 1; 1 of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts of some hundred cells")]
fn share(part: usize, of: usize) -> f64 {
    if of == 0 { 1.0 } else { part as f64 / of as f64 }
}

/// Written as `target/proof/matrix.json`.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    seed: u64,
    /// Whether every column was tried.
    whole: bool,
    seconds: f64,
    #[serde(flatten)]
    all: Counts,
    shapes: BTreeMap<&'static str, Counts>,
    /// What was wrong with an installation as a whole.
    violations_of_the_whole: Vec<String>,
    tried: Vec<Tried>,
}

impl Report {
    /// Of what came of each shape.
    pub(crate) fn of(
        (seed, whole, seconds): (u64, bool, f64),
        came: Vec<(&'static str, Came)>,
    ) -> Self {
        let mut shapes = BTreeMap::new();
        let (mut tried, mut violations) = (Vec::new(), Vec::new());
        for (shape, came) in came {
            shapes.insert(shape, Counts::of(&came.cells, came.violations.len()));
            tried.extend(came.cells);
            violations.extend(came.violations);
        }
        let all = Counts::of(&tried, violations.len());
        Self { seed, whole, seconds, all, shapes, violations_of_the_whole: violations, tried }
    }

    /// Whether everything was as declared.
    pub(crate) fn is_clean(&self) -> bool {
        self.all.cells > 0 && self.all.undeclared == 0 && self.all.violations == 0
    }

    /// Writes it into `folder`, prints its line and what is wrong.
    pub(crate) fn write(&self, folder: &Path) -> Outcome {
        std::fs::write(folder.join("matrix.json"), serde_json::to_string_pretty(self)?)?;
        let Counts { cells, full, degraded, refused, undeclared, violations, score } = &self.all;
        let (percent, minutes) = (100.0 * score, self.seconds / 60.0);
        print(format!(
            "matrix: {cells} cells: {full} full, {degraded} degraded, {refused} refused, \
             {undeclared} undeclared, {violations} violations; {percent:.1} % not refused where \
             the owner is up; {minutes:.1} min"
        ));
        let wrong = self.tried.iter().flat_map(|cell| {
            let faults = [&cell.undeclared, &cell.violation].into_iter().flatten();
            faults.map(move |why| {
                let Tried { shape, away, story, declared, .. } = cell;
                format!("{shape}, {} away, {story} ({declared}): {why}", away.name())
            })
        });
        for line in wrong.chain(self.violations_of_the_whole.iter().cloned()).take(SHOWN) {
            print(format!("  {line}"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::column::Column;

    fn cell(declared: &'static str, owner_up: bool, undeclared: Option<&str>) -> Tried {
        Tried {
            shape: "one",
            away: Column::Content,
            story: "A-1".to_owned(),
            declared,
            owner_up,
            seen: String::new(),
            undeclared: undeclared.map(str::to_owned),
            violation: None,
        }
    }

    fn report(cells: Vec<Tried>, violations: Vec<String>) -> Report {
        Report::of((1, true, 1.0), vec![("one", Came { cells, violations })])
    }

    #[test]
    fn the_score_counts_what_is_served_where_the_owner_is_up() {
        let cells = vec![
            cell("full", true, None),
            cell("degraded", true, None),
            cell("refused", true, None),
            cell("full", true, Some("a 500")),
            cell("refused", false, None),
        ];
        let all = report(cells, Vec::new()).all;
        assert_eq!((all.cells, all.full, all.degraded, all.refused), (5, 1, 1, 2));
        assert_eq!((all.undeclared, all.violations), (1, 0));
        assert!((all.score - 0.5).abs() < 1e-9);
    }

    #[test]
    fn anything_wrong_and_nothing_tried_are_not_clean() {
        assert!(report(vec![cell("full", true, None)], Vec::new()).is_clean());
        assert!(!report(Vec::new(), Vec::new()).is_clean());
        assert!(!report(vec![cell("full", true, Some("a 500"))], Vec::new()).is_clean());
        assert!(!report(vec![cell("full", true, None)], vec!["lost".to_owned()]).is_clean());
        let late = Tried { violation: Some("a mail".to_owned()), ..cell("full", true, None) };
        assert!(!report(vec![late], Vec::new()).is_clean());
    }
}
