//! Table `signing_keys`: the only file of this slice that speaks SQL.

use chassis::{Result, Tx, params};
use uuid::Uuid;

/// A signing key as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct StoredKey {
    pub(crate) id: Uuid,
    pub(crate) public_key: String,
    /// The private half, sealed.
    pub(crate) sealed: String,
    pub(crate) version: i64,
}

/// The key that signs now: the newest.
pub(crate) async fn current(tx: &Tx) -> Result<Option<StoredKey>> {
    let sql = "select id, public_key, sealed, version from signing_keys
               order by made_at desc, id desc limit 1";
    let Some(row) = tx.first(sql, params![]).await? else { return Ok(None) };
    Ok(Some(StoredKey {
        id: row.get("id")?,
        public_key: row.get("public_key")?,
        sealed: row.get("sealed")?,
        version: row.get("version")?,
    }))
}

/// Stores a new key.
pub(super) async fn insert(tx: &Tx, key: &StoredKey) -> Result<()> {
    let sql = "insert into signing_keys (id, public_key, sealed, made_at, version)
               values ($1, $2, $3, $4, $5)";
    let values = params![key.id, &key.public_key, &key.sealed, tx.now(), key.version];
    tx.run(sql, values).await?;
    Ok(())
}
