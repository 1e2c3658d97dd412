//! When everything is back: whether all copies are equal and nothing is lost. Reads the databases
//! beside the processes, and has them replay.

use std::collections::BTreeMap;

use cluster::Cluster;
use contracts::catalogue::SERVICES;
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use crate::outcome::{Failed, Outcome};

/// What a service writes for itself at any time: no part of what a replay must give again.
const WORK: [&str; 11] = [
    "audit",
    "consumer",
    "cursor",
    "effect",
    "feed",
    "feed_head",
    "inbox",
    "migration",
    "publication",
    "timer",
    "tries",
];

/// The last position of a feed, in the place of the row it stands in.
const HEAD: &str = "select cast(pos as text) from feed_head";

/// What every service keeps of the others' messages, under the same name.
const SHARED: &str = "reader_";

/// All rows of a database: by table, as texts, sorted.
type Rows = BTreeMap<String, Vec<String>>;

/// What is wrong with the databases of an installation that has come to rest.
///
/// # Errors
/// When they cannot be read, or a service does not replay.
pub(crate) async fn faults(cluster: &Cluster) -> Outcome<Vec<String>> {
    let mut faults = parked(cluster).await?;
    let mut all = BTreeMap::new();
    for service in SERVICES {
        let before = rows(cluster, service).await?;
        faults.extend(gaps(service, &before));
        replay(cluster, service).await?;
        faults.extend(differences(service, &before, &rows(cluster, service).await?));
        all.insert(*service, before);
    }
    faults.extend(unequal(&all));
    Ok(faults)
}

async fn parked(cluster: &Cluster) -> Outcome<Vec<String>> {
    let mut faults = Vec::new();
    for service in SERVICES {
        let Some(part) = cluster.parts_of(service).into_iter().next() else { continue };
        let listed = cluster.ask(&part, json!({ "do": "parked_list" })).await;
        let listed = listed.map_err(Failed::because)?;
        for one in listed.as_array().into_iter().flatten() {
            faults.push(format!("parked at {part}: {one}"));
        }
    }
    faults.sort();
    faults.dedup();
    Ok(faults)
}

async fn replay(cluster: &Cluster, service: &str) -> Outcome {
    let leader = cluster.leader(service).await;
    let part = leader.or_else(|| cluster.parts_of(service).into_iter().next());
    let part = part.ok_or_else(|| Failed::because(format!("nobody serves {service}")))?;
    let asked = cluster.ask(&part, json!({ "do": "replay", "service": service })).await;
    asked.map(drop).map_err(|why| Failed::because(format!("{part} does not replay: {why}")))
}

/// Positions of a feed that are missing.
fn gaps(service: &str, rows: &Rows) -> Option<String> {
    let (head, said) = (rows.get("feed_head")?, rows.get("feed")?.len());
    let whole = *head == [said.to_string()];
    (!whole).then(|| format!("the feed of {service} has {said} messages, its head is {head:?}"))
}

/// Tables that a replay changed.
fn differences(service: &str, before: &Rows, after: &Rows) -> Vec<String> {
    let tables = before.keys().filter(|table| !WORK.contains(&table.as_str()));
    let differ = tables.filter(|table| before.get(*table) != after.get(*table));
    differ
        .map(|table| {
            let (old, new) = (&before[table], after.get(table).cloned().unwrap_or_default());
            let example = old.iter().find(|row| !new.contains(row));
            let example = example.or_else(|| new.iter().find(|row| !old.contains(row)));
            let (old, new) = (old.len(), new.len());
            format!("{service}.{table} is another after a replay ({old} rows, {new}): {example:?}")
        })
        .collect()
}

/// Copies of the same that are not equal everywhere.
fn unequal(all: &BTreeMap<&str, Rows>) -> Vec<String> {
    let Some((first, theirs)) = all.first_key_value() else { return Vec::new() };
    let mut faults = Vec::new();
    for (table, rows) in theirs.iter().filter(|(table, _)| table.starts_with(SHARED)) {
        for (service, others) in all {
            let copy = others.get(table);
            if copy != Some(rows) {
                let many = copy.map_or(0, Vec::len);
                let missing = rows.iter().find(|row| !copy.is_some_and(|copy| copy.contains(row)));
                faults.push(format!(
                    "{service}.{table} has {many} rows, that of {first} {}; not there: {missing:?}",
                    rows.len()
                ));
            }
        }
    }
    faults
}

async fn rows(cluster: &Cluster, service: &str) -> Outcome<Rows> {
    if let Some(url) = cluster.database(service) {
        return postgres(&url).await;
    }
    let part = cluster.parts_of(service).into_iter().next();
    let part = part.ok_or_else(|| Failed::because(format!("nobody serves {service}")))?;
    let file = cluster.data(&part).join(format!("{service}.db"));
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    sqlite(SqliteConnection::connect_with(&options).await?).await
}

async fn postgres(url: &str) -> Outcome<Rows> {
    let mut connection = PgConnection::connect(url).await?;
    let sql = "select table_name::text from information_schema.tables
               where table_schema = 'public' and table_type = 'BASE TABLE'";
    let tables: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut connection).await?;
    let mut rows = Rows::new();
    for table in tables {
        let sql = format!(
            "select array_to_string(array(select value from jsonb_each_text(to_jsonb(t))), '|', '')
             from \"{table}\" t"
        );
        let found: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut connection).await?;
        rows.insert(table, sorted(found));
    }
    let head = sqlx::query_scalar(HEAD).fetch_all(&mut connection).await?;
    rows.insert("feed_head".to_owned(), head);
    connection.close().await?;
    Ok(rows)
}

async fn sqlite(mut connection: SqliteConnection) -> Outcome<Rows> {
    let sql = "select name from sqlite_master where type = 'table'";
    let tables: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut connection).await?;
    let mut rows = Rows::new();
    for table in tables {
        let sql = "select group_concat('quote(\"' || name || '\")', ' || ''|'' || ')
                   from pragma_table_info($1)";
        let columns: String =
            sqlx::query_scalar(sql).bind(&table).fetch_one(&mut connection).await?;
        let sql = format!("select {columns} from \"{table}\"");
        let found: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut connection).await?;
        rows.insert(table, sorted(found));
    }
    let head = sqlx::query_scalar(HEAD).fetch_all(&mut connection).await?;
    rows.insert("feed_head".to_owned(), head);
    connection.close().await?;
    Ok(rows)
}

fn sorted(mut rows: Vec<String>) -> Vec<String> {
    rows.sort_unstable();
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, rows: &[&str]) -> Rows {
        Rows::from([(name.to_owned(), rows.iter().map(|row| (*row).to_owned()).collect())])
    }

    #[test]
    fn a_copy_that_differs_is_named() {
        let all = |other: &[&str]| {
            BTreeMap::from([
                ("commerce", table("reader_terms", &["a", "b"])),
                ("content", table("reader_terms", other)),
            ])
        };
        assert_eq!(unequal(&all(&["a", "b"])), Vec::<String>::new());
        assert!(unequal(&all(&["a"]))[0].contains("content.reader_terms has 1 rows"));
        assert!(unequal(&all(&["a", "c"]))[0].contains("not there: Some(\"b\")"));
    }

    #[test]
    fn what_a_replay_changes_is_named_but_not_the_work_of_the_service() {
        let said = |one: &Rows, other: &Rows| differences("content", one, other);
        let copy = table("pages", &["a"]);
        assert!(said(&copy, &copy).is_empty());
        assert!(said(&copy, &table("pages", &["b"]))[0].contains("content.pages is another"));
        assert!(said(&copy, &Rows::new())[0].contains("content.pages is another"));
        assert!(said(&table("timer", &["a"]), &table("timer", &["b"])).is_empty());
    }

    #[test]
    fn a_feed_with_a_hole_is_named() {
        let feed = |head: &str, said: &[&str]| {
            let mut rows = table("feed_head", &[head]);
            rows.extend(table("feed", said));
            rows
        };
        assert_eq!(gaps("content", &feed("2", &["1", "2"])), None);
        assert!(gaps("content", &feed("3", &["1", "2"])).unwrap().contains("has 2 messages"));
    }
}
