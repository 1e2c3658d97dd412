//! What can be asked of invitations.

use chassis::{Command, Error, Result, Tx};
use contracts::PersonId;
use contracts::shared::{InvitationRequested, InvitationWithdrawn};
use serde_json::json;
use uuid::Uuid;

use super::domain::{self, Invitation, State};
use super::tables;
use crate::people::commands::IntroducePerson;
use crate::people::tables as people;

/// Where one goes on after accepting.
const RETURN_PATH: &str = "/membership";

/// Somebody to be invited, as whoever invites them knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guest {
    pub(crate) name: String,
    pub(crate) address: String,
}

/// Introduces somebody and invites them, in the caller's transaction. Whoever has an account at that
/// address only confirms. Publishes `membership.person.introduced` and
/// `membership.invitation.requested`.
pub(crate) async fn invite_guest(
    tx: &Tx,
    guest: &Guest,
    title: &str,
    return_path: &str,
) -> Result<Invitation> {
    let Guest { name, address } = guest.clone();
    let person = IntroducePerson { name, address }.run(tx).await?;
    invite(tx, person, title, return_path).await
}

/// Invites somebody who was introduced before, in the caller's transaction. Publishes
/// `membership.invitation.requested`.
pub(crate) async fn invite(
    tx: &Tx,
    person: PersonId,
    title: &str,
    return_path: &str,
) -> Result<Invitation> {
    let invitation = Invitation {
        id: tx.id(),
        person_id: person,
        title: title.to_owned(),
        state: State::Open,
        asked_at: tx.now(),
        expires_at: domain::expires_at(tx.now()),
        version: 1,
    };
    tables::insert(tx, &invitation).await?;
    tx.audit("person", person.0, "invited", json!({ "to": invitation.title })).await?;
    tx.publish(InvitationRequested {
        invitation_id: invitation.id,
        person_id: person,
        title: invitation.title.clone(),
        language: "en".to_owned(),
        return_path: return_path.to_owned(),
        expires_at: invitation.expires_at,
        version: invitation.version,
    });
    Ok(invitation)
}

/// Introduces somebody and invites them. Publishes `membership.person.introduced` and
/// `membership.invitation.requested`.
pub(crate) struct InviteSomebody {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) title: String,
}

impl Command for InviteSomebody {
    type Out = PersonId;

    async fn run(&self, tx: &Tx) -> Result<PersonId> {
        let guest = Guest { name: self.name.clone(), address: self.address.clone() };
        Ok(invite_guest(tx, &guest, &self.title, RETURN_PATH).await?.person_id)
    }
}

/// Takes an invitation back; gives whose it was. Publishes `membership.invitation.withdrawn`.
pub(crate) struct TakeBack {
    pub(crate) id: Uuid,
}

impl Command for TakeBack {
    type Out = PersonId;

    async fn run(&self, tx: &Tx) -> Result<PersonId> {
        let found = tables::load(tx, self.id).await?;
        let invitation = found.ok_or_else(|| Error::not_found("invitation", self.id))?;
        let person = invitation.person_id;
        let Some(withdrawn) = domain::withdrawn(invitation) else { return Ok(person) };
        let withdrawn = tables::save(tx, withdrawn).await?;
        tx.audit("person", person.0, "invitation_withdrawn", json!({})).await?;
        tx.publish(InvitationWithdrawn { invitation_id: withdrawn.id, version: withdrawn.version });
        Ok(person)
    }
}

/// Notes that an invitation of ours was accepted, by whoever the address turned out to be.
pub(crate) struct NoteAcceptance {
    pub(crate) id: Uuid,
    pub(crate) person_id: PersonId,
}

impl Command for NoteAcceptance {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        // Another service's, or one of a role.
        let Some(invitation) = tables::load(tx, self.id).await? else { return Ok(()) };
        let invited = invitation.person_id;
        let Some(accepted) = domain::accepted(invitation) else { return Ok(()) };
        tables::save(tx, accepted).await?;
        tx.audit("person", invited.0, "invitation_accepted", json!({})).await?;
        if self.person_id != invited && people::load(tx, self.person_id).await?.is_some() {
            // They had an account, and a record here: it says so too.
            tx.audit("person", self.person_id.0, "invitation_accepted", json!({})).await?;
        }
        Ok(())
    }
}
