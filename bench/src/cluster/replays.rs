//! Whether what the services came to know message by message, through all that was killed, is what
//! the feeds say when they are read anew: copies are replayed and must be as they were.

use std::collections::BTreeMap;

use cluster::Cluster;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::kill9::checker::{Anomaly, Kind};
use crate::outcome::{Failed, Outcome};

/// What messaging itself keeps moves with a replay, and with time.
const OWN: [&str; 12] = [
    "feed",
    "feed_head",
    "feed_epoch",
    "cursor",
    "consumer",
    "parked",
    "timer",
    "effect",
    "inbox",
    "audit",
    "series",
    "publication",
];

/// The rows of each table of a service, as text, in order.
type Rows = BTreeMap<String, Vec<String>>;

/// Starts one process of each service, replays its copies, and says what differs.
///
/// # Errors
/// When a process does not start, or a replay does not succeed.
pub(crate) async fn compare(cluster: &mut Cluster) -> Outcome<Vec<Anomaly>> {
    let services = contracts::catalogue::SERVICES;
    let mut before = BTreeMap::new();
    for service in services {
        before.insert(*service, rows(cluster, service).await?);
    }
    for service in services {
        cluster.begin_part(&first(cluster, service))?;
    }
    for service in services {
        cluster.wait_for(&first(cluster, service)).await?;
    }
    for service in services {
        let part = first(cluster, service);
        let asked = cluster.ask(&part, json!({ "do": "replay", "service": service }));
        let told =
            asked.await.map_err(|why| Failed::because(format!("replay {service}: {why}")))?;
        if told["applied"].as_u64().is_none_or(|applied| applied == 0) {
            return Err(Failed::because(format!("replay {service} applied nothing: {told}")));
        }
    }
    cluster.settle().await?;
    for service in services {
        cluster.stop(&first(cluster, service)).await?;
    }
    let mut found = Vec::new();
    for service in services {
        found.extend(differences(service, &before[service], &rows(cluster, service).await?));
    }
    Ok(found)
}

fn first(cluster: &Cluster, service: &str) -> String {
    cluster.parts_of(service).first().cloned().unwrap_or_default()
}

async fn rows(cluster: &Cluster, service: &str) -> Outcome<Rows> {
    let url = cluster.database(service).ok_or_else(|| Failed::because("no PostgreSQL"))?;
    let mut connection = PgConnection::connect(&url).await?;
    let sql = "select cast(table_name as text) from information_schema.tables
               where table_schema = 'public' order by 1";
    let tables: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut connection).await?;
    let mut rows = Rows::new();
    for table in tables.into_iter().filter(|table| !OWN.contains(&table.as_str())) {
        let sql = AssertSqlSafe(format!("select cast(t as text) from {table} t order by 1"));
        let found = sqlx::query_scalar(sql).fetch_all(&mut connection).await?;
        rows.insert(table, found);
    }
    connection.close().await?;
    Ok(rows)
}

fn differences(service: &str, before: &Rows, after: &Rows) -> Vec<Anomaly> {
    let differing = before.iter().filter(|(table, rows)| after.get(*table) != Some(*rows));
    let anomalies = differing.map(|(table, rows)| {
        let after = after.get(table).cloned().unwrap_or_default();
        let only = |one: &[String], other: &[String]| {
            one.iter().find(|row| !other.contains(row)).cloned().unwrap_or_default()
        };
        let (was, is) = (only(rows, &after), only(&after, rows));
        let what = format!("{service}.{table}: {was} became {is} by a replay");
        Anomaly { kind: Kind::StateDiffers, what }
    });
    anomalies.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_a_replay_changes_show() {
        let rows = |text: &str| Rows::from([("t".to_owned(), vec![text.to_owned()])]);
        assert_eq!(differences("a", &rows("1"), &rows("1")), []);
        let found = differences("a", &rows("1"), &rows("2"));
        assert_eq!(found[0].what, "a.t: 1 became 2 by a replay");
        assert_eq!(differences("a", &rows("1"), &Rows::new()).len(), 1);
    }
}
