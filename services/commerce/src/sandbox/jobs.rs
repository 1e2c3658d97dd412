//! The provider's clock: when a late payment counts, when a webhook goes out.

use chassis::{Fault, Timer, Tx};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::commands;
use super::remote::SendWebhook;

/// Which session's money counts from now on.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Confirmation {
    pub(super) session: String,
}

/// A late payment comes through.
pub(crate) struct Confirm;

impl Timer for Confirm {
    const NAME: &'static str = "sandbox.confirm";

    type Payload = Confirmation;

    async fn fire(&self, tx: &Tx, due: &Confirmation) -> Result<(), Fault> {
        Ok(commands::confirm_late(tx, &due.session).await?)
    }
}

/// A webhook to be sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub(super) url: String,
    pub(super) body: String,
    pub(super) created_at: DateTime<Utc>,
}

/// A webhook goes out when its delay is over.
pub(crate) struct Deliver;

impl Timer for Deliver {
    const NAME: &'static str = "sandbox.deliver";

    type Payload = Delivery;

    async fn fire(&self, tx: &Tx, due: &Delivery) -> Result<(), Fault> {
        tx.effect::<SendWebhook>(due).await?;
        Ok(())
    }
}
