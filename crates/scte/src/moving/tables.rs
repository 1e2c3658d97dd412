//! Reads the tables of any service as rows of values, and writes them: the SQL of `scte move`. Every
//! type that a migration may use comes out of SQLite as it goes into PostgreSQL.

use messaging::value::Column as _;
use messaging::{Error, Result, Row, Tx, Value, params};

/// A table of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
}

impl Table {
    /// Whether its rows are large.
    pub(super) fn is_large(&self) -> bool {
        self.columns.iter().any(|column| column.kind == Kind::Bytes)
    }

    fn names(&self) -> String {
        let quoted = self.columns.iter().map(|column| format!("\"{}\"", column.name));
        quoted.collect::<Vec<_>>().join(", ")
    }
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// The types that migrations use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int,
    Float,
    Text,
    Uuid,
    Date,
    Instant,
    Json,
    Bytes,
}

impl Kind {
    /// Of the name that PostgreSQL gives the type.
    fn named(name: &str) -> Result<Self> {
        Ok(match name {
            "boolean" => Self::Bool,
            "bigint" => Self::Int,
            "double precision" => Self::Float,
            "text" => Self::Text,
            "uuid" => Self::Uuid,
            "date" => Self::Date,
            "timestamp with time zone" => Self::Instant,
            "jsonb" => Self::Json,
            "bytea" => Self::Bytes,
            other => {
                return Err(Error::internal(format!("a column of type {other} cannot be moved")));
            }
        })
    }

    fn read(self, row: &Row, column: &str) -> Result<Value> {
        Ok(match self {
            Self::Bool => Value::Bool(Option::from_row(row, column)?),
            Self::Int => Value::Int(Option::from_row(row, column)?),
            Self::Float => Value::Float(Option::from_row(row, column)?),
            Self::Text => Value::Text(Option::from_row(row, column)?),
            Self::Uuid => Value::Uuid(Option::from_row(row, column)?),
            Self::Date => Value::Date(Option::from_row(row, column)?),
            Self::Instant => Value::Instant(Option::from_row(row, column)?),
            Self::Json => Value::Json(Option::from_row(row, column)?),
            Self::Bytes => Value::Bytes(Option::from_row(row, column)?),
        })
    }
}

/// The names of the tables in a SQLite file.
pub(super) async fn names(tx: &Tx) -> Result<Vec<String>> {
    let sql = "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'";
    tx.all(sql, params![]).await?.iter().map(|row| row.get("name")).collect()
}

/// The tables of a PostgreSQL database, whom others refer to first.
pub(super) async fn described(tx: &Tx) -> Result<Vec<Table>> {
    let sql = "select table_name::text as of_table, column_name::text as name,
                      data_type::text as kind
               from information_schema.columns
               where table_schema = current_schema()
               order by table_name, ordinal_position";
    let mut tables: Vec<Table> = Vec::new();
    for row in tx.all(sql, params![]).await? {
        let (table, kind): (String, String) = (row.get("of_table")?, row.get("kind")?);
        let column = Column { name: row.get("name")?, kind: Kind::named(&kind)? };
        match tables.last_mut() {
            Some(last) if last.name == table => last.columns.push(column),
            _ => tables.push(Table { name: table, columns: vec![column] }),
        }
    }
    let sql = "select conrelid::regclass::text as who, confrelid::regclass::text as whom
               from pg_constraint where contype = 'f'";
    let refers = tx.all(sql, params![]).await?;
    let pair = |row: &Row| Ok((row.get("who")?, row.get("whom")?));
    let refers: Vec<(String, String)> = refers.iter().map(pair).collect::<Result<_>>()?;
    Ok(in_order(tables, &refers))
}

/// Those that refer to nobody left first, and so on; a circle is left as it is.
fn in_order(mut tables: Vec<Table>, refers: &[(String, String)]) -> Vec<Table> {
    let mut ordered: Vec<Table> = Vec::new();
    while !tables.is_empty() {
        let waits = |table: &Table| {
            let mut whom = refers.iter().filter(|(who, _)| *who == table.name);
            whom.any(|(who, whom)| who != whom && tables.iter().any(|one| one.name == *whom))
        };
        let next = tables.iter().position(|table| !waits(table)).unwrap_or(0);
        ordered.push(tables.remove(next));
    }
    ordered
}

/// Whether anybody ever worked on this database, beyond its schema.
pub(super) async fn was_used(tx: &Tx) -> Result<bool> {
    let sql = "select (select pos from feed_head) + (select count(*) from cursor)
                      + (select count(*) from audit) + (select count(*) from timer) as traces";
    Ok(tx.one(sql, params![]).await?.get::<i64>("traces")? != 0)
}

/// Removes all rows: those that the schema itself brought are among what comes.
pub(super) async fn empty(tx: &Tx, table: &Table) -> Result<()> {
    tx.run(&format!("delete from \"{}\"", table.name), params![]).await.map(drop)
}

/// How many rows there are.
pub(super) async fn count(tx: &Tx, table: &Table) -> Result<i64> {
    let sql = format!("select count(*) as rows from \"{}\"", table.name);
    tx.one(&sql, params![]).await?.get("rows")
}

/// Some rows of a table.
pub(super) struct Page {
    pub(super) rows: Vec<Vec<Value>>,
    /// Where the next page begins; none after the last.
    pub(super) last: Option<i64>,
}

/// Up to `most` rows of a SQLite table behind a place.
pub(super) async fn page(tx: &Tx, table: &Table, behind: i64, most: i64) -> Result<Page> {
    let (name, columns) = (&table.name, table.names());
    let sql = format!(
        "select rowid as place_in_file, {columns} from \"{name}\"
         where rowid > $1 order by rowid limit $2"
    );
    let found = tx.all(&sql, params![behind, most]).await?;
    let last = found.last().map(|row| row.get("place_in_file")).transpose()?;
    let values = |row: &Row| -> Result<Vec<Value>> {
        table.columns.iter().map(|column| column.kind.read(row, &column.name)).collect()
    };
    Ok(Page { rows: found.iter().map(values).collect::<Result<_>>()?, last })
}

/// Writes rows into a PostgreSQL table.
pub(super) async fn put(tx: &Tx, table: &Table, rows: Vec<Vec<Value>>) -> Result<()> {
    let (name, columns, width) = (&table.name, table.names(), table.columns.len());
    let places = |row: usize| {
        let all = (1..=width).map(|at| format!("${}", row * width + at));
        format!("({})", all.collect::<Vec<_>>().join(", "))
    };
    let all = (0..rows.len()).map(places).collect::<Vec<_>>().join(", ");
    let sql = format!("insert into \"{name}\" ({columns}) values {all}");
    tx.run(&sql, rows.into_iter().flatten().collect()).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_others_refer_to_comes_first() {
        let table = |name: &str| Table { name: name.to_owned(), columns: Vec::new() };
        let refers = [("a", "c"), ("b", "a"), ("b", "b")];
        let refers = refers.map(|(who, whom)| (who.to_owned(), whom.to_owned()));
        let ordered = in_order(vec![table("a"), table("b"), table("c"), table("d")], &refers);
        let names: Vec<_> = ordered.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["c", "a", "b", "d"]);
        assert_eq!(in_order(vec![table("b")], &refers).len(), 1);
    }

    #[test]
    fn a_type_that_no_migration_uses_is_refused() {
        assert_eq!(Kind::named("jsonb").unwrap(), Kind::Json);
        assert!(Kind::named("interval").is_err());
    }
}
