//! What can be asked of access tokens. Every command: load, decide, store, publish; one transaction.

use chassis::{Command, Error, Result, Tx};
use chrono::{DateTime, Utc};
use contracts::PersonId;
use contracts::identity::{SecurityAlert, SecurityAlerted, TokenRevoked};
use serde_json::json;
use uuid::Uuid;

use super::domain::{self, Holder, Refusal, Standing, Token, Wish};
use super::{keys, tables};
use crate::accounts::domain::State;
use crate::accounts::tables as accounts;
use crate::clients::commands as clients;
use crate::steps::domain::Browser;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.code(), refusal)
    }
}

/// Makes a token for a program of the person's own; gives its id. Publishes
/// `identity.account.security_alerted`.
pub(crate) struct MakeOwn<'a> {
    pub(crate) person_id: PersonId,
    pub(crate) wish: &'a Wish,
    /// Where it is made from, for the note to its owner.
    pub(crate) browser: &'a Browser,
}

impl Command for MakeOwn<'_> {
    type Out = Uuid;

    async fn run(&self, tx: &Tx) -> Result<Uuid> {
        let account = accounts::existing(tx, self.person_id).await?;
        if account.state != State::Active {
            return Err(Refusal::NotActive.into());
        }
        // Of two at once one waits, and counts the other.
        tx.lock(&format!("tokens/{}", self.person_id)).await?;
        domain::one_more(tables::living_of(tx, self.person_id, tx.now()).await?)?;
        let token = make(tx, Holder::Person(self.person_id), self.wish, self.person_id).await?;
        let detail = json!({ "name": token.name, "scopes": token.scopes });
        tx.audit("account", self.person_id, "token_made", detail).await?;
        tx.publish(SecurityAlerted {
            account: account.public(),
            alert: SecurityAlert::TokenMade,
            device: self.browser.device.clone(),
            network: self.browser.network.clone(),
            at: tx.now(),
        });
        Ok(token.id)
    }
}

/// Makes a token for a registered machine; gives its id.
pub(crate) struct MakeForMachine<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) wish: &'a Wish,
    pub(crate) by: PersonId,
}

impl Command for MakeForMachine<'_> {
    type Out = Uuid;

    async fn run(&self, tx: &Tx) -> Result<Uuid> {
        let client = clients::existing(tx, self.client_id).await?;
        let holder = domain::of_machine(&client, &self.wish.scopes)?;
        tx.lock(&format!("tokens/{}", client.entity)).await?;
        domain::one_more(tables::living_of_client(tx, client.entity, tx.now()).await?)?;
        let token = make(tx, holder, self.wish, self.by).await?;
        let detail = json!({ "name": token.name, "scopes": token.scopes });
        tx.audit("client", client.entity, "token_made", detail).await?;
        Ok(token.id)
    }
}

async fn make(tx: &Tx, holder: Holder, wish: &Wish, by: PersonId) -> Result<Token> {
    let now = tx.now();
    let token = Token {
        id: tx.id(),
        holder,
        name: wish.name.clone(),
        scopes: wish.scopes.clone(),
        key_id: keys::current(tx).await?.id,
        made_by: by,
        made_at: now,
        expires_at: wish.expires_at(now),
        revoked_at: None,
        version: 1,
    };
    tables::insert(tx, &token).await?;
    Ok(token)
}

/// Ends a token of the person's own. Publishes `identity.token.revoked`.
pub(crate) struct RevokeOwn {
    pub(crate) person_id: PersonId,
    pub(crate) token_id: Uuid,
}

impl Command for RevokeOwn {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let token = tables::own(tx, self.token_id, self.person_id).await?;
        revoke(tx, &token).await?;
        tx.audit("account", self.person_id, "token_revoked", json!({ "name": token.name })).await
    }
}

/// Ends the tokens that somebody with the person's account made since `then`, in the caller's
/// transaction. Publishes `identity.token.revoked`.
pub(crate) async fn revoke_since(tx: &Tx, person: PersonId, then: DateTime<Utc>) -> Result<usize> {
    let mut ended = 0;
    for listed in tables::of_person(tx, person).await? {
        let token = listed.token;
        if token.made_at >= then && token.standing(tx.now()) == Standing::Living {
            revoke(tx, &token).await?;
            ended += 1;
        }
    }
    Ok(ended)
}

/// Ends a token of a machine. Publishes `identity.token.revoked`.
pub(crate) struct RevokeOfMachine {
    pub(crate) token_id: Uuid,
}

impl Command for RevokeOfMachine {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let (token, client) = tables::of_machine(tx, self.token_id).await?;
        revoke(tx, &token).await?;
        tx.audit("client", client, "token_revoked", json!({ "name": token.name })).await
    }
}

async fn revoke(tx: &Tx, token: &Token) -> Result<()> {
    if token.standing(tx.now()) != Standing::Living {
        return Err(Refusal::Ended.into());
    }
    tables::revoke(tx, token, tx.now()).await?;
    tx.publish(TokenRevoked {
        token_id: token.id,
        expires_at: token.expires_at,
        version: token.version + 1,
    });
    Ok(())
}
