//! Table `oidc_tokens`.

use chassis::{Error, Result, Row, Tx, params};
use chrono::{DateTime, Utc};
use uuid::Uuid;

const COLUMNS: &str = "hash, kind, grant_id, client_id, scopes, made_at, expires_at, used_at,
                       token_id, version";

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// To ask about the person.
    Access,
    /// To get further tokens.
    Refresh,
}

impl Use {
    /// The word it is stored under.
    fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }
}

/// A token as it is stored: its fingerprint only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) hash: String,
    pub(crate) kind: Use,
    /// None: of a machine, for itself.
    pub(crate) grant: Option<Uuid>,
    /// Of a machine's, which opens our API in every service: the id that messages name it by.
    pub(crate) public_id: Option<Uuid>,
    pub(crate) client_id: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) made_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    /// When a refresh token was used; it is worth nothing afterwards.
    pub(crate) used_at: Option<DateTime<Utc>>,
    pub(crate) version: i64,
}

/// Stores a new token.
pub(crate) async fn insert(tx: &Tx, token: &Token) -> Result<()> {
    let sql = "insert into oidc_tokens (hash, kind, grant_id, client_id, scopes, made_at,
                                        expires_at, used_at, token_id, version)
               values ($1, $2, $3, $4, $5, $6, $7, null, $8, 1)";
    let values = params![
        &token.hash,
        token.kind.as_str(),
        token.grant,
        &token.client_id,
        serde_json::to_value(&token.scopes)?,
        token.made_at,
        token.expires_at,
        token.public_id
    ];
    tx.run(sql, values).await?;
    Ok(())
}

/// The token with this fingerprint.
pub(crate) async fn load(tx: &Tx, hash: &str) -> Result<Option<Token>> {
    let sql = format!("select {COLUMNS} from oidc_tokens where hash = $1");
    tx.first(&sql, params![hash]).await?.map(|row| from_row(&row)).transpose()
}

/// The tokens with which a machine calls our API at `now`.
pub(crate) async fn of_machine(tx: &Tx, client_id: &str, now: DateTime<Utc>) -> Result<Vec<Token>> {
    let sql = format!(
        "select {COLUMNS} from oidc_tokens
         where client_id = $1 and token_id is not null and expires_at > $2 order by made_at, hash"
    );
    tx.all(&sql, params![client_id, now]).await?.iter().map(from_row).collect()
}

fn from_row(row: &Row) -> Result<Token> {
    let word: String = row.get("kind")?;
    let kind = [Use::Access, Use::Refresh].into_iter().find(|kind| kind.as_str() == word);
    Ok(Token {
        hash: row.get("hash")?,
        kind: kind.ok_or_else(|| Error::internal(format!("a token is of the kind {word}")))?,
        grant: row.get("grant_id")?,
        client_id: row.get("client_id")?,
        scopes: serde_json::from_value(row.get("scopes")?)?,
        made_at: row.get("made_at")?,
        expires_at: row.get("expires_at")?,
        used_at: row.get("used_at")?,
        public_id: row.get("token_id")?,
        version: row.get("version")?,
    })
}

/// Uses a refresh token up.
pub(crate) async fn used(tx: &Tx, token: &Token, now: DateTime<Utc>) -> Result<()> {
    let sql = "update oidc_tokens set used_at = $3, version = version + 1
               where hash = $1 and version = $2 and used_at is null";
    tx.one_or_conflict(sql, params![&token.hash, token.version, now]).await
}

/// Removes one token.
pub(crate) async fn remove(tx: &Tx, hash: &str) -> Result<()> {
    tx.run("delete from oidc_tokens where hash = $1", params![hash]).await?;
    Ok(())
}

/// Removes those that ran out before `now`.
pub(crate) async fn remove_expired(tx: &Tx, now: DateTime<Utc>) -> Result<u64> {
    tx.run("delete from oidc_tokens where expires_at <= $1", params![now]).await
}
