//! What can be asked of invitations. Every command: load, decide, store, publish; one transaction.

use chassis::{Command, Error, Result, Tx};
use chrono::Duration;
use contracts::PersonId;
use contracts::identity::{
    AccountRegistered, AccountVerified, InvitationAccepted, LinkIssued, LinkPurpose,
};
use serde_json::json;
use uuid::Uuid;

use super::domain::{self, Invitation, OWN, ROLE_DAYS, Refusal, State};
use super::tables;
use crate::accounts::domain::{
    self as account_rules, Account, Address, Refusal as AccountRefusal, State as AccountState,
};
use crate::accounts::tables as accounts;
use crate::fingerprint;
use crate::roles::commands::Grant;
use crate::roles::domain::{ADMIN, KNOWN, Refusal as RoleRefusal};
use crate::roles::tables as roles;

/// For how many days an invitation that is over is kept.
const KEPT_DAYS: i64 = 90;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.code(), refusal)
    }
}

/// Takes an invitation in, in the caller's transaction; the mail goes out as soon as the address is
/// known. A newer message about the same one takes the place of the older, with a fresh link.
pub(super) async fn take_in(tx: &Tx, asked: Invitation) -> Result<()> {
    let invitation = match tables::load(tx, asked.id).await? {
        None => {
            tables::insert(tx, &asked).await?;
            asked
        }
        Some(known) => {
            let same = known.asker == asked.asker && known.state == State::Open;
            if !same || asked.asker_version <= known.asker_version {
                return Ok(());
            }
            let Invitation { asker_version, title, language, return_path, expires_at, .. } = asked;
            let renewed =
                Invitation { asker_version, title, language, return_path, expires_at, ..known };
            tables::save(tx, renewed).await?
        }
    };
    match accounts::of_person(tx, invitation.person_id).await? {
        Some(account) => send(tx, invitation, &account).await,
        // Introduced by a message that is still on its way; see `send_waiting`.
        None => Ok(()),
    }
}

/// Somebody's address became known: the invitations that waited for it go out.
pub(crate) async fn send_waiting(tx: &Tx, person: PersonId, account: &Account) -> Result<()> {
    for invitation in tables::unsent(tx, person).await? {
        send(tx, invitation, account).await?;
    }
    Ok(())
}

/// Sends a fresh link. Publishes `identity.account.link_issued`.
async fn send(tx: &Tx, invitation: Invitation, account: &Account) -> Result<()> {
    if !invitation.can_be_sent(tx.now()) || account.state == AccountState::Locked {
        return Ok(());
    }
    let code = fingerprint::hex(&tx.bytes::<20>());
    let sent = invitation.with_link(fingerprint::of(&code), tx.now());
    let sent = tables::save(tx, sent).await?;
    tx.audit("invitation", sent.id, "sent", json!({})).await?;
    tx.publish(LinkIssued {
        account: account.public(),
        to: None,
        purpose: LinkPurpose::Invitation,
        title: Some(sent.title.clone()),
        language: Some(sent.language.clone()),
        code,
        path: "/account/invitation".to_owned(),
        expires_at: sent.code_expires_at.unwrap_or(sent.expires_at),
    });
    Ok(())
}

/// The invitation of a link, and the account it is for.
///
/// # Errors
/// [`Refusal`] of a link that does not work.
pub(super) async fn invited(tx: &Tx, code: &str) -> Result<(Invitation, Account)> {
    let found = tables::with_hash(tx, &fingerprint::of(code)).await?;
    let invitation = domain::usable(found, tx.now())?;
    if let (Some(_), Some(by)) = (&invitation.role, invitation.asked_by) {
        // A role is only as good as the right of whoever gives it.
        let may = roles::load(tx, by).await?;
        if !may.is_some_and(|set| set.words.iter().any(|word| word == ADMIN)) {
            return Err(Refusal::NoLonger.into());
        }
    }
    let account = accounts::of_person(tx, invitation.person_id).await?.ok_or(Refusal::Unknown)?;
    if account.state == AccountState::Locked {
        return Err(AccountRefusal::Locked.into());
    }
    Ok((invitation, account))
}

/// The address of a person's account, as they wrote it.
pub(super) async fn address_of(tx: &Tx, person: PersonId) -> Result<Option<String>> {
    let account = accounts::of_person(tx, person).await?;
    Ok(account.map(|account| account.address.written))
}

/// Whoever is signed in accepts. Gives the path where they go on. Publishes
/// `identity.invitation.accepted`, and `identity.role.granted` for a role.
pub(super) struct Accept<'a> {
    pub(super) code: &'a str,
    pub(super) person_id: PersonId,
}

impl Command for Accept<'_> {
    type Out = String;

    async fn run(&self, tx: &Tx) -> Result<String> {
        let (invitation, account) = invited(tx, self.code).await?;
        if account.person_id != self.person_id {
            return Err(Refusal::NotYours.into());
        }
        if account.state != AccountState::Active {
            return Err(Refusal::Changed.into());
        }
        accepted(tx, invitation, &account).await
    }
}

/// Whoever reads the mail of an account without a password accepts, and chooses one. Gives the path
/// where they go on. Publishes `identity.account.verified` beside what [`Accept`] does.
pub(super) struct AcceptFirst<'a> {
    pub(super) code: &'a str,
    /// Argon2id of the password; nothing when the link was used up before.
    pub(super) password_hash: Option<&'a str>,
}

impl Command for AcceptFirst<'_> {
    type Out = String;

    async fn run(&self, tx: &Tx) -> Result<String> {
        let (invitation, account) = invited(tx, self.code).await?;
        if account.state == AccountState::Active {
            return Err(Refusal::Changed.into());
        }
        let password_hash = self.password_hash.ok_or(Refusal::Accepted)?.to_owned();
        let account = account_rules::confirm(&account, password_hash)?;
        let account = accounts::save(tx, account).await?;
        tx.audit("account", account.person_id, "verified", json!({ "by": "invitation" })).await?;
        tx.publish(AccountVerified { account: account.public() });
        accepted(tx, invitation, &account).await
    }
}

async fn accepted(tx: &Tx, invitation: Invitation, account: &Account) -> Result<String> {
    let accepted = tables::save(tx, Invitation { state: State::Accepted, ..invitation }).await?;
    let person_id = account.person_id;
    tx.audit("invitation", accepted.id, "accepted", json!({})).await?;
    let detail = json!({ "title": accepted.title });
    tx.audit("account", person_id, "invitation_accepted", detail).await?;
    if let Some(role) = accepted.role.as_deref() {
        Grant { person_id, role }.run(tx).await?;
    }
    tx.publish(InvitationAccepted {
        invitation_id: accepted.id,
        person_id,
        version: accepted.version,
    });
    Ok(accepted.return_path)
}

/// Sends a new link in the place of one that is too old; whoever had the old one had the mail.
pub(super) struct SendAnother<'a> {
    pub(super) code: &'a str,
}

impl Command for SendAnother<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let found = tables::with_hash(tx, &fingerprint::of(self.code)).await?;
        match domain::usable(found.clone(), tx.now()) {
            Ok(_) | Err(Refusal::OldLink) => {}
            Err(refusal) => return Err(refusal.into()),
        }
        let invitation = found.ok_or(Refusal::Unknown)?;
        let account = accounts::of_person(tx, invitation.person_id).await?;
        send(tx, invitation, &account.ok_or(Refusal::Unknown)?).await
    }
}

/// Takes an invitation back.
pub(super) struct Withdraw<'a> {
    pub(super) id: Uuid,
    /// The service that asked for it, and alone may take it back.
    pub(super) asker: &'a str,
}

impl Command for Withdraw<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let found = tables::load(tx, self.id).await?;
        let found = found.filter(|invitation| invitation.asker == self.asker);
        let invitation = found.ok_or_else(|| Error::not_found("invitation", self.id))?;
        match invitation.state {
            // Too late, or done already: the asker hears of an acceptance by itself.
            State::Accepted | State::Withdrawn => Ok(()),
            State::Open => {
                tables::save(tx, Invitation { state: State::Withdrawn, ..invitation }).await?;
                tx.audit("invitation", self.id, "withdrawn", json!({})).await
            }
        }
    }
}

/// An administrator invites a colleague to a staff role, which is granted when they accept; an
/// address without an account gets a dormant one. Publishes `identity.account.link_issued`.
pub(super) struct InviteColleague<'a> {
    pub(super) address: &'a Address,
    pub(super) language: &'a str,
    pub(super) role: &'a str,
    /// The administrator.
    pub(super) by: PersonId,
}

impl Command for InviteColleague<'_> {
    type Out = Uuid;

    async fn run(&self, tx: &Tx) -> Result<Uuid> {
        let known = KNOWN.iter().find(|(word, _)| *word == self.role);
        let (role, meaning) = known.ok_or_else(|| RoleRefusal::Unknown(self.role.to_owned()))?;
        let account = match accounts::with_address(tx, &self.address.normal).await? {
            Some(account) => account,
            None => self.dormant(tx).await?,
        };
        if account.state == AccountState::Locked {
            return Err(RoleRefusal::NotActive("locked").into());
        }
        let held = roles::load(tx, account.person_id).await?;
        if held.is_some_and(|set| set.words.iter().any(|word| word == role)) {
            return Err(Error::invalid("role", "they have this role already"));
        }
        let invitation = Invitation {
            id: tx.id(),
            asker: OWN.to_owned(),
            asker_version: 1,
            asked_by: Some(self.by),
            person_id: account.person_id,
            title: format!("its staff ({meaning})"),
            language: "en".to_owned(),
            role: Some((*role).to_owned()),
            return_path: "/account".to_owned(),
            code_hash: None,
            code_expires_at: None,
            state: State::Open,
            asked_at: tx.now(),
            expires_at: tx.now() + Duration::days(ROLE_DAYS),
            version: 1,
        };
        let id = invitation.id;
        tx.audit("account", account.person_id, "invited_to_role", json!({ "role": role })).await?;
        take_in(tx, invitation).await?;
        Ok(id)
    }
}

impl InviteColleague<'_> {
    async fn dormant(&self, tx: &Tx) -> Result<Account> {
        let account = Account {
            person_id: tx.id(),
            address: self.address.clone(),
            state: AccountState::Dormant,
            language: self.language.to_owned(),
            password_hash: None,
            generation: 1,
            registered_at: tx.now(),
            version: 1,
        };
        accounts::insert(tx, &account).await?;
        tx.publish(AccountRegistered { account: account.public() });
        Ok(account)
    }
}

/// Removes invitations a quarter after they were over.
pub(crate) struct RemoveOver;

impl Command for RemoveOver {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tables::remove_over(tx, tx.now() - Duration::days(KEPT_DAYS)).await?;
        Ok(())
    }
}
