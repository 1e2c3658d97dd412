//! Questions to the provider by the clock: a lost webhook strands nobody.

use chassis::{Fault, Timer, Tx};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::commands;

/// Which attempt is in doubt.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Doubt {
    pub(crate) payment: Uuid,
    /// The last question was asked: what is looked for is its answer.
    #[serde(default)]
    pub(crate) asked_last: bool,
}

/// Asks about an attempt that has no answer yet, less and less often.
pub(crate) struct AskLater;

impl Timer for AskLater {
    const NAME: &'static str = "payments.ask_later";

    type Payload = Doubt;

    async fn fire(&self, tx: &Tx, doubt: &Doubt) -> Result<(), Fault> {
        Ok(commands::look_again(tx, doubt).await?)
    }
}
