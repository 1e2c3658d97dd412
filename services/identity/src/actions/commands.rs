//! What can be asked of required actions. Every command: load, decide, store, publish; one
//! transaction.

use chassis::{Command, Error, Result, Tx};
use contracts::PersonId;
use contracts::identity::SignedOutEverywhere;
use serde_json::json;

use super::domain::{self, Action, Asked, Refusal};
use super::tables;
use crate::accounts::domain as account_rules;
use crate::accounts::tables as accounts;
use crate::addresses::commands::ask_for_proof;
use crate::passwords::commands::replace;
use crate::roles::tables as roles;
use crate::signins::tables as signins;
use crate::steps::commands::{self as steps, Begun};
use crate::steps::domain::{Refusal as StepRefusal, Step};
use crate::terms::commands as terms;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.code(), refusal)
    }
}

/// Asks something of the owner of an account: every sign-in ends, and the next one begins with it.
/// Publishes `identity.account.signed_out`; for the address `.link_issued` too.
pub(crate) struct Require<'a> {
    pub(crate) person_id: PersonId,
    pub(crate) by_admin: bool,
    pub(crate) action: Action,
    /// Why, for colleagues.
    pub(crate) reason: &'a str,
}

impl Command for Require<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let account = accounts::existing(tx, self.person_id).await?;
        may_ask(tx, self.person_id, self.by_admin).await?;
        domain::require(&account, self.action, terms::any_in_force(tx).await?)?;
        let reason = self.reason.to_owned();
        let asked = Asked { action: self.action, reason, at: tx.now() };
        tables::put(tx, self.person_id, &asked).await?;
        let account = accounts::save(tx, account_rules::signed_out(&account)).await?;
        signins::end_all(tx, self.person_id, tx.now()).await?;
        let detail = json!({ "action": self.action.as_str(), "reason": self.reason });
        tx.audit("account", self.person_id, "action_required", detail).await?;
        tx.publish(SignedOutEverywhere { account: account.public() });
        if self.action == Action::Address {
            ask_for_proof(tx, &account).await?;
        }
        Ok(())
    }
}

async fn may_ask(tx: &Tx, person: PersonId, by_admin: bool) -> Result<()> {
    let of_staff = roles::load(tx, person).await?.is_some_and(|set| !set.words.is_empty());
    if of_staff && !by_admin { Err(Refusal::OfStaff.into()) } else { Ok(()) }
}

/// Takes back what was asked for and is not done.
pub(crate) struct Withdraw<'a> {
    pub(crate) person_id: PersonId,
    pub(crate) by_admin: bool,
    pub(crate) action: Action,
    /// Why, for colleagues.
    pub(crate) reason: &'a str,
}

impl Command for Withdraw<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        may_ask(tx, self.person_id, self.by_admin).await?;
        if tables::remove(tx, self.person_id, self.action).await? {
            let detail = json!({ "action": self.action.as_str(), "reason": self.reason });
            tx.audit("account", self.person_id, "action_withdrawn", detail).await?;
        }
        Ok(())
    }
}

/// Notes, in the transaction of whatever did it, that an action is done; nothing when nobody asked.
pub(crate) async fn done(tx: &Tx, person: PersonId, action: Action) -> Result<()> {
    if tables::remove(tx, person, action).await? {
        let detail = json!({ "action": action.as_str() });
        tx.audit("account", person, "action_done", detail).await?;
    }
    Ok(())
}

/// Goes on with a sign-in by choosing a new password; every older sign-in ends.
/// Publishes `identity.account.password_changed`.
pub(crate) struct SetPassword<'a> {
    /// The cookie of the sign-in that waits.
    pub(crate) pending: &'a str,
    pub(crate) password_hash: &'a str,
    /// The cookie in its place.
    pub(crate) secret: &'a str,
}

impl Command for SetPassword<'_> {
    type Out = Begun;

    async fn run(&self, tx: &Tx) -> Result<Begun> {
        let (pending, before) = steps::living(tx, self.pending).await?;
        if steps::waits_for(tx, &pending, &before).await? != Some(Step::Password) {
            return Err(StepRefusal::Over.into());
        }
        let account = replace(tx, &before, self.password_hash).await?;
        steps::advance(tx, &pending, &account, None, self.secret).await
    }
}

/// Sends the link that proves the address again. Publishes `identity.account.link_issued`.
pub(crate) struct SendProof<'a> {
    pub(crate) pending: &'a str,
}

impl Command for SendProof<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let (pending, account) = steps::living(tx, self.pending).await?;
        if steps::waits_for(tx, &pending, &account).await? == Some(Step::Address) {
            ask_for_proof(tx, &account).await?;
            tx.audit("account", account.person_id, "email_proof_sent", json!({})).await?;
        }
        Ok(())
    }
}

/// Goes on with a sign-in once the address is proved.
pub(crate) struct GoOn<'a> {
    pub(crate) pending: &'a str,
    pub(crate) secret: &'a str,
}

impl Command for GoOn<'_> {
    type Out = Begun;

    async fn run(&self, tx: &Tx) -> Result<Begun> {
        let (pending, account) = steps::living(tx, self.pending).await?;
        if steps::waits_for(tx, &pending, &account).await? == Some(Step::Address) {
            return Err(Refusal::NotProved.into());
        }
        steps::advance(tx, &pending, &account, None, self.secret).await
    }
}
