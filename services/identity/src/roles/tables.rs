//! Table `roles`: the only file of this slice that speaks SQL.

use chassis::{Error, Result, Row, Tx, params};
use contracts::PersonId;

use super::domain::RoleSet;

/// The roles of a person; none stored is no set.
pub(crate) async fn load(tx: &Tx, person: PersonId) -> Result<Option<RoleSet>> {
    let sql = "select words, version from roles where person_id = $1";
    let Some(row) = tx.first(sql, params![person]).await? else { return Ok(None) };
    let words: serde_json::Value = row.get("words")?;
    let words = serde_json::from_value(words)?;
    Ok(Some(RoleSet { person_id: person, words, version: row.get("version")? }))
}

/// The roles of everybody who has any.
pub(crate) async fn all(tx: &Tx) -> Result<Vec<RoleSet>> {
    let sql = "select person_id, words, version from roles order by person_id";
    let rows = tx.all(sql, params![]).await?;
    let set = |row: &Row| -> Result<RoleSet> {
        let words = serde_json::from_value(row.get("words")?)?;
        Ok(RoleSet { person_id: row.get("person_id")?, words, version: row.get("version")? })
    };
    rows.iter().map(set).collect()
}

/// Stores `set` over the row it was loaded from.
pub(crate) async fn save(tx: &Tx, set: RoleSet) -> Result<RoleSet> {
    let words = serde_json::to_value(&set.words)?;
    if set.version == 0 {
        let sql = "insert into roles (person_id, words, version) values ($1, $2, 1)
                   on conflict (person_id) do nothing";
        if tx.run(sql, params![set.person_id, words]).await? != 1 {
            return Err(Error::Conflict);
        }
    } else {
        let sql = "update roles set words = $3, version = version + 1
                   where person_id = $1 and version = $2";
        tx.one_or_conflict(sql, params![set.person_id, set.version, words]).await?;
    }
    Ok(RoleSet { version: set.version + 1, ..set })
}
