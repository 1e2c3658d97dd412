//! Table `people`: a copy of what identity and membership published; personal data.

use chassis::{Result, Tx, params};
use contracts::PersonId;
use contracts::identity::Account;
use contracts::membership::Person;

/// Somebody to write to, as far as known here.
#[derive(Debug, Clone, Default)]
pub(crate) struct Addressee {
    /// Their mail address, once identity has told it.
    pub(crate) address: Option<String>,
    /// The language they read (BCP 47).
    pub(crate) language: Option<String>,
    /// Their name, once membership has told it.
    pub(crate) name: Option<String>,
}

/// What is known of a person; nothing at all is an answer too. When two ids turned out to be one
/// human, what is told of the kept one goes first.
pub(crate) async fn known(tx: &Tx, person: PersonId) -> Result<Addressee> {
    let sql = "select address, language, name, person_id from people
               where person_id = $1
                  or person_id in (select kept from reader_aliases where alias = $1)
                  or person_id in (select alias from reader_aliases where kept = $1)";
    let mut known = Addressee::default();
    let kept = "select kept from reader_aliases where alias = $1";
    let is_alias = tx.first(kept, params![person]).await?.is_some();
    let mut rows = Vec::new();
    for row in tx.all(sql, params![person]).await? {
        let asked = row.get::<PersonId>("person_id")? == person;
        rows.push((asked == is_alias, row));
    }
    rows.sort_by_key(|(later, _)| *later);
    for (_, row) in rows {
        known.address = known.address.or(row.get("address")?);
        known.language = known.language.or(row.get("language")?);
        known.name = known.name.or(row.get("name")?);
    }
    Ok(known)
}

/// Keeps address and language of an account, unless something newer is kept already.
pub(super) async fn keep_account(tx: &Tx, account: &Account, version: i64) -> Result<()> {
    let sql = "insert into people (person_id, address, language, account_version)
               values ($1, $2, $3, $4)
               on conflict (person_id) do update
               set address = excluded.address, language = excluded.language, account_version = excluded.account_version
               where people.account_version <= excluded.account_version";
    tx.run(sql, params![account.person_id, &account.address, &account.language, version]).await?;
    Ok(())
}

/// Forgets address and language of an account that is gone.
pub(super) async fn forget_account(tx: &Tx, person: PersonId, version: i64) -> Result<()> {
    let sql = "update people set address = null, language = null, account_version = $2
               where person_id = $1 and account_version <= $2";
    tx.run(sql, params![person, version]).await.map(drop)
}

/// Keeps the name of a person, unless something newer is kept already.
pub(super) async fn keep_name(tx: &Tx, person: &Person, version: i64) -> Result<()> {
    let sql = "insert into people (person_id, name, person_version)
               values ($1, $2, $3)
               on conflict (person_id) do update
               set name = excluded.name, person_version = excluded.person_version
               where people.person_version <= excluded.person_version";
    tx.run(sql, params![person.person_id, &person.name, version]).await?;
    Ok(())
}
