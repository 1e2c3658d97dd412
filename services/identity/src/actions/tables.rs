//! Table `required_actions`: the only file of this slice that speaks SQL.

use chassis::{Error, Result, Row, Tx, params};
use contracts::PersonId;

use super::domain::{Action, Asked};

/// What is asked of a person and not done.
pub(crate) async fn of(tx: &Tx, person: PersonId) -> Result<Vec<Asked>> {
    let sql = "select action, reason, asked_at from required_actions
               where person_id = $1 order by action";
    tx.all(sql, params![person]).await?.iter().map(from_row).collect()
}

/// Stores that an action is asked for, in the place of an earlier time.
pub(super) async fn put(tx: &Tx, person: PersonId, asked: &Asked) -> Result<()> {
    let sql = "insert into required_actions (person_id, action, reason, asked_at, version)
               values ($1, $2, $3, $4, 1)
               on conflict (person_id, action) do update
               set reason = excluded.reason, asked_at = excluded.asked_at,
                   version = required_actions.version + 1";
    tx.run(sql, params![person, asked.action.as_str(), &asked.reason, asked.at]).await?;
    Ok(())
}

/// Removes an action that was asked for; false when it was not.
pub(super) async fn remove(tx: &Tx, person: PersonId, action: Action) -> Result<bool> {
    let sql = "delete from required_actions where person_id = $1 and action = $2";
    Ok(tx.run(sql, params![person, action.as_str()]).await? == 1)
}

fn from_row(row: &Row) -> Result<Asked> {
    let word: String = row.get("action")?;
    let action = Action::from_word(&word)
        .ok_or_else(|| Error::internal(format!("the unknown action {word} was asked for")))?;
    Ok(Asked { action, reason: row.get("reason")?, at: row.get("asked_at")? })
}
