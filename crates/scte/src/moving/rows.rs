//! Copies all rows of a service's database into another of the same schema: table by table, whom
//! others refer to first, in one transaction that also counts both sides.

use messaging::{Actor, Db, Error, Result, Tx};

use super::tables::{self, Table};
use crate::say;

/// Rows in one statement: enough that the way there does not count, few enough for the memory.
const ROWS: usize = 500;

/// A statement has at most so many values on PostgreSQL.
const VALUES: usize = 60_000;

/// Rows that carry files are 1 MiB each.
const LARGE_ROWS: usize = 4;

/// A table that takes longer says how far it is, after so many rows.
const TELLS: u64 = 20_000;

/// What was copied.
pub(super) struct Copied {
    pub(super) tables: usize,
    pub(super) rows: u64,
}

/// Copies everything of `from` into `to`, where the schema is and nobody was ever at work.
///
/// # Errors
/// `move` when `to` was used, or the schemas or the counts differ; nothing is kept of it then.
pub(super) async fn copy(from: &Db, to: &Db) -> Result<Copied> {
    let here = from.read(async |tx| tables::names(tx).await).await?;
    let tx = to.begin(&Actor::job("move", uuid::Uuid::nil())).await?;
    // Whoever leads a service holds this lock: nobody begins there while rows arrive.
    tx.lock("scte.leader").await?;
    let there = tables::described(&tx).await?;
    same_tables(&here, &there)?;
    if tables::was_used(&tx).await? {
        let why = "the database was used already: move into an empty one; if a move was \
                   interrupted and nothing was started on it, drop and create it, and move again";
        return Err(Error::refused("move", why));
    }
    // Last first: nobody refers to a row that goes.
    for table in there.iter().rev() {
        tables::empty(&tx, table).await?;
    }
    let mut copied = Copied { tables: there.len(), rows: 0 };
    for table in &there {
        copied.rows += copy_table(from, &tx, table).await?;
    }
    tx.commit().await?;
    Ok(copied)
}

fn same_tables(here: &[String], there: &[Table]) -> Result<()> {
    let mut named: Vec<&String> = there.iter().map(|table| &table.name).collect();
    named.sort_unstable();
    let mut ours: Vec<&String> = here.iter().collect();
    ours.sort_unstable();
    if named == ours {
        return Ok(());
    }
    let odd: Vec<&str> = named
        .iter()
        .filter(|name| !ours.contains(name))
        .chain(ours.iter().filter(|name| !named.contains(name)))
        .map(|name| name.as_str())
        .collect();
    let why = format!("the databases do not have the same tables: {}", odd.join(", "));
    Err(Error::refused("move", why))
}

async fn copy_table(from: &Db, to: &Tx, table: &Table) -> Result<u64> {
    let (mut behind, mut count, mut told) = (0, 0_u64, 0);
    loop {
        let most = i64::try_from(rows_at_once(table)).map_err(Error::internal)?;
        let page = from.read(async |tx| tables::page(tx, table, behind, most).await).await?;
        let Some(last) = page.last else { break };
        behind = last;
        count += u64::try_from(page.rows.len()).map_err(Error::internal)?;
        tables::put(to, table, page.rows).await?;
        if count / TELLS > told {
            told = count / TELLS;
            say(&format!("  {:<12} {}: {count} rows so far\n", from.service(), table.name));
        }
    }
    let here = from.read(async |tx| tables::count(tx, table).await).await?;
    let there = tables::count(to, table).await?;
    if here == there && u64::try_from(there).is_ok_and(|there| there == count) {
        return Ok(count);
    }
    let why = format!("{}: {here} rows here, {there} of {count} arrived", table.name);
    Err(Error::refused("move", why))
}

fn rows_at_once(table: &Table) -> usize {
    if table.is_large() {
        return LARGE_ROWS;
    }
    (VALUES / table.columns.len().max(1)).clamp(1, ROWS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moving::tables::{Column, Kind};

    fn table(name: &str, columns: usize) -> Table {
        let column = |at| Column { name: format!("c{at}"), kind: Kind::Text };
        Table { name: name.to_owned(), columns: (0..columns).map(column).collect() }
    }

    #[test]
    fn a_statement_stays_within_its_values() {
        assert_eq!(rows_at_once(&table("a", 3)), ROWS);
        assert_eq!(rows_at_once(&table("a", 600)), 100);
        let mut files = table("files", 2);
        files.columns[1].kind = Kind::Bytes;
        assert_eq!(rows_at_once(&files), LARGE_ROWS);
    }

    #[test]
    fn a_table_that_only_one_side_has_is_named() {
        let here = ["a".to_owned(), "b".to_owned()];
        assert!(same_tables(&here, &[table("b", 1), table("a", 1)]).is_ok());
        let error = same_tables(&here, &[table("a", 1), table("odd", 1)]).unwrap_err();
        assert!(error.to_string().contains("odd, b"), "{error}");
    }
}
