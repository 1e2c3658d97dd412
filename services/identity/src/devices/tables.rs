//! Table `device_codes`: the only file of this slice that speaks SQL.

use chassis::{Error, Result, Row, Tx, params};
use chrono::{DateTime, Utc};

use super::domain::{Device, State, UserCode};

const COLUMNS: &str = "device_hash, user_code, id, client_id, scopes, network, state, person_id,
                       signin_id, interval_seconds, asked_at, started_at, expires_at, version";

/// Stores a device that begins to wait.
///
/// # Errors
/// `Conflict` when another has the code that people type: another one is drawn.
pub(super) async fn insert(tx: &Tx, device: &Device) -> Result<()> {
    let sql = format!(
        "insert into device_codes ({COLUMNS})
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1)
         on conflict do nothing"
    );
    let values = params![
        &device.hash,
        device.user_code.as_str(),
        device.id,
        &device.client_id,
        serde_json::to_value(&device.scopes)?,
        &device.network,
        device.state.as_str(),
        device.person_id,
        device.signin_id,
        device.interval_seconds,
        device.asked_at,
        device.started_at,
        device.expires_at
    ];
    if tx.run(&sql, values).await? == 1 { Ok(()) } else { Err(Error::Conflict) }
}

/// The device that has this code of its own.
pub(super) async fn with_hash(tx: &Tx, device_hash: &str) -> Result<Option<Device>> {
    let sql = format!("select {COLUMNS} from device_codes where device_hash = $1");
    tx.first(&sql, params![device_hash]).await?.map(|row| from_row(&row)).transpose()
}

/// The device whose code somebody typed.
pub(super) async fn with_user_code(tx: &Tx, code: &UserCode) -> Result<Option<Device>> {
    let sql = format!("select {COLUMNS} from device_codes where user_code = $1");
    tx.first(&sql, params![code.as_str()]).await?.map(|row| from_row(&row)).transpose()
}

/// Stores `device` over the row it was loaded from.
pub(super) async fn save(tx: &Tx, device: &Device) -> Result<()> {
    let sql = "update device_codes set state = $3, person_id = $4, signin_id = $5,
                   interval_seconds = $6, asked_at = $7, version = version + 1
               where device_hash = $1 and version = $2";
    let values = params![
        &device.hash,
        device.version,
        device.state.as_str(),
        device.person_id,
        device.signin_id,
        device.interval_seconds,
        device.asked_at
    ];
    tx.one_or_conflict(sql, values).await
}

/// Removes the devices that stopped waiting before `then`.
pub(super) async fn remove_expired(tx: &Tx, then: DateTime<Utc>) -> Result<u64> {
    tx.run("delete from device_codes where expires_at < $1", params![then]).await
}

fn from_row(row: &Row) -> Result<Device> {
    let unreadable = |what: &str| Error::internal(format!("a device has an unreadable {what}"));
    Ok(Device {
        hash: row.get("device_hash")?,
        user_code: UserCode::read(&row.get::<String>("user_code")?)
            .ok_or_else(|| unreadable("code"))?,
        id: row.get("id")?,
        client_id: row.get("client_id")?,
        scopes: serde_json::from_value(row.get::<serde_json::Value>("scopes")?)?,
        network: row.get("network")?,
        state: State::from_word(&row.get::<String>("state")?).ok_or_else(|| unreadable("state"))?,
        person_id: row.get("person_id")?,
        signin_id: row.get("signin_id")?,
        interval_seconds: row.get("interval_seconds")?,
        asked_at: row.get("asked_at")?,
        started_at: row.get("started_at")?,
        expires_at: row.get("expires_at")?,
        version: row.get("version")?,
    })
}
