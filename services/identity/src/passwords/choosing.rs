//! A new password on its way: long enough, not guessed soon, not one of the last few; then hashed.

use chassis::page::Role;
use chassis::{Error, Page, Result, Tx, readers};

use super::{hashing, strength, tables};
use crate::accounts::domain::{self, Account};

/// Goes on only with a password that is long enough and would not be guessed soon.
///
/// # Errors
/// `Invalid` for the field `password`, with what to do.
pub(crate) async fn strong<R: Role>(
    page: &Page<R>,
    account: &Account,
    password: &str,
) -> Result<()> {
    let refused = |why| Error::invalid("password", why);
    domain::check_password(password, &account.address).map_err(refused)?;
    let person = account.person_id;
    let name = page.read(async |tx: &Tx| readers::name_of(tx, person).await).await?;
    let own = strength::own_words(&account.address.normal, name.as_deref());
    match hashing::weighed(password, own).await? {
        Some(why) => Err(refused(why)),
        None => Ok(()),
    }
}

/// The hash of a password that is none of those the person has or had. Whoever asks has proved that
/// they may set it: nobody else may try here which passwords somebody had.
///
/// # Errors
/// `Invalid` for the field `password`.
pub(crate) async fn fresh<R: Role>(
    page: &Page<R>,
    account: &Account,
    password: &str,
) -> Result<String> {
    let (person, mode) = (account.person_id, page.app().site().mode);
    let past = page.read(async |tx: &Tx| tables::past(tx, person).await).await?;
    for hash in account.password_hash.iter().chain(&past) {
        if hashing::is_right(mode, password, Some(hash)).await? {
            let why = "you had this password before; choose one that is new";
            return Err(Error::invalid("password", why));
        }
    }
    hashing::hash(mode, password).await
}
