//! Tables `accounts` and `duplicates`: the only file of this slice that speaks SQL.

use chassis::{Error, Result, Row, Tx, Wanted, params};
use chrono::{DateTime, Utc};
use contracts::PersonId;

use super::domain::{Account, Address, State};

const COLUMNS: &str = "person_id, address, address_key, state, language, password_hash,
                       generation, registered_at, version";

/// The account of a person.
pub(crate) async fn load(tx: &Tx, person: PersonId) -> Result<Option<Account>> {
    let sql = format!("select {COLUMNS} from accounts where person_id = $1");
    tx.first(&sql, params![person]).await?.map(|row| from_row(&row)).transpose()
}

/// The account of a person who must have one.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn existing(tx: &Tx, person: PersonId) -> Result<Account> {
    load(tx, person).await?.ok_or_else(|| Error::not_found("account", person))
}

/// The account that has this address, in normal form.
pub(crate) async fn with_address(tx: &Tx, normal: &str) -> Result<Option<Account>> {
    let sql = format!("select {COLUMNS} from accounts where address_key = $1");
    tx.first(&sql, params![normal]).await?.map(|row| from_row(&row)).transpose()
}

/// The account of a person, or of whom their id is an alias.
pub(crate) async fn of_person(tx: &Tx, person: PersonId) -> Result<Option<Account>> {
    if let Some(own) = load(tx, person).await? {
        return Ok(Some(own));
    }
    let sql = "select kept from duplicates where alias = $1";
    let Some(row) = tx.first(sql, params![person]).await? else { return Ok(None) };
    load(tx, row.get("kept")?).await
}

/// Stores a new account.
///
/// # Errors
/// `Conflict` when the address or the person got an account at the same time.
pub(crate) async fn insert(tx: &Tx, account: &Account) -> Result<()> {
    let sql =
        "insert into accounts (person_id, address, address_key, state, language, password_hash,
                                     generation, registered_at, version)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
               on conflict do nothing";
    let values = params![
        account.person_id,
        &account.address.written,
        &account.address.normal,
        account.state.as_str(),
        &account.language,
        account.password_hash.clone(),
        account.generation,
        account.registered_at,
        account.version
    ];
    if tx.run(sql, values).await? == 1 { Ok(()) } else { Err(Error::Conflict) }
}

/// Stores `account` over the row it was loaded from.
pub(crate) async fn save(tx: &Tx, account: Account) -> Result<Account> {
    let sql = "update accounts set state = $3, password_hash = $4, generation = $5, address = $6,
                   address_key = $7, version = version + 1
               where person_id = $1 and version = $2";
    let values = params![
        account.person_id,
        account.version,
        account.state.as_str(),
        account.password_hash.clone(),
        account.generation,
        &account.address.written,
        &account.address.normal
    ];
    tx.one_or_conflict(sql, values).await?;
    Ok(Account { version: account.version + 1, ..account })
}

/// Removes `account`, as it was loaded.
pub(crate) async fn remove(tx: &Tx, account: &Account) -> Result<()> {
    let sql = "delete from accounts where person_id = $1 and version = $2";
    tx.one_or_conflict(sql, params![account.person_id, account.version]).await?;
    tx.run("delete from codes where person_id = $1", params![account.person_id]).await?;
    Ok(())
}

/// Accounts that were registered before `then` and never confirmed, the oldest first.
pub(super) async fn unverified_since(tx: &Tx, then: DateTime<Utc>) -> Result<Vec<Account>> {
    let sql = format!(
        "select {COLUMNS} from accounts where state = 'unverified' and registered_at < $1
         order by registered_at limit 200"
    );
    tx.all(&sql, params![then]).await?.iter().map(from_row).collect()
}

/// A page of the accounts whose address begins with the word that is wanted.
pub(super) async fn list(tx: &Tx, wanted: &Wanted) -> Result<Vec<Account>> {
    // A range instead of `like`: nothing to escape, and the index serves it on both engines.
    let begins = wanted.word().unwrap_or_default().to_lowercase();
    let beyond = format!("{begins}\u{10FFFF}");
    let state = wanted.chosen("state").unwrap_or_default();
    let keys = [("address", "address_key"), ("since", "registered_at")];
    let seek = wanted.seek(&keys, "person_id", params![begins, beyond, state]);
    let sql = format!(
        "select {COLUMNS} from accounts
         where address_key >= $1 and address_key < $2 and ($3 = '' or state = $3) and {}
         order by {} limit {}",
        seek.after, seek.order, seek.limit
    );
    tx.all(&sql, seek.params).await?.iter().map(from_row).collect()
}

/// Notes that `alias` is the same human as `kept`; false when that was known.
pub(super) async fn note_duplicate(tx: &Tx, alias: PersonId, kept: PersonId) -> Result<bool> {
    let sql = "insert into duplicates (alias, kept, found_at, version) values ($1, $2, $3, 1)
               on conflict (alias) do nothing";
    Ok(tx.run(sql, params![alias, kept, tx.now()]).await? == 1)
}

fn from_row(row: &Row) -> Result<Account> {
    let word: String = row.get("state")?;
    Ok(Account {
        person_id: row.get("person_id")?,
        address: Address { written: row.get("address")?, normal: row.get("address_key")? },
        state: State::from_word(&word)
            .ok_or_else(|| Error::internal(format!("an account has the unknown state {word}")))?,
        language: row.get("language")?,
        password_hash: row.get("password_hash")?,
        generation: row.get("generation")?,
        registered_at: row.get("registered_at")?,
        version: row.get("version")?,
    })
}
