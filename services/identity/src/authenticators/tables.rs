//! Tables `authenticators` and `recovery_codes`: the only file of this slice that speaks SQL.

use chassis::{Error, Result, Tx, params};
use chrono::{DateTime, Utc};
use contracts::PersonId;

use super::domain::Authenticator;

/// The authenticator app of a person.
pub(crate) async fn load(tx: &Tx, person: PersonId) -> Result<Option<Authenticator>> {
    let sql = "select sealed, last_step, added_at, version from authenticators
               where person_id = $1";
    let Some(row) = tx.first(sql, params![person]).await? else { return Ok(None) };
    Ok(Some(Authenticator {
        person_id: person,
        sealed: row.get("sealed")?,
        last_step: row.get("last_step")?,
        added_at: row.get("added_at")?,
        version: row.get("version")?,
    }))
}

/// Stores a new one.
///
/// # Errors
/// `Conflict` when the person got one at the same time.
pub(super) async fn insert(tx: &Tx, new: &Authenticator) -> Result<()> {
    let sql = "insert into authenticators (person_id, sealed, last_step, added_at, version)
               values ($1, $2, $3, $4, 1) on conflict (person_id) do nothing";
    let values = params![new.person_id, &new.sealed, new.last_step, new.added_at];
    if tx.run(sql, values).await? == 1 { Ok(()) } else { Err(Error::Conflict) }
}

/// Stores which code was used last over the row it was loaded from.
pub(super) async fn save_step(tx: &Tx, used: &Authenticator) -> Result<()> {
    let sql = "update authenticators set last_step = $3, version = version + 1
               where person_id = $1 and version = $2";
    tx.one_or_conflict(sql, params![used.person_id, used.version, used.last_step]).await
}

/// Removes it; false when there was none.
pub(crate) async fn remove(tx: &Tx, person: PersonId) -> Result<bool> {
    Ok(tx.run("delete from authenticators where person_id = $1", params![person]).await? == 1)
}

/// Removes an app that was added since `then`, and recovery codes made since; gives whether there
/// were any.
pub(crate) async fn remove_since(tx: &Tx, person: PersonId, then: DateTime<Utc>) -> Result<bool> {
    let sql = "delete from authenticators where person_id = $1 and added_at >= $2";
    let apps = tx.run(sql, params![person, then]).await?;
    let sql = "delete from recovery_codes where person_id = $1 and made_at >= $2";
    Ok(tx.run(sql, params![person, then]).await? + apps > 0)
}

/// Stores recovery codes in the place of those the person had.
pub(super) async fn replace_codes(tx: &Tx, person: PersonId, hashes: &[String]) -> Result<()> {
    remove_codes(tx, person).await?;
    for hash in hashes {
        let sql = "insert into recovery_codes (hash, person_id, made_at, used_at, version)
                   values ($1, $2, $3, null, 1)";
        tx.run(sql, params![hash, person, tx.now()]).await?;
    }
    Ok(())
}

/// Uses one up; false when the person has none like it that was not used.
pub(super) async fn use_code(tx: &Tx, person: PersonId, hash: &str) -> Result<bool> {
    let sql = "update recovery_codes set used_at = $3, version = version + 1
               where hash = $1 and person_id = $2 and used_at is null";
    Ok(tx.run(sql, params![hash, person, tx.now()]).await? == 1)
}

/// How many the person has left; nothing when none were ever made.
pub(crate) async fn codes_left(tx: &Tx, person: PersonId) -> Result<Option<i64>> {
    let sql = "select count(*) as made, count(*) - count(used_at) as unused
               from recovery_codes where person_id = $1";
    let row = tx.one(sql, params![person]).await?;
    let made: i64 = row.get("made")?;
    Ok(if made == 0 { None } else { Some(row.get("unused")?) })
}

/// Removes all of a person.
pub(crate) async fn remove_codes(tx: &Tx, person: PersonId) -> Result<()> {
    tx.run("delete from recovery_codes where person_id = $1", params![person]).await?;
    Ok(())
}
