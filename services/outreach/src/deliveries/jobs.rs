//! Timed work: a one-time code does not stay in our tables.

use chassis::{Command, Fault, Timer, Tx};

use super::commands::Forget;
use super::remote::Outgoing;

/// The time of a one-time code is over: the text that holds it goes.
pub(crate) struct ForgetCode;

impl Timer for ForgetCode {
    const NAME: &'static str = "deliveries.forget_code";

    type Payload = Outgoing;

    async fn fire(&self, tx: &Tx, outgoing: &Outgoing) -> Result<(), Fault> {
        Ok(Forget { delivery: outgoing.delivery }.run(tx).await?)
    }
}
