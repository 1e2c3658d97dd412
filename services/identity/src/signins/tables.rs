//! Tables `signins` and `tries`: the only file of this slice that speaks SQL.

use chassis::signin::How;
use chassis::{Error, Result, Row, Tx, params};
use chrono::{DateTime, Utc};
use contracts::{PersonId, SignInId};

use super::domain::{SignIn, Tries, TryKind};

const COLUMNS: &str = "id, person_id, device, network, how, generation, started_at,
                       authenticated_at, remembered_until, last_seen_at, ended_at, version";

/// Stores a sign-in that starts.
pub(super) async fn insert(tx: &Tx, signin: &SignIn, secret_hash: &str) -> Result<()> {
    let sql = "insert into signins (id, person_id, device, network, how, generation, secret_hash,
                                    started_at, authenticated_at, remembered_until, last_seen_at,
                                    ended_at, version)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $8, null, 1)";
    tx.run(
        sql,
        params![
            signin.id,
            signin.person_id,
            &signin.device,
            &signin.network,
            signin.how.as_str(),
            signin.generation,
            secret_hash,
            signin.started_at,
            signin.authenticated_at,
            signin.remembered_until
        ],
    )
    .await?;
    Ok(())
}

/// One sign-in.
pub(crate) async fn load(tx: &Tx, id: SignInId) -> Result<Option<SignIn>> {
    let sql = format!("select {COLUMNS} from signins where id = $1");
    tx.first(&sql, params![id]).await?.map(|row| from_row(&row)).transpose()
}

/// The sign-in that has this longer cookie.
pub(crate) async fn with_secret(tx: &Tx, secret_hash: &str) -> Result<Option<SignIn>> {
    let sql = format!("select {COLUMNS} from signins where secret_hash = $1");
    tx.first(&sql, params![secret_hash]).await?.map(|row| from_row(&row)).transpose()
}

/// The sign-ins of a person that have not ended, newest first.
pub(crate) async fn open_of(tx: &Tx, person: PersonId, now: DateTime<Utc>) -> Result<Vec<SignIn>> {
    let sql = format!(
        "select {COLUMNS} from signins
         where person_id = $1 and ended_at is null and remembered_until > $2
         order by started_at desc, id desc limit 100"
    );
    tx.all(&sql, params![person, now]).await?.iter().map(from_row).collect()
}

/// Notes that the person proved again who they are, and how.
pub(crate) async fn prove_again(
    tx: &Tx,
    signin: &SignIn,
    how: &How,
    now: DateTime<Utc>,
) -> Result<()> {
    let sql = "update signins set authenticated_at = $3, how = $4, version = version + 1
               where id = $1 and version = $2 and ended_at is null";
    tx.one_or_conflict(sql, params![signin.id, signin.version, now, how.as_str()]).await
}

/// Notes that it was given a token at `now`.
pub(super) async fn seen(tx: &Tx, signin: &SignIn, now: DateTime<Utc>) -> Result<()> {
    let sql = "update signins set last_seen_at = $3, version = version + 1
               where id = $1 and version = $2 and ended_at is null";
    tx.one_or_conflict(sql, params![signin.id, signin.version, now]).await
}

/// Ends one sign-in.
pub(super) async fn end(tx: &Tx, signin: &SignIn, now: DateTime<Utc>) -> Result<()> {
    let sql = "update signins set ended_at = $3, version = version + 1
               where id = $1 and version = $2 and ended_at is null";
    tx.one_or_conflict(sql, params![signin.id, signin.version, now]).await
}

/// Ends every sign-in of a person.
pub(crate) async fn end_all(tx: &Tx, person: PersonId, now: DateTime<Utc>) -> Result<u64> {
    let sql = "update signins set ended_at = $2, version = version + 1
               where person_id = $1 and ended_at is null";
    tx.run(sql, params![person, now]).await
}

/// Removes the sign-ins that could no longer be brought back at `then`.
pub(super) async fn remove_forgotten(tx: &Tx, then: DateTime<Utc>) -> Result<u64> {
    tx.run("delete from signins where remembered_until < $1", params![then]).await
}

fn from_row(row: &Row) -> Result<SignIn> {
    let started_at: DateTime<Utc> = row.get("started_at")?;
    // Nothing was noted of it before there was a column.
    let seen: Option<DateTime<Utc>> = row.get("last_seen_at")?;
    Ok(SignIn {
        id: row.get("id")?,
        person_id: row.get("person_id")?,
        device: row.get("device")?,
        network: row.get("network")?,
        how: How::new(&row.get::<String>("how")?),
        generation: row.get("generation")?,
        started_at,
        authenticated_at: row.get("authenticated_at")?,
        remembered_until: row.get("remembered_until")?,
        last_seen_at: seen.unwrap_or(started_at),
        ended_at: row.get("ended_at")?,
        version: row.get("version")?,
    })
}

/// What a row of tries counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TriesKey<'a> {
    /// The fingerprint of the address; empty when counted for all addresses.
    pub(super) address: &'a str,
    pub(super) kind: TryKind,
    /// The fingerprint of the address with the network, or of the network when counted for all
    /// addresses; empty when counted from anywhere.
    pub(super) network: &'a str,
}

impl<'a> TriesKey<'a> {
    /// Tries of one network, for whatever addresses; `network` is its fingerprint.
    pub(crate) fn of_network(kind: TryKind, network: &'a str) -> Self {
        Self { address: "", kind, network }
    }
}

/// How often something was tried for an address.
pub(crate) async fn tries(tx: &Tx, key: TriesKey<'_>) -> Result<Option<Tries>> {
    let sql = "select count, first_at, last_at, version from tries
               where address_hash = $1 and kind = $2 and network_hash = $3";
    let values = params![key.address, key.kind.as_str(), key.network];
    let Some(row) = tx.first(sql, values).await? else { return Ok(None) };
    Ok(Some(Tries {
        count: row.get("count")?,
        first_at: row.get("first_at")?,
        last_at: row.get("last_at")?,
        version: row.get("version")?,
    }))
}

/// Stores a counted try over the row it was counted from; version 0 means there was none.
pub(crate) async fn save_tries(tx: &Tx, key: TriesKey<'_>, tries: Tries) -> Result<()> {
    if tries.version == 0 {
        let sql = "insert into tries (address_hash, kind, network_hash, count, first_at, last_at,
                                      version)
                   values ($1, $2, $3, $4, $5, $6, 1)
                   on conflict (address_hash, kind, network_hash) do nothing";
        let values = params![
            key.address,
            key.kind.as_str(),
            key.network,
            tries.count,
            tries.first_at,
            tries.last_at
        ];
        return if tx.run(sql, values).await? == 1 { Ok(()) } else { Err(Error::Conflict) };
    }
    let sql = "update tries set count = $5, first_at = $6, last_at = $7, version = version + 1
               where address_hash = $1 and kind = $2 and network_hash = $3 and version = $4";
    let values = params![
        key.address,
        key.kind.as_str(),
        key.network,
        tries.version,
        tries.count,
        tries.first_at,
        tries.last_at
    ];
    tx.one_or_conflict(sql, values).await
}

/// Forgets the passwords that were tried for an address, from anywhere.
pub(crate) async fn clear_tries(tx: &Tx, address_hash: &str) -> Result<()> {
    let sql = "delete from tries where address_hash = $1 and kind <> $2";
    tx.run(sql, params![address_hash, TryKind::Mail.as_str()]).await?;
    Ok(())
}

/// Removes tries whose last was before `then`.
pub(super) async fn remove_tries(tx: &Tx, then: DateTime<Utc>) -> Result<u64> {
    tx.run("delete from tries where last_at < $1", params![then]).await
}
