//! The signing key: made at the first start, used for every token.

use chassis::signin::{Signer, Token};
use chassis::{App, Command, Error, Result, Sealer, Tx};
use contracts::identity::KeyPublished;
use serde_json::json;

use super::tables::{self, StoredKey};
use crate::signins::domain::SignIn;

/// What the sealed text is bound to, so that no other sealed secret is taken for it.
const PURPOSE: &str = "signing-key";

/// Makes the first signing key, if there is none. Publishes `identity.key.published`.
pub(crate) struct Prepare;

impl Command for Prepare {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        // Two replicas that start together must agree on one key.
        tx.lock("signing_keys").await?;
        if tables::current(tx).await?.is_some() {
            return Ok(());
        }
        let signer = Signer::new(tx.id(), tx.bytes())?;
        let sealer = tx.extension::<Sealer>()?;
        let key = StoredKey {
            id: signer.kid(),
            public_key: signer.public_key().to_owned(),
            sealed: sealer.seal(PURPOSE, signer.seed(), tx.bytes())?,
            version: 1,
        };
        tables::insert(tx, &key).await?;
        tx.audit("signing_key", key.id, "made", json!({})).await?;
        tx.publish(KeyPublished {
            id: key.id,
            public_key: key.public_key,
            retires_at: None,
            version: key.version,
        });
        Ok(())
    }
}

/// Signs the token of a sign-in; it says when the person last proved who they are.
///
/// # Errors
/// `Internal` when there is no key, or it was sealed with another secret key.
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
/// As [`sign`].
pub(crate) async fn sign_token(app: &App, token: &Token) -> Result<String> {
    let key = app.db().read(async |tx: &Tx| tables::current(tx).await).await?;
    let key = key.ok_or_else(|| Error::internal("there is no signing key; was start-up run?"))?;
    let seed = app.sealer().open(PURPOSE, &key.sealed)?;
    let seed =
        seed.try_into().map_err(|_| Error::internal("a signing key has the wrong length"))?;
    Signer::new(key.id, seed)?.sign(token)
}
