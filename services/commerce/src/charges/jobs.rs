//! The end of a hold, by the clock.

use chassis::{Command, Fault, Timer, Tx};
use contracts::ChargeId;
use serde::{Deserialize, Serialize};

use super::commands::Expire;

/// Whose hold ends.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Hold {
    pub(crate) charge: ChargeId,
}

/// At the end of its hold a charge is offered no longer.
pub(crate) struct EndHold;

impl Timer for EndHold {
    const NAME: &'static str = "charges.end_hold";

    type Payload = Hold;

    async fn fire(&self, tx: &Tx, hold: &Hold) -> Result<(), Fault> {
        Ok(Expire { charge: hold.charge }.run(tx).await?)
    }
}
