//! Timed work of the audit: who signed in from where is not kept for ever.

use chassis::{Command, Result, Tx};

use super::domain::{self, Failed, SIGN_IN_ACTS};
use super::tables;

/// Removes what was noted of sign-ins and of failures a long time ago; all other acts are kept.
pub(crate) struct RemoveOld;

impl Command for RemoveOld {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tables::remove(tx, &Failed::ACTS, domain::failures_before(tx.now())).await?;
        tables::remove(tx, &SIGN_IN_ACTS, domain::sign_ins_before(tx.now())).await
    }
}
