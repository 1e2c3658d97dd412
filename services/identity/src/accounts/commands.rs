//! What can be asked of accounts. Every command: load, decide, store, publish; one transaction.

use chassis::{Command, Error, Result, Tx};
use contracts::PersonId;
use contracts::identity::{AccountLocked, AccountRegistered, AccountUnlocked, AccountVerified};
use serde_json::json;
use uuid::Uuid;

use super::domain::{self, Account, Address, Asked, Refusal, Registration, State};
use super::tables;
use crate::addresses::commands::tell_old;
use crate::addresses::domain::Change;
use crate::addresses::tables as addresses;
use crate::codes::commands as codes;
use crate::codes::domain::{Purpose, Refusal as CodeRefusal};
use crate::own_path::OwnPath;
use crate::passkeys::tables as passkeys;
use crate::roles::tables as roles;
use crate::signins::tables as signins;
use crate::terms::commands as terms;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.code(), refusal)
    }
}

/// Registers an address; never says whether it was known.
///
/// New: publishes `identity.account.registered`. New, dormant or not yet confirmed: a code goes
/// to the address. Known: its owner is told by mail.
pub(crate) struct Register {
    pub(crate) address: Address,
    pub(crate) language: String,
    pub(crate) return_to: Option<OwnPath>,
}

impl Command for Register {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let found = tables::with_address(tx, &self.address.normal).await?;
        let account = match (domain::register(found.as_ref()), found) {
            (Registration::Known, Some(account)) => {
                codes::tell_known(tx, &account);
                return Ok(());
            }
            (_, Some(account)) => account,
            (_, None) => match addresses::holding(tx, &self.address.normal, tx.now()).await? {
                Some(change) => return remind(tx, &change).await,
                None => self.fresh(tx).await?,
            },
        };
        tx.audit("account", account.person_id, "registered", json!({})).await?;
        let return_to = self.return_to.as_ref().map(|path| path.as_str().to_owned());
        codes::issue(tx, &account, Purpose::Confirm, return_to).await
    }
}

/// An address that its owner can still take back is nobody else's: they are told again how.
async fn remind(tx: &Tx, change: &Change) -> Result<()> {
    let account = tables::existing(tx, change.person_id).await?;
    tell_old(tx, &account, change).await
}

impl Register {
    async fn fresh(&self, tx: &Tx) -> Result<Account> {
        let account = Account {
            person_id: tx.id(),
            address: self.address.clone(),
            state: State::Unverified,
            language: self.language.clone(),
            password_hash: None,
            generation: 1,
            registered_at: tx.now(),
            version: 1,
        };
        tables::insert(tx, &account).await?;
        tx.publish(AccountRegistered { account: account.public() });
        Ok(account)
    }
}

/// Confirms an address with the code that was sent there, and sets the password that whoever holds
/// the code chose; gives the path the person was going to. Publishes `identity.account.verified`.
pub(crate) struct Confirm<'a> {
    pub(crate) code: &'a str,
    /// Argon2id of the password; nothing when the code was used up before.
    pub(crate) password_hash: Option<&'a str>,
    /// The terms that the page showed.
    pub(crate) terms: &'a [Uuid],
}

impl Command for Confirm<'_> {
    type Out = Option<String>;

    async fn run(&self, tx: &Tx) -> Result<Option<String>> {
        let code = codes::take(tx, Purpose::Confirm, self.code).await?;
        let account = tables::existing(tx, code.person_id).await?;
        let password_hash = self.password_hash.ok_or(CodeRefusal::Used)?.to_owned();
        let account = tables::save(tx, domain::confirm(&account, password_hash)?).await?;
        tx.audit("account", account.person_id, "verified", json!({})).await?;
        terms::accept_shown(tx, &account, self.terms).await?;
        tx.publish(AccountVerified { account: account.public() });
        Ok(code.return_to)
    }
}

/// Sends a new code in the place of one that expired; whoever had the old one had the mail.
pub(crate) struct SendAnother<'a> {
    pub(crate) code: &'a str,
}

impl Command for SendAnother<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let unused = codes::unused(tx, Purpose::Confirm, self.code).await?;
        let old = unused.ok_or(CodeRefusal::Unknown)?;
        let account = tables::existing(tx, old.person_id).await?;
        if domain::register(Some(&account)) == Registration::Known {
            return Err(Refusal::AlreadyConfirmed.into());
        }
        codes::issue(tx, &account, Purpose::Confirm, old.return_to).await
    }
}

/// Closes an account. Publishes `identity.account.locked`.
pub(crate) struct Lock<'a> {
    pub(crate) person_id: PersonId,
    pub(crate) by: PersonId,
    pub(crate) by_admin: bool,
    /// The version the page showed.
    pub(crate) version: i64,
    /// Why, for colleagues.
    pub(crate) reason: &'a str,
}

impl Command for Lock<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let account = shown(tx, self.person_id, self.version).await?;
        let asked = asked(tx, self.person_id, self.by, self.by_admin).await?;
        let account = tables::save(tx, domain::lock(&account, asked)?).await?;
        signins::end_all(tx, self.person_id, tx.now()).await?;
        tx.audit("account", self.person_id, "locked", json!({ "reason": self.reason })).await?;
        tx.publish(AccountLocked { account: account.public() });
        Ok(())
    }
}

/// Opens an account again. Publishes `identity.account.unlocked`.
pub(crate) struct Unlock<'a> {
    pub(crate) person_id: PersonId,
    pub(crate) by: PersonId,
    pub(crate) by_admin: bool,
    /// The version the page showed.
    pub(crate) version: i64,
    /// Why, for colleagues.
    pub(crate) reason: &'a str,
}

impl Command for Unlock<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let account = shown(tx, self.person_id, self.version).await?;
        let asked = asked(tx, self.person_id, self.by, self.by_admin).await?;
        let passkey = passkeys::count_of(tx, self.person_id).await? > 0;
        let account = tables::save(tx, domain::unlock(&account, asked, passkey)?).await?;
        tx.audit("account", self.person_id, "unlocked", json!({ "reason": self.reason })).await?;
        tx.publish(AccountUnlocked { account: account.public() });
        Ok(())
    }
}

/// The account as the page showed it; a stale page must be looked at again.
async fn shown(tx: &Tx, person: PersonId, version: i64) -> Result<Account> {
    let account = tables::existing(tx, person).await?;
    if account.version == version { Ok(account) } else { Err(Error::Conflict) }
}

async fn asked(tx: &Tx, person: PersonId, by: PersonId, by_admin: bool) -> Result<Asked> {
    let of_staff = roles::load(tx, person).await?.is_some_and(|set| !set.words.is_empty());
    Ok(Asked { by, by_admin, of_staff })
}
