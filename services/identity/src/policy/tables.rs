//! Table `role_policy`: the only file of this slice that speaks SQL.

use chassis::{Error, Result, Tx, params};

use super::domain::Policy;

/// The policy; none stored asks for nothing.
pub(crate) async fn load(tx: &Tx) -> Result<Policy> {
    let sql = "select words, version from role_policy where one = $1";
    let Some(row) = tx.first(sql, params![true]).await? else { return Ok(Policy::default()) };
    let words: serde_json::Value = row.get("words")?;
    Ok(Policy { words: serde_json::from_value(words)?, version: row.get("version")? })
}

/// Stores `policy` over the row it was loaded from.
pub(super) async fn save(tx: &Tx, policy: &Policy) -> Result<()> {
    let words = serde_json::to_value(&policy.words)?;
    if policy.version == 0 {
        let sql = "insert into role_policy (one, words, version) values ($1, $2, 1)
                   on conflict (one) do nothing";
        let stored = tx.run(sql, params![true, words]).await?;
        return if stored == 1 { Ok(()) } else { Err(Error::Conflict) };
    }
    let sql = "update role_policy set words = $3, version = version + 1
               where one = $1 and version = $2";
    tx.one_or_conflict(sql, params![true, policy.version, words]).await
}
