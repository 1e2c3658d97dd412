//! The sample rows of the design page, sorted, filtered and paged by a statement as real rows are.

use std::fmt::Write as _;

use chassis::ui::Wanted;
use chassis::{Result, Tx, Value, params};

use super::samples::{Sample, all};

/// The rows that are wanted, one more than a page has when there are more.
pub(super) async fn rows(tx: &Tx, wanted: &Wanted) -> Result<Vec<Sample>> {
    let (values, mut given) = values();
    let first = given.len();
    given.extend(params![
        wanted.pattern(),
        wanted.chosen("state").unwrap_or_default(),
        wanted.day("from").unwrap_or_default()
    ]);
    let keys = [("number", "number"), ("payer", "payer"), ("due", "due"), ("total", "total")];
    let seek = wanted.seek(&keys, "id", given);
    let (word, state, day) = (first + 1, first + 2, first + 3);
    let sql = format!(
        "with sample (id, number, payer, state, due, total) as (values {values})
         select * from sample
         where (lower(payer) like ${word} escape '\\' or number like ${word} escape '\\')
           and (${state} = '' or state = ${state}) and due >= ${day} and {}
         order by {} limit {}",
        seek.after, seek.order, seek.limit
    );
    let rows = tx.all(&sql, seek.params).await?;
    rows.iter()
        .map(|row| {
            let total: i64 = row.get("total")?;
            Ok(Sample {
                id: row.get("id")?,
                number: row.get("number")?,
                payer: row.get("payer")?,
                what: Sample::thing(total),
                state: row.get("state")?,
                due: row.get("due")?,
                total,
            })
        })
        .collect()
}

/// All samples as the rows of a statement.
fn values() -> (String, Vec<Value>) {
    let mut text = String::new();
    let mut given = Vec::new();
    for one in all() {
        let at = given.len();
        let comma = if at == 0 { "" } else { ", " };
        let places: Vec<String> = (at + 1..=at + 6).map(|place| format!("${place}")).collect();
        let _ = write!(text, "{comma}({})", places.join(", "));
        given.extend(params![one.id, one.number, one.payer, one.state, one.due, one.total]);
    }
    (text, given)
}
