//! Giving, using and taking away; each in the transaction of what it belongs to.

use chassis::{Command, Result, Tx};
use contracts::PersonId;
use serde_json::json;

use super::tables::{self, Consent};
use crate::clients::domain::Client;
use crate::oidc::commands as oidc;

/// Whether the person need not be asked: the client is ours, or they said yes to all of this.
pub(crate) async fn covers(
    tx: &Tx,
    person: PersonId,
    client: &Client,
    scopes: &[String],
) -> Result<bool> {
    if client.trusted {
        return Ok(true);
    }
    let consent = tables::load(tx, person, &client.id).await?;
    Ok(consent.is_some_and(|consent| scopes.iter().all(|scope| consent.scopes.contains(scope))))
}

/// The person said yes to these, beside what they allowed before.
pub(crate) async fn grant(
    tx: &Tx,
    person: PersonId,
    client: &Client,
    scopes: &[String],
) -> Result<()> {
    note(tx, person, client, scopes).await?;
    let detail = json!({ "client": client.name, "scopes": scopes.join(" ") });
    tx.audit("account", person, "consent_given", detail).await
}

/// The client signs the person in now: what it may is noted, also of one of ours, which needs no
/// consent, so that the person sees it and can end it.
pub(crate) async fn note(
    tx: &Tx,
    person: PersonId,
    client: &Client,
    scopes: &[String],
) -> Result<()> {
    let now = tx.now();
    match tables::load(tx, person, &client.id).await? {
        None => {
            let (client_id, scopes) = (client.id.clone(), scopes.to_vec());
            let consent = Consent { client_id, scopes, given_at: now, used_at: now, version: 1 };
            tables::insert(tx, person, &consent).await
        }
        Some(consent) => {
            let more = scopes.iter().filter(|scope| !consent.scopes.contains(scope));
            let scopes: Vec<String> = consent.scopes.iter().chain(more).cloned().collect();
            let given_at = if scopes.len() > consent.scopes.len() { now } else { consent.given_at };
            tables::save(tx, person, &Consent { scopes, given_at, used_at: now, ..consent }).await
        }
    }
}

/// The person takes away what a client may: it asks anew, and what it holds of them ends.
pub(crate) struct Withdraw<'a> {
    pub(crate) person_id: PersonId,
    pub(crate) client: &'a Client,
}

impl Command for Withdraw<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        if !tables::remove(tx, self.person_id, &self.client.id).await? {
            // Taken away already is what was asked for.
            return Ok(());
        }
        let ended = oidc::end_grants(tx, self.person_id, &self.client.id).await?;
        let detail = json!({ "client": self.client.name, "ended": ended });
        tx.audit("account", self.person_id, "consent_withdrawn", detail).await
    }
}
