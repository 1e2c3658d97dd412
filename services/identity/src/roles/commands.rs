//! What can be asked of roles. Every command: load, decide, store, publish; one transaction.

use chassis::{Command, Error, Result, Tx};
use contracts::PersonId;
use contracts::identity::{RoleGranted, RoleRevoked};
use serde_json::json;

use super::domain::{self, Refusal, RoleSet};
use super::tables;
use crate::accounts::domain::{Address, State};
use crate::accounts::tables as accounts;
use crate::policy::commands::POLICY_LOCK;
use crate::policy::tables as policy;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.code(), refusal)
    }
}

/// Grants a role to an account that is active. Publishes `identity.role.granted`.
pub(crate) struct Grant<'a> {
    pub(crate) person_id: PersonId,
    pub(crate) role: &'a str,
}

impl Command for Grant<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        // What the policy asks of the set must be what it asks when the set is stored.
        tx.lock(POLICY_LOCK).await?;
        let account = accounts::existing(tx, self.person_id).await?;
        if account.state != State::Active {
            // Whoever confirms the address later would get the role: that may be anybody.
            return Err(Refusal::NotActive(account.state.as_str()).into());
        }
        let set = stored(tx, account.person_id).await?;
        let Some(set) = domain::grant(&set, self.role)? else { return Ok(()) };
        let set = tables::save(tx, set).await?;
        let role = self.role.to_owned();
        tx.audit("account", self.person_id, "role_granted", json!({ "role": role })).await?;
        let strong = policy::load(tx).await?.asks(&set);
        tx.publish(RoleGranted { roles: set.public(strong), role });
        Ok(())
    }
}

/// Takes a role away. Publishes `identity.role.revoked`.
pub(crate) struct Revoke<'a> {
    pub(crate) person_id: PersonId,
    pub(crate) role: &'a str,
    /// Who does it; nobody for an operator at the command line.
    pub(crate) by: Option<PersonId>,
}

impl Command for Revoke<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tx.lock(POLICY_LOCK).await?;
        let account = accounts::existing(tx, self.person_id).await?;
        let set = stored(tx, account.person_id).await?;
        let Some(set) = domain::revoke(&set, self.role, self.by)? else { return Ok(()) };
        let set = tables::save(tx, set).await?;
        let role = self.role.to_owned();
        tx.audit("account", self.person_id, "role_revoked", json!({ "role": role })).await?;
        let strong = policy::load(tx).await?.asks(&set);
        tx.publish(RoleRevoked { roles: set.public(strong), role });
        Ok(())
    }
}

/// Grants a role to whoever has an address: the operator's way, which makes the first
/// administrator.
pub(crate) struct GrantByAddress {
    pub(crate) address: String,
    pub(crate) role: String,
}

impl Command for GrantByAddress {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let unknown = || Error::not_found("account with the address", &self.address);
        let address = Address::read(&self.address).ok_or_else(unknown)?;
        let account = accounts::with_address(tx, &address.normal).await?.ok_or_else(unknown)?;
        Grant { person_id: account.person_id, role: &self.role }.run(tx).await
    }
}

async fn stored(tx: &Tx, person: PersonId) -> Result<RoleSet> {
    Ok(tables::load(tx, person).await?.unwrap_or_else(|| RoleSet::none(person)))
}
