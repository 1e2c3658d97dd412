//! Messages in: what other services invite people to.

use chassis::{Attempt, Command as _, Fault, Got, Reaction, Tx};
use contracts::shared::{InvitationRequested, InvitationWithdrawn};

use super::commands::{self, Withdraw};
use super::domain::{Invitation, State};
use crate::own_path::OwnPath;

/// The longest title that is shown, in characters.
const LONGEST_TITLE: usize = 120;

/// A service invites a person: the mail goes out.
pub(crate) struct TakeInvitationIn;

impl Reaction for TakeInvitationIn {
    const NAME: &'static str = "invitations.take_in";
    // Whoever was invited before identity listened can accept as long as the invitation lives.
    const FROM_START: bool = true;

    type Message = InvitationRequested;

    async fn react(&self, tx: &Tx, got: &Got<InvitationRequested>) -> Result<(), Fault> {
        let invitation = Invitation {
            id: got.invitation_id,
            asker: got.feed.clone(),
            asker_version: got.version,
            asked_by: None,
            person_id: got.person_id,
            title: got.title.chars().take(LONGEST_TITLE).collect(),
            language: got.language.clone(),
            role: None,
            // A path that would lead away leads home.
            return_path: OwnPath::read(&got.return_path)
                .map_or_else(|| "/account".to_owned(), |path| path.as_str().to_owned()),
            code_hash: None,
            code_expires_at: None,
            state: State::Open,
            asked_at: got.at,
            expires_at: got.expires_at,
            version: 1,
        };
        Ok(commands::take_in(tx, invitation).await?)
    }
}

/// Its asker takes an invitation back.
pub(crate) struct WithdrawInvitation;

impl Reaction for WithdrawInvitation {
    const NAME: &'static str = "invitations.withdraw";
    const FROM_START: bool = true;

    type Message = InvitationWithdrawn;

    async fn react(&self, tx: &Tx, got: &Got<InvitationWithdrawn>) -> Result<(), Fault> {
        let command = Withdraw { id: got.invitation_id, asker: &got.feed };
        match command.attempt(tx).await? {
            // Unknown: it was another's, or long over.
            Attempt::Done(()) | Attempt::Refused(_) => Ok(()),
        }
    }
}
