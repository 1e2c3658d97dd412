//! How an owner is told, in the transaction of what happened; and what is forgotten.

use chassis::{Command, Result, Tx};
use contracts::identity::{SecurityAlert, SecurityAlerted};
use serde_json::json;

use super::domain::{self, Sight};
use super::tables;
use crate::accounts::domain::Account;
use crate::steps::domain::Browser;

/// Tells the owner of `account` what happened to its security, by mail.
/// Publishes `identity.account.security_alerted`.
pub(crate) fn alert(tx: &Tx, account: &Account, alert: SecurityAlert, browser: &Browser) {
    tx.publish(SecurityAlerted {
        account: account.public(),
        alert,
        device: browser.device.clone(),
        network: browser.network.clone(),
        at: tx.now(),
    });
}

/// Somebody signs in to `account` from `browser`: when it is a new one, the owner is told.
pub(crate) async fn recognise(tx: &Tx, account: &Account, browser: &Browser) -> Result<()> {
    let person = account.person_id;
    let seen = tables::of(tx, person).await?;
    tables::note(tx, person, browser, &seen).await?;
    if domain::judge(&seen, browser, tx.now()) == Sight::New {
        let detail = json!({ "device": browser.device, "network": browser.network });
        tx.audit("account", person, "new_browser_seen", detail).await?;
        alert(tx, account, SecurityAlert::NewDevice, browser);
    }
    Ok(())
}

/// Forgets browsers that were not seen for long; the last one of each account stays.
pub(crate) struct ForgetBrowsers;

impl Command for ForgetBrowsers {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tables::forget(tx, domain::forgotten_before(tx.now())).await?;
        Ok(())
    }
}
