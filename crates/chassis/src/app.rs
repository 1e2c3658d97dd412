//! What every handler of one service has at hand: database, clock, site, settings, outgoing calls.

use std::any::Any;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use messaging::{Clock, Db, Error, Ids, Result};
use sha2::Sha256;
use tokio_util::sync::CancellationToken;

use crate::api::UsesTold;
use crate::limits::Limits;
use crate::readers::MenuCache;
use crate::remembered::Remembered;
use crate::remote::Client;

/// What this installation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Real people and money.
    Production,
    /// Invented people and sample prices; says so on every page.
    Demo,
    /// A test drives it.
    Test,
}

impl Mode {
    /// As it is written down: `production`, `demo` or `test`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Demo => "demo",
            Self::Test => "test",
        }
    }
}

/// The website a service answers for: the same for all services of an installation.
#[derive(Debug, Clone)]
pub struct Site {
    /// Scheme, host and port as browsers see them, without a slash at the end.
    pub origin: String,
    /// The zone of legal dates (`association.zone`).
    pub zone: chrono_tz::Tz,
    /// What the installation is for.
    pub mode: Mode,
    /// Whether browsers reach it by https; cookies are then `__Host-` and `Secure`.
    pub https: bool,
    /// The society's short name, for titles.
    pub name: String,
    /// Whether it listens on a loopback address only.
    pub loopback: bool,
}

impl Site {
    /// The day it is at `now` in the society's zone.
    #[must_use]
    pub fn day(&self, now: chrono::DateTime<chrono::Utc>) -> chrono::NaiveDate {
        now.with_timezone(&self.zone).date_naive()
    }

    /// The name of a cookie of ours: `__Host-` before it on https, so no other host can set it.
    #[must_use]
    pub fn cookie_name(&self, name: &str) -> String {
        if self.https { format!("__Host-{name}") } else { name.to_owned() }
    }
}

/// What an [`App`] is made of.
pub struct AppParts {
    /// The service's name: `membership`.
    pub service: &'static str,
    /// Its database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Where ids and random bytes come from.
    pub ids: Ids,
    /// The website.
    pub site: Site,
    /// The service's own settings; [`App::settings`] gives them back by type.
    pub settings: Arc<dyn Any + Send + Sync>,
    /// Outgoing calls.
    pub http: Client,
    /// Seals small secrets kept in the database.
    pub sealer: Sealer,
    /// How often one address may ask.
    pub limits: Limits,
    /// Whether the service keeps the `readers` projections (`.knows_readers()`).
    pub knows_readers: bool,
    /// Cancelled when the service stops; ends answers that would go on for ever.
    pub stopping: CancellationToken,
}

/// One service at work: the state of all its handlers. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    parts: AppParts,
    menu: MenuCache,
    remembered: Remembered,
    believed: Remembered,
    uses_told: UsesTold,
}

impl App {
    /// Puts a service's parts together.
    #[must_use]
    pub fn new(parts: AppParts) -> Self {
        Self(Arc::new(Inner {
            parts,
            menu: MenuCache::default(),
            remembered: Remembered::default(),
            believed: Remembered::default(),
            uses_told: UsesTold::default(),
        }))
    }

    /// The service's name.
    #[must_use]
    pub fn service(&self) -> &'static str {
        self.0.parts.service
    }

    /// The service's database.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.0.parts.db
    }

    /// The time.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.parts.clock
    }

    /// Where ids and random bytes come from.
    #[must_use]
    pub fn ids(&self) -> &Ids {
        &self.0.parts.ids
    }

    /// The website.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.0.parts.site
    }

    /// The service's settings, as declared with `Service::settings::<T>()`.
    ///
    /// A service that did not declare this type gets its defaults, and an error in the log.
    #[must_use]
    pub fn settings<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let settings = &self.0.parts.settings;
        Arc::clone(settings).downcast::<T>().unwrap_or_else(|_| {
            let wanted = std::any::type_name::<T>();
            tracing::error!(service = self.service(), wanted, "settings that were not declared");
            Arc::new(T::default())
        })
    }

    /// Outgoing calls.
    #[must_use]
    pub fn http(&self) -> &Client {
        &self.0.parts.http
    }

    /// Seals small secrets kept in the database.
    #[must_use]
    pub fn sealer(&self) -> &Sealer {
        &self.0.parts.sealer
    }

    /// How often one address may ask.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.0.parts.limits
    }

    /// Whether the service keeps the `readers` projections.
    #[must_use]
    pub fn knows_readers(&self) -> bool {
        self.0.parts.knows_readers
    }

    /// Cancelled when the service stops; ends answers that would go on for ever.
    #[must_use]
    pub fn stopping(&self) -> &CancellationToken {
        &self.0.parts.stopping
    }

    /// The readers whose tokens were believed, by their tokens.
    pub(crate) fn believed(&self) -> &Remembered {
        &self.0.believed
    }

    /// When the uses of access tokens were last told.
    pub(crate) fn uses_told(&self) -> &UsesTold {
        &self.0.uses_told
    }

    pub(crate) fn remembered(&self) -> &Remembered {
        &self.0.remembered
    }

    pub(crate) fn menu_cache(&self) -> &MenuCache {
        &self.0.menu
    }
}

/// Seals small secrets of one service, such as a private signing key, for its own tables.
///
/// `XChaCha20-Poly1305` under a key derived from the installation's secret key and the service's
/// name, so that a copied database alone gives nothing away.
#[derive(Clone)]
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    key: [u8; 32],
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(..)")
    }
}

impl Sealer {
    /// The sealer of `service` in the installation that has `secret_key`.
    ///
    /// # Errors
    /// [`Error::Internal`] when the key cannot be derived.
    pub fn new(secret_key: &[u8], service: &str) -> Result<Self> {
        let key = derived(secret_key, "scte seal", service)?;
        let cipher = XChaCha20Poly1305::new_from_slice(&key)
            .map_err(|cause| Error::internal(cause.to_string()))?;
        Ok(Self { cipher, key })
    }

    /// A key of its own for `purpose`, the same as long as the installation's secret key is.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be derived.
    pub fn derive(&self, purpose: &str) -> Result<[u8; 32]> {
        derived(&self.key, "scte derive", purpose)
    }

    /// Seals `secret` for `purpose`; the text goes into a column. `nonce` is `tx.bytes()`.
    ///
    /// # Errors
    /// [`Error::Internal`] when the secret is absurdly long.
    pub fn seal(&self, purpose: &str, secret: &[u8], nonce: [u8; 24]) -> Result<String> {
        let payload = Payload { msg: secret, aad: purpose.as_bytes() };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Error::internal("a secret could not be sealed"))?;
        Ok(URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    /// Opens what [`Self::seal`] made for the same purpose.
    ///
    /// # Errors
    /// [`Error::Internal`] when it was made with another key or purpose, or was changed.
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<Vec<u8>> {
        let wrong = || Error::internal("a sealed secret cannot be opened with this secret key");
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| wrong())?;
        let (nonce, sealed) = bytes.split_first_chunk::<24>().ok_or_else(wrong)?;
        let payload = Payload { msg: sealed, aad: purpose.as_bytes() };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| wrong())
    }
}

fn derived(key: &[u8], label: &str, purpose: &str) -> Result<[u8; 32]> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key)
        .map_err(|cause| Error::internal(cause.to_string()))?;
    mac.update(label.as_bytes());
    mac.update(b"\0");
    mac.update(purpose.as_bytes());
    Ok(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_for_its_service_and_purpose_only() {
        let sealer = Sealer::new(b"installation", "identity").unwrap();
        let text = sealer.seal("signing-key", b"private", [7; 24]).unwrap();

        assert_eq!(sealer.open("signing-key", &text).unwrap(), b"private");
        assert!(sealer.open("other", &text).is_err());
        assert!(
            Sealer::new(b"installation", "commerce").unwrap().open("signing-key", &text).is_err()
        );
        assert!(Sealer::new(b"another", "identity").unwrap().open("signing-key", &text).is_err());
        assert!(sealer.open("signing-key", "AAAA").is_err());
    }
}
