//! `[commerce]` of the configuration: where the payment provider is and what it trusts us by.

use std::sync::Arc;

use chassis::remote::Client;
use chassis::{App, Command, Db, Error, Mode, Result, Sealer, Site, Tx};
use serde::Deserialize;

use crate::entities::{self, LegalEntities, Seller, Tax, seller};
use crate::invoices::Sheet;

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
    /// Whether this website serves the sandbox provider. Without a word: only on a loopback
    /// address, where nobody can mistake it for money.
    pub(crate) sandbox: Option<bool>,
    /// Who sells, by the code that charges name: `[commerce.legal_entities.scte]`.
    pub(crate) legal_entities: LegalEntities,
    /// Which taxes are in the prices; the first that fits a line is meant.
    pub(crate) taxes: Vec<Tax>,
    /// What invoices are printed on: `letter` or `a4`.
    pub(crate) paper: Sheet,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let said = |secret: &Option<String>| secret.as_ref().map(|_| "…");
        f.debug_struct("Settings")
            .field("provider_url", &self.provider_url)
            .field("provider_key", &said(&self.provider_key))
            .field("webhook_secret", &said(&self.webhook_secret))
            .field("sandbox", &self.sandbox)
            .field("legal_entities", &self.legal_entities)
            .field("taxes", &self.taxes)
            .field("paper", &self.paper)
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

    /// Whether the sandbox provider is there for whoever asks this host for it. A loopback listener
    /// alone says little: a proxy, or a foreign name that leads to it, may stand before it.
    fn serves_sandbox(&self, site: &Site, host: Option<&str>) -> bool {
        self.sandbox.unwrap_or_else(|| site.loopback && host.is_some_and(is_loopback))
    }

    /// Whether people pay at the sandbox, where no money moves.
    pub(crate) fn is_sandbox(&self) -> bool {
        self.provider_url.is_none()
    }

    /// The seller behind a legal entity's code.
    pub(crate) fn seller(&self, site: &Site, code: &str) -> Seller {
        seller(&self.legal_entities, code, site.mode == Mode::Demo)
    }

    /// Whether people can pay somewhere, and invoices can be written.
    fn check(&self, site: &Site) -> Result<()> {
        entities::check(&self.legal_entities, &self.taxes)
            .map_err(|why| Error::refused("configuration", why))?;
        let host = site.origin.split_once("://").map(|(_, host)| host);
        let provided = self.provider_url.is_some() || self.serves_sandbox(site, host);
        if provided || site.mode != Mode::Production {
            return Ok(());
        }
        let why = "[commerce] provider_url is missing: without it nobody can pay (the sandbox, \
                   where no money moves, is served on localhost with a port, or with sandbox = true)";
        Err(Error::refused("configuration", why))
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

/// The sandbox provider is served to whoever asks this host, or it is as if it did not exist.
pub(crate) fn sandbox_is_served(app: &App, host: Option<&str>) -> Result<()> {
    if app.settings::<Settings>().serves_sandbox(app.site(), host) {
        return Ok(());
    }
    Err(Error::not_found("page", "/checkout/sandbox"))
}

/// Whether a host, with its port, is this machine by its very name.
fn is_loopback(host: &str) -> bool {
    let Some((name, port)) = host.rsplit_once(':') else { return false };
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    ["localhost", "127.0.0.1", "[::1]"].contains(&name) && digits && port.parse::<u16>().is_ok()
}

/// At every start: where people pay with money, there is somebody who takes it.
pub(crate) struct CheckProvider;

impl Command for CheckProvider {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let (settings, site) = (tx.extension::<Settings>()?, tx.extension::<Site>()?);
        settings.check(&site)
    }
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
    fn only_this_machine_by_name_and_port_is_loopback() {
        for host in ["localhost:8080", "127.0.0.1:1", "[::1]:65535"] {
            assert!(is_loopback(host), "{host}");
        }
        let others = [
            "localhost",
            "localhost:",
            "localhost:+80",
            "localhost:65536",
            "localhost.example:80",
            "evil.example:80",
            "evil.example@localhost:80",
            "127.0.0.1.example:80",
            "127.0.0.2:80",
            "::1:80",
            "",
        ];
        for host in others {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let settings = Settings { provider_key: Some("hunter2".to_owned()), ..Settings::default() };
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
