//! What was measured, round by round, each beside its limit: printed as a table, written as JSON.

use std::path::Path;

use serde::Serialize;

use crate::outcome::{Outcome, print};

/// A benchmark's rows.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
    facts: Vec<(String, String)>,
}

#[derive(Debug)]
struct Row {
    name: String,
    unit: &'static str,
    ours: Vec<f64>,
    limit: Vec<f64>,
    limit_is: &'static str,
}

/// A row as it is written.
#[derive(Debug, Serialize, PartialEq)]
pub struct Written {
    name: String,
    unit: &'static str,
    /// The median.
    ours: f64,
    min: f64,
    max: f64,
    /// The median of the limit, measured in the same rounds.
    limit: Option<f64>,
    limit_is: &'static str,
    /// Ours by the limit.
    ratio: Option<f64>,
    /// The same in single rounds: the least and the most.
    ratio_range: Option<[f64; 2]>,
    rounds: usize,
}

impl Table {
    /// Adds one round of a row that has no limit.
    pub fn add(&mut self, name: &str, unit: &'static str, ours: f64) {
        self.row(name, unit).ours.push(ours);
    }

    /// Adds one round of a row, with the limit measured beside it.
    pub fn beside(
        &mut self,
        name: &str,
        unit: &'static str,
        ours: f64,
        (limit, limit_is): (f64, &'static str),
    ) {
        let row = self.row(name, unit);
        row.ours.push(ours);
        row.limit.push(limit);
        row.limit_is = limit_is;
    }

    /// Notes something that is no measurement, such as a version; said again, the last counts.
    pub fn fact(&mut self, name: &str, value: impl std::fmt::Display) {
        self.facts.retain(|(known, _)| known != name);
        self.facts.push((name.to_owned(), value.to_string()));
    }

    fn row(&mut self, name: &str, unit: &'static str) -> &mut Row {
        let at = self.rows.iter().position(|row| row.name == name).unwrap_or_else(|| {
            let (name, ours, limit) = (name.to_owned(), Vec::new(), Vec::new());
            self.rows.push(Row { name, unit, ours, limit, limit_is: "" });
            self.rows.len() - 1
        });
        &mut self.rows[at]
    }

    /// The rows with their medians.
    #[must_use]
    pub fn written(&self) -> Vec<Written> {
        self.rows.iter().map(Row::written).collect()
    }

    /// Prints the table and writes it to `<folder>/<name>.json`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn close(&self, folder: &Path, name: &str) -> Outcome {
        for (fact, value) in &self.facts {
            print(format!("{fact}: {value}"));
        }
        let rows = self.written();
        let wide = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or_default();
        print(format!(
            "\n{:<wide$} {:>8} {:>10} {:>10} {:>10} {:>10} {:>6} {:>13}  {}",
            "", "unit", "median", "min", "max", "limit", "ratio", "range", "limit is"
        ));
        for row in &rows {
            let or_dash = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), short);
            let range = row.ratio_range.map(|[least, most]| [short(least), short(most)].join("–"));
            print(format!(
                "{:<wide$} {:>8} {:>10} {:>10} {:>10} {:>10} {:>6} {:>13}  {}",
                row.name,
                row.unit,
                short(row.ours),
                short(row.min),
                short(row.max),
                or_dash(row.limit),
                or_dash(row.ratio),
                range.unwrap_or_else(|| "-".to_owned()),
                row.limit_is
            ));
        }
        let facts: serde_json::Map<_, _> =
            self.facts.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        let document = serde_json::json!({ "facts": facts, "rows": rows });
        let file = folder.join(format!("{name}.json"));
        std::fs::write(&file, serde_json::to_string_pretty(&document)?)?;
        Ok(())
    }
}

impl Row {
    fn written(&self) -> Written {
        let limit = (!self.limit.is_empty()).then(|| median(&self.limit));
        let ours = median(&self.ours);
        let [min, max] = range(self.ours.iter().copied());
        let ratios = self.ours.iter().zip(&self.limit).map(|(ours, limit)| ours / limit);
        Written {
            name: self.name.clone(),
            unit: self.unit,
            ours,
            min,
            max,
            limit,
            limit_is: self.limit_is,
            ratio: limit.map(|limit| ours / limit),
            ratio_range: limit.map(|_| range(ratios)),
            rounds: self.ours.len(),
        }
    }
}

/// The least and the most of `values`.
fn range(values: impl Iterator<Item = f64>) -> [f64; 2] {
    values.fold([f64::INFINITY, f64::NEG_INFINITY], |[least, most], value| {
        [least.min(value), most.max(value)]
    })
}

/// The middle of `values`; zero when there is none.
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    percentile(values, 50)
}

/// The value that `percent` of `values` do not exceed; zero when there is none.
#[must_use]
pub fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    sorted.get(last * percent / 100).copied().unwrap_or_default()
}

/// Three digits or more, no more than that behind the point.
fn short(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_median_of_its_rounds_beside_that_of_its_limit() {
        let mut table = Table::default();
        for (ours, limit) in [(10.0, 20.0), (30.0, 60.0), (20.0, 50.0)] {
            table.beside("rate", "tx/s", ours, (limit, "plain"));
        }
        let row = &table.written()[0];
        assert_eq!((row.ours, row.min, row.max, row.limit), (20.0, 10.0, 30.0, Some(50.0)));
        assert_eq!((row.ratio, row.rounds), (Some(0.4), 3));
        assert_eq!(row.ratio_range, Some([0.4, 0.5]));
    }

    #[test]
    fn percentiles_of_nothing_are_nothing() {
        assert!(percentile(&[], 99).abs() < f64::EPSILON);
        assert!((percentile(&[1.0, 2.0, 3.0], 99) - 2.0).abs() < f64::EPSILON);
    }
}
