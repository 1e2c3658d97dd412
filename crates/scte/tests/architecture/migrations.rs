//! A migration expands: the previous release works on the new schema while replicas are updated one
//! after the other. What takes something away says since which release nobody uses it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::{none, root};

/// The line that lets a migration take something away: nobody used it since this release.
const CONTRACT: &str = "-- contract: since ";

/// What a migration must not do, as long as the previous release may still run.
fn faults(path: &str, sql: &str) -> Vec<String> {
    if sql.lines().any(|line| line.strip_prefix(CONTRACT).is_some_and(is_release)) {
        return Vec::new();
    }
    let bare: String = sql
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default().to_lowercase() + "\n")
        .collect();
    let made: BTreeSet<String> = bare.split(';').filter_map(made).collect();
    let found = bare.split(';').filter_map(|one| fault(&words(one), &made));
    found.map(|why| format!("{path}: {why}; or say `{CONTRACT}<release>`")).collect()
}

fn is_release(text: &str) -> bool {
    let parts: Vec<_> = text.trim().split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| part.parse::<u32>().is_ok())
}

fn words(statement: &str) -> Vec<&str> {
    statement
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .collect()
}

/// The table or the column that a statement makes: nobody who runs now knows it.
fn made(statement: &str) -> Option<String> {
    match words(statement).as_slice() {
        ["create", "table", name, ..] => Some((*name).to_owned()),
        ["alter", "table", table, "add", "column", name, ..] => Some(format!("{table}.{name}")),
        _ => None,
    }
}

/// Whether the words of one statement take something away from who runs now.
fn fault(words: &[&str], made: &BTreeSet<String>) -> Option<&'static str> {
    let has = |sought: &[&str]| words.windows(sought.len()).any(|some| some == sought);
    match words {
        // A table nobody knew before may become what it likes.
        ["alter", "table", name, ..] if made.contains(*name) => None,
        ["drop", "index", ..] => None,
        ["drop", ..] => Some("what is dropped is still used by the previous release"),
        ["create", "unique", "index", _, "on", table, columns @ ..]
            if !made.contains(*table) && !all_made(table, columns, made) =>
        {
            Some("a new unique index refuses what the previous release writes")
        }
        ["alter", "table", ..] if has(&["drop"]) => {
            Some("what is dropped is still used by the previous release")
        }
        ["alter", "table", ..] if has(&["rename"]) => {
            Some("the previous release knows the old name only")
        }
        ["alter", "table", ..] if has(&["set", "not", "null"]) || has(&["type"]) => {
            Some("the previous release writes what the column was")
        }
        ["alter", "table", ..] if has(&["add", "constraint"]) || has(&["add", "check"]) => {
            Some("a new constraint refuses what the previous release writes")
        }
        ["alter", "table", ..]
            if has(&["add", "column"]) && has(&["not", "null"]) && !has(&["default"]) =>
        {
            Some(
                "the previous release does not fill a new column: give it a default, or allow null",
            )
        }
        _ => None,
    }
}

/// Whether all columns of an index are new ones: who does not know them leaves them empty.
fn all_made(table: &str, columns: &[&str], made: &BTreeSet<String>) -> bool {
    let columns = columns.iter().take_while(|word| **word != "where");
    columns.map(|column| format!("{table}.{column}")).all(|column| made.contains(&column))
}

/// Every migration of the workspace: path and text.
fn migrations() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["crates", "services"] {
        collect(&root().join(folder), &mut found);
    }
    found
}

fn collect(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|end| end == "sql") {
            let inside = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            found.push((inside, fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn migrations_only_expand() {
    let migrations = migrations();

    assert!(migrations.len() > 10, "the migrations were not found");
    none(&migrations.iter().flat_map(|(path, sql)| faults(path, sql)).collect::<Vec<_>>());
}

#[test]
fn the_rules_bite() {
    let said = |sql: &str| faults("services/x/migrations/0002_y.sql", sql).join("; ");

    for takes_away in [
        "drop table terms;",
        "alter table terms drop column name;",
        "alter table terms rename column name to title;",
        "alter table terms rename to years;",
        "alter table terms add column title text not null;",
        "alter table terms alter column name set not null;",
        "alter table terms alter column name type bigint;",
        "alter table terms add constraint named check (name <> '');",
        "create unique index terms_by_name on terms (name);",
        "create table other (id uuid primary key);\nDROP TABLE terms;",
        "-- contract: since some day\ndrop table terms;",
    ] {
        assert!(said(takes_away).contains("previous release"), "{takes_away}");
    }
    for expands in [
        "create table terms (id uuid primary key, name text not null);",
        "alter table terms add column title text;",
        "alter table terms add column title text not null default '';",
        "create index terms_by_name on terms (name);\ndrop index terms_by_number;",
        "create table terms (id uuid primary key);\ncreate unique index by_id on terms (id);",
        "update terms set name = 'drop';",
        "alter table terms add column a uuid;\ncreate unique index terms_by_a on terms (a);",
        "-- drop table terms;\nalter table terms add column b text; -- not null one day",
        "-- contract: since 0.2.0\nalter table terms drop column name;",
    ] {
        assert_eq!(said(expands), "", "{expands}");
    }
}
