//! What can be asked of addresses. Every command: load, decide, store, publish; one transaction.

use chassis::{Command, Error, Result, Tx};
use chrono::{DateTime, Duration, Utc};
use contracts::PersonId;
use contracts::identity::{AccountRemoved, EmailChanged, LinkIssued, LinkPurpose, PasswordChanged};
use serde_json::json;

use super::domain::{self, Change, Refusal};
use super::tables;
use crate::accounts::domain::{Account, Address, State};
use crate::accounts::tables as accounts;
use crate::actions::commands as actions;
use crate::actions::domain::Action;
use crate::authenticators::tables as authenticators;
use crate::codes::tables as codes;
use crate::fingerprint;
use crate::passkeys::tables as passkeys;
use crate::passwords::commands::keep_past;
use crate::signins::tables as signins;
use crate::tokens::commands as tokens;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.code(), refusal)
    }
}

/// Asks for another address: a link goes there, whoever has it; nothing changes yet.
/// Publishes `identity.account.link_issued`.
pub(crate) struct Ask {
    pub(crate) person_id: PersonId,
    pub(crate) new: Address,
}

impl Command for Ask {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let account = accounts::existing(tx, self.person_id).await?;
        if account.address == self.new {
            return Err(Refusal::Same.into());
        }
        ask(tx, &account, self.new.clone()).await?;
        tx.audit("account", self.person_id, "email_change_asked", json!({})).await
    }
}

/// Sends a link to the address of an account, by which its owner proves that they still read it; in
/// the caller's transaction. Publishes `identity.account.link_issued`.
pub(crate) async fn ask_for_proof(tx: &Tx, account: &Account) -> Result<()> {
    ask(tx, account, account.address.clone()).await
}

async fn ask(tx: &Tx, account: &Account, new: Address) -> Result<()> {
    let now = tx.now();
    let change = Change {
        id: tx.id(),
        person_id: account.person_id,
        old: account.address.clone(),
        new,
        asked_at: now,
        confirm_until: domain::confirm_until(now),
        confirmed_at: None,
        undo_until: None,
        undone_at: None,
        version: 1,
    };
    let code = code(tx);
    tables::insert(tx, &change, &fingerprint::of(&code)).await?;
    tx.publish(LinkIssued {
        account: account.public(),
        to: Some(change.new.written),
        purpose: LinkPurpose::NewAddress,
        title: None,
        language: None,
        code,
        path: "/account/address/confirm".to_owned(),
        expires_at: change.confirm_until,
    });
    Ok(())
}

fn code(tx: &Tx) -> String {
    fingerprint::hex(&tx.bytes::<20>())
}

/// Confirms a change with the code that was sent to the new address. The old one is told, with the
/// way back. Publishes `identity.account.email_changed` and `.link_issued`.
pub(crate) struct Confirm<'a> {
    pub(crate) code: &'a str,
}

impl Command for Confirm<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let change = to_confirm(tx, self.code).await?;
        let before = accounts::existing(tx, change.person_id).await?;
        let account = domain::confirm(&before, &change)?;
        let confirmed = Change { confirmed_at: Some(tx.now()), ..change };
        actions::done(tx, account.person_id, Action::Address).await?;
        if confirmed.is_proof() {
            tables::save(tx, &confirmed).await?;
            return tx.audit("account", account.person_id, "email_proved", json!({})).await;
        }
        make_room(tx, &confirmed.new, account.person_id).await?;
        let confirmed = Change { undo_until: Some(domain::undo_until(tx.now())), ..confirmed };
        tables::save(tx, &confirmed).await?;
        let account = accounts::save(tx, account).await?;
        // A link that went to the old address opens nothing any more but the way back.
        codes::remove_of(tx, account.person_id).await?;
        let detail = json!({ "address": { "from": confirmed.old.written,
                                          "to": confirmed.new.written } });
        tx.audit("account", account.person_id, "email_changed", detail).await?;
        tx.publish(EmailChanged {
            account: account.public(),
            old_address: confirmed.old.written.clone(),
        });
        tell_old(tx, &account, &confirmed).await
    }
}

/// The change that a code confirms.
///
/// # Errors
/// [`Refusal`].
pub(crate) async fn to_confirm(tx: &Tx, code: &str) -> Result<Change> {
    let found = tables::with_confirm_hash(tx, &fingerprint::of(code)).await?;
    Ok(domain::confirmable(found, tx.now())?)
}

/// The change that a code takes back.
///
/// # Errors
/// [`Refusal`].
pub(crate) async fn to_undo(tx: &Tx, code: &str) -> Result<Change> {
    let found = tables::with_undo_hash(tx, &fingerprint::of(code)).await?;
    Ok(domain::undoable(found, tx.now())?)
}

/// Sends the way back to the old address; a newer mail takes the place of the older.
pub(crate) async fn tell_old(tx: &Tx, account: &Account, change: &Change) -> Result<()> {
    let Some(expires_at) = change.undo_until else { return Ok(()) };
    let code = code(tx);
    tables::keep_undo(tx, change, &fingerprint::of(&code)).await?;
    tx.publish(LinkIssued {
        account: account.public(),
        to: Some(change.old.written.clone()),
        purpose: LinkPurpose::UndoAddress,
        title: None,
        language: None,
        code,
        path: "/account/address/undo".to_owned(),
        expires_at,
    });
    Ok(())
}

/// Makes an address free for `person`: whoever registered it and never confirmed it loses it.
async fn make_room(tx: &Tx, address: &Address, person: PersonId) -> Result<()> {
    // An address that its owner can still take back is theirs.
    let held = tables::holding(tx, &address.normal, tx.now()).await?;
    if held.is_some_and(|change| change.person_id != person) {
        return Err(Refusal::Taken.into());
    }
    let holder = accounts::with_address(tx, &address.normal).await?;
    let Some(unproved) = domain::free(holder, person)? else { return Ok(()) };
    accounts::remove(tx, &unproved).await?;
    tx.audit("account", unproved.person_id, "removed_unverified", json!({})).await?;
    tx.publish(AccountRemoved { person_id: unproved.person_id, version: unproved.version + 1 });
    Ok(())
}

/// Takes a change back from the old mailbox: the old address is the account's again, with a new
/// password, and every sign-in ends. Publishes `identity.account.email_changed` and
/// `.password_changed`.
pub(crate) struct Undo<'a> {
    pub(crate) code: &'a str,
    /// Argon2id of the password; nothing when the code was used up before.
    pub(crate) password_hash: Option<&'a str>,
}

impl Command for Undo<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let change = to_undo(tx, self.code).await?;
        let password_hash = self.password_hash.ok_or(Refusal::Used)?.to_owned();
        let before = accounts::existing(tx, change.person_id).await?;
        if !matches!(before.state, State::Active | State::Locked) {
            return Err(Refusal::Moved.into());
        }
        make_room(tx, &change.old, change.person_id).await?;
        keep_past(tx, &before).await?;
        let account = accounts::save(tx, domain::undo(&before, &change, password_hash)).await?;
        tables::save(tx, &Change { undone_at: Some(tx.now()), ..change.clone() }).await?;
        tables::void_later(tx, &change, tx.now()).await?;
        actions::done(tx, account.person_id, Action::Password).await?;
        codes::remove_of(tx, account.person_id).await?;
        signins::clear_tries(tx, &fingerprint::of(&account.address.normal)).await?;
        signins::end_all(tx, account.person_id, tx.now()).await?;
        let taken = take_keys_back(tx, account.person_id, change.asked_at).await?;
        let detail = json!({ "address": { "from": before.address.written,
                                          "to": account.address.written },
                             "taken_away": taken });
        tx.audit("account", account.person_id, "email_change_undone", detail).await?;
        tx.publish(EmailChanged { account: account.public(), old_address: before.address.written });
        tx.publish(PasswordChanged { account: account.public() });
        Ok(())
    }
}

/// Takes away what opens the account and was made since the change was asked for: whoever had it for
/// a while keeps no key. Grants of other systems end with the generation. Says what there was.
async fn take_keys_back(
    tx: &Tx,
    person: PersonId,
    then: DateTime<Utc>,
) -> Result<serde_json::Value> {
    let tokens = tokens::revoke_since(tx, person, then).await?;
    let passkeys = passkeys::remove_since(tx, person, then).await?;
    let app = authenticators::remove_since(tx, person, then).await?;
    Ok(json!({ "tokens": tokens, "passkeys": passkeys, "app_or_codes": app }))
}

/// Removes changes that were asked for a year ago.
pub(crate) struct RemoveOld;

impl Command for RemoveOld {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let then = tx.now() - Duration::days(domain::REMEMBERED_DAYS);
        tables::remove_old(tx, then).await?;
        Ok(())
    }
}
