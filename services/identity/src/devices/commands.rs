//! What can be asked of devices. Every command: load, decide, store; one transaction.

use chassis::{Command, Error, Result, Tx};
use chrono::Duration;
use contracts::{PersonId, SignInId};
use serde_json::json;

use super::domain::{self, Device, INTERVAL_SECONDS, Refusal, State, Told, UserCode};
use super::tables;
use crate::accounts::domain::State as AccountState;
use crate::accounts::tables as accounts;
use crate::clients::domain::Client;
use crate::clients::tables as clients;
use crate::consents::commands as consents;
use crate::fingerprint;
use crate::signins::domain::SignIn;
use crate::signins::tables as signins;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.code(), refusal)
    }
}

/// What a device is told when it begins.
#[derive(Debug, Clone)]
pub(crate) struct Begun {
    /// Its own code, by which it asks for its tokens.
    pub(crate) device_code: String,
    /// The code that people type.
    pub(crate) user_code: UserCode,
}

/// A device begins to wait.
pub(crate) struct Begin<'a> {
    /// May use the device code, and ask for these.
    pub(crate) client: &'a Client,
    pub(crate) scopes: &'a [String],
    pub(crate) network: &'a str,
}

impl Command for Begin<'_> {
    type Out = Begun;

    async fn run(&self, tx: &Tx) -> Result<Begun> {
        let now = tx.now();
        let (device_code, user_code) =
            (fingerprint::hex(&tx.bytes::<32>()), UserCode::of(tx.bytes()));
        let device = Device {
            hash: fingerprint::of(&device_code),
            user_code: user_code.clone(),
            id: tx.id(),
            client_id: self.client.id.clone(),
            scopes: self.scopes.to_vec(),
            network: self.network.to_owned(),
            state: State::Waiting,
            person_id: None,
            signin_id: None,
            interval_seconds: INTERVAL_SECONDS,
            asked_at: None,
            started_at: now,
            expires_at: domain::expires_at(now),
            version: 1,
        };
        tables::insert(tx, &device).await?;
        Ok(Begun { device_code, user_code })
    }
}

/// What a device gets when it asks for its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub(crate) enum Redeemed {
    /// Nothing, and why.
    Nothing(Told),
    /// Tokens for whoever allowed it, as long as the sign-in that did goes on.
    Granted {
        /// Who, by which sign-in, how and when proved.
        signin: SignIn,
        /// What the tokens are for.
        scopes: Vec<String>,
    },
}

/// A device of `client` asks for its tokens, in the caller's transaction, which is to be committed
/// whatever comes of it: how often it asked is counted. The code is used up when it is granted.
pub(crate) async fn redeem(tx: &Tx, client: &Client, device_code: &str) -> Result<Redeemed> {
    let Some(device) = tables::with_hash(tx, &fingerprint::of(device_code)).await? else {
        return Ok(Redeemed::Nothing(Told::Unknown));
    };
    let (told, after) = domain::ask(&device, &client.id, tx.now());
    if after != device {
        tables::save(tx, &after).await?;
    }
    if told != Told::Allowed {
        return Ok(Redeemed::Nothing(told));
    }
    match living(tx, &device).await? {
        Some(signin) => {
            consents::note(tx, signin.person_id, client, &device.scopes).await?;
            Ok(Redeemed::Granted { signin, scopes: device.scopes })
        }
        // Who allowed it signed out since, or was locked.
        None => Ok(Redeemed::Nothing(Told::Refused)),
    }
}

/// The sign-in that allowed the device, while it goes on.
async fn living(tx: &Tx, device: &Device) -> Result<Option<SignIn>> {
    let Some(id) = device.signin_id else { return Ok(None) };
    let Some(signin) = signins::load(tx, id).await? else { return Ok(None) };
    let account = accounts::load(tx, signin.person_id).await?;
    let living = account.is_some_and(|account| {
        account.state == AccountState::Active && signin.is_living(account.generation, tx.now())
    });
    Ok(living.then_some(signin))
}

/// A device that waits, and its client, for the person who typed the code.
pub(crate) async fn asked_for(tx: &Tx, code: &UserCode) -> Result<(Device, Client)> {
    let device = domain::waiting(tables::with_user_code(tx, code).await?, tx.now())?;
    let client = clients::load(tx, &device.client_id).await?;
    let client = client.filter(|client| client.open && client.devices).ok_or(Refusal::Unknown)?;
    Ok((device, client))
}

/// Somebody answers for a device that waits.
pub(crate) struct Answer<'a> {
    pub(crate) code: &'a UserCode,
    pub(crate) person_id: PersonId,
    pub(crate) signin_id: SignInId,
    /// Whether the device may.
    pub(crate) allow: bool,
}

impl Command for Answer<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let (device, client) = asked_for(tx, self.code).await?;
        let (state, act) = if self.allow {
            consents::grant(tx, self.person_id, &client, &device.scopes).await?;
            (State::Allowed, "device_allowed")
        } else {
            (State::Refused, "device_refused")
        };
        let (person_id, signin_id) = (Some(self.person_id), Some(self.signin_id));
        let detail = json!({ "client": client.name, "network": device.network });
        tables::save(tx, &Device { state, person_id, signin_id, ..device }).await?;
        tx.audit("account", self.person_id, act, detail).await
    }
}

/// Removes devices some time after they stopped waiting; until then they are told so.
pub(crate) struct RemoveExpired;

impl Command for RemoveExpired {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tables::remove_expired(tx, tx.now() - Duration::hours(domain::TOLD_HOURS)).await?;
        Ok(())
    }
}
