//! What stands before a sign-in because staff asked for it: a new password, a proof of the address.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use chassis::{Answer, Error, Failure, Fields, Form, Markup, Page, Result, Routes, Tx};

use super::commands::{GoOn, SendProof, SetPassword};
use crate::accounts::domain::{Account, LONGEST_PASSWORD, SHORTEST_PASSWORD};
use crate::own_path::OwnPath;
use crate::passwords::choosing;
use crate::signins::commands::TakeTry;
use crate::signins::pages::cookies as signin_cookies;
use crate::signins::pages::{Asked, is_demonstration};
use crate::steps::commands::{self as steps, Begun};
use crate::steps::cookies as step_cookies;
use crate::steps::domain::{Pending, Refusal as StepRefusal, Step};
use crate::tongue::{Tongue, Words};

/// Where a sign-in begins.
pub(crate) const SIGN_IN: &str = "/account/sign-in";
/// Where one goes after signing in without having been anywhere.
pub(crate) const HOME: &str = "/account";

const PASSWORD: &str = "/account/sign-in/password";
const ADDRESS: &str = "/account/sign-in/address";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get(PASSWORD, show_password)
        .limit(60)
        .post(PASSWORD, set_password)
        .limit(30)
        .get(ADDRESS, show_address)
        .limit(60)
        .post(ADDRESS, go_on)
        .limit(30)
        .post("/account/sign-in/address/send", send)
        .limit(20)
}

#[derive(Template)]
#[template(path = "actions/password.html")]
struct ShowPassword {
    t: &'static Words,
    chooser: Markup,
    fields: Fields,
    address: String,
}

/// `GET /account/sign-in/password`.
async fn show_password(page: Page, Query(asked): Query<Asked>) -> Answer {
    password_page(&page, asked.lang.as_deref(), None).await
}

/// The page in the language that is asked for, with what was typed and what was wrong with it.
async fn password_page(page: &Page, lang: Option<&str>, wrong: Option<(&Form, Error)>) -> Answer {
    let Some((pending, account)) = step_cookies::at(page, Step::Password).await? else {
        return page.to(SIGN_IN);
    };
    let tongue = Tongue::at_step(page, lang, PASSWORD, pending.return_to.as_deref())?;
    let (fields, status) = filled(page, &tongue, wrong)?;
    let Tongue { words, chooser } = tongue;
    let address = account.address.written;
    page.show_as(
        status,
        words.steps.password.title,
        &ShowPassword { t: words, chooser, fields, address },
    )
}

/// The form of a step as it is shown: blank, or with what was wrong.
pub(crate) fn filled(
    page: &Page,
    tongue: &Tongue,
    wrong: Option<(&Form, Error)>,
) -> Result<(Fields, StatusCode), Failure> {
    let (fields, status) = match wrong {
        Some((form, error)) => page.again(form, tongue.said(error))?,
        None => (page.blank(), StatusCode::OK),
    };
    Ok((fields.spoken(tongue.words.forms), status))
}

/// `POST /account/sign-in/password`.
async fn set_password(page: Page, form: Form) -> Answer {
    let secret = signin_cookies::secret(page.app());
    match try_set(&page, &form, &secret).await {
        Ok((begun, pending)) => lead_on(&page, &begun, &secret, &pending).await,
        Err(error) if is_over(&error) => page.to(SIGN_IN),
        Err(error) => password_page(&page, None, Some((&form, error))).await,
    }
}

async fn try_set(page: &Page, form: &Form, secret: &str) -> Result<(Begun, Pending)> {
    let (pending, account) =
        step_cookies::at(page, Step::Password).await?.ok_or(StepRefusal::Over)?;
    let mut read = form.read();
    let password = read.secret("password", SHORTEST_PASSWORD..=LONGEST_PASSWORD);
    read.done()?;
    let password = password.take();
    choosing::strong(page, &account, &password).await?;
    let password_hash = choosing::fresh(page, &account, &password).await?;
    let cookie = step_cookies::pending_secret(page).ok_or(StepRefusal::Over)?;
    let command = SetPassword { pending: &cookie, password_hash: &password_hash, secret };
    Ok((page.execute(&command).await?, pending))
}

/// Goes on to what comes next, at the end to where the person was going.
pub(crate) async fn lead_on(page: &Page, begun: &Begun, secret: &str, pending: &Pending) -> Answer {
    let path = OwnPath::read_option(pending.return_to.as_deref());
    step_cookies::go_on(page, begun, secret, path.as_ref(), HOME).await
}

/// Whether the sign-in that waited is no longer there: then one begins again.
pub(crate) fn is_over(error: &Error) -> bool {
    error.code() == StepRefusal::Over.code()
}

#[derive(Template)]
#[template(path = "actions/address.html")]
struct ShowAddress {
    t: &'static Words,
    chooser: Markup,
    fields: Fields,
    send: Fields,
    address: String,
    /// Whether it is proved already.
    proved: bool,
    /// Whether mails can be read on a page of this site.
    mailbox: bool,
}

/// The sign-in of this browser that waits, with its account and what comes next in it.
async fn waiting(page: &Page) -> Result<Option<(Pending, Account, Option<Step>)>> {
    let Some(secret) = step_cookies::pending_secret(page) else { return Ok(None) };
    page.read(async |tx: &Tx| {
        let Ok((pending, account)) = steps::living(tx, &secret).await else { return Ok(None) };
        let next = steps::waits_for(tx, &pending, &account).await?;
        Ok(Some((pending, account, next)))
    })
    .await
}

/// `GET /account/sign-in/address`.
async fn show_address(page: Page, Query(asked): Query<Asked>) -> Answer {
    address_page(&page, asked.lang.as_deref(), None).await
}

/// As [`password_page`].
async fn address_page(page: &Page, lang: Option<&str>, wrong: Option<(&Form, Error)>) -> Answer {
    let Some((pending, account, next)) = waiting(page).await? else { return page.to(SIGN_IN) };
    // What stands before it shows neither the address nor whether it is proved.
    if matches!(next, Some(Step::Second | Step::Password)) {
        return page.to(SIGN_IN);
    }
    let tongue = Tongue::at_step(page, lang, ADDRESS, pending.return_to.as_deref())?;
    let (fields, status) = filled(page, &tongue, wrong)?;
    let Tongue { words, chooser } = tongue;
    let shown = ShowAddress {
        t: words,
        chooser,
        fields,
        send: page.blank(),
        address: account.address.written,
        proved: next != Some(Step::Address),
        mailbox: is_demonstration(page),
    };
    page.show_as(status, words.steps.proof.title, &shown)
}

/// `POST /account/sign-in/address`: goes on when the link was followed, in whatever browser.
async fn go_on(page: Page, form: Form) -> Answer {
    let secret = signin_cookies::secret(page.app());
    match try_go_on(&page, &secret).await {
        Ok((begun, pending)) => lead_on(&page, &begun, &secret, &pending).await,
        Err(error) if is_over(&error) => page.to(SIGN_IN),
        Err(error) => address_page(&page, None, Some((&form, error))).await,
    }
}

async fn try_go_on(page: &Page, secret: &str) -> Result<(Begun, Pending)> {
    let (pending, _, _) = waiting(page).await?.ok_or(StepRefusal::Over)?;
    let cookie = step_cookies::pending_secret(page).ok_or(StepRefusal::Over)?;
    Ok((page.execute(&GoOn { pending: &cookie, secret }).await?, pending))
}

/// `POST /account/sign-in/address/send`: another mail in the place of one that did not come.
async fn send(page: Page, form: Form) -> Answer {
    match try_send(&page, &form).await {
        Ok(()) => page.to(ADDRESS),
        Err(error) if is_over(&error) => page.to(SIGN_IN),
        Err(error) => address_page(&page, None, Some((&form, error))).await,
    }
}

async fn try_send(page: &Page, form: &Form) -> Result<()> {
    let (_, account, _) = waiting(page).await?.ok_or(StepRefusal::Over)?;
    let cookie = step_cookies::pending_secret(page).ok_or(StepRefusal::Over)?;
    page.execute(&TakeTry::mail(&account.address.normal)).await?;
    page.execute_once(form, &SendProof { pending: &cookie }).await
}
