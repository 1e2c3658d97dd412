//! The RSA keys that sign ID tokens: made when first needed, away from the request threads, kept
//! sealed, published before they are used and for a while afterwards.

use chassis::{Actor, Command, Db, Error, Result, Sealer, Tx};
use chrono::{DateTime, Duration, Utc};
use openidconnect::core::{CoreJsonWebKey, CoreJsonWebKeySet, CoreRsaPrivateSigningKey};
use openidconnect::{JsonWebKeyId, PrivateSigningKey as _};
use rand_chacha_of_rsa::ChaCha20Rng;
use rsa::pkcs1::{EncodeRsaPrivateKey as _, LineEnding};
use rsa::rand_core::SeedableRng as _;
use serde_json::json;
use uuid::Uuid;

use super::tables::keys::{self as tables, StoredKey};
use crate::settings::Settings;

/// What the sealed text is bound to, so that no other sealed secret is taken for it.
const PURPOSE: &str = "oidc-key";

/// How long a key is, in bits: what every client can check.
const BITS: usize = 2048;

/// For how many seconds a further key is published before it signs.
const KNOWN_AFTER_SECONDS: i64 = 60;

/// For how many hours a key stays published after its successor signs: longer than any token of it
/// may be believed, and than careful clients keep the set.
const KEPT_HOURS: i64 = 24;

/// A key that can sign, opened.
pub(crate) struct SigningKey(CoreRsaPrivateSigningKey);

impl SigningKey {
    /// The key as the library signs with it.
    pub(crate) fn rsa(&self) -> &CoreRsaPrivateSigningKey {
        &self.0
    }
}

/// A key that was just made and is not stored.
struct Fresh {
    id: Uuid,
    public: CoreJsonWebKey,
    private: String,
}

/// Makes a key; takes a good part of a second of one core.
async fn make(db: &Db) -> Result<Fresh> {
    let id = db.ids().uuid(db.clock().now());
    let seed = db.ids().bytes::<32>();
    aside(move || {
        let mut random = ChaCha20Rng::from_seed(seed);
        let key = rsa::RsaPrivateKey::new(&mut random, BITS).map_err(Error::internal)?;
        let private = key.to_pkcs1_pem(LineEnding::LF).map_err(Error::internal)?.to_string();
        let public = opened(&private, id)?.as_verification_key();
        // Some clients take a key only when it says what it is for.
        let mut public = serde_json::to_value(public)?;
        public["alg"] = json!("RS256");
        Ok(Fresh { id, public: serde_json::from_value(public)?, private })
    })
    .await
}

fn opened(private: &str, id: Uuid) -> Result<CoreRsaPrivateSigningKey> {
    let kid = JsonWebKeyId::new(id.to_string());
    CoreRsaPrivateSigningKey::from_pem(private, Some(kid)).map_err(Error::internal)
}

/// Runs what keeps a core busy away from the threads that answer requests.
///
/// # Errors
/// Those of the work.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

/// The key that signs now; the first is made here.
///
/// # Errors
/// `Internal` when it was sealed with another secret key.
pub(crate) async fn current(db: &Db) -> Result<SigningKey> {
    renew(db).await?;
    // Making a key takes a while: what the time is, is asked each time anew.
    let read = || db.read(async |tx: &Tx| tables::current(tx, db.clock().now()).await);
    let stored = if let Some(stored) = read().await? {
        stored
    } else {
        let fresh = make(db).await?;
        db.execute(&Actor::job("oidc.keys", fresh.id), &KeepFirst { fresh }).await?;
        let none = || Error::internal("the first key of the provider was not kept");
        read().await?.ok_or_else(none)?
    };
    let private = db.extension::<Sealer>()?.open(PURPOSE, &stored.sealed)?;
    aside(move || {
        let private = String::from_utf8(private).map_err(Error::internal)?;
        Ok(SigningKey(opened(&private, stored.id)?))
    })
    .await
}

/// The set that clients check our signatures with; the first key is made here too.
///
/// # Errors
/// As [`current`].
pub(crate) async fn all_published(db: &Db) -> Result<CoreJsonWebKeySet> {
    renew(db).await?;
    let read = || db.read(async |tx: &Tx| tables::published(tx, db.clock().now()).await);
    let mut found = read().await?;
    if found.is_empty() {
        current(db).await?;
        found = read().await?;
    }
    Ok(CoreJsonWebKeySet::new(found.into_iter().map(|key| key.public).collect()))
}

/// Puts another in the place of a key whose days are over: made by whoever comes first after them, as
/// the first one was.
async fn renew(db: &Db) -> Result<()> {
    let (now, settings) = (db.clock().now(), db.extension::<Settings>()?);
    let rotate_days = i64::from(settings.keys.rotate_days);
    let published = db.read(async |tx: &Tx| tables::published(tx, now).await).await?;
    let Some(newest) = published.first().filter(|_| rotate_days > 0) else { return Ok(()) };
    if now - newest.used_from < Duration::days(rotate_days) {
        return Ok(());
    }
    let fresh = make(db).await?;
    let actor = Actor::job("oidc.keys", fresh.id);
    db.execute(&actor, &Replace { fresh, old: newest.id }).await
}

/// Makes a further key: published now, used after [`KNOWN_AFTER_SECONDS`]; those before it stay
/// published for [`KEPT_HOURS`]. Nobody is signed out. Says the new key's id.
///
/// # Errors
/// `Internal` when the key cannot be made or sealed.
pub(crate) async fn rotate(db: &Db, actor: &Actor) -> Result<Uuid> {
    let fresh = make(db).await?;
    let id = fresh.id;
    db.execute(actor, &Rotate { fresh }).await?;
    Ok(id)
}

/// Keeps a key, if it is the first.
struct KeepFirst {
    fresh: Fresh,
}

impl Command for KeepFirst {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        // Two requests, or two replicas, that need the first key together must agree on one.
        tx.lock("oidc_keys").await?;
        if tables::current(tx, tx.now()).await?.is_some() {
            return Ok(());
        }
        keep(tx, &self.fresh, tx.now()).await
    }
}

/// Keeps a key in the place of one whose days are over, unless another did so before.
struct Replace {
    fresh: Fresh,
    old: Uuid,
}

impl Command for Replace {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tx.lock("oidc_keys").await?;
        let published = tables::published(tx, tx.now()).await?;
        if published.first().is_none_or(|newest| newest.id != self.old) {
            return Ok(());
        }
        let used_from = tx.now() + Duration::seconds(KNOWN_AFTER_SECONDS);
        keep(tx, &self.fresh, used_from).await?;
        tables::retire_others(tx, self.fresh.id, used_from + Duration::hours(KEPT_HOURS)).await?;
        Ok(())
    }
}

/// Keeps a key beside those before it.
struct Rotate {
    fresh: Fresh,
}

impl Command for Rotate {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tx.lock("oidc_keys").await?;
        let first = tables::current(tx, tx.now()).await?.is_none();
        let wait = if first { 0 } else { KNOWN_AFTER_SECONDS };
        let used_from = tx.now() + Duration::seconds(wait);
        keep(tx, &self.fresh, used_from).await?;
        tables::retire_others(tx, self.fresh.id, used_from + Duration::hours(KEPT_HOURS)).await?;
        Ok(())
    }
}

async fn keep(tx: &Tx, fresh: &Fresh, used_from: DateTime<Utc>) -> Result<()> {
    let private = fresh.private.as_bytes();
    let sealed = tx.extension::<Sealer>()?.seal(PURPOSE, private, tx.bytes())?;
    let key = StoredKey { id: fresh.id, public: fresh.public.clone(), sealed, used_from };
    tables::insert(tx, &key).await?;
    tx.audit("oidc_key", fresh.id, "made", json!({})).await
}
