//! In which lines two texts differ.

/// One line of the difference between two texts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Change<'a> {
    /// Only in the first.
    Removed(&'a str),
    /// Only in the second.
    Added(&'a str),
}

/// Lines of each text that are compared one by one; what is longer counts as changed throughout.
const COMPARED: usize = 1500;

/// The lines in which two texts differ, by their longest common subsequence.
pub(crate) fn changes<'a>(before: &'a str, after: &'a str) -> Vec<Change<'a>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    if old.len() > COMPARED || new.len() > COMPARED {
        let removed = old.into_iter().map(Change::Removed);
        return removed.chain(new.into_iter().map(Change::Added)).collect();
    }
    let common = Common::of(&old, &new);
    let (mut at, mut changed) = ((0, 0), Vec::new());
    loop {
        let (row, column) = at;
        match (old.get(row), new.get(column)) {
            (Some(was), Some(is)) if was == is => at = (row + 1, column + 1),
            (Some(was), Some(_))
                if common.after(row + 1, column) >= common.after(row, column + 1) =>
            {
                changed.push(Change::Removed(was));
                at = (row + 1, column);
            }
            (_, Some(is)) => {
                changed.push(Change::Added(is));
                at = (row, column + 1);
            }
            (Some(was), None) => {
                changed.push(Change::Removed(was));
                at = (row + 1, column);
            }
            (None, None) => return changed,
        }
    }
}

/// How many lines two texts have in common from each pair of lines on.
struct Common {
    counts: Vec<u32>,
    width: usize,
}

impl Common {
    fn of(old: &[&str], new: &[&str]) -> Self {
        let width = new.len() + 1;
        let mut common = Self { counts: vec![0; (old.len() + 1) * width], width };
        for (row, was) in old.iter().enumerate().rev() {
            for (column, is) in new.iter().enumerate().rev() {
                let best = if was == is {
                    common.after(row + 1, column + 1) + 1
                } else {
                    common.after(row + 1, column).max(common.after(row, column + 1))
                };
                if let Some(count) = common.counts.get_mut(row * width + column) {
                    *count = best;
                }
            }
        }
        common
    }

    fn after(&self, row: usize, column: usize) -> u32 {
        self.counts.get(row * self.width + column).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_said_line_by_line() {
        let changed = changes("a\nb\nc\n", "a\nx\nc\nd\n");
        assert_eq!(changed, [Change::Removed("b"), Change::Added("x"), Change::Added("d")]);
        assert_eq!(changes("a\nb", "a\nb"), []);
        assert_eq!(changes("", "a"), [Change::Added("a")]);
        assert_eq!(changes("a", ""), [Change::Removed("a")]);
    }

    #[test]
    fn a_very_long_text_counts_as_changed_throughout() {
        let long = "line\n".repeat(COMPARED + 1);
        assert_eq!(changes(&long, "line").len(), COMPARED + 2);
    }
}
