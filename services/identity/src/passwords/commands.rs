//! What can be asked of passwords. Every command: load, decide, store, publish; one transaction.

use chassis::signin::How;
use chassis::{Command, Result, Tx};
use contracts::PersonId;
use contracts::identity::{AccountVerified, PasswordChanged};
use serde_json::json;

use super::tables;
use crate::accounts::domain::{self, Account, State};
use crate::accounts::tables as accounts;
use crate::actions::commands as actions;
use crate::actions::domain::Action;
use crate::codes::commands as codes;
use crate::codes::domain::{Purpose, Refusal as CodeRefusal};
use crate::fingerprint;
use crate::own_path::OwnPath;
use crate::signins::commands::{self as signins, Started};
use crate::signins::tables as signin_rows;
use crate::steps::domain::Browser;

/// Sends a code for a new password to an address, if it has an account; never says whether.
pub(crate) struct Forgotten<'a> {
    /// The normal form of the address.
    pub(crate) address: &'a str,
    pub(crate) return_to: Option<OwnPath>,
}

impl Command for Forgotten<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let account = accounts::with_address(tx, self.address).await?;
        // Whoever can read the mail of a dormant address may claim it this way as well.
        let Some(account) = account.filter(|account| account.state != State::Locked) else {
            return Ok(());
        };
        tx.audit("account", account.person_id, "password_forgotten", json!({})).await?;
        let return_to = self.return_to.as_ref().map(|path| path.as_str().to_owned());
        codes::issue(tx, &account, Purpose::Reset, return_to).await
    }
}

/// Sets a new password with a code; every sign-in ends. Gives the path the person was going to.
/// Publishes `identity.account.password_changed`, and `.verified` when it was not confirmed.
pub(crate) struct Reset<'a> {
    pub(crate) code: &'a str,
    /// Argon2id of the password; nothing when the code was used up before.
    pub(crate) password_hash: Option<&'a str>,
}

impl Command for Reset<'_> {
    type Out = Option<String>;

    async fn run(&self, tx: &Tx) -> Result<Option<String>> {
        let code = codes::take(tx, Purpose::Reset, self.code).await?;
        let before = accounts::existing(tx, code.person_id).await?;
        let password_hash = self.password_hash.ok_or(CodeRefusal::Used)?.to_owned();
        let account = accounts::save(tx, domain::reset(&before, password_hash)?).await?;
        keep_past(tx, &before).await?;
        // Whoever reads the mail must not be kept out by what others tried.
        signin_rows::clear_tries(tx, &fingerprint::of(&account.address.normal)).await?;
        signin_rows::end_all(tx, account.person_id, tx.now()).await?;
        tx.audit("account", account.person_id, "password_reset", json!({})).await?;
        actions::done(tx, account.person_id, Action::Password).await?;
        if before.state != State::Active {
            tx.publish(AccountVerified { account: account.public() });
        }
        tx.publish(PasswordChanged { account: account.public() });
        Ok(code.return_to)
    }
}

/// Changes the password of somebody who proved the old one; every other sign-in ends, and this
/// browser gets a new one. Publishes `identity.account.password_changed`.
pub(crate) struct Change<'a> {
    pub(crate) person_id: PersonId,
    /// The hash that the old password was compared with.
    pub(crate) compared_with: &'a str,
    pub(crate) password_hash: &'a str,
    pub(crate) browser: &'a Browser,
    /// The longer cookie of the new sign-in.
    pub(crate) secret: &'a str,
}

impl Command for Change<'_> {
    type Out = Started;

    async fn run(&self, tx: &Tx) -> Result<Started> {
        let before = signins::proved(tx, self.person_id, self.compared_with).await?;
        let account = replace(tx, &before, self.password_hash).await?;
        let how = How::new("password");
        signins::start(tx, &account, &how, self.browser, self.secret).await
    }
}

/// Gives an account another password than it had `before`: the old one is remembered, every sign-in
/// ends, and what staff may have asked for is done. Publishes `identity.account.password_changed`.
pub(crate) async fn replace(tx: &Tx, before: &Account, password_hash: &str) -> Result<Account> {
    let account = domain::with_password(before, password_hash.to_owned());
    let account = accounts::save(tx, account).await?;
    keep_past(tx, before).await?;
    signin_rows::end_all(tx, account.person_id, tx.now()).await?;
    tx.audit("account", account.person_id, "password_changed", json!({})).await?;
    actions::done(tx, account.person_id, Action::Password).await?;
    tx.publish(PasswordChanged { account: account.public() });
    Ok(account)
}

/// Remembers the password that an account had `before`, so that it is not chosen again; belongs to
/// every change of a password, in its transaction.
pub(crate) async fn keep_past(tx: &Tx, before: &Account) -> Result<()> {
    match &before.password_hash {
        Some(hash) => tables::keep(tx, before.person_id, hash).await,
        None => Ok(()),
    }
}

/// Hashes the same password at the cost of today, for whoever just gave it. Nothing that others
/// know of the account changes.
pub(crate) struct Rehash<'a> {
    pub(crate) person_id: PersonId,
    /// The hash that the password was compared with.
    pub(crate) compared_with: &'a str,
    pub(crate) password_hash: &'a str,
}

impl Command for Rehash<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let account = accounts::existing(tx, self.person_id).await?;
        if account.password_hash.as_deref() != Some(self.compared_with) {
            // Changed meanwhile: the newer one stays.
            return Ok(());
        }
        let password_hash = Some(self.password_hash.to_owned());
        accounts::save(tx, Account { password_hash, ..account }).await?;
        tx.audit("account", self.person_id, "password_rehashed", json!({})).await
    }
}

#[cfg(test)]
mod tests {
    use chassis::testing::{Slice, slice_test};
    use chassis::{Actor, Command, Mode, Result, Tx};
    use contracts::PersonId;
    use uuid::Uuid;

    use super::{Account, State, accounts};
    use crate::accounts::domain::Address;
    use crate::passwords::hashing;

    const JO: PersonId = PersonId(Uuid::from_u128(5));

    /// An account whose hash was made at another cost than today's.
    struct Old(String);

    impl Command for Old {
        type Out = ();

        async fn run(&self, tx: &Tx) -> Result<()> {
            let account = Account {
                person_id: JO,
                address: Address::read("jo@example.org").unwrap(),
                state: State::Active,
                language: "en".to_owned(),
                password_hash: Some(self.0.clone()),
                generation: 1,
                registered_at: tx.now(),
                version: 1,
            };
            accounts::insert(tx, &account).await
        }
    }

    async fn stored(slice: &Slice) -> String {
        let read = async |tx: &Tx| accounts::existing(tx, JO).await;
        slice.app().db().read(read).await.unwrap().password_hash.unwrap()
    }

    #[slice_test]
    async fn a_hash_is_made_at_the_cost_of_today_when_its_password_is_given(slice: Slice) {
        let old = hashing::hash(Mode::Production, "copper otter lamp").await.unwrap();
        let operator = Actor::job("test", Uuid::nil());
        slice.execute(&operator, &Old(old.clone())).await.unwrap();
        let mut browser = slice.stranger();
        let page = browser.get("/account/sign-in").await;
        let sent = |password| [("address", "jo@example.org"), ("password", password)];

        browser.submit(&page, "/account/sign-in", &sent("copper otter lump")).await.is(409);
        assert_eq!(stored(&slice).await, old);
        browser.submit(&page, "/account/sign-in", &sent("copper otter lamp")).await.is(303);

        let new = stored(&slice).await;
        assert!(hashing::is_current(Mode::Test, &new).unwrap(), "{new}");
        let mut other = slice.stranger();
        let page = other.get("/account/sign-in").await;
        other.submit(&page, "/account/sign-in", &sent("copper otter lamp")).await.is(303);
        // Nobody signed out: it is the same password.
        slice.settle().await;
        browser.get("/account").await.is(200);
    }
}
