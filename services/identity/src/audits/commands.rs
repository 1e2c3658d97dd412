//! Notes what failed, in a transaction of its own: what failed changed nothing.

use chassis::page::Role;
use chassis::{Command, Error, Page, Result, Tx};
use serde_json::json;

use super::domain::{self, Failed};
use super::tables;
use crate::accounts::domain::{Account, State};
use crate::signins::domain::Refusal::Ended;
use crate::steps::domain::Refusal::Over;

/// What is refused to those whose sign-in is over, whatever they show.
const LATE: [&str; 2] = [Over.code(), Ended.code()];

/// Notes that somebody did not prove who they are; at most once a minute for an address.
///
/// It takes the same work whether the address has an account or not.
pub(crate) struct NoteFailure<'a> {
    failed: Failed,
    /// The normal form of the address.
    address: &'a str,
    /// Whose address it is, if anybody's.
    account: Option<&'a Account>,
    /// The network it came from, as tries are counted; empty when the sign-in says it.
    network: &'a str,
    /// Why, as a code.
    why: &'static str,
}

impl<'a> NoteFailure<'a> {
    /// That somebody on `network` did not sign in with this address.
    pub(crate) fn of_sign_in(
        address: &'a str,
        account: Option<&'a Account>,
        network: &'a str,
    ) -> Self {
        Self { failed: Failed::SignIn, address, account, network, why: "" }
    }

    /// That somebody on `network` whose sign-in to this account waits did not give its second factor.
    pub(crate) fn of_second(account: &'a Account, network: &'a str) -> Self {
        let address = account.address.normal.as_str();
        Self { failed: Failed::Second, address, account: Some(account), network, why: "" }
    }

    /// That whoever is signed in to this account did not prove it again.
    pub(crate) fn of_proof(account: &'a Account) -> Self {
        let address = account.address.normal.as_str();
        Self { failed: Failed::Proof, address, account: Some(account), network: "", why: "" }
    }

    /// Hands on what came of the proof, after it was noted when it failed. Whoever came too late
    /// proved nothing wrong.
    ///
    /// # Errors
    /// Those of the proof.
    pub(crate) async fn noted<R: Role, T>(self, page: &Page<R>, outcome: Result<T>) -> Result<T> {
        let why = match &outcome {
            Err(Error::Refused { code, .. }) if !LATE.contains(code) => code,
            Err(Error::Invalid(_)) => "wrong_credentials",
            _ => return outcome,
        };
        page.execute(&Self { why, ..self }).await?;
        outcome
    }
}

impl Command for NoteFailure<'_> {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let act = self.failed.act();
        let (thing, id) = match self.account {
            Some(account) => ("account", account.person_id.0),
            None => ("address", domain::id_of_unknown(self.address)),
        };
        // Two that fail at the same instant are one.
        tx.lock(&format!("{act} {id}")).await?;
        if tables::was_noted(tx, thing, id, act, domain::quiet_since(tx.now())).await? {
            return Ok(());
        }
        let state = self.account.map(|account| account.state);
        let state = state.filter(|state| *state != State::Active).map(State::as_str);
        let detail = json!({ "why": self.why, "network": self.network, "account": state });
        tx.audit(thing, id, act, detail).await
    }
}
