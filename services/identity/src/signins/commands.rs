//! What can be asked of sign-ins. Every command: load, decide, store, publish; one transaction.

use chassis::signin::{How, TOKEN_HOURS};
use chassis::{Command, Error, Result, Tx};
use chrono::{DateTime, Duration, Utc};
use contracts::identity::{SignInEnded, SignedOutEverywhere};
use contracts::{PersonId, SignInId};
use serde_json::json;

use super::domain::{self, Refusal, SignIn, TryKind};
use super::tables::{self, TriesKey};
use crate::accounts::domain::{self as accounts, Account, State};
use crate::accounts::tables as account_rows;
use crate::alerts::commands as alerts;
use crate::fingerprint;
use crate::steps::domain::Browser;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.code(), refusal)
    }
}

/// Counts a try for an address, known or not, before the password is compared; gives how many are
/// left before one has to wait.
pub(crate) struct TakeTry<'a> {
    /// The normal form of the address.
    address: &'a str,
    /// Each with the network it is counted by; none for all networks together.
    counted: Vec<(TryKind, Option<&'a str>)>,
}

impl<'a> TakeTry<'a> {
    /// A stranger on `network` typed a password.
    pub(crate) fn sign_in(address: &'a str, network: &'a str) -> Self {
        let mut counted = vec![(TryKind::SignIn, Some(network)), (TryKind::SignInAnywhere, None)];
        if domain::is_counted(network) {
            counted.push((TryKind::SignInOfNetwork, Some(network)));
        }
        Self { address, counted }
    }

    /// Whoever is signed in to the account of the address typed a password.
    pub(crate) fn proof(address: &'a str) -> Self {
        Self { address, counted: vec![(TryKind::Proof, None)] }
    }

    /// Somebody asked for a mail to the address.
    pub(crate) fn mail(address: &'a str) -> Self {
        Self { address, counted: vec![(TryKind::Mail, None)] }
    }
}

impl Command for TakeTry<'_> {
    type Out = i64;

    async fn run(&self, tx: &Tx) -> Result<i64> {
        let address = fingerprint::of(self.address);
        let mut left = i64::MAX;
        for (kind, network) in &self.counted {
            let of_network = *kind == TryKind::SignInOfNetwork;
            let hash = network.map(|network| {
                if of_network {
                    fingerprint::of(network)
                } else {
                    fingerprint::of(&format!("{} {network}", self.address))
                }
            });
            let network = hash.as_deref().unwrap_or_default();
            let key = if of_network {
                TriesKey::of_network(*kind, network)
            } else {
                TriesKey { address: &address, kind: *kind, network }
            };
            let past = tables::tries(tx, key).await?;
            let tries = domain::take_try(*kind, past, tx.now())?;
            tables::save_tries(tx, key, tries).await?;
            left = left.min(domain::left_free(*kind, tries));
        }
        Ok(left)
    }
}

/// What a browser gets after it proved who uses it; from it the token is signed.
#[derive(Debug, Clone)]
pub(crate) struct Started {
    pub(crate) signin: SignIn,
}

/// Starts a sign-in of `account` in the caller's transaction. `secret` is the longer cookie, made by
/// the caller; only its fingerprint is stored.
pub(crate) async fn start(
    tx: &Tx,
    account: &Account,
    how: &How,
    browser: &Browser,
    secret: &str,
) -> Result<Started> {
    let now = tx.now();
    let signin = SignIn {
        id: tx.id(),
        person_id: account.person_id,
        device: browser.device.clone(),
        network: browser.network.clone(),
        how: how.clone(),
        generation: account.generation,
        started_at: now,
        authenticated_at: now,
        remembered_until: domain::remembered_until(now),
        last_seen_at: now,
        ended_at: None,
        version: 1,
    };
    tables::insert(tx, &signin, &fingerprint::of(secret)).await?;
    tx.audit(
        "account",
        account.person_id,
        "signed_in",
        json!({ "device": signin.device, "how": how.as_str() }),
    )
    .await?;
    alerts::recognise(tx, account, browser).await?;
    Ok(Started { signin })
}

/// Notes that the person of a sign-in proved again who they are.
pub(crate) struct ProveAgain<'a> {
    pub(crate) person_id: PersonId,
    pub(crate) compared_with: &'a str,
    pub(crate) signin_id: SignInId,
}

impl Command for ProveAgain<'_> {
    type Out = Started;

    async fn run(&self, tx: &Tx) -> Result<Started> {
        let account = proved(tx, self.person_id, self.compared_with).await?;
        let signin = own(tx, self.signin_id, self.person_id).await?;
        if !signin.is_living(account.generation, tx.now()) {
            return Err(Refusal::Ended.into());
        }
        again(tx, signin, "password").await
    }
}

/// Notes that a sign-in that goes on is given another token.
pub(crate) struct NoteSeen {
    pub(crate) signin_id: SignInId,
}

impl Command for NoteSeen {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let signin = tables::load(tx, self.signin_id).await?;
        match signin.filter(|signin| signin.ended_at.is_none()) {
            Some(signin) => tables::seen(tx, &signin, tx.now()).await,
            None => Err(Refusal::Ended.into()),
        }
    }
}

/// Notes in the caller's transaction that the person of a living sign-in proved again who they are.
pub(crate) async fn again(tx: &Tx, signin: SignIn, proof: &str) -> Result<Started> {
    let (how, authenticated_at) = (signin.how.and(proof), tx.now());
    tables::prove_again(tx, &signin, &how, authenticated_at).await?;
    tx.audit("account", signin.person_id, "proved_again", json!({ "how": proof })).await?;
    let version = signin.version + 1;
    Ok(Started { signin: SignIn { how, authenticated_at, version, ..signin } })
}

/// The account, when the password that was compared is still its own; its tries are forgotten.
pub(crate) async fn proved(tx: &Tx, person: PersonId, compared_with: &str) -> Result<Account> {
    let account = account_rows::load(tx, person).await?;
    let account = account
        .filter(|account| {
            account.state == State::Active
                && account.password_hash.as_deref() == Some(compared_with)
        })
        .ok_or(Refusal::WrongCredentials(None))?;
    tables::clear_tries(tx, &fingerprint::of(&account.address.normal)).await?;
    Ok(account)
}

/// Ends one sign-in. Publishes `identity.signin.ended`.
pub(crate) struct EndSignIn {
    pub(crate) person_id: PersonId,
    pub(crate) signin_id: SignInId,
}

impl Command for EndSignIn {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let signin = own(tx, self.signin_id, self.person_id).await?;
        if signin.ended_at.is_some() {
            // Ending twice is what was asked for.
            return Ok(());
        }
        tables::end(tx, &signin, tx.now()).await?;
        tx.audit("account", self.person_id, "signin_ended", json!({ "device": signin.device }))
            .await?;
        tx.publish(SignInEnded {
            signin_id: signin.id,
            person_id: signin.person_id,
            expires_at: last_token(tx.now()),
            version: signin.version + 1,
        });
        Ok(())
    }
}

/// When the youngest token of a sign-in that ends at `now` expires by itself.
fn last_token(now: DateTime<Utc>) -> DateTime<Utc> {
    now + Duration::hours(TOKEN_HOURS)
}

/// A sign-in of this person; somebody else's is not found.
async fn own(tx: &Tx, id: SignInId, person: PersonId) -> Result<SignIn> {
    tables::load(tx, id)
        .await?
        .filter(|signin| signin.person_id == person)
        .ok_or_else(|| Error::not_found("sign-in", id))
}

/// Ends every sign-in of a person. Publishes `identity.account.signed_out`.
pub(crate) struct SignOutEverywhere {
    pub(crate) person_id: PersonId,
}

impl Command for SignOutEverywhere {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let account = account_rows::existing(tx, self.person_id).await?;
        let account = account_rows::save(tx, accounts::signed_out(&account)).await?;
        let ended = tables::end_all(tx, self.person_id, tx.now()).await?;
        tx.audit("account", self.person_id, "signed_out_everywhere", json!({ "ended": ended }))
            .await?;
        tx.publish(SignedOutEverywhere { account: account.public() });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chassis::Actor;
    use chassis::testing::{Slice, slice_test};
    use uuid::Uuid;

    use super::TakeTry;

    #[slice_test]
    async fn guessing_from_elsewhere_keeps_nobody_out(slice: Slice) {
        let visitor = Actor::visitor(Uuid::nil());
        let guess = |network: &'static str| TakeTry::sign_in("jo@example.org", network);
        for _ in 0..5 {
            slice.execute(&visitor, &guess("192.0.2.1")).await.unwrap();
        }
        slice.execute(&visitor, &guess("192.0.2.1")).await.unwrap_err();

        let mut home = slice.stranger();
        let page = home.get("/account/sign-in").await;
        let typed = [("address", "jo@example.org"), ("password", "not the password")];
        home.submit(&page, "/account/sign-in", &typed).await.is(409).lacks("too many tries");
    }

    #[slice_test]
    async fn a_list_of_many_addresses_makes_its_network_wait_and_nobody_else(slice: Slice) {
        let visitor = Actor::visitor(Uuid::nil());
        let addresses: Vec<_> = (0..=200).map(|n| format!("p{n}@example.org")).collect();
        for address in &addresses[..200] {
            slice.execute(&visitor, &TakeTry::sign_in(address, "192.0.2.1")).await.unwrap();
        }

        let last = &addresses[200];
        let refused = slice.execute(&visitor, &TakeTry::sign_in(last, "192.0.2.1")).await;
        assert!(refused.unwrap_err().to_string().contains("from your network; wait 1 minute"));
        slice.execute(&visitor, &TakeTry::sign_in(last, "192.0.2.2")).await.unwrap();
        // The block ends by itself.
        slice.advance(chrono::TimeDelta::minutes(1)).await;
        slice.execute(&visitor, &TakeTry::sign_in(last, "192.0.2.1")).await.unwrap();
        // Whoever sits at the machine itself is never all of a network.
        for address in &addresses {
            slice.execute(&visitor, &TakeTry::sign_in(address, "127.0.0.1")).await.unwrap();
        }
    }

    #[slice_test]
    async fn guessing_from_many_networks_makes_wait_a_little(slice: Slice) {
        let visitor = Actor::visitor(Uuid::nil());
        for n in 0..50 {
            let network = format!("192.0.2.{n}");
            let guess = TakeTry::sign_in("jo@example.org", &network);
            slice.execute(&visitor, &guess).await.unwrap();
        }

        let refused = slice.execute(&visitor, &TakeTry::sign_in("jo@example.org", "home")).await;
        assert_eq!(refused.unwrap_err().code(), "too_many_tries");
        slice.advance(chrono::TimeDelta::minutes(5)).await;
        slice.execute(&visitor, &TakeTry::sign_in("jo@example.org", "home")).await.unwrap();
        slice.execute(&visitor, &TakeTry::sign_in("sam@example.org", "home")).await.unwrap();
    }
}
