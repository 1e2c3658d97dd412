//! Who is what for a company: named by the office, asked by an invitation when they are not known.

use chassis::{Command, Error, Result, Tx};
use contracts::{CompanyId, PersonId};
use serde_json::json;
use uuid::Uuid;

use super::commands::{found, publish, refused};
use super::domain::{Company, Refusal, Role, RoleHeld};
use super::tables;
use crate::invitations::commands::{Guest, invite_guest};
use crate::people;

/// Where an admin goes on after accepting.
const RETURN_PATH: &str = "/companies";

/// Whom the office names.
pub(crate) enum Whom {
    /// Somebody with this member number.
    Numbered(String),
    /// Somebody at this address, who is invited.
    Invited(Guest),
}

/// Gives somebody a role at a company. Of contacts there is one each: a new one takes the place of the
/// one before. Publishes `membership.company.published`, and what an invitation does.
pub(crate) struct NameRole {
    pub(crate) company: CompanyId,
    pub(crate) role: Role,
    pub(crate) whom: Whom,
}

impl Command for NameRole {
    type Out = CompanyId;

    async fn run(&self, tx: &Tx) -> Result<CompanyId> {
        let company = found(tx, self.company).await?;
        let (person, invitation) = self.person(tx, &company).await?;
        if company.holders(self.role).any(|holder| holder == person) {
            return Err(refused(Refusal::RoleHeld));
        }
        let mut roles = company.roles.clone();
        if self.role != Role::Admin {
            for before in roles.extract_if(.., |held| held.role == self.role) {
                tables::remove_role(tx, before.id).await?;
            }
        }
        let held = RoleHeld { id: tx.id(), role: self.role, person, invitation };
        tables::add_role(tx, company.id, &held).await?;
        roles.push(held);
        let detail = json!({ "role": self.role.title(), "person": person });
        Ok(publish(tx, Company { roles, ..company }, "role_given", detail).await?.id)
    }
}

impl NameRole {
    async fn person(&self, tx: &Tx, company: &Company) -> Result<(PersonId, Option<Uuid>)> {
        match &self.whom {
            Whom::Numbered(number) => {
                let person = people::tables::numbered(tx, number).await?;
                let unknown = || Error::invalid("number", "nobody has this member number");
                Ok((person.ok_or_else(unknown)?.id, None))
            }
            Whom::Invited(guest) => {
                let one = invite_guest(tx, guest, &company.name, RETURN_PATH).await?;
                Ok((one.person_id, Some(one.id)))
            }
        }
    }
}

/// Takes a role away; gives at which company. Publishes `membership.company.published`.
pub(crate) struct RemoveRole(pub(crate) Uuid);

impl Command for RemoveRole {
    type Out = CompanyId;

    async fn run(&self, tx: &Tx) -> Result<CompanyId> {
        let id = tables::company_of_role(tx, self.0).await?;
        let company = found(tx, id.ok_or_else(|| Error::not_found("role", self.0))?).await?;
        let mut roles = company.roles.clone();
        let gone = roles.extract_if(.., |held| held.id == self.0).next();
        let gone = gone.ok_or_else(|| Error::not_found("role", self.0))?;
        tables::remove_role(tx, gone.id).await?;
        let detail = json!({ "role": gone.role.title(), "person": gone.person });
        Ok(publish(tx, Company { roles, ..company }, "role_taken", detail).await?.id)
    }
}

/// Notes who accepted the invitation to a role: the address may be that of somebody known before.
/// Publishes `membership.company.published` when it is.
pub(crate) struct NoteRoleAccepted {
    pub(crate) invitation: Uuid,
    pub(crate) person: PersonId,
}

impl Command for NoteRoleAccepted {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let Some(id) = tables::company_of_role(tx, self.invitation).await? else { return Ok(()) };
        let company = found(tx, id).await?;
        let asked = |held: &&RoleHeld| held.invitation == Some(self.invitation);
        let Some(held) = company.roles.iter().find(asked).cloned() else { return Ok(()) };
        if held.person == self.person {
            return Ok(());
        }
        let mut roles = company.roles.clone();
        roles.retain(|other| other.id != held.id);
        if roles.iter().any(|other| other.role == held.role && other.person == self.person) {
            tables::remove_role(tx, held.id).await?;
        } else {
            tables::give_role(tx, held.id, self.person).await?;
            roles.push(RoleHeld { person: self.person, ..held });
        }
        let detail = json!({ "person": self.person });
        publish(tx, Company { roles, ..company }, "role_accepted", detail).await?;
        Ok(())
    }
}
