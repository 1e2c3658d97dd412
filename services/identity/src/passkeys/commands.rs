//! What can be asked of passkeys. Every command: load, decide, store, publish; one transaction.

use chassis::signin::How;
use chassis::{Command, Error, Result, Tx};
use contracts::PersonId;
use contracts::identity::{AccountVerified, SecurityAlert};
use serde_json::json;
use uuid::Uuid;
use webauthn_rs::prelude::{PublicKeyCredential, RegisterPublicKeyCredential};

use super::challenges::{self, Challenge};
use super::domain::{MOST_PASSKEYS, Passkey, Refusal};
use super::party::Party;
use super::tables;
use crate::accounts::domain::{self as account_rules, Account, State};
use crate::accounts::tables as accounts;
use crate::alerts::commands::alert;
use crate::authenticators::commands as authenticators;
use crate::codes::commands as codes;
use crate::codes::domain::Purpose;
use crate::factors::commands::{held, needs_second};
use crate::factors::domain::{self as factors, Removal};
use crate::fingerprint;
use crate::signins::tables as signin_rows;
use crate::steps::commands::{Begun, begin};
use crate::steps::domain::Browser;
use crate::terms::commands as terms;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.code(), refusal)
    }
}

/// The answer of a passkey that exists.
pub(crate) struct Given<'a> {
    pub(crate) party: &'a Party,
    pub(crate) answer: &'a PublicKeyCredential,
    pub(crate) challenge: &'a Challenge,
}

/// The answer that made a passkey.
pub(crate) struct Made<'a> {
    pub(crate) party: &'a Party,
    pub(crate) answer: &'a RegisterPublicKeyCredential,
    pub(crate) challenge: &'a Challenge,
    /// What its owner calls it.
    pub(crate) name: &'a str,
}

/// Checks an answer and counts its use; gives whose passkey it is. `of`: whose it must be.
///
/// # Errors
/// [`Refusal`].
pub(crate) async fn prove(tx: &Tx, given: &Given<'_>, of: Option<PersonId>) -> Result<PersonId> {
    let credential = fingerprint::hex(given.answer.get_credential_id());
    let known = tables::with_credential(tx, &credential).await?.ok_or(Refusal::Unknown)?;
    // Whom the device says it belongs to must be whom we know it of.
    let said = given.answer.get_user_unique_id().map(Uuid::from_slice);
    let agrees = said.is_none_or(|said| said.ok() == Some(known.person_id.0));
    if !agrees || of.is_some_and(|of| of != known.person_id) {
        return Err(Refusal::Foreign.into());
    }
    let proved = given.party.proved(given.answer, &given.challenge.state, &known)?;
    challenges::use_up(tx, given.challenge).await?;
    let mut used = Passkey { last_used_at: Some(tx.now()), ..known };
    used.public.update_credential(&proved);
    tables::save(tx, &used).await?;
    Ok(used.person_id)
}

/// Adds a passkey that was just made.
///
/// # Errors
/// [`Refusal`].
pub(crate) async fn add(
    tx: &Tx,
    account: &Account,
    made: &Made<'_>,
    browser: &Browser,
) -> Result<()> {
    let person_id = account.person_id;
    let public = made.party.created(made.answer, &made.challenge.state)?;
    challenges::use_up(tx, made.challenge).await?;
    if tables::count_of(tx, person_id).await? >= MOST_PASSKEYS {
        return Err(Refusal::TooMany.into());
    }
    let credential = fingerprint::hex(public.cred_id());
    let new = Passkey {
        id: tx.id(),
        person_id,
        name: made.name.to_owned(),
        public,
        added_at: tx.now(),
        last_used_at: None,
        version: 1,
    };
    if !tables::insert(tx, &new, &credential).await? {
        return Err(Refusal::There.into());
    }
    tx.audit("account", person_id, "passkey_added", json!({ "name": made.name })).await?;
    alert(tx, account, SecurityAlert::PasskeyAdded, browser);
    Ok(())
}

/// Signs in whoever a passkey belongs to, without address or password.
pub(crate) struct BeginWithPasskey<'a> {
    pub(crate) given: &'a Given<'a>,
    pub(crate) browser: &'a Browser,
    pub(crate) return_to: Option<String>,
    /// The cookie, made by the caller; only its fingerprint is stored.
    pub(crate) secret: &'a str,
}

impl Command for BeginWithPasskey<'_> {
    type Out = Begun;

    async fn run(&self, tx: &Tx) -> Result<Begun> {
        let person = prove(tx, self.given, None).await?;
        let account = accounts::existing(tx, person).await?;
        if account.state != State::Active {
            return Err(account_rules::Refusal::Locked.into());
        }
        signin_rows::clear_tries(tx, &fingerprint::of(&account.address.normal)).await?;
        let how = How::new("passkey");
        begin(tx, &account, &how, self.browser, self.return_to.clone(), self.secret).await
    }
}

/// Notes on its owner's account that a passkey was refused because its count went back.
pub(crate) struct NoteCloned<'a> {
    pub(crate) answer: &'a PublicKeyCredential,
}

impl Command for NoteCloned<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let credential = fingerprint::hex(self.answer.get_credential_id());
        if let Some(known) = tables::with_credential(tx, &credential).await? {
            let detail = json!({ "name": known.name });
            tx.audit("account", known.person_id, "passkey_refused_as_copied", detail).await?;
        }
        Ok(())
    }
}

/// Confirms an address with a passkey in the place of a password: the account has none. Gives the
/// recovery codes, sealed. Publishes `identity.account.verified`.
pub(crate) struct ConfirmWithPasskey<'a> {
    pub(crate) code: &'a str,
    pub(crate) made: &'a Made<'a>,
    /// The terms that the page showed.
    pub(crate) terms: &'a [Uuid],
    pub(crate) browser: &'a Browser,
}

impl Command for ConfirmWithPasskey<'_> {
    /// Where the person was going, and the codes.
    type Out = (Option<String>, String);

    async fn run(&self, tx: &Tx) -> Result<Self::Out> {
        let code = codes::take(tx, Purpose::Confirm, self.code).await?;
        let account = accounts::existing(tx, code.person_id).await?;
        let account = accounts::save(tx, account_rules::confirm_bare(&account)?).await?;
        tx.audit("account", account.person_id, "verified", json!({})).await?;
        terms::accept_shown(tx, &account, self.terms).await?;
        tx.publish(AccountVerified { account: account.public() });
        add(tx, &account, self.made, self.browser).await?;
        let codes = authenticators::make_codes(tx, &account, self.browser).await?;
        Ok((code.return_to, codes))
    }
}

/// Calls a passkey something else.
pub(crate) struct Rename<'a> {
    pub(crate) person_id: PersonId,
    pub(crate) id: Uuid,
    pub(crate) name: &'a str,
}

impl Command for Rename<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let known = tables::own(tx, self.person_id, self.id).await?;
        let detail = json!({ "name": { "from": known.name, "to": self.name } });
        tables::save(tx, &Passkey { name: self.name.to_owned(), ..known }).await?;
        tx.audit("account", self.person_id, "passkey_renamed", detail).await
    }
}

/// Removes a passkey; never the last way in.
pub(crate) struct Remove<'a> {
    pub(crate) person_id: PersonId,
    pub(crate) id: Uuid,
    pub(crate) browser: &'a Browser,
}

impl Command for Remove<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        // Two that are removed at once must not both take the other for the one that is left.
        tx.lock(&format!("factors {}", self.person_id)).await?;
        let account = accounts::existing(tx, self.person_id).await?;
        let known = tables::own(tx, self.person_id, self.id).await?;
        let has = held(tx, &account).await?;
        factors::remove(&has, Removal::Passkey, needs_second(tx, account.person_id).await?)?;
        tables::remove(tx, &known).await?;
        tx.audit("account", self.person_id, "passkey_removed", json!({ "name": known.name }))
            .await?;
        alert(tx, &account, SecurityAlert::PasskeyRemoved, self.browser);
        Ok(())
    }
}

/// Forgets the answered challenges that are too old anyway.
pub(crate) struct ForgetChallenges;

impl Command for ForgetChallenges {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        tables::forget_challenges(tx, tx.now()).await?;
        Ok(())
    }
}
