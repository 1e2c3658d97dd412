//! The audit of one's own account: the only file of this slice that speaks SQL.

use chassis::ui::Wanted;
use chassis::{Result, Row, Tx, params};
use contracts::PersonId;

use super::domain::Event;

/// How many events a file of one's data holds at most, the latest.
pub(crate) const MOST: i64 = 20_000;

/// A page of what happened with an account.
pub(super) async fn page(tx: &Tx, person: PersonId, wanted: &Wanted) -> Result<Vec<Event>> {
    let seek = wanted.seek(&[("at", "at")], "id", params![person]);
    let sql = format!(
        "select id, at, act, detail, actor from audit
         where thing = 'account' and thing_id = $1 and {} order by {} limit {}",
        seek.after, seek.order, seek.limit
    );
    tx.all(&sql, seek.params).await?.iter().map(from_row).collect()
}

/// All that happened with an account, the latest first.
pub(super) async fn all(tx: &Tx, person: PersonId) -> Result<Vec<Event>> {
    let sql = format!(
        "select id, at, act, detail, actor from audit
         where thing = 'account' and thing_id = $1 order by at desc, id desc limit {MOST}"
    );
    tx.all(&sql, params![person]).await?.iter().map(from_row).collect()
}

fn from_row(row: &Row) -> Result<Event> {
    Ok(Event {
        id: row.get("id")?,
        at: row.get("at")?,
        act: row.get("act")?,
        detail: row.get("detail")?,
        actor: row.get("actor")?,
    })
}
