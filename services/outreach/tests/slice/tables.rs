//! What stands in the tables: the one place of these tests that speaks SQL.

use chassis::testing::Slice;
use chassis::{Result, Row, params};

/// The states of all deliveries, sorted: `commerce.receipt sent`.
pub(crate) async fn states(slice: &Slice) -> Vec<String> {
    let sql = "select notice, state from deliveries";
    let rows = slice.db().read(async |tx| tx.all(sql, params![]).await).await.unwrap();
    let line = |row: &Row| -> Result<String> {
        Ok(format!("{} {}", row.get::<String>("notice")?, row.get::<String>("state")?))
    };
    let mut states: Vec<_> = rows.iter().map(|row| line(row).unwrap()).collect();
    states.sort();
    states
}

/// Whether a text stands anywhere in what outreach keeps: deliveries, effects, timers, audit, feed.
pub(crate) async fn kept(slice: &Slice, text: &str) -> bool {
    let columns = [
        ("deliveries", "facts"),
        ("deliveries", "subject"),
        ("deliveries", "body_text"),
        ("deliveries", "body_html"),
        ("deliveries", "problem"),
        ("effect", "payload"),
        ("timer", "payload"),
        ("audit", "detail"),
        ("feed", "body"),
    ];
    let mut found = false;
    for (table, column) in columns {
        let sql = format!("select count(*) as n from {table} where cast({column} as text) like $1");
        let row =
            slice.db().read(async |tx| tx.one(&sql, params![format!("%{text}%")]).await).await;
        found |= row.unwrap().get::<i64>("n").unwrap() > 0;
    }
    found
}

/// The one delivery's id.
pub(crate) async fn only_delivery(slice: &Slice) -> String {
    let sql = "select delivery_id from deliveries";
    let row = slice.db().read(async |tx| tx.one(sql, params![]).await).await.unwrap();
    row.get::<uuid::Uuid>("delivery_id").unwrap().to_string()
}
