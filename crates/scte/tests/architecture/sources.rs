//! What may stand in which file: rules pure, SQL in tables, HTTP at the edges.

use crate::source::Source;
use crate::{all_sources, none, root, services};

/// A file is split by what it is about before it is longer than this.
const LONGEST: usize = 600;

/// What a file must not say, and why; nothing when it keeps to the rules.
fn faults(source: &Source) -> Vec<String> {
    let mut said = Vec::new();
    if !source.text.starts_with("//! ") {
        said.push("the first line is to be `//!` and say what the file is for");
    }
    if source.text.lines().count() > LONGEST {
        said.push("longer than 600 lines: make it a folder, split by what it is about");
    }
    if source.of_service().is_some() {
        service_faults(source, &mut said);
    }
    let sql_has_no_place = (source.of_service().is_some()
        || source.path.starts_with("crates/scte/src/"))
        && !source.is_in(&["tables"]);
    if sql_has_no_place && source.literals.iter().any(|literal| is_sql(literal)) {
        said.push("SQL stands only in tables");
    }
    if source.path.starts_with("crates/messaging/src/") && source.says("axum") {
        said.push("messaging answers no HTTP");
    }
    if source.path.starts_with("crates/contracts/src/") && source.says("std::fs") {
        said.push("contracts are data only");
    }
    said.into_iter().map(|fault| format!("{}: {fault}", source.path)).collect()
}

fn service_faults(source: &Source, said: &mut Vec<&'static str>) {
    const IMPURE: &[&str] =
        &["async", "await", "::now(", "chassis::", "tokio", "axum", "sqlx", "reqwest"];
    // What tokens say and how long they last are values; whoever signs and reads them is no rule.
    const VALUES: &[&str] = &[
        "chassis::signin::How",
        "chassis::signin::TOKEN_HOURS",
        "chassis::signin::VIEW_MINUTES",
        "chassis::api::{self, AccessToken, Holders}",
    ];
    let code = VALUES.iter().fold(source.code.clone(), |code, value| code.replace(value, ""));
    if source.is_in(&["domain"]) && IMPURE.iter().any(|word| code.contains(word)) {
        said.push("a domain file is pure: no async, clock, chassis, tokio, axum, sqlx, reqwest");
    }
    if source.says("axum") && !source.is_in(&["pages", "staff", "api", "hooks", "sandbox"]) {
        said.push("axum stands only in pages, staff, api, hooks and sandbox");
    }
    if source.says("reqwest") && !source.is_in(&["remote"]) {
        said.push("outgoing HTTP stands only in remote");
    }
    if source.says("sqlx") || source.says("sea_orm") {
        said.push("a service never names the database driver");
    }
    if source.says("messaging::") {
        said.push("a service names only chassis and contracts");
    }
}

/// Whether a text is a statement: it begins like one and goes on like one.
fn is_sql(literal: &str) -> bool {
    let words: Vec<_> = literal.split_whitespace().map(str::to_lowercase).collect();
    let has = |word: &str| words.iter().any(|one| one == word);
    match words.first().map(String::as_str) {
        Some("select") => words.len() > 2 && has("from"),
        Some("insert") => words.get(1).is_some_and(|word| word == "into"),
        Some("delete") => words.get(1).is_some_and(|word| word == "from"),
        Some("update") => has("set"),
        Some("with") => has("as") && (has("select") || has("(select")),
        _ => false,
    }
}

/// Services that the composition root does not start.
fn not_started(root_source: &Source, services: &[String]) -> Vec<String> {
    let started = |service: &str| root_source.code.contains(&format!("{service}::service()"));
    let missing = services.iter().filter(|service| !started(service));
    missing.map(|service| format!("{} does not start {service}", root_source.path)).collect()
}

#[test]
fn everything_stands_where_it_belongs() {
    let sources = all_sources();

    assert!(sources.len() > 50, "the sources were not found");
    none(&sources.iter().flat_map(faults).collect::<Vec<_>>());
}

#[test]
fn the_binary_starts_every_service() {
    let path = "crates/scte/src/services.rs";
    let text = std::fs::read_to_string(root().join(path)).unwrap();

    none(&not_started(&Source::new(path, &text), &services()));
}

#[test]
fn the_rules_bite() {
    let fault = |path: &str, code: &str| {
        let source = Source::new(path, &format!("//! What this is for.\n{code}"));
        faults(&source).join("; ")
    };
    let domain = "services/x/src/terms/domain.rs";
    let commands = "services/x/src/terms/commands.rs";

    for impure in [
        "async fn f() {}",
        "let now = Utc::now();",
        "use chassis::Tx;",
        "use chassis::signin::Signer;",
        "tokio::spawn(f);",
        "use sqlx::Row;",
        "use axum::Router;",
        "use reqwest::Client;",
    ] {
        assert!(fault(domain, impure).contains("pure"), "{impure}");
        assert!(fault("services/x/src/domain/price.rs", impure).contains("pure"), "{impure}");
    }
    assert_eq!(fault(domain, "// no async here, nor tokio\nfn f() { g(\"await\") }"), "");
    assert_eq!(fault(domain, "use chassis::signin::How;"), "");

    for sql in [
        "tx.all(\"select id from terms\")",
        "tx.run(\"insert into terms values ($1)\")",
        "tx.run(\"update terms\n set x = $1\")",
        "tx.run(r#\"delete from terms\"#)",
        "tx.all(\"with t as (select 1) select * from t\")",
    ] {
        assert!(fault(commands, sql).contains("SQL"), "{sql}");
        assert!(fault("crates/scte/src/ops/page.rs", sql).contains("SQL"), "{sql}");
        assert_eq!(fault("services/x/src/terms/tables.rs", sql), "", "{sql}");
        assert_eq!(fault("crates/messaging/src/feed.rs", sql), "", "{sql}");
    }
    assert_eq!(fault(commands, "label(\"Select a chapter\"); say(\"update your address\")"), "");

    assert!(fault(commands, "use axum::extract::Path;").contains("axum"));
    assert_eq!(fault("services/x/src/terms/pages.rs", "use axum::extract::Path;"), "");
    assert_eq!(fault("services/x/src/sandbox/answers.rs", "use axum::extract::Path;"), "");
    assert!(fault("services/x/src/terms/pages.rs", "use reqwest::Client;").contains("remote"));
    assert_eq!(fault("services/x/src/payments/remote.rs", "use reqwest::Client;"), "");
    assert!(fault("services/x/src/terms/tables.rs", "use sqlx::Row;").contains("driver"));
    assert!(fault(commands, "use messaging::Tx;").contains("only chassis"));
    assert!(fault("crates/messaging/src/feed.rs", "use axum::Router;").contains("HTTP"));
    assert!(fault("crates/contracts/src/x.rs", "use std::fs;").contains("data only"));

    let long = "fn f() {}\n".repeat(LONGEST);
    assert!(fault("xtask/src/main.rs", &long).contains("600"));
    let mute = Source::new("bench/src/main.rs", "fn main() {}");
    assert!(faults(&mute).join("; ").contains("first line"));

    let empty = Source::new("crates/scte/src/services.rs", "vec![identity::service()]");
    let both = ["identity".to_owned(), "membership".to_owned()];
    assert_eq!(not_started(&empty, &both).len(), 1);
}
