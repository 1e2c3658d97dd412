//! What can be asked of the policy. Every command: load, decide, store, publish; one transaction.

use chassis::{Command, Error, Result, Tx};
use contracts::identity::RoleGranted;
use serde_json::json;
use uuid::Uuid;

use super::domain;
use super::tables;
use crate::roles::tables as roles;

/// What the audit keeps the policy under; there is one.
pub(crate) const POLICY: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);

/// Held by whoever changes the policy or the roles of a person: what one asks of the other is told
/// with every change of either.
pub(crate) const POLICY_LOCK: &str = "role_policy";

/// Says which roles ask for two factors. Publishes `identity.role.granted` again for everybody
/// whose roles ask for more or less than before.
pub(crate) struct Choose<'a> {
    pub(crate) wanted: Vec<&'a str>,
    /// The version the page showed.
    pub(crate) version: i64,
}

impl Command for Choose<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tx.lock(POLICY_LOCK).await?;
        let before = tables::load(tx).await?;
        if before.version != self.version {
            return Err(Error::Conflict);
        }
        let Some(policy) = domain::choose(&before, &self.wanted) else { return Ok(()) };
        tables::save(tx, &policy).await?;
        let detail = json!({ "roles": { "from": before.words, "to": policy.words } });
        tx.audit("role_policy", POLICY, "roles_that_need_two_factors", detail).await?;
        for set in roles::all(tx).await? {
            if policy.asks(&set) == before.asks(&set) {
                continue;
            }
            // All roles of a person go out together; the message is named after the first.
            let Some(role) = set.words.first().cloned() else { continue };
            let set = roles::save(tx, set).await?;
            tx.publish(RoleGranted { roles: set.public(policy.asks(&set)), role });
        }
        Ok(())
    }
}
