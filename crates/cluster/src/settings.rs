//! The configuration that the processes of an installation have in common.

use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rand::RngExt as _;
use toml::{Table, Value};

use crate::plan::Plan;
use crate::{Failed, Outcome};

/// What a configuration says that only the harness knows.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Where browsers find the website.
    pub(crate) origin: String,
    /// Where each service answers, once for each of its processes.
    pub(crate) peers: Vec<(&'static str, SocketAddr)>,
    /// Where the broker answers.
    pub(crate) broker: Option<SocketAddr>,
    /// The URL of the databases, `{service}` in it.
    pub(crate) database: Option<String>,
}

/// The text of the configuration.
pub(crate) fn text(plan: &Plan, known: &Known) -> Outcome<String> {
    let mut table = Table::new();
    put(&mut table, "server", "origin", known.origin.clone());
    put(&mut table, "secrets", "key_file", key_file(&plan.folder).display().to_string());
    for (service, address) in &known.peers {
        let peers = section(&mut table, "peers");
        let all = peers.entry(*service).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(all) = all {
            all.push(Value::String(format!("http://{address}")));
        }
    }
    if let Some(broker) = known.broker {
        put(&mut table, "broker", "url", format!("nats://{broker}"));
    }
    if let Some(url) = &known.database {
        put(&mut table, "database", "url", url.clone());
    }
    if let Some(smtp) = &plan.smtp {
        put(&mut table, "outreach", "smtp", smtp.clone());
    }
    let wanted: Table = plan
        .settings
        .parse()
        .map_err(|error| Failed::because(format!("the settings of the plan: {error}")))?;
    merge(&mut table, wanted);
    Ok(table.to_string())
}

fn section<'a>(table: &'a mut Table, name: &str) -> &'a mut Table {
    let section = table.entry(name).or_insert_with(|| Value::Table(Table::new()));
    if !section.is_table() {
        *section = Value::Table(Table::new());
    }
    match section {
        Value::Table(section) => section,
        _ => unreachable!("made a table above"),
    }
}

fn put(table: &mut Table, name: &str, key: &str, value: String) {
    section(table, name).insert(key.to_owned(), Value::String(value));
}

/// Lays one table over another, section by section.
fn merge(under: &mut Table, over: Table) {
    for (name, value) in over {
        match (under.get_mut(&name), value) {
            (Some(Value::Table(under)), Value::Table(over)) => merge(under, over),
            (_, value) => {
                under.insert(name, value);
            }
        }
    }
}

/// Where the key is that all processes share.
fn key_file(folder: &Path) -> PathBuf {
    folder.join("secrets.key")
}

/// Makes the key, for its owner only, when there is none.
pub(crate) fn make_key(folder: &Path) -> Outcome {
    let path = key_file(folder);
    if path.exists() {
        return Ok(());
    }
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let key: [u64; 4] = rand::rng().random();
    Ok(writeln!(file, "{}", key.map(|part| format!("{part:016x}")).concat())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Shape;

    #[test]
    fn what_the_plan_says_wins_and_the_rest_stays() {
        let mut plan = Plan::new(Shape::Apart, PathBuf::from("/f"), PathBuf::from("/scte"));
        plan.settings = "[server]\norigin = \"http://o\"\n[test]\ntwice = true".to_owned();
        let address = SocketAddr::from(([127, 0, 0, 1], 9));
        let known = Known {
            origin: "http://a".to_owned(),
            peers: vec![("content", address), ("content", address)],
            broker: Some(address),
            database: Some("postgres://x/{service}".to_owned()),
        };
        let table: Table = text(&plan, &known).unwrap().parse().unwrap();
        assert_eq!(table["server"]["origin"].as_str(), Some("http://o"));
        assert_eq!(table["secrets"]["key_file"].as_str(), Some("/f/secrets.key"));
        assert_eq!(table["peers"]["content"].as_array().unwrap().len(), 2);
        assert_eq!(table["broker"]["url"].as_str(), Some("nats://127.0.0.1:9"));
        assert_eq!(table["test"]["twice"].as_bool(), Some(true));
    }
}
