//! What other services ask for: `charge.requested` and `charge.withdrawn`, from whichever of them.

use chassis::{Attempt, Command, Fault, Got, Reaction, Tx};
use contracts::shared::{ChargeRequested, ChargeWithdrawn};

use super::commands::{TakeIn, Withdraw};

/// A service wants money: the charge is opened, or refused with a code.
pub(crate) struct TakeChargeIn;

impl Reaction for TakeChargeIn {
    const NAME: &'static str = "charges.take_in";

    const FROM_START: bool = true;

    type Message = ChargeRequested;

    async fn react(&self, tx: &Tx, got: &Got<ChargeRequested>) -> Result<(), Fault> {
        settle(TakeIn { asked_by: &got.feed, asked: &got.charge }.attempt(tx).await?)
    }
}

/// A service no longer wants money: the charge is not offered any more.
pub(crate) struct WithdrawCharge;

impl Reaction for WithdrawCharge {
    const NAME: &'static str = "charges.withdraw";

    const FROM_START: bool = true;

    type Message = ChargeWithdrawn;

    async fn react(&self, tx: &Tx, got: &Got<ChargeWithdrawn>) -> Result<(), Fault> {
        settle(Withdraw { asked_by: &got.feed, asked: &got.charge }.attempt(tx).await?)
    }
}

/// These commands turn every "no" into an outcome themselves; one that slips through is a bug.
fn settle(attempt: Attempt<()>) -> Result<(), Fault> {
    match attempt {
        Attempt::Done(()) => Ok(()),
        Attempt::Refused(why) => Err(Fault::Broken(why.message)),
    }
}
