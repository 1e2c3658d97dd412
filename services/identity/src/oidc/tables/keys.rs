//! Table `oidc_keys`.

use chassis::{Result, Row, Tx, params};
use chrono::{DateTime, Utc};
use openidconnect::core::CoreJsonWebKey;
use uuid::Uuid;

/// A key that signs ID tokens, as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct StoredKey {
    pub(crate) id: Uuid,
    pub(crate) public: CoreJsonWebKey,
    /// The private half, sealed.
    pub(crate) sealed: String,
    /// Published before, so that clients know it by then.
    pub(crate) used_from: DateTime<Utc>,
}

const COLUMNS: &str = "id, public_key, sealed, used_from";

/// The key that signs at `now`: the newest in use.
pub(crate) async fn current(tx: &Tx, now: DateTime<Utc>) -> Result<Option<StoredKey>> {
    let sql = format!(
        "select {COLUMNS} from oidc_keys
         where used_from <= $1 and (retires_at is null or retires_at > $1)
         order by used_from desc, id desc limit 1"
    );
    tx.first(&sql, params![now]).await?.map(|row| from_row(&row)).transpose()
}

/// All keys that tokens believed at `now` may be signed with, newest first.
pub(crate) async fn published(tx: &Tx, now: DateTime<Utc>) -> Result<Vec<StoredKey>> {
    let sql = format!(
        "select {COLUMNS} from oidc_keys where retires_at is null or retires_at > $1
         order by used_from desc, id desc limit 20"
    );
    tx.all(&sql, params![now]).await?.iter().map(from_row).collect()
}

/// The public halves of all keys there ever were, newest first: an ID token that is handed back as a
/// hint may be older than its key was published.
pub(crate) async fn ever(tx: &Tx) -> Result<Vec<CoreJsonWebKey>> {
    let sql = format!("select {COLUMNS} from oidc_keys order by used_from desc, id desc limit 50");
    let found = tx.all(&sql, params![]).await?;
    found.iter().map(|row| Ok(from_row(row)?.public)).collect()
}

/// Stores a new key.
pub(crate) async fn insert(tx: &Tx, key: &StoredKey) -> Result<()> {
    let sql =
        "insert into oidc_keys (id, public_key, sealed, made_at, used_from, retires_at, version)
               values ($1, $2, $3, $4, $5, null, 1)";
    let public = serde_json::to_value(&key.public)?;
    tx.run(sql, params![key.id, public, &key.sealed, tx.now(), key.used_from]).await?;
    Ok(())
}

/// Lets all keys but this one retire at `then`, those that do not already.
pub(crate) async fn retire_others(tx: &Tx, kept: Uuid, then: DateTime<Utc>) -> Result<u64> {
    let sql = "update oidc_keys set retires_at = $2, version = version + 1
               where id <> $1 and retires_at is null";
    tx.run(sql, params![kept, then]).await
}

fn from_row(row: &Row) -> Result<StoredKey> {
    Ok(StoredKey {
        id: row.get("id")?,
        public: serde_json::from_value(row.get("public_key")?)?,
        sealed: row.get("sealed")?,
        used_from: row.get("used_from")?,
    })
}
