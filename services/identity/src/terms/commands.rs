//! What can be asked of terms. Every command: load, decide, store; one transaction.

use chassis::{Command, Error, Result, Tx};
use chrono::NaiveDate;
use contracts::PersonId;
use serde_json::json;
use uuid::Uuid;

use super::domain::{self, Kind, Refusal, Version};
use super::tables;
use crate::accounts::domain::Account;
use crate::actions::commands as actions;
use crate::actions::domain::{self as action_rules, Action};
use crate::actions::tables as action_rows;
use crate::steps::commands::{self as steps, Begun};

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.code(), refusal)
    }
}

/// Publishes a version of a text. From its day on nobody signs in without having accepted it.
pub(crate) struct Publish<'a> {
    pub(crate) kind: Kind,
    pub(crate) title: &'a str,
    pub(crate) body: &'a str,
    pub(crate) from: NaiveDate,
}

impl Command for Publish<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        if self.from < tx.today() {
            return Err(Refusal::Past.into());
        }
        let version = Version {
            id: tx.id(),
            kind: self.kind,
            title: self.title.to_owned(),
            body: self.body.to_owned(),
            from: self.from,
            published_at: tx.now(),
        };
        tables::insert(tx, &version).await?;
        let detail = json!({ "kind": self.kind.as_str(), "from": self.from.to_string() });
        tx.audit("terms", version.id, "published", detail).await
    }
}

/// Whether any text is in force today.
pub(crate) async fn any_in_force(tx: &Tx) -> Result<bool> {
    Ok(!domain::in_force(&tables::all(tx).await?, tx.today()).is_empty())
}

/// What a person has yet to accept today.
pub(crate) async fn to_accept(tx: &Tx, person: PersonId) -> Result<Vec<Version>> {
    let versions = tables::all(tx).await?;
    let accepted = tables::accepted_by(tx, person).await?;
    let asked = action_rows::of(tx, person).await?;
    let again = action_rules::since(&asked, Action::Terms);
    let open = domain::to_accept(&versions, &accepted, tx.today(), again);
    Ok(open.into_iter().cloned().collect())
}

/// Stores that a person accepts those that their page showed, as far as they are in force.
pub(crate) async fn accept_shown(tx: &Tx, account: &Account, shown: &[Uuid]) -> Result<()> {
    let versions = tables::all(tx).await?;
    for version in domain::in_force(&versions, tx.today()) {
        if shown.contains(&version.id) {
            accept(tx, account.person_id, version).await?;
        }
    }
    Ok(())
}

async fn accept(tx: &Tx, person: PersonId, version: &Version) -> Result<()> {
    tables::accept(tx, person, version.id).await?;
    let detail = json!({ "kind": version.kind.as_str(), "title": version.title,
                         "from": version.from.to_string() });
    tx.audit("account", person, "terms_accepted", detail).await
}

/// Accepts all that is to be accepted, when it is what the page showed.
async fn accept_all(tx: &Tx, person: PersonId, shown: &[Uuid]) -> Result<()> {
    let open = to_accept(tx, person).await?;
    if open.iter().any(|version| !shown.contains(&version.id)) {
        return Err(Refusal::Changed.into());
    }
    for version in &open {
        accept(tx, person, version).await?;
    }
    actions::done(tx, person, Action::Terms).await
}

/// Somebody who is signed in accepts what is to be accepted.
pub(crate) struct Accept<'a> {
    pub(crate) person_id: PersonId,
    /// What the page showed.
    pub(crate) shown: &'a [Uuid],
}

impl Command for Accept<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        accept_all(tx, self.person_id, self.shown).await
    }
}

/// Goes on with a sign-in by accepting what is to be accepted.
pub(crate) struct AcceptAndGoOn<'a> {
    /// The cookie of the sign-in that waits.
    pub(crate) pending: &'a str,
    pub(crate) shown: &'a [Uuid],
    /// The cookie in its place.
    pub(crate) secret: &'a str,
}

impl Command for AcceptAndGoOn<'_> {
    type Out = Begun;

    async fn run(&self, tx: &Tx) -> Result<Begun> {
        let (pending, account) = steps::living(tx, self.pending).await?;
        accept_all(tx, account.person_id, self.shown).await?;
        steps::advance(tx, &pending, &account, None, self.secret).await
    }
}
