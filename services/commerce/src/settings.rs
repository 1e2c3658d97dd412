//! `[commerce]` of the configuration: where the payment provider is and what it trusts us by.

use std::sync::Arc;

use chassis::remote::Client;
use chassis::{App, Db, Error, Mode, Result, Sealer, Site};
use serde::Deserialize;

/// The settings. Without any, the provider is the sandbox of this website, with keys derived from
/// the installation's secret key.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// The provider's address, without a slash at the end.
    pub(crate) provider_url: Option<String>,
    /// The bearer key that the provider knows us by.
    pub(crate) provider_key: Option<String>,
    /// The secret that the provider signs its webhooks with.
    pub(crate) webhook_secret: Option<String>,
    /// Whether this website serves the sandbox provider. Without a word: only in test and
    /// demonstration, and on a loopback address, where nobody can mistake it for money.
    pub(crate) sandbox: Option<bool>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let said = |secret: &Option<String>| secret.as_ref().map(|_| "…");
        f.debug_struct("Settings")
            .field("provider_url", &self.provider_url)
            .field("provider_key", &said(&self.provider_key))
            .field("webhook_secret", &said(&self.webhook_secret))
            .field("sandbox", &self.sandbox)
            .finish()
    }
}

impl Settings {
    /// The key that the provider knows us by.
    pub(crate) fn provider_key(&self, sealer: &Sealer) -> Result<String> {
        or_derived(self.provider_key.as_ref(), sealer, "provider_key")
    }

    /// The secret of webhooks.
    pub(crate) fn webhook_secret(&self, sealer: &Sealer) -> Result<String> {
        or_derived(self.webhook_secret.as_ref(), sealer, "webhook_secret")
    }

    /// The secret of webhooks, in a handler.
    pub(crate) fn webhook_secret_of(app: &App) -> Result<String> {
        app.settings::<Self>().webhook_secret(app.sealer())
    }

    /// The key that the provider knows us by, in a handler.
    pub(crate) fn provider_key_of(app: &App) -> Result<String> {
        app.settings::<Self>().provider_key(app.sealer())
    }
}

/// The sandbox provider is served here, or it is as if it did not exist.
pub(crate) fn sandbox_is_served(app: &App) -> Result<()> {
    let site = app.site();
    let by_default = site.mode != Mode::Production || site.loopback;
    if app.settings::<Settings>().sandbox.unwrap_or(by_default) {
        return Ok(());
    }
    Err(Error::not_found("page", "/checkout/sandbox"))
}

fn or_derived(given: Option<&String>, sealer: &Sealer, purpose: &str) -> Result<String> {
    match given {
        Some(secret) => Ok(secret.clone()),
        None => Ok(hex::encode(sealer.derive(purpose)?)),
    }
}

/// What an effect needs of the world.
pub(crate) struct Outside {
    pub(crate) http: Arc<Client>,
    pub(crate) site: Arc<Site>,
    /// The provider's address.
    pub(crate) provider_url: String,
    /// The key that the provider knows us by.
    pub(crate) provider_key: String,
    /// The secret of webhooks.
    pub(crate) webhook_secret: String,
}

impl Outside {
    /// The outside of a service's database.
    pub(crate) fn of(db: &Db) -> Result<Self> {
        let (settings, sealer) = (db.extension::<Settings>()?, db.extension::<Sealer>()?);
        let site = db.extension::<Site>()?;
        let given = settings.provider_url.as_deref().unwrap_or(&site.origin);
        Ok(Self {
            http: db.extension()?,
            provider_url: given.trim_end_matches('/').to_owned(),
            provider_key: settings.provider_key(&sealer)?,
            webhook_secret: settings.webhook_secret(&sealer)?,
            site,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let settings = Settings { provider_key: Some("hunter2".to_owned()), ..Settings::default() };
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
