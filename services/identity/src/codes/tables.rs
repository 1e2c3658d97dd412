//! Table `codes`: the only file of this slice that speaks SQL.

use chassis::{Result, Row, Tx, params};
use chrono::{DateTime, Utc};
use contracts::PersonId;

use super::domain::{Code, Purpose};

/// Stores a fresh code in the place of the person's older one for the same purpose.
pub(super) async fn put(tx: &Tx, code: &Code) -> Result<()> {
    let sql =
        "insert into codes (person_id, purpose, hash, return_to, expires_at, used_at, version)
               values ($1, $2, $3, $4, $5, null, 1)
               on conflict (person_id, purpose) do update
               set hash = excluded.hash, return_to = excluded.return_to,
                   expires_at = excluded.expires_at,
                   used_at = null, version = codes.version + 1";
    tx.run(
        sql,
        params![
            code.person_id,
            code.purpose.as_str(),
            &code.hash,
            code.return_to.clone(),
            code.expires_at
        ],
    )
    .await?;
    Ok(())
}

/// The code with this fingerprint, if it was issued for `purpose`.
pub(crate) async fn with_hash(tx: &Tx, purpose: Purpose, hash: &str) -> Result<Option<Code>> {
    let sql = "select person_id, hash, return_to, expires_at, used_at, version
               from codes where hash = $1 and purpose = $2";
    let row = tx.first(sql, params![hash, purpose.as_str()]).await?;
    row.map(|row| from_row(&row, purpose)).transpose()
}

/// Uses the code up.
pub(super) async fn use_up(tx: &Tx, code: &Code, now: DateTime<Utc>) -> Result<()> {
    let sql = "update codes set used_at = $3, version = version + 1
               where hash = $1 and version = $2 and used_at is null";
    tx.one_or_conflict(sql, params![&code.hash, code.version, now]).await
}

/// Voids every code of a person: the mailbox they went to is no longer theirs.
pub(crate) async fn remove_of(tx: &Tx, person: PersonId) -> Result<()> {
    tx.run("delete from codes where person_id = $1", params![person]).await?;
    Ok(())
}

/// Removes the codes that stopped working before `then`.
pub(super) async fn remove_expired(tx: &Tx, then: DateTime<Utc>) -> Result<u64> {
    tx.run("delete from codes where expires_at < $1", params![then]).await
}

fn from_row(row: &Row, purpose: Purpose) -> Result<Code> {
    Ok(Code {
        hash: row.get("hash")?,
        person_id: row.get("person_id")?,
        purpose,
        return_to: row.get("return_to")?,
        expires_at: row.get("expires_at")?,
        used_at: row.get("used_at")?,
        version: row.get("version")?,
    })
}
