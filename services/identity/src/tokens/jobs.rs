//! Timed work of access tokens.

use chassis::{Command, Result, Tx};

use super::{domain, keys, tables};

/// Removes what is no longer listed, and makes another key when that is due.
pub(crate) struct Tend;

impl Command for Tend {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tables::remove_expired(tx, domain::listed_since(tx.now())).await?;
        keys::rotate(tx).await
    }
}
