//! How a second factor is given, added and taken away. Every command: load, decide, store, publish;
//! one transaction.

use chassis::{Command, Error, Result, Tx};
use contracts::identity::SecurityAlert;
use contracts::{PersonId, SignInId};
use serde_json::json;

use super::domain::{self, Held, Refusal, Removal};
use crate::accounts::domain::{Account, State};
use crate::accounts::tables as accounts;
use crate::alerts::commands::alert;
use crate::authenticators::commands as authenticators;
use crate::authenticators::domain::{Secret, Typed};
use crate::authenticators::tables as authenticator_rows;
use crate::fingerprint;
use crate::passkeys::commands as passkeys;
use crate::passkeys::tables as passkey_rows;
use crate::policy::tables as policy;
use crate::roles::tables as roles;
use crate::signins::commands::{self as signins, Started};
use crate::signins::domain::{Refusal as SignInRefusal, SignIn};
use crate::signins::tables as signin_rows;
use crate::steps::commands::{self as steps, Begun};
use crate::steps::domain::{Browser, Refusal as StepRefusal, Step};

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.code(), refusal)
    }
}

/// What an account has to sign in with.
pub(crate) async fn held(tx: &Tx, account: &Account) -> Result<Held> {
    let person = account.person_id;
    Ok(Held {
        password: account.password_hash.is_some(),
        authenticator: authenticator_rows::load(tx, person).await?.is_some(),
        passkeys: passkey_rows::count_of(tx, person).await?,
        codes: authenticator_rows::codes_left(tx, person).await?,
    })
}

/// Whether a role of the person asks for two factors.
pub(crate) async fn needs_second(tx: &Tx, person: PersonId) -> Result<bool> {
    match roles::load(tx, person).await? {
        Some(set) => Ok(policy::load(tx).await?.asks(&set)),
        None => Ok(false),
    }
}

/// By what the tries of second factors are counted: apart from those of passwords, so that whoever
/// knows neither makes nobody wait.
pub(crate) fn counted_as(address: &str) -> String {
    format!("second {address}")
}

/// A factor that is given.
pub(crate) enum Given<'a> {
    Typed(&'a Typed),
    Passkey(&'a passkeys::Given<'a>),
}

impl Given<'_> {
    /// Checks it for this account and uses it up; gives the word of the proof.
    async fn check(&self, tx: &Tx, account: &Account, browser: &Browser) -> Result<&'static str> {
        let word = match self {
            Self::Typed(typed) => authenticators::prove(tx, account, typed, browser).await?,
            Self::Passkey(given) => {
                passkeys::prove(tx, given, Some(account.person_id)).await?;
                "passkey"
            }
        };
        let counted = fingerprint::of(&counted_as(&account.address.normal));
        signin_rows::clear_tries(tx, &counted).await?;
        Ok(word)
    }
}

/// Gives the second factor of a sign-in that waits for it.
pub(crate) struct GiveSecond<'a> {
    /// The cookie of the sign-in that waits.
    pub(crate) pending: &'a str,
    pub(crate) given: &'a Given<'a>,
    /// The cookie that takes its place.
    pub(crate) secret: &'a str,
}

impl Command for GiveSecond<'_> {
    type Out = Begun;

    async fn run(&self, tx: &Tx) -> Result<Begun> {
        let (pending, account) = steps::living(tx, self.pending).await?;
        if steps::waits_for(tx, &pending, &account).await? != Some(Step::Second) {
            return Err(StepRefusal::Over.into());
        }
        let word = self.given.check(tx, &account, &pending.browser).await?;
        steps::advance(tx, &pending, &account, Some(word), self.secret).await
    }
}

/// Proves with a factor that whoever is signed in is still the same.
pub(crate) struct ProveWith<'a> {
    pub(crate) person_id: PersonId,
    pub(crate) signin_id: SignInId,
    pub(crate) given: &'a Given<'a>,
    pub(crate) browser: &'a Browser,
}

impl Command for ProveWith<'_> {
    type Out = Started;

    async fn run(&self, tx: &Tx) -> Result<Started> {
        let (account, signin) = signed_in(tx, self.person_id, self.signin_id).await?;
        let word = self.given.check(tx, &account, self.browser).await?;
        signins::again(tx, signin, word).await
    }
}

/// A factor that is added, with what shows that it works.
pub(crate) enum New<'a> {
    Authenticator { secret: &'a Secret, code: &'a str },
    Passkey(&'a passkeys::Made<'a>),
}

impl New<'_> {
    /// Adds it; gives the word of the proof, and recovery codes (sealed) when it is the first.
    async fn add(
        &self,
        tx: &Tx,
        account: &Account,
        browser: &Browser,
    ) -> Result<(&'static str, Option<String>)> {
        let first = !held(tx, account).await?.has_second();
        let word = match self {
            Self::Authenticator { secret, code } => {
                authenticators::add(tx, account, secret, code, browser).await?;
                "totp"
            }
            Self::Passkey(made) => {
                passkeys::add(tx, account, made, browser).await?;
                "passkey"
            }
        };
        let codes = if first {
            Some(authenticators::make_codes(tx, account, browser).await?)
        } else {
            None
        };
        Ok((word, codes))
    }
}

/// Adds a factor to the account of whoever is signed in; the sign-in is as strong as that from now
/// on. Gives recovery codes (sealed) when it is the first.
pub(crate) struct Add<'a> {
    pub(crate) person_id: PersonId,
    pub(crate) signin_id: SignInId,
    pub(crate) new: &'a New<'a>,
    pub(crate) browser: &'a Browser,
}

impl Command for Add<'_> {
    type Out = Option<String>;

    async fn run(&self, tx: &Tx) -> Result<Option<String>> {
        let (account, signin) = signed_in(tx, self.person_id, self.signin_id).await?;
        let (word, codes) = self.new.add(tx, &account, self.browser).await?;
        signins::again(tx, signin, word).await?;
        Ok(codes)
    }
}

/// Adds the first factor for a sign-in that waits for it. Gives recovery codes, sealed.
pub(crate) struct Enrol<'a> {
    /// The cookie of the sign-in that waits.
    pub(crate) pending: &'a str,
    pub(crate) new: &'a New<'a>,
    /// The cookie that takes its place.
    pub(crate) secret: &'a str,
}

impl Command for Enrol<'_> {
    type Out = (Begun, Option<String>);

    async fn run(&self, tx: &Tx) -> Result<Self::Out> {
        let (pending, account) = steps::living(tx, self.pending).await?;
        if steps::waits_for(tx, &pending, &account).await? != Some(Step::Enrol) {
            return Err(StepRefusal::Over.into());
        }
        let (word, codes) = self.new.add(tx, &account, &pending.browser).await?;
        let begun = steps::advance(tx, &pending, &account, Some(word), self.secret).await?;
        Ok((begun, codes))
    }
}

/// Makes new recovery codes; those there were no longer work. Gives them sealed.
pub(crate) struct MakeCodes<'a> {
    pub(crate) person_id: PersonId,
    pub(crate) browser: &'a Browser,
}

impl Command for MakeCodes<'_> {
    type Out = String;

    async fn run(&self, tx: &Tx) -> Result<String> {
        let account = accounts::existing(tx, self.person_id).await?;
        if !held(tx, &account).await?.has_second() {
            return Err(Refusal::NoSecond.into());
        }
        authenticators::make_codes(tx, &account, self.browser).await
    }
}

/// Removes the authenticator app.
pub(crate) struct RemoveAuthenticator<'a> {
    pub(crate) person_id: PersonId,
    pub(crate) browser: &'a Browser,
}

impl Command for RemoveAuthenticator<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let account = removing(tx, self.person_id, Removal::Authenticator).await?;
        authenticator_rows::remove(tx, self.person_id).await?;
        tx.audit("account", self.person_id, "authenticator_removed", json!({})).await?;
        alert(tx, &account, SecurityAlert::AuthenticatorRemoved, self.browser);
        Ok(())
    }
}

/// Removes the password: passkeys are the way in from now on.
pub(crate) struct RemovePassword {
    pub(crate) person_id: PersonId,
}

impl Command for RemovePassword {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let account = removing(tx, self.person_id, Removal::Password).await?;
        accounts::save(tx, Account { password_hash: None, ..account }).await?;
        tx.audit("account", self.person_id, "password_removed", json!({})).await
    }
}

/// The account, when this may be taken away from it; removals of one account come one by one.
async fn removing(tx: &Tx, person: PersonId, what: Removal) -> Result<Account> {
    tx.lock(&format!("factors {person}")).await?;
    let account = accounts::existing(tx, person).await?;
    domain::remove(&held(tx, &account).await?, what, needs_second(tx, person).await?)?;
    Ok(account)
}

/// Takes all second factors away from somebody who lost them: staff looked who it is.
pub(crate) struct TakeAway<'a> {
    pub(crate) person_id: PersonId,
    pub(crate) by: PersonId,
    pub(crate) by_admin: bool,
    /// Why, for colleagues.
    pub(crate) reason: &'a str,
    pub(crate) browser: &'a Browser,
}

impl Command for TakeAway<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let person = self.person_id;
        let account = accounts::existing(tx, person).await?;
        let of_staff = roles::load(tx, person).await?.is_some_and(|set| !set.words.is_empty());
        if self.by == person {
            return Err(Refusal::OwnAccount.into());
        }
        if of_staff && !self.by_admin {
            return Err(Refusal::StaffAccount.into());
        }
        let app = authenticator_rows::remove(tx, person).await?;
        let passkeys = passkey_rows::remove_all(tx, person).await?;
        authenticator_rows::remove_codes(tx, person).await?;
        if !app && passkeys == 0 {
            return Err(Refusal::NotThere.into());
        }
        let detail = json!({ "reason": self.reason, "app": app, "passkeys": passkeys });
        tx.audit("account", person, "second_factors_taken_away", detail).await?;
        if app {
            alert(tx, &account, SecurityAlert::AuthenticatorRemoved, self.browser);
        }
        if passkeys > 0 {
            alert(tx, &account, SecurityAlert::PasskeyRemoved, self.browser);
        }
        Ok(())
    }
}

/// The account and the living sign-in of whoever is signed in.
async fn signed_in(tx: &Tx, person: PersonId, id: SignInId) -> Result<(Account, SignIn)> {
    let account = accounts::existing(tx, person).await?;
    let signin = signin_rows::load(tx, id).await?.filter(|signin| {
        account.state == State::Active
            && signin.person_id == person
            && signin.is_living(account.generation, tx.now())
    });
    Ok((account, signin.ok_or(SignInRefusal::Ended)?))
}
