//! Signing in with a passkey, confirming an address with one, and a passkey's own page.

pub(crate) mod ceremony;
pub(crate) mod own;

use chassis::page::Role;
use chassis::{Answer, Form, Page, Result, Routes, Tx};
use webauthn_rs::prelude::PublicKeyCredential;

use super::commands::{BeginWithPasskey, ConfirmWithPasskey, NoteCloned};
use super::domain::Refusal;
use crate::accounts::pages::{CONFIRM, code_refused, confirm_page, look_at, refusal_of};
use crate::accounts::tables as accounts;
use crate::codes::domain::Purpose;
use crate::factors::pages::codes;
use crate::fingerprint;
use crate::own_path::{OwnPath, with_return};
use crate::signins::pages::network::Network;
use crate::signins::pages::{self as signins, carried, cookies, with_path};
use crate::steps::commands::Begun;
use crate::steps::cookies as steps;
use crate::terms::pages::{self as terms, Text};
use crate::tongue::{Tongue, Words};
use ceremony::{Answered, Ceremony, Look};

pub(crate) fn routes(routes: Routes) -> Routes {
    let routes = routes
        .post("/account/sign-in/passkey", sign_in)
        .limit(30)
        .post("/account/confirm/passkey", confirm)
        .limit(30);
    own::routes(routes)
}

/// What the answer of a passkey on the sign-in page is good for.
const SIGN_IN: &str = "sign-in";

/// The button on the sign-in page; nothing where there can be no passkeys.
pub(crate) fn to_sign_in(
    page: &Page,
    path: Option<&OwnPath>,
    words: &'static Words,
) -> Result<Option<Ceremony>> {
    let look = Look {
        action: "/account/sign-in/passkey".to_owned(),
        label: words.passkey,
        words: &words.steps.passkeys,
        plain: true,
        offered: true,
    };
    ceremony::ask(page, with_path(page.blank(), path), SIGN_IN, &[], look)
}

/// `POST /account/sign-in/passkey`.
async fn sign_in(page: Page, network: Network, form: Form) -> Answer {
    let path = carried(&form);
    let secret = cookies::secret(page.app());
    match try_to_sign_in(&page, &network, &form, &secret).await {
        Ok(begun) => steps::go_on(&page, &begun, &secret, path.as_ref(), "/account").await,
        Err(error) => {
            let tongue = Tongue::of(&page, None, signins::SIGN_IN, path.as_ref())?;
            let (fields, status) = page.again(&form, tongue.said(error))?;
            signins::sign_in_page(&page, tongue, fields, status, path.as_ref(), "").await
        }
    }
}

async fn try_to_sign_in(
    page: &Page,
    network: &Network,
    form: &Form,
    secret: &str,
) -> Result<Begun> {
    let answered: Answered<PublicKeyCredential> = ceremony::answered(page, form, SIGN_IN)?;
    let browser = &cookies::browser(page, network);
    let return_to = carried(form).map(|path| path.as_str().to_owned());
    let command = BeginWithPasskey { given: &answered.given(), browser, return_to, secret };
    noting(page, &answered, page.execute(&command).await).await
}

/// Notes on its owner's account that a passkey was refused as a copy; what was refused stays so.
pub(crate) async fn noting<R: Role, T>(
    page: &Page<R>,
    answered: &Answered<PublicKeyCredential>,
    proved: Result<T>,
) -> Result<T> {
    if let Err(error) = &proved
        && error.code() == Refusal::Cloned.code()
    {
        page.execute(&NoteCloned { answer: &answered.answer }).await?;
    }
    proved
}

/// What a passkey made on the page of a mail is good for: for the code of that mail alone.
fn confirming(code: &str) -> String {
    format!("confirm {}", fingerprint::of(code))
}

/// The button on the page that confirms an address; nothing where there can be no passkeys.
///
/// `texts`: what is accepted with it.
pub(crate) async fn to_confirm(
    page: &Page,
    code: &str,
    texts: &[Text],
    words: &'static Words,
) -> Result<Option<Ceremony>> {
    let Ok(person) = look_at(page, Purpose::Confirm, code).await?.map(|code| code.person_id) else {
        return Ok(None);
    };
    let account = page.read(async |tx: &Tx| accounts::existing(tx, person).await).await?;
    let look = Look {
        action: "/account/confirm/passkey".to_owned(),
        label: words.steps.confirm.passkey,
        words: &words.steps.passkeys,
        plain: true,
        offered: false,
    };
    let fields = page.blank().with("code", code).fill("name", own::device(page));
    let fields = terms::carrying(fields, texts);
    ceremony::make(page, fields, &confirming(code), (&account, &[]), look)
}

/// `POST /account/confirm/passkey`: the account has a passkey and no password.
async fn confirm(page: Page, network: Network, form: Form) -> Answer {
    let code = form.value("code").unwrap_or_default();
    match try_confirm(&page, &network, &form, code).await {
        Ok((return_to, kept)) => {
            let path = OwnPath::read_option(return_to.as_deref());
            let next = with_return("/account/sign-in?notice=passkey", path.as_ref());
            codes::show(&page, &kept, &next)
        }
        Err(error) => {
            let tongue = Tongue::of_link(&page, None, CONFIRM, code)?;
            if let Some(refusal) = refusal_of(&error) {
                return code_refused(&page, &tongue, Purpose::Confirm, refusal, code);
            }
            let (fields, status) = page.again(&form, tongue.said(error))?;
            confirm_page(&page, tongue, fields, status, code).await
        }
    }
}

async fn try_confirm(
    page: &Page,
    network: &Network,
    form: &Form,
    code: &str,
) -> Result<(Option<String>, String)> {
    let answered = ceremony::made(page, form, &confirming(code))?;
    let browser = &cookies::browser(page, network);
    let terms = &terms::carried(form.value("texts"));
    let command = ConfirmWithPasskey { code, made: &answered.made(), terms, browser };
    page.execute_once(form, &command).await
}
