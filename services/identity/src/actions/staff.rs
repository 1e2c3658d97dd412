//! Staff ask the owner of an account to do something before they sign in again, and take it back.

use axum::extract::Path;
use axum::http::StatusCode;
use chassis::{
    Answer, Choice, Confirm, Error, Fields, Form, Page, Result, Routes, Staff, StaffIdentity, Tx,
};
use contracts::PersonId;

use super::commands::{Require, Withdraw};
use super::domain::Action;
use super::tables;
use crate::accounts::staff::path_of;
use crate::accounts::tables as accounts;
use crate::roles::domain::ADMIN;

type Console = Page<Staff<StaffIdentity>>;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/staff/identity/accounts/{id}/require", show_require)
        .post("/staff/identity/accounts/{id}/require", require)
        .get("/staff/identity/accounts/{id}/withdraw", show_withdraw)
        .post("/staff/identity/accounts/{id}/withdraw", withdraw)
}

/// `GET …/require`.
async fn show_require(page: Console, Path(id): Path<PersonId>) -> Answer {
    require_page(&page, id, page.blank(), StatusCode::OK).await
}

async fn require_page(page: &Console, id: PersonId, fields: Fields, status: StatusCode) -> Answer {
    let account = page.read(async |tx: &Tx| accounts::existing(tx, id).await).await?;
    let (address, base) = (account.address.written.as_str(), path_of(id));
    let confirm = Confirm::new(format!("Ask something of {address}?"), format!("{base}/require"))
        .says(
            "Every sign-in of the account ends at once. The next one is complete only after what \
             you ask here is done.",
        )
        .act("Ask for it")
        .crumb("/staff/identity", "Accounts")
        .crumb(base.as_str(), address)
        .fact("Account", address)
        .fact("State now", account.state.as_str())
        .asks_one_of("action", "What is to be done", &Action::ALL.map(choice))
        .asks("reason", "Reason", "Stands in the history of the account, for colleagues only.")
        .back(base);
    page.confirm_as(status, &confirm, &fields)
}

fn choice(action: Action) -> Choice {
    Choice::new(action.as_str(), action.label())
}

/// `POST …/require`.
async fn require(page: Console, Path(id): Path<PersonId>, form: Form) -> Answer {
    match try_require(&page, id, &form).await {
        Ok(()) => page.to(format!("{}?notice=required", path_of(id))),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            require_page(&page, id, fields, status).await
        }
    }
}

async fn try_require(page: &Console, person_id: PersonId, form: &Form) -> Result<()> {
    let (action, reason) = read(form)?;
    let by_admin = page.reader().has_role(ADMIN);
    page.execute_once(form, &Require { person_id, by_admin, action, reason: &reason }).await
}

fn read(form: &Form) -> Result<(Action, String)> {
    let mut read = form.read();
    let action = read.choice("action", &Action::ALL.map(Action::as_str));
    let reason = read.text("reason", 3..=300);
    read.done()?;
    let action = action.take();
    let action = Action::from_word(&action).ok_or_else(|| Error::not_found("action", &action))?;
    Ok((action, reason.take()))
}

/// `GET …/withdraw`.
async fn show_withdraw(page: Console, Path(id): Path<PersonId>) -> Answer {
    withdraw_page(&page, id, page.blank(), StatusCode::OK).await
}

async fn withdraw_page(page: &Console, id: PersonId, fields: Fields, status: StatusCode) -> Answer {
    let (account, asked) = page
        .read(async |tx: &Tx| Ok((accounts::existing(tx, id).await?, tables::of(tx, id).await?)))
        .await?;
    let (address, base) = (account.address.written.as_str(), path_of(id));
    if asked.is_empty() {
        return page.to(base);
    }
    let open: Vec<Choice> =
        asked.iter().map(|one| choice(one.action).hinted(one.reason.as_str())).collect();
    let title = format!("Take back what was asked of {address}?");
    let confirm = Confirm::new(title, format!("{base}/withdraw"))
        .says("The next sign-in no longer asks for it. Sign-ins that have ended stay ended.")
        .act("Take it back")
        .crumb("/staff/identity", "Accounts")
        .crumb(base.as_str(), address)
        .fact("Account", address)
        .asks_one_of("action", "What is no longer to be done", &open)
        .asks("reason", "Reason", "Stands in the history of the account, for colleagues only.")
        .back(base);
    page.confirm_as(status, &confirm, &fields)
}

/// `POST …/withdraw`.
async fn withdraw(page: Console, Path(id): Path<PersonId>, form: Form) -> Answer {
    match try_withdraw(&page, id, &form).await {
        Ok(()) => page.to(format!("{}?notice=withdrawn", path_of(id))),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            withdraw_page(&page, id, fields, status).await
        }
    }
}

async fn try_withdraw(page: &Console, person_id: PersonId, form: &Form) -> Result<()> {
    let (action, reason) = read(form)?;
    let by_admin = page.reader().has_role(ADMIN);
    page.execute_once(form, &Withdraw { person_id, by_admin, action, reason: &reason }).await
}
