//! Timed work: the end of a hold.

use chassis::{Attempt, Command, Fault, Timer, Tx};
use contracts::ApplicationId;
use serde::{Deserialize, Serialize};

use super::commands::ExpireApplication;

/// Ends an application that nobody paid within its hold. One timer per application.
pub(crate) struct ExpireHold;

/// What the timer has to know.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Hold {
    pub(crate) application: ApplicationId,
}

impl Timer for ExpireHold {
    const NAME: &'static str = "applications.expire";

    type Payload = Hold;

    async fn fire(&self, tx: &Tx, hold: &Hold) -> Result<(), Fault> {
        match ExpireApplication(hold.application).attempt(tx).await? {
            Attempt::Done(()) | Attempt::Refused(_) => Ok(()),
        }
    }
}
