//! What identity tells about invitations.

use chassis::{Attempt, Command as _, Fault, Got, Reaction, Tx};
use contracts::identity::InvitationAccepted;

use super::commands::NoteAcceptance;

/// Somebody accepted.
pub(crate) struct NoteAccepted;

impl Reaction for NoteAccepted {
    const NAME: &'static str = "invitations.note_accepted";

    type Message = InvitationAccepted;

    async fn react(&self, tx: &Tx, got: &Got<InvitationAccepted>) -> Result<(), Fault> {
        let command = NoteAcceptance { id: got.invitation_id, person_id: got.person_id };
        match command.attempt(tx).await? {
            Attempt::Done(()) | Attempt::Refused(_) => Ok(()),
        }
    }
}
