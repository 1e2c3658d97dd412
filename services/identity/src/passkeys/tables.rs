//! Tables `passkeys` and `used_challenges`: the only file of this slice that speaks SQL.

use chassis::{Error, Result, Row, Tx, params};
use chrono::{DateTime, Utc};
use contracts::PersonId;
use uuid::Uuid;

use super::domain::Passkey;

const COLUMNS: &str = "id, person_id, name, public, added_at, last_used_at, version";

/// The passkeys of a person, oldest first.
pub(crate) async fn of_person(tx: &Tx, person: PersonId) -> Result<Vec<Passkey>> {
    let sql = format!("select {COLUMNS} from passkeys where person_id = $1 order by added_at, id");
    tx.all(&sql, params![person]).await?.iter().map(from_row).collect()
}

/// How many a person has.
pub(crate) async fn count_of(tx: &Tx, person: PersonId) -> Result<usize> {
    let row =
        tx.one("select count(*) as n from passkeys where person_id = $1", params![person]).await?;
    let count: i64 = row.get("n")?;
    usize::try_from(count).map_err(Error::internal)
}

/// One passkey of a person; somebody else's is not found.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn own(tx: &Tx, person: PersonId, id: Uuid) -> Result<Passkey> {
    let sql = format!("select {COLUMNS} from passkeys where id = $1 and person_id = $2");
    let row = tx.first(&sql, params![id, person]).await?;
    from_row(&row.ok_or_else(|| Error::not_found("passkey", id))?)
}

/// The passkey that its device calls this.
pub(super) async fn with_credential(tx: &Tx, credential: &str) -> Result<Option<Passkey>> {
    let sql = format!("select {COLUMNS} from passkeys where credential_id = $1");
    tx.first(&sql, params![credential]).await?.map(|row| from_row(&row)).transpose()
}

/// Stores a new one; false when the device's name for it is known, of whomever.
pub(super) async fn insert(tx: &Tx, new: &Passkey, credential: &str) -> Result<bool> {
    let sql = "insert into passkeys (id, person_id, credential_id, name, public, added_at,
                                     last_used_at, version)
               values ($1, $2, $3, $4, $5, $6, null, 1) on conflict (credential_id) do nothing";
    let public = serde_json::to_string(&new.public)?;
    let values = params![new.id, new.person_id, credential, &new.name, public, new.added_at];
    Ok(tx.run(sql, values).await? == 1)
}

/// Stores `passkey` over the row it was loaded from.
pub(super) async fn save(tx: &Tx, passkey: &Passkey) -> Result<()> {
    let sql = "update passkeys set name = $3, public = $4, last_used_at = $5, version = version + 1
               where id = $1 and version = $2";
    let public = serde_json::to_string(&passkey.public)?;
    let values = params![passkey.id, passkey.version, &passkey.name, public, passkey.last_used_at];
    tx.one_or_conflict(sql, values).await
}

/// Removes one.
pub(super) async fn remove(tx: &Tx, passkey: &Passkey) -> Result<()> {
    let sql = "delete from passkeys where id = $1 and version = $2";
    tx.one_or_conflict(sql, params![passkey.id, passkey.version]).await
}

/// Removes all of a person; gives how many.
pub(crate) async fn remove_all(tx: &Tx, person: PersonId) -> Result<u64> {
    tx.run("delete from passkeys where person_id = $1", params![person]).await
}

/// Removes those that were added since `then`; gives how many.
pub(crate) async fn remove_since(tx: &Tx, person: PersonId, then: DateTime<Utc>) -> Result<u64> {
    let sql = "delete from passkeys where person_id = $1 and added_at >= $2";
    tx.run(sql, params![person, then]).await
}

/// Notes that a challenge was answered; false when it was before.
pub(super) async fn use_challenge(tx: &Tx, hash: &str, until: DateTime<Utc>) -> Result<bool> {
    let sql = "insert into used_challenges (hash, until) values ($1, $2)
               on conflict (hash) do nothing";
    Ok(tx.run(sql, params![hash, until]).await? == 1)
}

/// Forgets the answered challenges that are too old anyway at `now`.
pub(super) async fn forget_challenges(tx: &Tx, now: DateTime<Utc>) -> Result<u64> {
    tx.run("delete from used_challenges where until <= $1", params![now]).await
}

fn from_row(row: &Row) -> Result<Passkey> {
    Ok(Passkey {
        id: row.get("id")?,
        person_id: row.get("person_id")?,
        name: row.get("name")?,
        public: serde_json::from_str(&row.get::<String>("public")?)?,
        added_at: row.get("added_at")?,
        last_used_at: row.get("last_used_at")?,
        version: row.get("version")?,
    })
}
