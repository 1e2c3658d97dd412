//! The keys that sign access tokens: apart from those of sign-ins, because tokens live for a year.

use chassis::api::AccessToken;
use chassis::signin::Signer;
use chassis::{App, Error, Result, Sealer, Tx};
use contracts::identity::KeyPublished;
use serde_json::json;
use uuid::Uuid;

use super::domain::{self, Token};
use super::tables::{self, StoredKey};

/// What the sealed text is bound to, so that no other sealed secret is taken for it.
const PURPOSE: &str = "token-key";

/// The key that signs now; the first is made when it is first needed. Publishes
/// `identity.key.published` then.
pub(crate) async fn current(tx: &Tx) -> Result<StoredKey> {
    // Two replicas that make the first must agree on one.
    tx.lock("token_keys").await?;
    match tables::signing_key(tx, tx.now()).await? {
        Some(key) => Ok(key),
        None => make(tx).await,
    }
}

async fn make(tx: &Tx) -> Result<StoredKey> {
    let signer = Signer::new(tx.id(), tx.bytes())?;
    let key = StoredKey {
        id: signer.kid(),
        public_key: signer.public_key().to_owned(),
        sealed: tx.extension::<Sealer>()?.seal(PURPOSE, signer.seed(), tx.bytes())?,
        made_at: tx.now(),
        retires_at: None,
        version: 1,
    };
    tables::insert_key(tx, &key).await?;
    publish(tx, &key).await?;
    Ok(key)
}

async fn publish(tx: &Tx, key: &StoredKey) -> Result<()> {
    let act = if key.retires_at.is_none() { "made" } else { "retires" };
    tx.audit("token_key", key.id, act, json!({})).await?;
    tx.publish(KeyPublished {
        id: key.id,
        public_key: key.public_key.clone(),
        retires_at: key.retires_at,
        version: key.version,
    });
    Ok(())
}

/// Makes another key when the newest has signed for half a year; the older retires when the last
/// token it signed has run out. Publishes `identity.key.published` for both.
pub(crate) async fn rotate(tx: &Tx) -> Result<()> {
    tx.lock("token_keys").await?;
    let Some(newest) = tables::newest_key(tx).await? else { return Ok(()) };
    if !domain::key_is_old(newest.made_at, tx.now()) {
        return Ok(());
    }
    make(tx).await?;
    let retired = tables::retire_key(tx, newest, domain::key_retires_at(tx.now())).await?;
    publish(tx, &retired).await
}

/// Signs a stored token. The same token gives the same text each time, and the text is stored
/// nowhere.
///
/// # Errors
/// `Internal` when its key is gone, or was sealed with another secret key.
pub(crate) async fn sign(app: &App, token: &Token) -> Result<String> {
    let id: Uuid = token.key_id;
    let key = app.db().read(async |tx: &Tx| tables::key(tx, id).await).await?;
    let key = key.ok_or_else(|| Error::internal("the key of an access token is gone"))?;
    opened(app.sealer(), &key)?.sign_access(&token.signed())
}

/// Signs a token that lives for minutes, with the key that signs now; its fingerprint is all that
/// the caller stores. Publishes `identity.key.published` when there was no key.
///
/// # Errors
/// `Internal` when the key was sealed with another secret key.
pub(crate) async fn sign_brief(tx: &Tx, token: &AccessToken) -> Result<String> {
    let key = current(tx).await?;
    opened(&*tx.extension::<Sealer>()?, &key)?.sign_access(token)
}

fn opened(sealer: &Sealer, key: &StoredKey) -> Result<Signer> {
    let seed = sealer.open(PURPOSE, &key.sealed)?;
    let seed = seed.try_into().map_err(|_| Error::internal("a token key has the wrong length"))?;
    Signer::new(key.id, seed)
}
