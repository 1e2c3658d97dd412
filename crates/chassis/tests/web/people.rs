//! Who is met in these tests.

use contracts::PersonId;
use contracts::identity::{Account, AccountState};
use uuid::Uuid;

/// One of many people.
pub(crate) fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

/// The account of the first of them, as a message of identity tells it.
pub(crate) fn account(generation: i64, state: AccountState, version: i64) -> Account {
    Account {
        person_id: person(1),
        address: "jo@example.org".to_owned(),
        state,
        language: "en".to_owned(),
        generation,
        version,
    }
}
