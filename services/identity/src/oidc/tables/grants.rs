//! Table `oidc_grants`.

use chassis::{Result, Row, Tx, params};
use chrono::{DateTime, Utc};
use contracts::PersonId;
use uuid::Uuid;

use crate::oidc::domain::grant::{Code, Grant};

const COLUMNS: &str = "id, client_id, person_id, signin_id, generation, scopes, nonce, how,
                       authenticated_at, redirect_uri, challenge, code_expires_at, code_used_at,
                       made_at, ended_at, version";

/// Stores a new grant; `code_hash` is of the code it begins with.
pub(crate) async fn insert(tx: &Tx, grant: &Grant, code_hash: Option<&str>) -> Result<()> {
    let sql = format!(
        "insert into oidc_grants ({COLUMNS}, code_hash)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"
    );
    let code = grant.code.as_ref();
    let values = params![
        grant.id,
        &grant.client_id,
        grant.person_id,
        grant.signin_id,
        grant.generation,
        serde_json::to_value(&grant.scopes)?,
        grant.nonce.clone(),
        &grant.how,
        grant.authenticated_at,
        code.map(|code| code.redirect_uri.clone()),
        code.map(|code| code.challenge.clone()),
        code.map(|code| code.expires_at),
        code.and_then(|code| code.used_at),
        grant.made_at,
        grant.ended_at,
        grant.version,
        code_hash.map(str::to_owned)
    ];
    tx.run(&sql, values).await?;
    Ok(())
}

/// One grant.
pub(crate) async fn load(tx: &Tx, id: Uuid) -> Result<Option<Grant>> {
    let sql = format!("select {COLUMNS} from oidc_grants where id = $1");
    tx.first(&sql, params![id]).await?.map(|row| from_row(&row)).transpose()
}

/// The grant that began with this code.
pub(crate) async fn of_code(tx: &Tx, code_hash: &str) -> Result<Option<Grant>> {
    let sql = format!("select {COLUMNS} from oidc_grants where code_hash = $1");
    tx.first(&sql, params![code_hash]).await?.map(|row| from_row(&row)).transpose()
}

/// Notes that its code was exchanged.
pub(crate) async fn code_used(tx: &Tx, grant: &Grant, now: DateTime<Utc>) -> Result<()> {
    let sql = "update oidc_grants set code_used_at = $3, version = version + 1
               where id = $1 and version = $2 and code_used_at is null";
    tx.one_or_conflict(sql, params![grant.id, grant.version, now]).await
}

/// Ends a grant, and with it all its tokens; again is the same.
pub(crate) async fn end(tx: &Tx, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    let sql = "update oidc_grants set ended_at = $2, version = version + 1
               where id = $1 and ended_at is null";
    tx.run(sql, params![id, now]).await?;
    Ok(())
}

/// Ends all that a person let a client have; says how many.
pub(crate) async fn end_all(
    tx: &Tx,
    person: PersonId,
    client: &str,
    now: DateTime<Utc>,
) -> Result<u64> {
    let sql = "update oidc_grants set ended_at = $3, version = version + 1
               where person_id = $1 and client_id = $2 and ended_at is null";
    tx.run(sql, params![person, client, now]).await
}

/// Removes grants whose code ran out before `then` and that no token is left of.
pub(crate) async fn remove_spent(tx: &Tx, then: DateTime<Utc>) -> Result<u64> {
    let sql = "delete from oidc_grants
               where made_at < $1
                 and not exists (select 1 from oidc_tokens where grant_id = oidc_grants.id)";
    tx.run(sql, params![then]).await
}

fn from_row(row: &Row) -> Result<Grant> {
    let code = match row.get::<Option<String>>("challenge")? {
        None => None,
        Some(challenge) => Some(Code {
            redirect_uri: row.get("redirect_uri")?,
            challenge,
            expires_at: row.get("code_expires_at")?,
            used_at: row.get("code_used_at")?,
        }),
    };
    Ok(Grant {
        id: row.get("id")?,
        client_id: row.get("client_id")?,
        person_id: row.get("person_id")?,
        signin_id: row.get("signin_id")?,
        generation: row.get("generation")?,
        scopes: serde_json::from_value(row.get("scopes")?)?,
        nonce: row.get("nonce")?,
        how: row.get("how")?,
        authenticated_at: row.get("authenticated_at")?,
        code,
        made_at: row.get("made_at")?,
        ended_at: row.get("ended_at")?,
        version: row.get("version")?,
    })
}
