//! What can be asked of clients. Every command: load, decide, store, publish; one transaction.

use chassis::{Command, Error, Result, Tx};
use contracts::identity::ClientChanged;
use serde_json::json;
use uuid::Uuid;

use super::domain::{self, Client, Kind, Refusal};
use super::registration::Registration;
use super::tables;
use crate::fingerprint;
use crate::oidc::commands as oidc;
use crate::settings::Settings;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.code(), refusal)
    }
}

/// A client of this name; open or not.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn existing(tx: &Tx, id: &str) -> Result<Client> {
    tables::load(tx, id).await?.ok_or_else(|| Error::not_found("client", id))
}

fn publish(tx: &Tx, client: &Client) {
    tx.publish(ClientChanged {
        entity: client.entity,
        client_id: client.id.clone(),
        name: client.name.clone(),
        open: client.open,
        version: client.version,
    });
}

/// Registers a client; gives its id and the fingerprint of its secret, so that whoever sent the same
/// form twice sees that the secret was shown already. Publishes `identity.client.changed`.
pub(crate) struct Register<'a> {
    pub(crate) registration: &'a Registration,
    /// A fresh secret, made by the caller; only its fingerprint is stored, and of a public client
    /// nothing.
    pub(crate) secret: &'a str,
}

impl Command for Register<'_> {
    type Out = (Uuid, Option<String>);

    async fn run(&self, tx: &Tx) -> Result<Self::Out> {
        if tables::load(tx, &self.registration.id).await?.is_some() {
            return Err(Error::invalid("id", "another client has this name; choose another"));
        }
        let secret_hash =
            (self.registration.kind != Kind::Public).then(|| fingerprint::of(self.secret));
        let client = domain::fresh(self.registration, secret_hash, tx.id(), tx.now());
        tables::insert(tx, &client).await?;
        let kind = client.kind.as_str();
        tx.audit("client", client.entity, "registered", json!({ "kind": kind })).await?;
        publish(tx, &client);
        Ok((client.entity, client.secret_hash))
    }
}

/// Changes what is said of a client, all but its name in the protocol, its kind and its secret.
/// Publishes `identity.client.changed`, and `identity.token.revoked` of what a machine got under other
/// scopes.
pub(crate) struct Change<'a> {
    pub(crate) registration: &'a Registration,
    /// The version the page showed.
    pub(crate) version: i64,
}

impl Command for Change<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let client = shown(tx, &self.registration.id, self.version).await?;
        let Some(changed) = domain::change(&client, self.registration)? else { return Ok(()) };
        let detail = json!({ "changed": domain::differing(&client, &changed).join(", ") });
        save(tx, &client, changed, "changed", detail).await
    }
}

/// Gives a client another secret; the old one works no more. Gives the fingerprint of the new one.
/// Publishes `identity.client.changed`, and `identity.token.revoked` of what a machine got for the old
/// one.
pub(crate) struct RenewSecret<'a> {
    pub(crate) id: &'a str,
    /// The version the page showed.
    pub(crate) version: i64,
    /// A fresh secret, made by the caller; only its fingerprint is stored.
    pub(crate) secret: &'a str,
}

impl Command for RenewSecret<'_> {
    type Out = Option<String>;

    async fn run(&self, tx: &Tx) -> Result<Option<String>> {
        let client = shown(tx, self.id, self.version).await?;
        let renewed = domain::with_secret(&client, fingerprint::of(self.secret))?;
        let secret_hash = renewed.secret_hash.clone();
        save(tx, &client, renewed, "secret_renewed", json!({})).await?;
        Ok(secret_hash)
    }
}

/// Closes a client: nobody is signed in through it any more. Publishes `identity.client.changed`.
pub(crate) struct Close<'a> {
    pub(crate) id: &'a str,
    /// The version the page showed.
    pub(crate) version: i64,
    /// Why, for colleagues.
    pub(crate) reason: &'a str,
}

impl Command for Close<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let client = shown(tx, self.id, self.version).await?;
        let detail = json!({ "reason": self.reason });
        save(tx, &client, domain::close(&client)?, "closed", detail).await
    }
}

/// Opens a closed client again. Publishes `identity.client.changed`.
pub(crate) struct Reopen<'a> {
    pub(crate) id: &'a str,
    /// The version the page showed.
    pub(crate) version: i64,
    /// Why, for colleagues.
    pub(crate) reason: &'a str,
}

impl Command for Reopen<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let client = shown(tx, self.id, self.version).await?;
        let detail = json!({ "reason": self.reason });
        save(tx, &client, domain::reopen(&client)?, "opened_again", detail).await
    }
}

/// The client as the page showed it; a stale page must be looked at again.
async fn shown(tx: &Tx, id: &str, version: i64) -> Result<Client> {
    let client = existing(tx, id).await?;
    if client.version == version { Ok(client) } else { Err(Error::Conflict) }
}

async fn save(
    tx: &Tx,
    before: &Client,
    after: Client,
    act: &'static str,
    detail: serde_json::Value,
) -> Result<()> {
    if domain::voids_tokens(before, &after) {
        oidc::end_of_machine(tx, &before.id).await?;
    }
    let client = tables::save(tx, after).await?;
    tx.audit("client", client.entity, act, detail).await?;
    publish(tx, &client);
    Ok(())
}

/// At every start: the clients of the configuration are there as it says, and those that it no
/// longer names are closed. Publishes `identity.client.changed` of each that changed.
pub(crate) struct TakeFromSettings;

impl Command for TakeFromSettings {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        // Replicas that start together store each once.
        tx.lock("clients_from_settings").await?;
        let settings = tx.extension::<Settings>()?;
        let mut named: Vec<&str> = Vec::new();
        for one in &settings.clients {
            let configuration = |why: String| Error::refused("configuration", why);
            let (registration, secret) = one.read().map_err(configuration)?;
            if named.contains(&one.id.as_str()) {
                let why = format!("[identity] clients: {} stands there twice", one.id);
                return Err(configuration(why));
            }
            named.push(&one.id);
            take(tx, &registration, secret.map(fingerprint::of)).await?;
        }
        for client in tables::from_settings(tx).await? {
            if client.open && !named.contains(&client.id.as_str()) {
                let detail = json!({ "reason": "no longer in the configuration" });
                let closed = Client { open: false, ..client.clone() };
                save(tx, &client, closed, "closed", detail).await?;
            }
        }
        Ok(())
    }
}

/// Stores one client as the configuration says it, whatever it was before.
async fn take(tx: &Tx, said: &Registration, secret_hash: Option<String>) -> Result<()> {
    let Some(known) = tables::load(tx, &said.id).await? else {
        let fresh = domain::fresh(said, secret_hash, tx.id(), tx.now());
        let client = Client { from_settings: true, ..fresh };
        tables::insert(tx, &client).await?;
        tx.audit("client", client.entity, "taken_from_configuration", json!({})).await?;
        publish(tx, &client);
        return Ok(());
    };
    let client = Client {
        from_settings: true,
        open: true,
        kind: said.kind,
        secret_hash,
        ..domain::as_said(&known, said)
    };
    if client == known {
        return Ok(());
    }
    save(tx, &known, client, "taken_from_configuration", json!({})).await
}
