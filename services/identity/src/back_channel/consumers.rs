//! Messages in, our own: whatever ended a sign-in, its clients are found here, and a call to each is
//! recorded in the same transaction.

use std::marker::PhantomData;

use chassis::{Fault, Got, Reaction, Result, Tx};
use contracts::identity::{AccountLocked, PasswordChanged, SignInEnded, SignedOutEverywhere};
use contracts::{Message, PersonId, SignInId};

use super::remote::{Farewell, SayEnded};
use crate::accounts::domain::State;
use crate::accounts::tables as accounts;
use crate::clients::tables as clients;
use crate::oidc::tables::sessions::{self, Session};
use crate::signins::tables as signins;

/// Whose sign-ins a message may have ended.
pub(crate) enum Ended {
    /// This one.
    One(SignInId),
    /// Any of this person.
    Of(PersonId),
}

/// A message after which sign-ins may have ended.
pub(crate) trait EndsSignIns: Message {
    /// The name of the reaction to it.
    const REACTION: &'static str;

    /// Whose they are.
    fn ended(&self) -> Ended;
}

impl EndsSignIns for SignInEnded {
    const REACTION: &'static str = "back_channel.on_signin_ended";

    fn ended(&self) -> Ended {
        Ended::One(self.signin_id)
    }
}

impl EndsSignIns for SignedOutEverywhere {
    const REACTION: &'static str = "back_channel.on_signed_out";

    fn ended(&self) -> Ended {
        Ended::Of(self.account.person_id)
    }
}

impl EndsSignIns for AccountLocked {
    const REACTION: &'static str = "back_channel.on_locked";

    fn ended(&self) -> Ended {
        Ended::Of(self.account.person_id)
    }
}

impl EndsSignIns for PasswordChanged {
    const REACTION: &'static str = "back_channel.on_password_changed";

    fn ended(&self) -> Ended {
        Ended::Of(self.account.person_id)
    }
}

/// Tells the clients of the sign-ins that a message of type `M` ended.
pub(crate) struct TellClients<M>(PhantomData<M>);

impl<M> TellClients<M> {
    /// The reaction to messages of type `M`.
    pub(crate) const fn told() -> Self {
        Self(PhantomData)
    }
}

impl<M: EndsSignIns> Reaction for TellClients<M> {
    const NAME: &'static str = M::REACTION;

    type Message = M;

    async fn react(&self, tx: &Tx, got: &Got<M>) -> Result<(), Fault> {
        let found = match got.ended() {
            Ended::One(signin) => sessions::of_signin(tx, signin).await?,
            Ended::Of(person) => sessions::of_person(tx, person).await?,
        };
        for session in found {
            // A new sign-in may have begun since: with a new password one does at once.
            if !is_living(tx, &session).await? {
                end(tx, session).await?;
            }
        }
        Ok(())
    }
}

/// Whether the sign-in of a session goes on.
async fn is_living(tx: &Tx, session: &Session) -> Result<bool> {
    let Some(signin) = signins::load(tx, session.signin_id).await? else { return Ok(false) };
    let account = accounts::load(tx, session.person_id).await?;
    Ok(account.is_some_and(|account| {
        account.state == State::Active && signin.is_living(account.generation, tx.now())
    }))
}

async fn end(tx: &Tx, session: Session) -> Result<()> {
    sessions::forget(tx, session.signin_id, &session.client_id).await?;
    let client = clients::load(tx, &session.client_id).await?;
    if client.is_some_and(|client| client.open && client.back_channel.is_some()) {
        let farewell = Farewell {
            client_id: session.client_id,
            person_id: session.person_id,
            signin_id: session.signin_id,
            ended_at: tx.now(),
        };
        tx.effect::<SayEnded>(&farewell).await?;
    }
    Ok(())
}
