//! How codes are issued, used up and removed; each inside the transaction of the change it proves.

use chassis::{Command, Error, Result, Tx};
use chrono::Duration;
use contracts::identity::{CodeIssued, CodePurpose};

use super::domain::{self, Code, Purpose, Refusal};
use super::tables;
use crate::accounts::domain::Account;
use crate::fingerprint;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.code(), refusal)
    }
}

/// Issues a code for `account`; `return_to` is where the person was going.
/// Publishes `identity.account.code_issued`.
pub(crate) async fn issue(
    tx: &Tx,
    account: &Account,
    purpose: Purpose,
    return_to: Option<String>,
) -> Result<()> {
    let code = fingerprint::hex(&tx.bytes::<20>());
    let expires_at = domain::expires_at(tx.now());
    let stored = Code {
        hash: fingerprint::of(&code),
        person_id: account.person_id,
        purpose,
        return_to,
        expires_at,
        used_at: None,
        version: 1,
    };
    tables::put(tx, &stored).await?;
    tx.publish(CodeIssued {
        account: account.public(),
        purpose: purpose.public(),
        code,
        path: purpose.path().to_owned(),
        expires_at,
    });
    Ok(())
}

/// Tells the owner of a known address that somebody tried to register it; no code is needed.
/// Publishes `identity.account.code_issued` of purpose `known`.
pub(crate) fn tell_known(tx: &Tx, account: &Account) {
    tx.publish(CodeIssued {
        account: account.public(),
        purpose: CodePurpose::Known,
        code: String::new(),
        path: "/account/sign-in".to_owned(),
        expires_at: domain::expires_at(tx.now()),
    });
}

/// Takes a code: it works now, and never again.
///
/// # Errors
/// `Refused` with the code of [`Refusal`]; `Conflict` when another took it at the same time.
pub(crate) async fn take(tx: &Tx, purpose: Purpose, code: &str) -> Result<Code> {
    let found = tables::with_hash(tx, purpose, &fingerprint::of(code)).await?;
    let code = domain::usable(found, tx.now())?;
    tables::use_up(tx, &code, tx.now()).await?;
    Ok(code)
}

/// An unused code, expired or not: whoever has it may ask for another, which goes to the same
/// address.
pub(crate) async fn unused(tx: &Tx, purpose: Purpose, code: &str) -> Result<Option<Code>> {
    let found = tables::with_hash(tx, purpose, &fingerprint::of(code)).await?;
    Ok(found.filter(|code| code.used_at.is_none()))
}

/// Removes codes a day after they stopped working; until then "send a new one" needs them.
pub(crate) struct RemoveExpired;

impl Command for RemoveExpired {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tables::remove_expired(tx, tx.now() - Duration::days(domain::KEPT_DAYS)).await?;
        Ok(())
    }
}
