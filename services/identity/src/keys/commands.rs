//! Signing keys: the first one, the next ones, and signing itself.

use chassis::signin::{Signer, Token};
use chassis::{App, Command, Error, Result, Sealer, Tx};
use contracts::identity::KeyPublished;
use serde_json::json;

use super::domain::{self, Key, Refusal};
use super::tables;
use crate::settings::Settings;
use crate::signins::domain::SignIn;

/// What the sealed text is bound to, so that no other sealed secret is taken for it.
const PURPOSE: &str = "signing-key";
/// Two that change the keys at once must agree on one youngest.
const LOCK: &str = "signing_keys";

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::OnItsWay => Self::refused("key_on_its_way", refusal),
        }
    }
}

/// Makes the first signing key, if there is none. Publishes `identity.key.published`.
pub(crate) struct Prepare;

impl Command for Prepare {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tx.lock(LOCK).await?;
        let keys = tables::all(tx).await?;
        if keys.is_empty() { make(tx, &keys).await } else { Ok(()) }
    }
}

/// Makes a new key, which signs in a minute. Publishes `identity.key.published`.
///
/// Refused while one is on its way (`key_on_its_way`).
pub(crate) struct Rotate;

impl Command for Rotate {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tx.lock(LOCK).await?;
        make(tx, &tables::all(tx).await?).await
    }
}

/// Replaces a key that signed for long enough, and retires those that were replaced. Publishes
/// `identity.key.published`.
pub(crate) struct Keep;

impl Command for Keep {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tx.lock(LOCK).await?;
        let (keys, now) = (tables::all(tx).await?, tx.now());
        for key in domain::retiring(&keys, now) {
            let key = tables::save(tx, key).await?;
            tx.audit("signing_key", key.id, "retired", json!({ "at": key.retires_at })).await?;
            publish(tx, &key);
        }
        tables::remove_retired(tx, now).await?;
        let rotate_days = tx.extension::<Settings>()?.keys.rotate_days;
        if domain::is_due(&keys, rotate_days, now) { make(tx, &keys).await } else { Ok(()) }
    }
}

async fn make(tx: &Tx, keys: &[Key]) -> Result<()> {
    let signs_from = domain::next_signs_from(keys, tx.now())?;
    let signer = Signer::new(tx.id(), tx.bytes())?;
    let sealer = tx.extension::<Sealer>()?;
    let key = Key {
        id: signer.kid(),
        public: signer.public_key().to_owned(),
        sealed: sealer.seal(PURPOSE, signer.seed(), tx.bytes())?,
        made_at: tx.now(),
        signs_from,
        retires_at: None,
        version: 1,
    };
    tables::insert(tx, &key).await?;
    tx.audit("signing_key", key.id, "made", json!({ "signs_from": signs_from })).await?;
    publish(tx, &key);
    Ok(())
}

fn publish(tx: &Tx, key: &Key) {
    tx.publish(KeyPublished {
        id: key.id,
        public_key: key.public.clone(),
        retires_at: key.retires_at,
        version: key.version,
    });
}

/// What signs now.
///
/// # Errors
/// `Internal` when there is no key, or it was sealed with another secret key.
pub(crate) async fn signer(app: &App) -> Result<Signer> {
    let keys = app.db().read(async |tx: &Tx| tables::all(tx).await).await?;
    let key = domain::signing(&keys, app.clock().now());
    let key = key.ok_or_else(|| Error::internal("there is no signing key; was start-up run?"))?;
    let seed = app.sealer().open(PURPOSE, &key.sealed)?;
    let seed =
        seed.try_into().map_err(|_| Error::internal("a signing key has the wrong length"))?;
    Signer::new(key.id, seed)
}

/// Signs the token of a sign-in; it says when the person last proved who they are.
///
/// # Errors
/// As [`signer`].
pub(crate) async fn sign(app: &App, signin: &SignIn) -> Result<String> {
    let token = Token::new(
        signin.person_id,
        signin.id,
        signin.generation,
        signin.authenticated_at,
        &signin.how,
        app.clock().now(),
    );
    sign_token(app, &token).await
}

/// Signs a token.
///
/// # Errors
/// As [`signer`].
pub(crate) async fn sign_token(app: &App, token: &Token) -> Result<String> {
    signer(app).await?.sign(token)
}
