//! A forgotten password, a new one by code, a changed one.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use chassis::{Answer, Fields, Form, Markup, Page, Result, Routes, SignedIn, Tx};

use super::choosing;
use super::commands::{Change, Forgotten, Reset};
use crate::accounts::domain::{Address, LONGEST_PASSWORD, SHORTEST_PASSWORD};
use crate::accounts::pages::{
    WithCode, ask_for_mail, code_refused, look_at, not_an_address, refusal_of, whose,
};
use crate::accounts::tables as accounts;
use crate::codes::domain::{Purpose, Refusal};
use crate::own_path::{OwnPath, with_return};
use crate::signins::commands::{Started, TakeTry};
use crate::signins::pages::cookies;
use crate::signins::pages::network::Network;
use crate::signins::pages::{Asked, carried, compare_own, is_demonstration, with_path};
use crate::tongue::{ENGLISH, Tongue, Words};
use crate::work::puzzle;

const FORGOTTEN: &str = "/account/forgotten";
const RESET: &str = "/account/reset";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/account/forgotten", show_forgotten)
        .post("/account/forgotten", forgotten)
        .limit(20)
        .get("/account/forgotten/sent", show_sent)
        .get(RESET, show_reset)
        .limit(60)
        .post(RESET, reset)
        .limit(60)
        .get("/account/password", show_change)
        .post("/account/password", change)
        .limit(30)
}

#[derive(Template)]
#[template(path = "passwords/forgotten.html")]
struct ShowForgotten {
    t: &'static Words,
    chooser: Markup,
    fields: Fields,
    puzzle: Markup,
    sign_in: String,
    register: String,
}

/// `GET /account/forgotten`.
async fn show_forgotten(page: Page, network: Network, Query(asked): Query<Asked>) -> Answer {
    let path = asked.path();
    let tongue = Tongue::of(&page, asked.lang.as_deref(), FORGOTTEN, path.as_ref())?;
    forgotten_page(&page, &network, tongue, page.blank(), (StatusCode::OK, path.as_ref())).await
}

async fn forgotten_page(
    page: &Page,
    network: &Network,
    tongue: Tongue,
    fields: Fields,
    (status, path): (StatusCode, Option<&OwnPath>),
) -> Answer {
    let Tongue { words, chooser } = tongue;
    let shown = ShowForgotten {
        t: words,
        chooser,
        fields: with_path(fields, path).spoken(words.forms),
        puzzle: puzzle::asked(page, network.as_str(), words).await?,
        sign_in: with_return("/account/sign-in", path),
        register: with_return("/account/register", path),
    };
    page.show_as(status, words.forgotten.title, &shown)
}

/// `POST /account/forgotten`: the answer is the same whether the address was known or not.
async fn forgotten(page: Page, network: Network, form: Form) -> Answer {
    let path = carried(&form);
    match try_forgotten(&page, &network, &form, path.clone()).await {
        Ok(()) => page.to(with_return("/account/forgotten/sent", path.as_ref())),
        Err(error) => {
            let tongue = Tongue::of(&page, None, FORGOTTEN, path.as_ref())?;
            let (fields, status) = page.again(&form, tongue.said(error))?;
            forgotten_page(&page, &network, tongue, fields, (status, path.as_ref())).await
        }
    }
}

async fn try_forgotten(
    page: &Page,
    network: &Network,
    form: &Form,
    return_to: Option<OwnPath>,
) -> Result<()> {
    let mut read = form.read();
    let address = read.address("address");
    read.done()?;
    let address = Address::read(&address.take()).ok_or_else(not_an_address)?;
    let address = address.normal.as_str();
    ask_for_mail(page, network, form).await?;
    page.execute(&TakeTry::mail(address)).await?;
    page.execute_once_unseen(form, &Forgotten { address, return_to }).await
}

#[derive(Template)]
#[template(path = "passwords/sent.html")]
struct ShowSent {
    t: &'static Words,
    chooser: Markup,
    again: String,
    /// Whether mails can be read on a page of this site.
    mailbox: bool,
}

/// `GET /account/forgotten/sent`: the same page for everybody.
async fn show_sent(page: Page, Query(asked): Query<Asked>) -> Answer {
    let path = asked.path();
    let Tongue { words, chooser } =
        Tongue::of(&page, asked.lang.as_deref(), "/account/forgotten/sent", path.as_ref())?;
    let again = with_return(FORGOTTEN, path.as_ref());
    let shown = ShowSent { t: words, chooser, again, mailbox: is_demonstration(&page) };
    page.show(words.mail.look, &shown)
}

#[derive(Template)]
#[template(path = "passwords/reset.html")]
struct ShowReset {
    t: &'static Words,
    chooser: Markup,
    fields: Fields,
    address: String,
}

/// `GET /account/reset?code=…`: looks, and leaves the code as it is.
async fn show_reset(page: Page, Query(asked): Query<WithCode>) -> Answer {
    let tongue = Tongue::of_link(&page, asked.lang.as_deref(), RESET, &asked.code)?;
    reset_page(&page, tongue, page.blank(), StatusCode::OK, &asked.code).await
}

async fn reset_page(
    page: &Page,
    tongue: Tongue,
    fields: Fields,
    status: StatusCode,
    code: &str,
) -> Answer {
    match whose(page, Purpose::Reset, code).await? {
        Ok(address) => {
            let Tongue { words, chooser } = tongue;
            let fields = fields.with("code", code).spoken(words.forms);
            let shown = ShowReset { t: words, chooser, fields, address };
            page.show_as(status, words.steps.password.title, &shown)
        }
        Err(refusal) => code_refused(page, &tongue, Purpose::Reset, refusal, code),
    }
}

/// `POST /account/reset`.
async fn reset(page: Page, form: Form) -> Answer {
    let code = form.value("code").unwrap_or_default();
    match try_reset(&page, &form, code).await {
        Ok(return_to) => {
            let path = OwnPath::read_option(return_to.as_deref());
            let to = with_return("/account/sign-in?notice=reset", path.as_ref());
            cookies::signed_out(&page, &to)
        }
        Err(error) => {
            let tongue = Tongue::of_link(&page, None, RESET, code)?;
            if let Some(refusal) = refusal_of(&error) {
                return code_refused(&page, &tongue, Purpose::Reset, refusal, code);
            }
            let (fields, status) = page.again(&form, tongue.said(error))?;
            reset_page(&page, tongue, fields, status, code).await
        }
    }
}

async fn try_reset(page: &Page, form: &Form, code: &str) -> Result<Option<String>> {
    let password_hash = chosen(page, form, Purpose::Reset, code).await?;
    let password_hash = password_hash.as_deref();
    page.execute_once(form, &Reset { code, password_hash }).await
}

/// The hash of the password that somebody with a code chose; nothing when the code was used up.
///
/// Asked first, so that nobody makes us hash for a code that does not work. A used one goes on
/// without: the same form sent twice is answered as it was the first time.
pub(crate) async fn chosen(
    page: &Page,
    form: &Form,
    purpose: Purpose,
    code: &str,
) -> Result<Option<String>> {
    let person = match look_at(page, purpose, code).await? {
        Ok(code) => code.person_id,
        Err(Refusal::Used) => return Ok(None),
        Err(refusal) => return Err(refusal.into()),
    };
    let mut read = form.read();
    let password = read.secret("password", SHORTEST_PASSWORD..=LONGEST_PASSWORD);
    read.done()?;
    let password = password.take();
    let account = page.read(async |tx: &Tx| accounts::existing(tx, person).await).await?;
    choosing::strong(page, &account, &password).await?;
    Ok(Some(choosing::fresh(page, &account, &password).await?))
}

#[derive(Template)]
#[template(path = "passwords/change.html")]
struct ShowChange {
    /// The rules of passwords, which pages before a sign-in say too.
    t: &'static Words,
    fields: Fields,
    address: String,
}

/// `GET /account/password`.
async fn show_change(page: Page<SignedIn>) -> Answer {
    change_page(&page, page.blank(), StatusCode::OK).await
}

async fn change_page(page: &Page<SignedIn>, fields: Fields, status: StatusCode) -> Answer {
    let person = page.person();
    let account = page.read(async |tx: &Tx| accounts::existing(tx, person).await).await?;
    let shown = ShowChange { t: &ENGLISH, fields, address: account.address.written };
    page.show_as(status, "Change your password", &shown)
}

/// `POST /account/password`: asks the old one.
async fn change(page: Page<SignedIn>, network: Network, form: Form) -> Answer {
    let secret = cookies::secret(page.app());
    match try_change(&page, &network, &form, &secret).await {
        Ok(started) => {
            cookies::signed_in(&page, &started, &secret, "/account?notice=changed").await
        }
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            change_page(&page, fields, status).await
        }
    }
}

async fn try_change(
    page: &Page<SignedIn>,
    network: &Network,
    form: &Form,
    secret: &str,
) -> Result<Started> {
    let mut read = form.read();
    let old = read.secret("old_password", 1..=LONGEST_PASSWORD);
    let new = read.secret("password", SHORTEST_PASSWORD..=LONGEST_PASSWORD);
    read.done()?;
    let (old, new, person_id) = (old.take(), new.take(), page.person());
    let account = page.read(async |tx: &Tx| accounts::existing(tx, person_id).await).await?;
    choosing::strong(page, &account, &new).await?;
    let compared_with = compare_own(page, &old, "old_password").await?;
    let password_hash = choosing::fresh(page, &account, &new).await?;
    let (compared_with, password_hash) = (compared_with.as_str(), password_hash.as_str());
    let browser = &cookies::browser(page, network);
    page.execute(&Change { person_id, compared_with, password_hash, browser, secret }).await
}
