//! How typed codes are made and compared; each inside the transaction of what they prove.

use chassis::{Error, Result, Sealer, Tx, ids};
use contracts::PersonId;
use contracts::identity::SecurityAlert;
use serde_json::json;

use super::domain::{self, Authenticator, RECOVERY_CODES, Refusal, Secret, Typed};
use super::tables;
use crate::accounts::domain::Account;
use crate::alerts::commands::alert;
use crate::fingerprint;
use crate::steps::domain::Browser;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Stale | Refusal::There => Self::refused(refusal.code(), refusal),
            _ => Self::invalid("code", refusal.to_string()),
        }
    }
}

/// What the sealed secret is bound to: nobody's is taken for another's.
fn bound_to(person: PersonId) -> String {
    format!("authenticator {person}")
}

/// Reads what was typed: the six digits of an app, or a recovery code, however it is grouped.
///
/// # Errors
/// The sentence for the field.
pub(crate) fn read(typed: &str) -> Result<Typed, &'static str> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Typed::Code(digits));
    }
    ids::normal_code(typed).map(Typed::Recovery).ok_or(
        "enter the 6 digits that the app shows, or one of your recovery codes with its 13 letters \
         and digits",
    )
}

/// Compares what was typed for this account, and uses it up; gives the word of the proof.
///
/// # Errors
/// [`Refusal`].
pub(crate) async fn prove(
    tx: &Tx,
    account: &Account,
    typed: &Typed,
    browser: &Browser,
) -> Result<&'static str> {
    let person = account.person_id;
    match typed {
        Typed::Code(code) => {
            let known = tables::load(tx, person).await?.ok_or(Refusal::NoAuthenticator)?;
            let step = domain::step_of(&opened(tx, &known)?, code, tx.now());
            tables::save_step(tx, &domain::take(&known, step)?).await?;
            Ok("totp")
        }
        Typed::Recovery(code) => {
            if !tables::use_code(tx, person, &hash(tx, person, code)?).await? {
                return Err(Refusal::WrongRecovery.into());
            }
            let left = tables::codes_left(tx, person).await?.unwrap_or_default();
            tx.audit("account", person, "recovery_code_used", json!({ "left": left })).await?;
            alert(tx, account, SecurityAlert::RecoveryCodeUsed, browser);
            Ok("recovery")
        }
    }
}

/// Sets an app up for somebody who typed the code that it shows.
///
/// # Errors
/// [`Refusal::There`], [`Refusal::WrongCode`].
pub(crate) async fn add(
    tx: &Tx,
    account: &Account,
    secret: &Secret,
    code: &str,
    browser: &Browser,
) -> Result<()> {
    let person_id = account.person_id;
    if tables::load(tx, person_id).await?.is_some() {
        return Err(Refusal::There.into());
    }
    let last_step = domain::step_of(secret, code, tx.now()).ok_or(Refusal::WrongCode)?;
    let bound = bound_to(person_id);
    let sealed = tx.extension::<Sealer>()?.seal(&bound, secret, tx.bytes())?;
    let new = Authenticator { person_id, sealed, last_step, added_at: tx.now(), version: 1 };
    tables::insert(tx, &new).await?;
    tx.audit("account", person_id, "authenticator_added", json!({})).await?;
    alert(tx, account, SecurityAlert::AuthenticatorAdded, browser);
    Ok(())
}

fn opened(tx: &Tx, known: &Authenticator) -> Result<Secret> {
    let secret = tx.extension::<Sealer>()?.open(&bound_to(known.person_id), &known.sealed)?;
    secret.try_into().map_err(|_| Error::internal("an authenticator's secret has another length"))
}

/// What a secret is bound to while its owner sets the app up.
fn setup_of(whose: &str) -> String {
    format!("authenticator setup {whose}")
}

/// Seals a fresh secret to go through a page, for `whose` setup alone.
pub(crate) fn sealed_setup(
    sealer: &Sealer,
    whose: &str,
    fresh: &Secret,
    nonce: [u8; 24],
) -> Result<String> {
    sealer.seal(&setup_of(whose), fresh, nonce)
}

/// Opens what came back from the page.
///
/// # Errors
/// [`Refusal::Stale`] when it is not what we gave to this setup.
pub(crate) fn opened_setup(sealer: &Sealer, whose: &str, carried: &str) -> Result<Secret> {
    let opened = sealer.open(&setup_of(whose), carried).ok();
    opened.and_then(|secret| secret.try_into().ok()).ok_or_else(|| Refusal::Stale.into())
}

/// What recovery codes are sealed for on their way to the one page that shows them.
const SHOWN: &str = "recovery codes to show";

/// Makes new recovery codes in the place of those there were; gives them sealed, for the one page
/// that shows them: what a repeated form is answered with is kept, and must tell nobody.
pub(crate) async fn make_codes(tx: &Tx, account: &Account, browser: &Browser) -> Result<String> {
    let person = account.person_id;
    let codes: Vec<String> = std::iter::repeat_with(|| tx.code()).take(RECOVERY_CODES).collect();
    let hashes = codes.iter().map(|code| hash(tx, person, code)).collect::<Result<Vec<_>>>()?;
    tables::replace_codes(tx, person, &hashes).await?;
    tx.audit("account", person, "recovery_codes_made", json!({})).await?;
    alert(tx, account, SecurityAlert::RecoveryCodesMade, browser);
    tx.extension::<Sealer>()?.seal(SHOWN, codes.join(" ").as_bytes(), tx.bytes())
}

/// The recovery codes in what [`make_codes`] gave, as people read them; none when it is not ours.
pub(crate) fn codes_to_show(sealer: &Sealer, carried: &str) -> Vec<String> {
    let opened = sealer.open(SHOWN, carried).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let codes = opened.unwrap_or_default();
    codes.split_whitespace().map(domain::shown).collect()
}

/// What a recovery code is stored as: without the installation's secret key nobody can try codes
/// on a copied table.
fn hash(tx: &Tx, person: PersonId, code: &str) -> Result<String> {
    let key = tx.extension::<Sealer>()?.derive("recovery codes")?;
    Ok(fingerprint::of(&format!("{} {person} {code}", fingerprint::hex(&key))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_read_however_it_is_grouped() {
        assert_eq!(read(" 287 082 "), Ok(Typed::Code("287082".to_owned())));
        let code = chassis::Ids::seeded(1).code();
        let typed = domain::shown(&code).to_lowercase();
        assert_eq!(read(&typed), Ok(Typed::Recovery(code)));
        for wrong in ["", "28708", "28708a", "2870823", "AAAA-BBBB-CCCCC"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
