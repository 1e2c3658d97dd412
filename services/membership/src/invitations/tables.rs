//! Table `invitations`: the only file of this slice that speaks SQL.

use chassis::{Error, Result, Row, Tx, params};
use contracts::PersonId;
use uuid::Uuid;

use super::domain::{Invitation, State};

/// One invitation.
pub(crate) async fn load(tx: &Tx, id: Uuid) -> Result<Option<Invitation>> {
    let row = tx.first("select * from invitations where id = $1", params![id]).await?;
    row.as_ref().map(read).transpose()
}

/// The invitations of a person, newest first.
pub(crate) async fn of_person(tx: &Tx, person: PersonId) -> Result<Vec<Invitation>> {
    let sql = "select * from invitations where person_id = $1
               order by asked_at desc, id desc limit 50";
    tx.all(sql, params![person]).await?.iter().map(read).collect()
}

/// Stores a new invitation.
pub(super) async fn insert(tx: &Tx, one: &Invitation) -> Result<()> {
    let sql = "insert into invitations (id, person_id, title, state, asked_at, expires_at, version)
               values ($1, $2, $3, $4, $5, $6, 1)";
    let values = params![
        one.id,
        one.person_id,
        &one.title,
        one.state.as_str(),
        one.asked_at,
        one.expires_at
    ];
    tx.run(sql, values).await?;
    Ok(())
}

/// Stores where `one` stands over the row it was loaded from.
pub(super) async fn save(tx: &Tx, one: Invitation) -> Result<Invitation> {
    let sql = "update invitations set state = $3, version = version + 1
               where id = $1 and version = $2";
    tx.one_or_conflict(sql, params![one.id, one.version, one.state.as_str()]).await?;
    Ok(Invitation { version: one.version + 1, ..one })
}

fn read(row: &Row) -> Result<Invitation> {
    let word: String = row.get("state")?;
    Ok(Invitation {
        id: row.get("id")?,
        person_id: row.get("person_id")?,
        title: row.get("title")?,
        state: State::from_word(&word)
            .ok_or_else(|| Error::internal(format!("an invitation is {word}")))?,
        asked_at: row.get("asked_at")?,
        expires_at: row.get("expires_at")?,
        version: row.get("version")?,
    })
}
