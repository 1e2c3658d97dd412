//! The console's page that takes the second factors away from somebody who lost them.

use axum::extract::Path;
use axum::http::StatusCode;
use chassis::{Answer, Confirm, Fields, Form, Page, Result, Routes, Staff, StaffIdentity, Tx};
use contracts::PersonId;

use super::commands::{TakeAway, held};
use crate::accounts::staff::path_of;
use crate::accounts::tables as accounts;
use crate::roles::domain::ADMIN;
use crate::signins::pages::cookies;
use crate::signins::pages::network::Network;

type Console = Page<Staff<StaffIdentity>>;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/staff/identity/accounts/{id}/factors", show)
        .post("/staff/identity/accounts/{id}/factors", take_away)
}

/// `GET …/factors`.
async fn show(page: Console, Path(id): Path<PersonId>) -> Answer {
    ask(&page, id, page.blank(), StatusCode::OK).await
}

async fn ask(page: &Console, id: PersonId, fields: Fields, status: StatusCode) -> Answer {
    let (account, held) = page
        .read(async |tx: &Tx| {
            let account = accounts::existing(tx, id).await?;
            let held = held(tx, &account).await?;
            Ok((account, held))
        })
        .await?;
    if !held.has_second() && status == StatusCode::OK {
        return page.to(path_of(id));
    }
    let (address, base) = (account.address.written.as_str(), path_of(id));
    let confirm = Confirm::new("Take the second factors away?", format!("{base}/factors"))
        .says("For somebody who lost phone and recovery codes. Be sure who asks: call back, or see their face.")
        .says("The app, all passkeys and the recovery codes of the account stop working. Its owner is told by mail, and signs in with the password alone; without a password they set one by mail.")
        .crumb("/staff/identity", "Accounts")
        .crumb(base.as_str(), address)
        .fact("Account", address)
        .fact("Authenticator app", if held.authenticator { "set up" } else { "none" })
        .fact("Passkeys", held.passkeys.to_string())
        .asks("reason", "Reason", "How you made sure who asks. Stands in the history, for colleagues only.")
        .act("Take them away")
        .danger()
        .back(base);
    page.confirm_as(status, &confirm, &fields)
}

/// `POST …/factors`.
async fn take_away(
    page: Console,
    Path(id): Path<PersonId>,
    network: Network,
    form: Form,
) -> Answer {
    match try_to_take(&page, id, &network, &form).await {
        Ok(()) => page.to(format!("{}?notice=factors", path_of(id))),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            ask(&page, id, fields, status).await
        }
    }
}

async fn try_to_take(
    page: &Console,
    person_id: PersonId,
    network: &Network,
    form: &Form,
) -> Result<()> {
    let mut read = form.read();
    let reason = read.text("reason", 3..=300);
    read.done()?;
    let command = TakeAway {
        person_id,
        by: page.person(),
        by_admin: page.reader().has_role(ADMIN),
        reason: &reason.take(),
        browser: &cookies::browser(page, network),
    };
    page.execute_once(form, &command).await
}
