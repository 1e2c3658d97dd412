//! Table `consents`: the only file of this slice that speaks SQL.

use chassis::{Error, Result, Row, Tx, params};
use chrono::{DateTime, Utc};
use contracts::PersonId;

/// What a person allowed a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Consent {
    pub(crate) client_id: String,
    pub(crate) scopes: Vec<String>,
    /// When the last of the scopes was allowed.
    pub(crate) given_at: DateTime<Utc>,
    /// When the client last signed the person in.
    pub(crate) used_at: DateTime<Utc>,
    pub(crate) version: i64,
}

const COLUMNS: &str = "client_id, scopes, given_at, used_at, version";

/// What a person allowed this client.
pub(super) async fn load(tx: &Tx, person: PersonId, client: &str) -> Result<Option<Consent>> {
    let sql = format!("select {COLUMNS} from consents where person_id = $1 and client_id = $2");
    tx.first(&sql, params![person, client]).await?.map(|row| from_row(&row)).transpose()
}

/// What a person allowed, the last used first.
pub(crate) async fn of_person(tx: &Tx, person: PersonId) -> Result<Vec<Consent>> {
    let sql = format!(
        "select {COLUMNS} from consents where person_id = $1
         order by used_at desc, client_id limit 200"
    );
    tx.all(&sql, params![person]).await?.iter().map(from_row).collect()
}

/// How many people use a client.
pub(crate) async fn count_of(tx: &Tx, client: &str) -> Result<i64> {
    let sql = "select count(*) as people from consents where client_id = $1";
    tx.one(sql, params![client]).await?.get("people")
}

/// Stores what a person allows a client for the first time.
pub(super) async fn insert(tx: &Tx, person: PersonId, consent: &Consent) -> Result<()> {
    let sql = "insert into consents (person_id, client_id, scopes, given_at, used_at, version)
               values ($1, $2, $3, $4, $5, 1)
               on conflict do nothing";
    let scopes = serde_json::to_value(&consent.scopes)?;
    let values = params![person, &consent.client_id, scopes, consent.given_at, consent.used_at];
    if tx.run(sql, values).await? == 1 { Ok(()) } else { Err(Error::Conflict) }
}

/// Stores `consent` over the row it was loaded from.
pub(super) async fn save(tx: &Tx, person: PersonId, consent: &Consent) -> Result<()> {
    let sql = "update consents set scopes = $4, given_at = $5, used_at = $6, version = version + 1
               where person_id = $1 and client_id = $2 and version = $3";
    let scopes = serde_json::to_value(&consent.scopes)?;
    let values = params![
        person,
        &consent.client_id,
        consent.version,
        scopes,
        consent.given_at,
        consent.used_at
    ];
    tx.one_or_conflict(sql, values).await
}

/// Removes what a person allowed a client; false when there was nothing.
pub(super) async fn remove(tx: &Tx, person: PersonId, client: &str) -> Result<bool> {
    let sql = "delete from consents where person_id = $1 and client_id = $2";
    Ok(tx.run(sql, params![person, client]).await? > 0)
}

fn from_row(row: &Row) -> Result<Consent> {
    Ok(Consent {
        client_id: row.get("client_id")?,
        scopes: serde_json::from_value(row.get::<serde_json::Value>("scopes")?)?,
        given_at: row.get("given_at")?,
        used_at: row.get("used_at")?,
        version: row.get("version")?,
    })
}
