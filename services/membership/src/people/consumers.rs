//! What identity tells about people.

use chassis::{Attempt, Command, Fault, Got, Reaction, Tx};
use contracts::identity::AccountVerified;

use super::commands::KnowPerson;

/// Somebody confirmed their address, so the society knows them from now on, if only by their id.
pub(crate) struct KnowAccountHolder;

impl Reaction for KnowAccountHolder {
    const NAME: &'static str = "people.know_account_holder";
    // A membership service that is added to a running website knows who is there already.
    const FROM_START: bool = true;

    type Message = AccountVerified;

    async fn react(&self, tx: &Tx, got: &Got<AccountVerified>) -> Result<(), Fault> {
        let (person, language) = (got.account.person_id, got.account.language.clone());
        match (KnowPerson { person, language }).attempt(tx).await? {
            Attempt::Done(()) | Attempt::Refused(_) => Ok(()),
        }
    }
}
