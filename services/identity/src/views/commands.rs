//! How a view begins and ends. Every command: load, decide, store, publish; one transaction.

use chassis::{Command, Error, Result, Tx};
use contracts::identity::{SecurityAlert, SecurityAlerted, SignInEnded};
use contracts::{PersonId, SignInId};
use serde_json::json;

use super::domain::{self, Refusal, View};
use super::tables;
use crate::accounts::tables as accounts;
use crate::roles::tables as roles;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.code(), refusal)
    }
}

/// Begins to look with the eyes of a person; gives the view's id. Publishes
/// `identity.account.security_alerted`, so that the person hears of it.
pub(crate) struct StartView<'a> {
    pub(crate) person_id: PersonId,
    pub(crate) by: PersonId,
    pub(crate) by_signin: SignInId,
    pub(crate) reason: &'a str,
}

impl Command for StartView<'_> {
    type Out = SignInId;

    async fn run(&self, tx: &Tx) -> Result<SignInId> {
        let account = accounts::existing(tx, self.person_id).await?;
        let of_staff =
            roles::load(tx, self.person_id).await?.is_some_and(|set| !set.words.is_empty());
        domain::may_view(&account, of_staff, self.by)?;
        let now = tx.now();
        let view = View {
            id: tx.id(),
            person_id: self.person_id,
            by: self.by,
            by_signin: self.by_signin,
            reason: self.reason.to_owned(),
            started_at: now,
            expires_at: domain::expires_at(now),
            ended_at: None,
            version: 1,
        };
        tables::insert(tx, &view).await?;
        let reason = json!({ "reason": self.reason });
        tx.audit("account", self.person_id, "viewed_by_staff", reason).await?;
        let whom = json!({ "person": self.person_id, "reason": self.reason });
        tx.audit("account", self.by, "viewed_a_member", whom).await?;
        tx.publish(SecurityAlerted {
            account: account.public(),
            alert: SecurityAlert::ViewedByStaff,
            device: "our staff console".to_owned(),
            network: String::new(),
            at: now,
        });
        Ok(view.id)
    }
}

/// Ends a view before its time. Publishes `identity.signin.ended`, so that its token opens nothing
/// any more.
pub(crate) struct EndView {
    pub(crate) id: SignInId,
}

impl Command for EndView {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let Some(view) = tables::load(tx, self.id).await? else { return Ok(()) };
        if view.ended_at.is_some() {
            // Ending twice is what was asked for.
            return Ok(());
        }
        tables::end(tx, &view, tx.now()).await?;
        tx.audit("account", view.person_id, "view_ended", json!({})).await?;
        tx.publish(SignInEnded {
            signin_id: view.id,
            person_id: view.person_id,
            expires_at: view.expires_at,
            version: view.version + 1,
        });
        Ok(())
    }
}

/// Forgets who looked a year ago.
pub(crate) struct RemoveOld;

impl Command for RemoveOld {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tables::remove_before(tx, domain::kept_since(tx.now())).await?;
        Ok(())
    }
}
