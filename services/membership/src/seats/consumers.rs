//! What identity tells about those who were invited by a company.

use chassis::{Attempt, Command as _, Fault, Got, Reaction, Tx};
use contracts::identity::InvitationAccepted;

use super::commands::AcceptSeat;
use crate::companies::roles::NoteRoleAccepted;

/// Somebody accepted a seat.
pub(crate) struct TakeSeat;

impl Reaction for TakeSeat {
    const NAME: &'static str = "seats.take";

    type Message = InvitationAccepted;

    async fn react(&self, tx: &Tx, got: &Got<InvitationAccepted>) -> Result<(), Fault> {
        let command = AcceptSeat { invitation: got.invitation_id, person: got.person_id };
        match command.attempt(tx).await? {
            Attempt::Done(()) | Attempt::Refused(_) => Ok(()),
        }
    }
}

/// Somebody accepted a role at a company.
pub(crate) struct TakeRole;

impl Reaction for TakeRole {
    const NAME: &'static str = "companies.take_role";

    type Message = InvitationAccepted;

    async fn react(&self, tx: &Tx, got: &Got<InvitationAccepted>) -> Result<(), Fault> {
        let command = NoteRoleAccepted { invitation: got.invitation_id, person: got.person_id };
        match command.attempt(tx).await? {
            Attempt::Done(()) | Attempt::Refused(_) => Ok(()),
        }
    }
}
