//! Locking an account and unlocking it: a page that says what it means and asks for the reason.

use axum::extract::Path;
use axum::http::StatusCode;
use chassis::{Answer, Confirm, Fields, Form, Result};
use contracts::PersonId;

use super::{Console, is_admin, path_of, subject};
use crate::accounts::commands::{Lock, Unlock};
use crate::accounts::domain::State;

/// `GET …/lock`.
pub(super) async fn show_lock(page: Console, Path(id): Path<PersonId>) -> Answer {
    show(&page, id, true, page.blank(), StatusCode::OK).await
}

/// `GET …/unlock`.
pub(super) async fn show_unlock(page: Console, Path(id): Path<PersonId>) -> Answer {
    show(&page, id, false, page.blank(), StatusCode::OK).await
}

/// Asks whether it is meant, and why; an account that is there already is shown as it is.
async fn show(
    page: &Console,
    id: PersonId,
    closing: bool,
    fields: Fields,
    status: StatusCode,
) -> Answer {
    let account = subject(page, id).await?.account;
    if (account.state == State::Locked) == closing && status == StatusCode::OK {
        return page.to(path_of(id));
    }
    let address = account.address.written.as_str();
    let base = path_of(id);
    let confirm = if closing {
        Confirm::new(format!("Lock {address}?"), format!("{base}/lock"))
            .says(
                "Every sign-in of the account ends at once, and none can start until it is \
                 unlocked. Membership, orders and roles stay as they are.",
            )
            .act("Lock the account")
            .danger()
    } else {
        Confirm::new(format!("Unlock {address}?"), format!("{base}/unlock"))
            .says("Whoever has the password can sign in again.")
            .act("Unlock the account")
    };
    let confirm = confirm
        .crumb("/staff/identity", "Accounts")
        .crumb(base.as_str(), address)
        .fact("Account", address)
        .fact("State now", account.state.as_str())
        .asks("reason", "Reason", "Stands in the history of the account, for colleagues only.")
        .back(base);
    page.confirm_as(status, &confirm, &fields.with("version", account.version))
}

/// `POST …/lock`.
pub(super) async fn lock(page: Console, Path(id): Path<PersonId>, form: Form) -> Answer {
    let done = try_lock(&page, id, &form).await;
    answer(&page, id, true, &form, done).await
}

async fn try_lock(page: &Console, person_id: PersonId, form: &Form) -> Result<()> {
    let (version, reason) = read(form)?;
    let (by, by_admin, reason) = (page.person(), is_admin(page), reason.as_str());
    page.execute_once(form, &Lock { person_id, by, by_admin, version, reason }).await
}

/// `POST …/unlock`.
pub(super) async fn unlock(page: Console, Path(id): Path<PersonId>, form: Form) -> Answer {
    let done = try_unlock(&page, id, &form).await;
    answer(&page, id, false, &form, done).await
}

async fn try_unlock(page: &Console, person_id: PersonId, form: &Form) -> Result<()> {
    let (version, reason) = read(form)?;
    let (by, by_admin, reason) = (page.person(), is_admin(page), reason.as_str());
    page.execute_once(form, &Unlock { person_id, by, by_admin, version, reason }).await
}

/// The version of the account that the page showed, and the reason.
fn read(form: &Form) -> Result<(i64, String)> {
    let mut read = form.read();
    let version = read.number("version", 1..=i64::MAX);
    let reason = read.text("reason", 3..=300);
    read.done()?;
    Ok((version.take(), reason.take()))
}

/// Back to the account after a change, or the question again with what was wrong.
async fn answer(
    page: &Console,
    id: PersonId,
    closing: bool,
    form: &Form,
    done: Result<()>,
) -> Answer {
    match done {
        Ok(()) => {
            // That it is locked the page of the account says by itself.
            let word = if closing { "" } else { "?notice=unlocked" };
            page.to(format!("{}{word}", path_of(id)))
        }
        Err(error) => {
            let (said, status) = page.again(form, error)?;
            show(page, id, closing, said, status).await
        }
    }
}
