//! How a sign-in begins and is gone on with, inside the transaction of what was proved.

use chassis::signin::How;
use chassis::{Command, Error, Result, Tx};
use contracts::PersonId;

use super::domain::{self, Browser, Facts, Pending, Refusal, Step};
use super::tables;
use crate::accounts::domain::{Account, State};
use crate::accounts::tables as accounts;
use crate::actions::domain::{self as action_rules, Action};
use crate::actions::tables as actions;
use crate::factors::commands as factors;
use crate::fingerprint;
use crate::signins::commands::{self as signins, Started};
use crate::terms::commands as terms;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.code(), refusal)
    }
}

/// What became of a proof.
#[derive(Debug, Clone)]
pub(crate) enum Begun {
    /// Nothing stood in between: signed in. The caller's secret is the longer cookie of the sign-in.
    Started(Started),
    /// Something is to be done first. The caller's secret is the cookie of the pending sign-in.
    Waits(Step),
}

/// Somebody proved who they are for the first time in this browser: signs them in, or says what
/// comes first. In the caller's transaction, which checked the proof.
pub(crate) async fn begin(
    tx: &Tx,
    account: &Account,
    how: &How,
    browser: &Browser,
    return_to: Option<String>,
    secret: &str,
) -> Result<Begun> {
    match domain::next(facts(tx, account).await?, how) {
        None => Ok(Begun::Started(signins::start(tx, account, how, browser, secret).await?)),
        Some(step) => {
            let now = tx.now();
            let pending = Pending {
                id: tx.id(),
                person_id: account.person_id,
                how: how.clone(),
                generation: account.generation,
                browser: browser.clone(),
                return_to,
                started_at: now,
                expires_at: domain::expires_at(now),
                version: 1,
            };
            tables::insert(tx, &pending, &fingerprint::of(secret)).await?;
            Ok(Begun::Waits(step))
        }
    }
}

/// The sign-in that this cookie goes on with, and its account.
///
/// # Errors
/// [`Refusal::Over`].
pub(crate) async fn living(tx: &Tx, secret: &str) -> Result<(Pending, Account)> {
    let pending = tables::with_secret(tx, &fingerprint::of(secret)).await?;
    let pending = pending.filter(|pending| tx.now() < pending.expires_at).ok_or(Refusal::Over)?;
    let account = accounts::load(tx, pending.person_id).await?;
    let account = account
        .filter(|account| {
            account.state == State::Active && account.generation == pending.generation
        })
        .ok_or(Refusal::Over)?;
    Ok((pending, account))
}

/// What comes next in a sign-in that waits.
pub(crate) async fn waits_for(
    tx: &Tx,
    pending: &Pending,
    account: &Account,
) -> Result<Option<Step>> {
    Ok(domain::next(facts(tx, account).await?, &pending.how))
}

/// A step was done in the caller's transaction: signs in, or says what comes next. `more` is what
/// the step proved, if anything; `account` stands as the step left it. `secret` takes the place of
/// the cookie that the browser came with, whatever comes next.
pub(crate) async fn advance(
    tx: &Tx,
    pending: &Pending,
    account: &Account,
    more: Option<&str>,
    secret: &str,
) -> Result<Begun> {
    let how = more.map_or_else(|| pending.how.clone(), |more| pending.how.and(more));
    match domain::next(facts(tx, account).await?, &how) {
        None => {
            tables::remove(tx, pending).await?;
            let started = signins::start(tx, account, &how, &pending.browser, secret).await?;
            Ok(Begun::Started(started))
        }
        Some(step) => {
            // A password that was chosen in between voids nothing of this sign-in.
            let pending = Pending { how, generation: account.generation, ..pending.clone() };
            tables::save(tx, &pending, &fingerprint::of(secret)).await?;
            Ok(Begun::Waits(step))
        }
    }
}

/// What stands before a sign-in to this account.
async fn facts(tx: &Tx, account: &Account) -> Result<Facts> {
    let asked = actions::of(tx, account.person_id).await?;
    let is_asked = |action| action_rules::since(&asked, action).is_some();
    Ok(Facts {
        has_second: factors::held(tx, account).await?.has_second(),
        new_password: is_asked(Action::Password),
        new_proof: is_asked(Action::Address),
        new_terms: !terms::to_accept(tx, account.person_id).await?.is_empty(),
        needs_second: factors::needs_second(tx, account.person_id).await?,
    })
}

/// Signs in somebody whose password was compared.
pub(crate) struct BeginWithPassword<'a> {
    pub(crate) person_id: PersonId,
    /// The hash the password was compared with: when it was changed meanwhile, the proof is void.
    pub(crate) compared_with: &'a str,
    pub(crate) browser: &'a Browser,
    pub(crate) return_to: Option<String>,
    /// The cookie, made by the caller; only its fingerprint is stored.
    pub(crate) secret: &'a str,
}

impl Command for BeginWithPassword<'_> {
    type Out = Begun;

    async fn run(&self, tx: &Tx) -> Result<Begun> {
        let account = signins::proved(tx, self.person_id, self.compared_with).await?;
        let how = How::new("password");
        begin(tx, &account, &how, self.browser, self.return_to.clone(), self.secret).await
    }
}

/// Removes sign-ins that were never completed.
pub(crate) struct RemoveExpired;

impl Command for RemoveExpired {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tables::remove_expired(tx, tx.now()).await?;
        Ok(())
    }
}
