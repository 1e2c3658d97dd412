//! Timed work of accounts: registrations that nobody confirmed are removed.

use chassis::{Command, Result, Tx};
use chrono::Duration;
use contracts::identity::AccountRemoved;
use serde_json::json;

use super::tables;

/// For how long a registration waits to be confirmed, in days.
pub(crate) const UNVERIFIED_DAYS: i64 = 7;

/// Removes registrations that were not confirmed in a week. Publishes `identity.account.removed`.
pub(crate) struct RemoveUnverified;

impl Command for RemoveUnverified {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let then = tx.now() - Duration::days(UNVERIFIED_DAYS);
        for account in tables::unverified_since(tx, then).await? {
            tables::remove(tx, &account).await?;
            tx.audit("account", account.person_id, "removed_unverified", json!({})).await?;
            tx.publish(AccountRemoved {
                person_id: account.person_id,
                version: account.version + 1,
            });
        }
        Ok(())
    }
}
