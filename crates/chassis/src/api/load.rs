//! Whether an access token still holds, by what messages told.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use contracts::identity::AccountState;
use contracts::{PersonId, SignInId};
use messaging::{Result, Tx, params};
use uuid::Uuid;

use super::token::{self, AccessToken, Holder};
use crate::readers::{Found, Reader};

/// A token that was believed, and who its person is; nobody for a machine.
#[derive(Debug, Clone)]
pub(crate) struct Believed {
    pub(crate) token: Arc<AccessToken>,
    pub(crate) reader: Arc<Reader>,
    /// Until when at most.
    pub(crate) until: DateTime<Utc>,
}

/// What became of a token.
pub(crate) enum Seen {
    Known(Believed),
    /// Signed with a key not known here yet; perhaps in a moment.
    UnknownKey,
    /// Why not, as its holder is told.
    Refused(&'static str),
}

/// Looks a token up and believes it, or not.
pub(crate) async fn load(tx: &Tx, text: &str, now: DateTime<Utc>) -> Result<Seen> {
    let Some((kid, token)) = token::claimed(text) else {
        return Ok(Seen::Refused("this is no access token of ours"));
    };
    let (person, client) = match &token.holder {
        Holder::Person(person) => (*person, Uuid::nil()),
        Holder::Client { entity, .. } => (PersonId(Uuid::nil()), *entity),
    };
    let mut found = Found::of(tx, kid, person, SignInId(Uuid::nil())).await?;
    let Some((public_key, retires_at)) = found.key.take() else { return Ok(Seen::UnknownKey) };
    if !token::is_signed(text, &public_key) {
        return Ok(Seen::Refused("this is no access token of ours"));
    }
    if token.expires_at <= now || retires_at.is_some_and(|retires| retires <= now) {
        return Ok(Seen::Refused("the token has run out"));
    }
    if let Some(why) = stopped(tx, token.id, client).await? {
        return Ok(Seen::Refused(why));
    }
    // An account not told of yet is not locked. Its generation does not matter: a new password and
    // "sign out everywhere" end sign-ins, not tokens.
    if found.account.take().is_some_and(|(state, _)| state == AccountState::Locked) {
        return Ok(Seen::Refused("the account is locked"));
    }
    let until = retires_at.map_or(token.expires_at, |retires| retires.min(token.expires_at));
    let reader = match token.holder {
        Holder::Person(_) => found.named(),
        Holder::Client { .. } => Reader::stranger(),
    };
    Ok(Seen::Known(Believed { token: Arc::new(token), reader: Arc::new(reader), until }))
}

/// Why the token itself, or the machine that holds it, was stopped.
async fn stopped(tx: &Tx, token: Uuid, client: Uuid) -> Result<Option<&'static str>> {
    let sql = "select 'token' as what from reader_token_endings where token_id = $1
               union all
               select 'client' from reader_clients where entity = $2 and not is_open";
    let Some(row) = tx.first(sql, params![token, client]).await? else { return Ok(None) };
    Ok(Some(match row.get::<String>("what")?.as_str() {
        "token" => "the token was revoked",
        _ => "the client was closed",
    }))
}
