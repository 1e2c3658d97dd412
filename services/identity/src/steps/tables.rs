//! Table `pending_signins`: the only file of this slice that speaks SQL.

use chassis::signin::How;
use chassis::{Result, Tx, params};
use chrono::{DateTime, Utc};

use super::domain::{Browser, Pending};

/// Stores a sign-in that is not complete.
pub(super) async fn insert(tx: &Tx, pending: &Pending, secret_hash: &str) -> Result<()> {
    let sql = "insert into pending_signins (id, person_id, secret_hash, how, generation, device,
                                            network, return_to, started_at, expires_at, version)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)";
    let values = params![
        pending.id,
        pending.person_id,
        secret_hash,
        pending.how.as_str(),
        pending.generation,
        &pending.browser.device,
        &pending.browser.network,
        pending.return_to.clone(),
        pending.started_at,
        pending.expires_at
    ];
    tx.run(sql, values).await?;
    Ok(())
}

/// The one that has this cookie.
pub(super) async fn with_secret(tx: &Tx, secret_hash: &str) -> Result<Option<Pending>> {
    let sql = "select id, person_id, how, generation, device, network, return_to, started_at,
                      expires_at, version
               from pending_signins where secret_hash = $1";
    let Some(row) = tx.first(sql, params![secret_hash]).await? else { return Ok(None) };
    Ok(Some(Pending {
        id: row.get("id")?,
        person_id: row.get("person_id")?,
        how: How::new(&row.get::<String>("how")?),
        generation: row.get("generation")?,
        browser: Browser { device: row.get("device")?, network: row.get("network")? },
        return_to: row.get("return_to")?,
        started_at: row.get("started_at")?,
        expires_at: row.get("expires_at")?,
        version: row.get("version")?,
    }))
}

/// Stores `pending` over the row it was loaded from, for another cookie.
pub(super) async fn save(tx: &Tx, pending: &Pending, secret_hash: &str) -> Result<()> {
    let sql = "update pending_signins set how = $3, generation = $4, secret_hash = $5,
                   version = version + 1
               where id = $1 and version = $2";
    let values =
        params![pending.id, pending.version, pending.how.as_str(), pending.generation, secret_hash];
    tx.one_or_conflict(sql, values).await
}

/// Uses it up.
pub(super) async fn remove(tx: &Tx, pending: &Pending) -> Result<()> {
    let sql = "delete from pending_signins where id = $1 and version = $2";
    tx.one_or_conflict(sql, params![pending.id, pending.version]).await
}

/// Removes those that can no longer be completed at `now`.
pub(super) async fn remove_expired(tx: &Tx, now: DateTime<Utc>) -> Result<u64> {
    tx.run("delete from pending_signins where expires_at <= $1", params![now]).await
}
