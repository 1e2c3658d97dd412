//! Table `oidc_sessions`: which clients signed somebody in by which sign-in.

use chassis::{Result, Row, Tx, params};
use chrono::{DateTime, Utc};
use contracts::{PersonId, SignInId};

/// A client that signed somebody in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    /// The claim `sid`.
    pub(crate) signin_id: SignInId,
    pub(crate) client_id: String,
    pub(crate) person_id: PersonId,
    pub(crate) started_at: DateTime<Utc>,
}

/// Remembers that a client signed somebody in; again changes nothing.
pub(crate) async fn remember(tx: &Tx, session: &Session) -> Result<()> {
    let sql = "insert into oidc_sessions (signin_id, client_id, person_id, started_at, version)
               values ($1, $2, $3, $4, 1) on conflict do nothing";
    let values =
        params![session.signin_id, &session.client_id, session.person_id, session.started_at];
    tx.run(sql, values).await?;
    Ok(())
}

/// The clients that signed somebody in by this sign-in.
pub(crate) async fn of_signin(tx: &Tx, signin: SignInId) -> Result<Vec<Session>> {
    let sql = "select signin_id, client_id, person_id, started_at from oidc_sessions
               where signin_id = $1 order by client_id limit 1000";
    tx.all(sql, params![signin]).await?.iter().map(from_row).collect()
}

/// All clients that signed this person in, by whichever sign-in.
pub(crate) async fn of_person(tx: &Tx, person: PersonId) -> Result<Vec<Session>> {
    let sql = "select signin_id, client_id, person_id, started_at from oidc_sessions
               where person_id = $1 order by started_at, client_id limit 1000";
    tx.all(sql, params![person]).await?.iter().map(from_row).collect()
}

/// Forgets one: its client was told that it ended.
pub(crate) async fn forget(tx: &Tx, signin: SignInId, client: &str) -> Result<()> {
    let sql = "delete from oidc_sessions where signin_id = $1 and client_id = $2";
    tx.run(sql, params![signin, client]).await?;
    Ok(())
}

/// Removes those whose sign-in is forgotten.
pub(crate) async fn remove_forgotten(tx: &Tx) -> Result<u64> {
    let sql = "delete from oidc_sessions
               where not exists (select 1 from signins where id = oidc_sessions.signin_id)";
    tx.run(sql, params![]).await
}

fn from_row(row: &Row) -> Result<Session> {
    Ok(Session {
        signin_id: row.get("signin_id")?,
        client_id: row.get("client_id")?,
        person_id: row.get("person_id")?,
        started_at: row.get("started_at")?,
    })
}
