//! Asking for another address, confirming it, taking it back. Links are opened by GET, which changes
//! nothing: mail scanners open them too.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use chassis::{Answer, Error, Fields, Form, Markup, Page, Result, Routes, SignedIn, Tx};

use super::commands::{Ask, Confirm, Undo, to_confirm, to_undo};
use super::domain::{Change, Refusal};
use crate::accounts::domain::{Account, Address, LONGEST_PASSWORD, SHORTEST_PASSWORD};
use crate::accounts::pages::{WithCode, not_an_address};
use crate::accounts::tables as accounts;
use crate::passwords::choosing;
use crate::signins::commands::TakeTry;
use crate::signins::pages::{Asked, cookies, is_demonstration};
use crate::tongue::{ENGLISH, Tongue, Words};

const CONFIRM: &str = "/account/address/confirm";
const CHANGED: &str = "/account/address/changed";
const UNDO: &str = "/account/address/undo";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/account/address", show_ask)
        .post("/account/address", ask)
        .limit(20)
        .get("/account/address/sent", show_sent)
        .get(CONFIRM, show_confirm)
        .limit(60)
        .post(CONFIRM, confirm)
        .limit(60)
        .get(CHANGED, show_changed)
        .get(UNDO, show_undo)
        .limit(60)
        .post(UNDO, undo)
        .limit(60)
}

#[derive(Template)]
#[template(path = "addresses/ask.html")]
struct ShowAsk {
    fields: Fields,
    address: String,
}

/// `GET /account/address`: for whoever proved a short while ago who they are.
async fn show_ask(page: Page<SignedIn>) -> Answer {
    page.fresh()?;
    ask_page(&page, page.blank(), StatusCode::OK).await
}

async fn ask_page(page: &Page<SignedIn>, fields: Fields, status: StatusCode) -> Answer {
    let person = page.person();
    let account = page.read(async |tx: &Tx| accounts::existing(tx, person).await).await?;
    let shown = ShowAsk { fields, address: account.address.written };
    page.show_as(status, "Change your address", &shown)
}

/// `POST /account/address`: the answer is the same whether the address is somebody's or not.
async fn ask(page: Page<SignedIn>, form: Form) -> Answer {
    page.fresh()?;
    match try_ask(&page, &form).await {
        Ok(()) => page.to("/account/address/sent"),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            ask_page(&page, fields, status).await
        }
    }
}

async fn try_ask(page: &Page<SignedIn>, form: &Form) -> Result<()> {
    let mut read = form.read();
    let address = read.address("address");
    read.done()?;
    let new = Address::read(&address.take()).ok_or_else(not_an_address)?;
    page.execute(&TakeTry::mail(&new.normal)).await?;
    page.execute_once(form, &Ask { person_id: page.person(), new }).await
}

#[derive(Template)]
#[template(path = "addresses/sent.html")]
struct ShowSent {
    t: &'static Words,
    /// Whether mails can be read on a page of this site.
    mailbox: bool,
}

/// `GET /account/address/sent`.
async fn show_sent(page: Page) -> Answer {
    page.show("Look at your mail", &ShowSent { t: &ENGLISH, mailbox: is_demonstration(&page) })
}

#[derive(Template)]
#[template(path = "addresses/confirm.html")]
struct ShowConfirm {
    t: &'static Words,
    chooser: Markup,
    title: &'static str,
    fields: Fields,
    /// None when the mailbox is only proved again.
    old: Option<String>,
    new: String,
}

#[derive(Template)]
#[template(path = "addresses/refused.html")]
struct ShowRefused {
    t: &'static Words,
    chooser: Markup,
    why: String,
}

fn refused(page: &Page, tongue: Tongue, why: Refusal) -> Answer {
    let why = tongue.sentence(&why.to_string());
    let Tongue { words, chooser } = tongue;
    let shown = ShowRefused { t: words, chooser, why };
    page.show_as(StatusCode::GONE, words.steps.link.title, &shown)
}

/// The refusal of a link, when the error is one.
fn refusal_of(error: &Error) -> Option<Refusal> {
    Refusal::ALL.into_iter().find(|refusal| refusal.code() == error.code())
}

/// `GET /account/address/confirm?code=…`. Who opens it need not be signed in here: many read their
/// mail on a phone.
async fn show_confirm(page: Page, Query(asked): Query<WithCode>) -> Answer {
    let code = asked.code.as_str();
    let tongue = Tongue::of_link(&page, asked.lang.as_deref(), CONFIRM, code)?;
    match page.read(async |tx: &Tx| to_confirm(tx, code).await).await {
        Ok(change) => {
            let Tongue { words, chooser } = tongue;
            let title = if change.is_proof() {
                words.steps.proof.title
            } else {
                words.steps.changing.title
            };
            let shown = ShowConfirm {
                t: words,
                chooser,
                title,
                fields: page.blank().with("code", code),
                old: (!change.is_proof()).then_some(change.old.written),
                new: change.new.written,
            };
            page.show(title, &shown)
        }
        Err(error) => not_now(&page, tongue, error),
    }
}

/// The page that says why a link does not work; what is no refusal of a link stays an error.
fn not_now(page: &Page, tongue: Tongue, error: Error) -> Answer {
    match refusal_of(&error) {
        Some(why) => refused(page, tongue, why),
        None => Err(error.into()),
    }
}

/// `POST /account/address/confirm`.
async fn confirm(page: Page, form: Form) -> Answer {
    let code = form.value("code").unwrap_or_default();
    match page.execute_once(&form, &Confirm { code }).await {
        Ok(()) => page.to(CHANGED),
        Err(error) => not_now(&page, Tongue::of_link(&page, None, CONFIRM, code)?, error),
    }
}

#[derive(Template)]
#[template(path = "addresses/changed.html")]
struct ShowChanged {
    t: &'static Words,
    chooser: Markup,
}

/// `GET /account/address/changed`: says nothing that a stranger may not read.
async fn show_changed(page: Page, Query(asked): Query<Asked>) -> Answer {
    let Tongue { words, chooser } = Tongue::of(&page, asked.lang.as_deref(), CHANGED, None)?;
    page.show(words.steps.changing.changed, &ShowChanged { t: words, chooser })
}

#[derive(Template)]
#[template(path = "addresses/undo.html")]
struct ShowUndo {
    t: &'static Words,
    chooser: Markup,
    fields: Fields,
    old: String,
}

/// `GET /account/address/undo?code=…`.
async fn show_undo(page: Page, Query(asked): Query<WithCode>) -> Answer {
    let tongue = Tongue::of_link(&page, asked.lang.as_deref(), UNDO, &asked.code)?;
    undo_page(&page, tongue, page.blank(), StatusCode::OK, &asked.code).await
}

async fn undo_page(
    page: &Page,
    tongue: Tongue,
    fields: Fields,
    status: StatusCode,
    code: &str,
) -> Answer {
    match page.read(async |tx: &Tx| to_undo(tx, code).await).await {
        Ok(change) => {
            let Tongue { words, chooser } = tongue;
            let fields = fields.with("code", code).spoken(words.forms);
            let shown = ShowUndo { t: words, chooser, fields, old: change.old.written };
            page.show_as(status, words.steps.undo.title, &shown)
        }
        Err(error) => not_now(page, tongue, error),
    }
}

/// `POST /account/address/undo`.
async fn undo(page: Page, form: Form) -> Answer {
    let code = form.value("code").unwrap_or_default();
    match try_undo(&page, &form, code).await {
        Ok(()) => cookies::signed_out(&page, "/account/sign-in?notice=address_back"),
        Err(error) => {
            let tongue = Tongue::of_link(&page, None, UNDO, code)?;
            if refusal_of(&error).is_some() {
                return not_now(&page, tongue, error);
            }
            let (fields, status) = page.again(&form, tongue.said(error))?;
            undo_page(&page, tongue, fields, status, code).await
        }
    }
}

async fn try_undo(page: &Page, form: &Form, code: &str) -> Result<()> {
    let password_hash = chosen(page, form, code).await?;
    page.execute_once(form, &Undo { code, password_hash: password_hash.as_deref() }).await
}

/// The hash of the password that was chosen; nothing when the code was used up, so that the same form
/// sent twice is answered as it was the first time.
async fn chosen(page: &Page, form: &Form, code: &str) -> Result<Option<String>> {
    let looked = page.read(async |tx: &Tx| to_undo(tx, code).await).await;
    let change = match looked {
        Ok(change) => change,
        Err(error) if refusal_of(&error) == Some(Refusal::Used) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut read = form.read();
    let password = read.secret("password", SHORTEST_PASSWORD..=LONGEST_PASSWORD);
    read.done()?;
    let password = password.take();
    let account = as_it_will_be(page, change).await?;
    choosing::strong(page, &account, &password).await?;
    Ok(Some(choosing::fresh(page, &account, &password).await?))
}

/// The account with its old address, which a password must not contain.
async fn as_it_will_be(page: &Page, change: Change) -> Result<Account> {
    let person = change.person_id;
    let account = page.read(async |tx: &Tx| accounts::existing(tx, person).await).await?;
    Ok(Account { address: change.old, ..account })
}
