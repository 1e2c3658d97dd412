//! Messages in: people that other services introduced.

use chassis::{Fault, Got, Reaction, Tx};
use contracts::identity::{AccountRegistered, DuplicateFound};
use contracts::shared::PersonIntroduced;
use serde_json::json;

use super::domain::{self, Account, Address, Introduction, State};
use super::tables;
use crate::addresses::tables as addresses;
use crate::invitations::commands as invitations;

/// A person that any service introduced gets a dormant account; when the address is another
/// person's, the introduced id becomes an alias and there is no second account.
pub(crate) struct MakeDormantAccount;

impl Reaction for MakeDormantAccount {
    const NAME: &'static str = "accounts.make_dormant_account";
    // Whoever was introduced before identity listened must be able to claim their account too.
    const FROM_START: bool = true;

    type Message = PersonIntroduced;

    async fn react(&self, tx: &Tx, introduced: &Got<PersonIntroduced>) -> Result<(), Fault> {
        // An address that mail cannot reach can never be claimed: nothing to make.
        let Some(address) = Address::read(&introduced.address) else { return Ok(()) };
        let own = tables::load(tx, introduced.person_id).await?;
        let holder = tables::with_address(tx, &address.normal).await?;
        let holder = match holder {
            None => who_may_take_back(tx, &address).await?,
            holder => holder,
        };
        match (domain::introduce(own.as_ref(), holder.as_ref()), holder) {
            (Introduction::MakeDormant, _) => make_dormant(tx, introduced, address).await,
            (Introduction::Duplicate { turns_dormant, .. }, Some(holder)) => {
                note_duplicate(tx, introduced, holder, turns_dormant).await
            }
            _ => Ok(()),
        }
    }
}

/// The account that had this address a short while ago and can still take it back.
async fn who_may_take_back(tx: &Tx, address: &Address) -> Result<Option<Account>, Fault> {
    match addresses::holding(tx, &address.normal, tx.now()).await? {
        Some(change) => Ok(tables::load(tx, change.person_id).await?),
        None => Ok(None),
    }
}

async fn make_dormant(
    tx: &Tx,
    introduced: &PersonIntroduced,
    address: Address,
) -> Result<(), Fault> {
    let account = Account {
        person_id: introduced.person_id,
        address,
        state: State::Dormant,
        language: introduced.language.clone(),
        password_hash: None,
        generation: 1,
        registered_at: tx.now(),
        version: 1,
    };
    tables::insert(tx, &account).await?;
    tx.audit("account", account.person_id, "introduced", json!({})).await?;
    tx.publish(AccountRegistered { account: account.public() });
    Ok(invitations::send_waiting(tx, account.person_id, &account).await?)
}

async fn note_duplicate(
    tx: &Tx,
    introduced: &PersonIntroduced,
    holder: Account,
    turns_dormant: bool,
) -> Result<(), Fault> {
    let alias = introduced.person_id;
    if !tables::note_duplicate(tx, alias, holder.person_id).await? {
        return Ok(());
    }
    let kept = holder.person_id;
    tx.audit("account", kept, "duplicate_found", json!({ "alias": alias })).await?;
    tx.publish(DuplicateFound { alias, kept, version: 1 });
    let mut holder = holder;
    if turns_dormant {
        holder = tables::save(tx, Account { state: State::Dormant, ..holder }).await?;
        tx.publish(AccountRegistered { account: holder.public() });
    }
    Ok(invitations::send_waiting(tx, alias, &holder).await?)
}
