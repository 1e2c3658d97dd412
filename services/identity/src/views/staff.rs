//! Beginning to look with the eyes of a member: a page that says what it means and asks why.

use axum::extract::Path;
use axum::http::StatusCode;
use chassis::signin::{self, Token, VIEW_MINUTES, Viewer};
use chassis::{
    Answer, AnswerExt as _, Confirm, Error, Fields, Form, Page, Result, Routes, Staff,
    StaffIdentity, Tx,
};
use contracts::{PersonId, SignInId};

use super::commands::StartView;
use super::domain;
use crate::accounts::staff::path_of;
use crate::accounts::tables as accounts;
use crate::keys::commands as keys;
use crate::roles::tables as roles;

type Console = Page<Staff<StaffIdentity>>;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/staff/identity/accounts/{id}/view", show)
        .post("/staff/identity/accounts/{id}/view", start)
}

/// `GET …/view`: with a fresh proof.
async fn show(page: Console, Path(id): Path<PersonId>) -> Answer {
    page.fresh()?;
    ask(&page, id, page.blank(), StatusCode::OK).await
}

async fn ask(page: &Console, id: PersonId, fields: Fields, status: StatusCode) -> Answer {
    let by = page.person();
    let (account, allowed) = page
        .read(async |tx: &Tx| {
            let account = accounts::existing(tx, id).await?;
            let of_staff = roles::load(tx, id).await?.is_some_and(|set| !set.words.is_empty());
            let allowed = domain::may_view(&account, of_staff, by);
            Ok((account, allowed))
        })
        .await?;
    if status == StatusCode::OK {
        allowed.map_err(Error::from)?;
    }
    let (address, base) = (account.address.written.as_str(), path_of(id));
    let confirm = Confirm::new(format!("See the site as {address}?"), format!("{base}/view"))
        .says(format!(
            "For {VIEW_MINUTES} minutes this browser shows every page as they see it. Nothing can \
             be changed. They get a mail that a colleague looked, with your name and your reason \
             on their account page."
        ))
        .crumb("/staff/identity", "Accounts")
        .crumb(base.as_str(), address)
        .fact("Account", address)
        .asks("reason", "Reason", "They read it: say what you help them with.")
        .act("See what they see")
        .back(base);
    page.confirm_as(status, &confirm, &fields)
}

/// `POST …/view`.
async fn start(page: Console, Path(id): Path<PersonId>, form: Form) -> Answer {
    page.fresh()?;
    match try_to_start(&page, id, &form).await {
        Ok(view) => {
            let token = keys::sign_token(page.app(), &token_of(&page, id, view).await?).await?;
            page.to("/").with_cookie(&signin::cookie(page.app().site(), token))
        }
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            ask(&page, id, fields, status).await
        }
    }
}

async fn try_to_start(page: &Console, person_id: PersonId, form: &Form) -> Result<SignInId> {
    let mut read = form.read();
    let reason = read.text("reason", 3..=300);
    read.done()?;
    let reason = reason.take();
    let by_signin = page.reader().signin.ok_or(Error::Unauthenticated)?;
    let command = StartView { person_id, by: page.person(), by_signin, reason: &reason };
    page.execute_once(form, &command).await
}

/// The token of a view: it holds as long as the sign-ins of both do.
async fn token_of(page: &Console, person: PersonId, view: SignInId) -> Result<Token> {
    let by = page.person();
    let signin = page.reader().signin.ok_or(Error::Unauthenticated)?;
    let (seen, own) = page
        .read(async |tx: &Tx| {
            let seen = accounts::existing(tx, person).await?.generation;
            Ok((seen, accounts::existing(tx, by).await?.generation))
        })
        .await?;
    let viewer = Viewer { person: by, signin, generation: own };
    Ok(Token::of_view(view, person, seen, viewer, page.now()))
}
