//! Messages that tell of people; all of them pure copies.

use std::marker::PhantomData;

use chassis::{Fault, Got, Projection, Tx};
use contracts::Message;
use contracts::identity::{
    Account, AccountLocked, AccountRegistered, AccountRemoved, AccountUnlocked, AccountVerified,
    CodeIssued, EmailChanged, PasswordChanged, SignedOutEverywhere,
};
use contracts::membership::{Person, PersonCreated, PersonUpdated};

use super::tables;

/// A message that carries an account.
pub(crate) trait TellsAccount: Message {
    /// Name of the projection; stored, never renamed.
    const PROJECTION: &'static str;
    /// The account as it is after the message.
    fn account(&self) -> &Account;
}

macro_rules! tells_account {
    ($($message:ident = $name:literal),+ $(,)?) => {$(
        impl TellsAccount for $message {
            const PROJECTION: &'static str = $name;

            fn account(&self) -> &Account {
                &self.account
            }
        }
    )+};
}

tells_account! {
    AccountRegistered = "people.account_registered",
    AccountVerified = "people.account_verified",
    PasswordChanged = "people.password_changed",
    SignedOutEverywhere = "people.signed_out",
    AccountLocked = "people.account_locked",
    AccountUnlocked = "people.account_unlocked",
    CodeIssued = "people.code_issued",
    EmailChanged = "people.email_changed",
}

/// Keeps address and language that a message of identity tells.
pub(crate) struct RememberAccount<M>(PhantomData<M>);

impl<M> RememberAccount<M> {
    /// The projection for messages of type `M`.
    pub(crate) const fn told() -> Self {
        Self(PhantomData)
    }
}

impl<M: TellsAccount> Projection for RememberAccount<M> {
    const NAME: &'static str = M::PROJECTION;
    const VERSION: i64 = 1;
    const TABLES: &'static [&'static str] = &["people"];

    type Message = M;

    async fn project(&self, tx: &Tx, got: &Got<M>) -> Result<(), Fault> {
        Ok(tables::keep_account(tx, got.account(), got.entityversion).await?)
    }
}

/// Forgets the address of an account that is gone: it may be somebody else's next.
pub(crate) struct ForgetAccount;

impl Projection for ForgetAccount {
    const NAME: &'static str = "people.account_removed";
    const VERSION: i64 = 1;
    const TABLES: &'static [&'static str] = &["people"];

    type Message = AccountRemoved;

    async fn project(&self, tx: &Tx, got: &Got<AccountRemoved>) -> Result<(), Fault> {
        Ok(tables::forget_account(tx, got.person_id, got.entityversion).await?)
    }
}

/// A message that carries a person.
pub(crate) trait TellsPerson: Message {
    /// Name of the projection; stored, never renamed.
    const PROJECTION: &'static str;
    /// The person as they are after the message.
    fn person(&self) -> &Person;
}

impl TellsPerson for PersonCreated {
    const PROJECTION: &'static str = "people.person_created";

    fn person(&self) -> &Person {
        &self.person
    }
}

impl TellsPerson for PersonUpdated {
    const PROJECTION: &'static str = "people.person_updated";

    fn person(&self) -> &Person {
        &self.person
    }
}

/// Keeps the name that a message of membership tells.
pub(crate) struct RememberPerson<M>(PhantomData<M>);

impl<M> RememberPerson<M> {
    /// The projection for messages of type `M`.
    pub(crate) const fn told() -> Self {
        Self(PhantomData)
    }
}

impl<M: TellsPerson> Projection for RememberPerson<M> {
    const NAME: &'static str = M::PROJECTION;
    const VERSION: i64 = 1;
    const TABLES: &'static [&'static str] = &["people"];

    type Message = M;

    async fn project(&self, tx: &Tx, got: &Got<M>) -> Result<(), Fault> {
        Ok(tables::keep_name(tx, got.person(), got.entityversion).await?)
    }
}
