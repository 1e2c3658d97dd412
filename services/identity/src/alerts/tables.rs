//! Table `seen_browsers`: the only file of this slice that speaks SQL.

use chassis::{Error, Result, Row, Tx, params};
use chrono::{DateTime, Utc};
use contracts::PersonId;

use super::domain::Seen;
use crate::steps::domain::Browser;

/// Where an account was signed in from, the latest first.
pub(crate) async fn of(tx: &Tx, person: PersonId) -> Result<Vec<Seen>> {
    let sql = "select device, network, seen_at, version from seen_browsers
               where person_id = $1 order by seen_at desc limit 500";
    tx.all(sql, params![person]).await?.iter().map(from_row).collect()
}

/// Notes a sign-in from `browser`, over what was seen of it before.
pub(super) async fn note(
    tx: &Tx,
    person: PersonId,
    browser: &Browser,
    seen: &[Seen],
) -> Result<()> {
    let (device, network) = (&browser.device, &browser.network);
    if let Some(before) = seen.iter().find(|one| one.browser == *browser) {
        let sql = "update seen_browsers set seen_at = $5, version = version + 1
                   where person_id = $1 and device = $2 and network = $3 and version = $4";
        let values = params![person, device, network, before.version, tx.now()];
        return tx.one_or_conflict(sql, values).await;
    }
    let sql = "insert into seen_browsers (person_id, device, network, seen_at, version)
               values ($1, $2, $3, $4, 1) on conflict do nothing";
    let noted = tx.run(sql, params![person, device, network, tx.now()]).await?;
    if noted == 1 { Ok(()) } else { Err(Error::Conflict) }
}

/// Removes what was last seen before `then`, but for the newest of each person.
pub(super) async fn forget(tx: &Tx, then: DateTime<Utc>) -> Result<u64> {
    let sql = "delete from seen_browsers where seen_at < $1 and exists (
                   select 1 from seen_browsers newer
                   where newer.person_id = seen_browsers.person_id
                     and newer.seen_at > seen_browsers.seen_at)";
    tx.run(sql, params![then]).await
}

fn from_row(row: &Row) -> Result<Seen> {
    Ok(Seen {
        browser: Browser { device: row.get("device")?, network: row.get("network")? },
        at: row.get("seen_at")?,
        version: row.get("version")?,
    })
}
