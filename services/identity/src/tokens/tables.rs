//! Tables `tokens`, `token_keys` and `token_sightings`: the only file of this slice that speaks SQL.

use chassis::{Error, Result, Row, Tx, Wanted, params};
use chrono::{DateTime, Duration, Utc};
use contracts::PersonId;
use uuid::Uuid;

use super::domain::{Holder, Token};

const COLUMNS: &str = "id, person_id, client, client_id, name, scopes, key_id, made_by, made_at,
                       expires_at, revoked_at, version";
/// When a token was last seen, wherever that was.
const LAST_SEEN: &str = "(select max(at) from token_sightings where token_id = tokens.id)";
/// A new key is published before it signs; so long it takes everybody to hear of it.
const KEY_HEARD_SECONDS: i64 = 60;

/// A token and when it was last used.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) token: Token,
    pub(crate) used_at: Option<DateTime<Utc>>,
}

/// Stores a new token.
pub(super) async fn insert(tx: &Tx, token: &Token) -> Result<()> {
    let (person, client, client_id) = match &token.holder {
        Holder::Person(person) => (Some(*person), None, None),
        Holder::Machine { entity, client_id } => (None, Some(*entity), Some(client_id.clone())),
    };
    let sql = format!(
        "insert into tokens ({COLUMNS})
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, null, 1)"
    );
    let values = params![
        token.id,
        person,
        client,
        client_id,
        &token.name,
        serde_json::to_value(&token.scopes)?,
        token.key_id,
        token.made_by,
        token.made_at,
        token.expires_at
    ];
    tx.run(&sql, values).await?;
    Ok(())
}

/// A token of this person.
///
/// # Errors
/// `NotFound`, for somebody else's too.
pub(crate) async fn own(tx: &Tx, id: Uuid, person: PersonId) -> Result<Token> {
    let sql = format!("select {COLUMNS} from tokens where id = $1 and person_id = $2");
    let row = tx.first(&sql, params![id, person]).await?;
    row.map(|row| from_row(&row)).transpose()?.ok_or_else(|| Error::not_found("token", id))
}

/// A token of a machine, and the client that holds it.
///
/// # Errors
/// `NotFound`, for a person's too.
pub(crate) async fn of_machine(tx: &Tx, id: Uuid) -> Result<(Token, Uuid)> {
    let sql = format!("select {COLUMNS} from tokens where id = $1");
    let token = tx.first(&sql, params![id]).await?.map(|row| from_row(&row)).transpose()?;
    match token {
        Some(Token { holder: Holder::Machine { entity, .. }, .. }) => {
            token.map(|token| (token, entity)).ok_or_else(|| Error::not_found("token", id))
        }
        _ => Err(Error::not_found("token", id)),
    }
}

/// How many tokens of a person work.
pub(super) async fn living_of(tx: &Tx, person: PersonId, now: DateTime<Utc>) -> Result<usize> {
    count(tx, "person_id", person.0, now).await
}

/// How many tokens of a machine work.
pub(super) async fn living_of_client(tx: &Tx, client: Uuid, now: DateTime<Utc>) -> Result<usize> {
    count(tx, "client", client, now).await
}

async fn count(tx: &Tx, column: &str, holder: Uuid, now: DateTime<Utc>) -> Result<usize> {
    let sql = format!(
        "select count(*) as n from tokens
         where {column} = $1 and revoked_at is null and expires_at > $2"
    );
    let living: i64 = tx.one(&sql, params![holder, now]).await?.get("n")?;
    Ok(usize::try_from(living).unwrap_or(usize::MAX))
}

/// The tokens of a person, the newest first.
pub(crate) async fn of_person(tx: &Tx, person: PersonId) -> Result<Vec<Listed>> {
    let sql = format!(
        "select {COLUMNS}, {LAST_SEEN} as used_at from tokens where person_id = $1
         order by made_at desc, id desc limit 200"
    );
    tx.all(&sql, params![person]).await?.iter().map(listed).collect()
}

/// A page of the tokens of machines.
pub(super) async fn list(tx: &Tx, wanted: &Wanted) -> Result<Vec<Listed>> {
    let keys = [("made", "made_at"), ("name", "lower(name)"), ("ends", "expires_at")];
    let seek = wanted.seek(&keys, "id", params![wanted.pattern()]);
    let sql = format!(
        "select {COLUMNS}, {LAST_SEEN} as used_at from tokens
         where client is not null
           and (lower(name) like $1 escape '\\' or lower(client_id) like $1 escape '\\') and {}
         order by {} limit {}",
        seek.after, seek.order, seek.limit
    );
    tx.all(&sql, seek.params).await?.iter().map(listed).collect()
}

/// Ends a token.
pub(super) async fn revoke(tx: &Tx, token: &Token, now: DateTime<Utc>) -> Result<()> {
    let sql = "update tokens set revoked_at = $3, version = version + 1
               where id = $1 and version = $2 and revoked_at is null";
    tx.one_or_conflict(sql, params![token.id, token.version, now]).await
}

/// Removes the tokens that ran out before `then`, revoked or not.
pub(super) async fn remove_expired(tx: &Tx, then: DateTime<Utc>) -> Result<u64> {
    tx.run("delete from tokens where expires_at < $1", params![then]).await
}

/// Notes that a service saw a token; an older sighting changes nothing.
pub(super) async fn saw(tx: &Tx, token: Uuid, service: &str, at: DateTime<Utc>) -> Result<()> {
    let sql = "insert into token_sightings (token_id, service, at) values ($1, $2, $3)
               on conflict (token_id, service) do update set at = excluded.at
               where token_sightings.at < excluded.at";
    tx.run(sql, params![token, service, at]).await?;
    Ok(())
}

/// Forgets the sightings before `then`: those tokens ran out.
pub(super) async fn forget_sightings(tx: &Tx, then: DateTime<Utc>) -> Result<()> {
    tx.run("delete from token_sightings where at < $1", params![then]).await?;
    Ok(())
}

fn listed(row: &Row) -> Result<Listed> {
    Ok(Listed { token: from_row(row)?, used_at: row.get("used_at")? })
}

fn from_row(row: &Row) -> Result<Token> {
    let holder = match (row.get("person_id")?, row.get("client")?, row.get("client_id")?) {
        (Some(person), _, _) => Holder::Person(person),
        (None, Some(entity), Some(client_id)) => Holder::Machine { entity, client_id },
        _ => return Err(Error::internal("a token is nobody's")),
    };
    Ok(Token {
        id: row.get("id")?,
        holder,
        name: row.get("name")?,
        scopes: serde_json::from_value(row.get::<serde_json::Value>("scopes")?)?,
        key_id: row.get("key_id")?,
        made_by: row.get("made_by")?,
        made_at: row.get("made_at")?,
        expires_at: row.get("expires_at")?,
        revoked_at: row.get("revoked_at")?,
        version: row.get("version")?,
    })
}

/// A key as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct StoredKey {
    pub(crate) id: Uuid,
    pub(crate) public_key: String,
    /// The private half, sealed.
    pub(crate) sealed: String,
    pub(crate) made_at: DateTime<Utc>,
    pub(crate) retires_at: Option<DateTime<Utc>>,
    pub(crate) version: i64,
}

const KEY_COLUMNS: &str = "id, public_key, sealed, made_at, retires_at, version";

/// The key that signs at `now`: the newest that everybody heard of, else the newest.
pub(super) async fn signing_key(tx: &Tx, now: DateTime<Utc>) -> Result<Option<StoredKey>> {
    let sql = format!(
        "select {KEY_COLUMNS} from token_keys
         order by case when made_at <= $1 then 0 else 1 end, made_at desc, id desc limit 1"
    );
    let heard = now - Duration::seconds(KEY_HEARD_SECONDS);
    tx.first(&sql, params![heard]).await?.map(|row| key_from(&row)).transpose()
}

/// The newest key, heard of or not.
pub(super) async fn newest_key(tx: &Tx) -> Result<Option<StoredKey>> {
    let sql =
        format!("select {KEY_COLUMNS} from token_keys order by made_at desc, id desc limit 1");
    tx.first(&sql, params![]).await?.map(|row| key_from(&row)).transpose()
}

/// One key.
pub(super) async fn key(tx: &Tx, id: Uuid) -> Result<Option<StoredKey>> {
    let sql = format!("select {KEY_COLUMNS} from token_keys where id = $1");
    tx.first(&sql, params![id]).await?.map(|row| key_from(&row)).transpose()
}

/// Stores a new key.
pub(super) async fn insert_key(tx: &Tx, key: &StoredKey) -> Result<()> {
    let sql = format!("insert into token_keys ({KEY_COLUMNS}) values ($1, $2, $3, $4, $5, $6)");
    let values =
        params![key.id, &key.public_key, &key.sealed, key.made_at, key.retires_at, key.version];
    tx.run(&sql, values).await?;
    Ok(())
}

/// Says when a key that signs no more retires.
pub(super) async fn retire_key(tx: &Tx, key: StoredKey, at: DateTime<Utc>) -> Result<StoredKey> {
    let sql = "update token_keys set retires_at = $3, version = version + 1
               where id = $1 and version = $2";
    tx.one_or_conflict(sql, params![key.id, key.version, at]).await?;
    Ok(StoredKey { retires_at: Some(at), version: key.version + 1, ..key })
}

fn key_from(row: &Row) -> Result<StoredKey> {
    Ok(StoredKey {
        id: row.get("id")?,
        public_key: row.get("public_key")?,
        sealed: row.get("sealed")?,
        made_at: row.get("made_at")?,
        retires_at: row.get("retires_at")?,
        version: row.get("version")?,
    })
}
