//! Table `invitations`: the only file of this slice that speaks SQL.

use chassis::{Error, Result, Row, Tx, Wanted, params};
use chrono::{DateTime, Utc};
use contracts::PersonId;
use uuid::Uuid;

use super::domain::{Invitation, State};

const COLUMNS: &str = "id, asker, asker_version, asked_by, person_id, title, language, role,
                       return_path, code_hash, code_expires_at, state, asked_at, expires_at, version";

/// The invitation of this id.
pub(super) async fn load(tx: &Tx, id: Uuid) -> Result<Option<Invitation>> {
    let sql = format!("select {COLUMNS} from invitations where id = $1");
    tx.first(&sql, params![id]).await?.map(|row| from_row(&row)).transpose()
}

/// The invitation whose newest link has this code.
pub(super) async fn with_hash(tx: &Tx, code_hash: &str) -> Result<Option<Invitation>> {
    let sql = format!("select {COLUMNS} from invitations where code_hash = $1");
    tx.first(&sql, params![code_hash]).await?.map(|row| from_row(&row)).transpose()
}

/// Open invitations of a person for which no mail went out: nobody knew their address.
pub(super) async fn unsent(tx: &Tx, person: PersonId) -> Result<Vec<Invitation>> {
    let sql = format!(
        "select {COLUMNS} from invitations
         where person_id = $1 and state = 'open' and code_hash is null
         order by asked_at, id limit 100"
    );
    tx.all(&sql, params![person]).await?.iter().map(from_row).collect()
}

/// Stores a new invitation.
///
/// # Errors
/// `Conflict` when it was stored at the same time.
pub(super) async fn insert(tx: &Tx, invitation: &Invitation) -> Result<()> {
    let sql = format!(
        "insert into invitations ({COLUMNS})
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1)
         on conflict do nothing"
    );
    let values = params![
        invitation.id,
        &invitation.asker,
        invitation.asker_version,
        invitation.asked_by,
        invitation.person_id,
        &invitation.title,
        &invitation.language,
        invitation.role.clone(),
        &invitation.return_path,
        invitation.code_hash.clone(),
        invitation.code_expires_at,
        invitation.state.as_str(),
        invitation.asked_at,
        invitation.expires_at
    ];
    if tx.run(&sql, values).await? == 1 { Ok(()) } else { Err(Error::Conflict) }
}

/// Stores `invitation` over the row it was loaded from.
pub(super) async fn save(tx: &Tx, invitation: Invitation) -> Result<Invitation> {
    let sql = "update invitations set asker_version = $3, title = $4, return_path = $5,
                   code_hash = $6, code_expires_at = $7, state = $8, expires_at = $9,
                   language = $10, version = version + 1
               where id = $1 and version = $2";
    let values = params![
        invitation.id,
        invitation.version,
        invitation.asker_version,
        &invitation.title,
        &invitation.return_path,
        invitation.code_hash.clone(),
        invitation.code_expires_at,
        invitation.state.as_str(),
        invitation.expires_at,
        &invitation.language
    ];
    tx.one_or_conflict(sql, values).await?;
    Ok(Invitation { version: invitation.version + 1, ..invitation })
}

/// An invitation as the console lists it.
pub(super) struct Listed {
    pub(super) invitation: Invitation,
    /// The address of whoever is invited, as far as it is known.
    pub(super) address: String,
}

/// A page of the invitations whose address begins with the word that is wanted.
pub(super) async fn list(tx: &Tx, wanted: &Wanted) -> Result<Vec<Listed>> {
    let state = wanted.chosen("state").unwrap_or_default();
    let keys = [("asked", "asked_at"), ("until", "expires_at")];
    let seek = wanted.seek(&keys, "id", params![wanted.pattern(), state]);
    let sql = format!(
        r"select {COLUMNS}, address from (
              select i.*, coalesce(a.address, '') as address,
                     coalesce(a.address_key, '') as address_key
              from invitations i
              left join duplicates d on d.alias = i.person_id
              left join accounts a on a.person_id = coalesce(d.kept, i.person_id)
          ) found
          where (address_key like $1 escape '\' or lower(title) like $1 escape '\')
            and ($2 = '' or state = $2) and {}
          order by {} limit {}",
        seek.after, seek.order, seek.limit
    );
    let rows = tx.all(&sql, seek.params).await?;
    rows.iter()
        .map(|row| Ok(Listed { invitation: from_row(row)?, address: row.get("address")? }))
        .collect()
}

/// Removes what was over before `then`.
pub(super) async fn remove_over(tx: &Tx, then: DateTime<Utc>) -> Result<u64> {
    tx.run("delete from invitations where expires_at < $1", params![then]).await
}

fn from_row(row: &Row) -> Result<Invitation> {
    let word: String = row.get("state")?;
    Ok(Invitation {
        id: row.get("id")?,
        asker: row.get("asker")?,
        asker_version: row.get("asker_version")?,
        asked_by: row.get("asked_by")?,
        person_id: row.get("person_id")?,
        title: row.get("title")?,
        language: row.get("language")?,
        role: row.get("role")?,
        return_path: row.get("return_path")?,
        code_hash: row.get("code_hash")?,
        code_expires_at: row.get("code_expires_at")?,
        state: State::from_word(&word)
            .ok_or_else(|| Error::internal(format!("an invitation is {word}")))?,
        asked_at: row.get("asked_at")?,
        expires_at: row.get("expires_at")?,
        version: row.get("version")?,
    })
}
