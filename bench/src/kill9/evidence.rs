//! Reads what the killed processes left in their databases, when none of them runs any more.

use std::collections::BTreeMap;

use chassis::db::{Extensions, OpenDb};
use chassis::run::Databases;
use chassis::{Clock, Db, Ids, Row, params};
use uuid::Uuid;

use super::checker::{Consumer, Cursor, Evidence, Feed, Heard, Published, State};
use super::website::Journeys;
use crate::outcome::Outcome;
use crate::pulse::BeatMade;

/// Rows that must agree with a feed: service, table, feed.
const STATES: [(&str, &str, &str); 3] =
    [("pulse", "beat", "pulse"), ("echo", "beat_copy", "pulse"), ("echo", "answer", "echo")];

/// What the services of [`crate::pulse`] left behind.
///
/// # Errors
/// When a database cannot be read.
pub(crate) async fn of_pulse(databases: &Databases) -> Outcome<Evidence> {
    let mut evidence = Evidence { drained: true, ..Evidence::default() };
    for service in crate::pulse::NAMES {
        let db = open(databases, service).await?;
        let mut feed = feed(&db).await?;
        feed.every_version = true;
        evidence.feeds.insert(service.to_owned(), feed);
        evidence.consumers.extend(heard(&db).await?);
        for (_, table, feed) in STATES.iter().filter(|(owner, ..)| *owner == service) {
            evidence.states.push(state(&db, table, feed).await?);
        }
        db.close().await;
    }
    Ok(evidence)
}

/// What the services of the website left behind, each in its own place, and what joining is about.
///
/// # Errors
/// When a database cannot be read.
pub(crate) async fn of_website(
    databases: impl Fn(&str) -> Databases,
) -> Outcome<(Evidence, Journeys)> {
    let mut evidence = Evidence::default();
    let (mut said, mut invoices) = (Vec::new(), Vec::new());
    for service in contracts::catalogue::SERVICES {
        let db = open(&databases(service), service).await?;
        evidence.feeds.insert((*service).to_owned(), feed(&db).await?);
        for row in all(&db, "select type, cast(body as text) as body from feed").await? {
            said.push((row.get("type")?, row.get("body")?));
        }
        if *service == "commerce" {
            for row in
                all(&db, "select order_id, number from invoices where kind = 'invoice'").await?
            {
                invoices.push((row.get("order_id")?, row.get("number")?));
            }
        }
        db.close().await;
    }
    Ok((evidence, Journeys::of(&said, invoices)?))
}

/// Opens the database of a service that does not run.
///
/// # Errors
/// When it cannot be reached.
pub(crate) async fn open(databases: &Databases, service: &str) -> Outcome<Db> {
    let open = OpenDb {
        service: service.to_owned(),
        target: databases.of(service),
        clock: Clock::real(),
        ids: Ids::random(),
        zone: chrono_tz::UTC,
        extensions: Extensions::default(),
    };
    Ok(Db::open(open).await?)
}

async fn all(db: &Db, sql: &str) -> Outcome<Vec<Row>> {
    Ok(db.read(async |tx| tx.all(sql, params![]).await).await?)
}

async fn feed(db: &Db) -> Outcome<Feed> {
    let mut feed = Feed::default();
    for row in all(db, "select pos from feed_head").await? {
        feed.head = row.get("pos")?;
    }
    let beats = contracts::wire_type::<BeatMade>(db.service());
    let sql = "select pos, type, entity, entityversion, cast(body as text) as body
               from feed order by pos";
    for row in all(db, sql).await? {
        let request = if row.get::<String>("type")? == beats {
            let made: BeatMade = serde_json::from_str(&row.get::<String>("body")?)?;
            made.beat.request
        } else {
            String::new()
        };
        feed.published.push(Published {
            pos: row.get("pos")?,
            entity: row.get("entity")?,
            version: row.get("entityversion")?,
            request,
        });
    }
    for row in all(db, "select feed, pos, halted from cursor order by feed").await? {
        let (of, pos, halted) = (row.get("feed")?, row.get("pos")?, row.get("halted")?);
        feed.cursors.push(Cursor { feed: of, pos, halted });
    }
    for row in all(db, "select count(*) as parked from parked where state = 'parked'").await? {
        feed.parked = row.get("parked")?;
    }
    Ok(feed)
}

async fn heard(db: &Db) -> Outcome<Vec<Consumer>> {
    let mut consumers: BTreeMap<String, Consumer> = BTreeMap::new();
    for row in all(db, "select consumer, feed, pos, key from heard order by n").await? {
        let name: String = row.get("consumer")?;
        let consumer = consumers.entry(name.clone()).or_default();
        (consumer.name, consumer.feed) = (name, row.get("feed")?);
        consumer.heard.push(Heard { pos: row.get("pos")?, key: row.get("key")? });
    }
    Ok(consumers.into_values().collect())
}

async fn state(db: &Db, table: &str, feed: &str) -> Outcome<State> {
    let mut versions: BTreeMap<Uuid, i64> = BTreeMap::new();
    for row in all(db, &format!("select id, version from {table}")).await? {
        versions.insert(row.get("id")?, row.get("version")?);
    }
    Ok(State { name: format!("{}.{table}", db.service()), feed: feed.to_owned(), versions })
}
