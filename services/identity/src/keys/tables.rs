//! Table `signing_keys`: the only file of this slice that speaks SQL.

use chassis::{Result, Row, Tx, params};
use chrono::{DateTime, Utc};

use super::domain::Key;

/// All keys, youngest first.
pub(crate) async fn all(tx: &Tx) -> Result<Vec<Key>> {
    let sql = "select id, public_key, sealed, made_at, coalesce(signs_from, made_at) as signs_from,
                      retires_at, version
               from signing_keys order by made_at desc, id desc";
    tx.all(sql, params![]).await?.iter().map(from_row).collect()
}

/// Stores a new key.
pub(super) async fn insert(tx: &Tx, key: &Key) -> Result<()> {
    let sql = "insert into signing_keys (id, public_key, sealed, made_at, signs_from, version)
               values ($1, $2, $3, $4, $5, $6)";
    let values =
        params![key.id, &key.public, &key.sealed, key.made_at, key.signs_from, key.version];
    tx.run(sql, values).await?;
    Ok(())
}

/// Stores when a key retires, over the row it was loaded from.
pub(super) async fn save(tx: &Tx, key: Key) -> Result<Key> {
    let sql = "update signing_keys set sealed = $3, retires_at = $4, version = version + 1
               where id = $1 and version = $2";
    tx.one_or_conflict(sql, params![key.id, key.version, &key.sealed, key.retires_at]).await?;
    Ok(Key { version: key.version + 1, ..key })
}

/// Removes the keys that retired before `then`.
pub(super) async fn remove_retired(tx: &Tx, then: DateTime<Utc>) -> Result<u64> {
    tx.run("delete from signing_keys where retires_at < $1", params![then]).await
}

fn from_row(row: &Row) -> Result<Key> {
    Ok(Key {
        id: row.get("id")?,
        public: row.get("public_key")?,
        sealed: row.get("sealed")?,
        made_at: row.get("made_at")?,
        signs_from: row.get("signs_from")?,
        retires_at: row.get("retires_at")?,
        version: row.get("version")?,
    })
}
