//! Timed work of sign-ins: what can no longer matter is removed.

use chassis::{Command, Result, Tx};

use super::{domain, tables};

/// Removes sign-ins that cannot be brought back, and tries that no longer count.
pub(crate) struct RemoveForgotten;

impl Command for RemoveForgotten {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tables::remove_forgotten(tx, tx.now()).await?;
        tables::remove_tries(tx, domain::tries_forgotten_before(tx.now())).await?;
        Ok(())
    }
}
