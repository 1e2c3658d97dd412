//! Registering and confirming the address. No page here tells whether an address is known.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use chassis::{Answer, Choice, Error, Fields, Form, Markup, Page, Result, Routes, Tx};
use serde::Deserialize;

use super::commands::{Confirm, Register, SendAnother};
use super::domain::{self, Address, LANGUAGES};
use super::tables;
use crate::codes::domain::{self as codes, Code, Purpose, Refusal};
use crate::codes::tables as code_rows;
use crate::fingerprint;
use crate::own_path::{OwnPath, with_return};
use crate::passkeys::pages as passkeys;
use crate::passkeys::pages::ceremony::Ceremony;
use crate::passwords::pages::chosen;
use crate::settings::Settings;
use crate::signins::commands::TakeTry;
use crate::signins::pages::network::Network;
use crate::signins::pages::{Asked, carried, is_demonstration, with_path};
use crate::terms::domain as term_rules;
use crate::terms::pages::{self as terms, Text};
use crate::terms::tables as term_rows;
use crate::tongue::{Tongue, Words};
use crate::work::commands::AskForMail;
use crate::work::puzzle;

const REGISTER: &str = "/account/register";
pub(crate) const CONFIRM: &str = "/account/confirm";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/account/register", show_register)
        .post("/account/register", register)
        .limit(20)
        .get("/account/registered", show_registered)
        .get(CONFIRM, show_confirm)
        .limit(60)
        .post(CONFIRM, confirm)
        .limit(60)
        .post("/account/confirm/another", send_another)
        .limit(20)
}

#[derive(Template)]
#[template(path = "accounts/register.html")]
struct ShowRegister {
    t: &'static Words,
    chooser: Markup,
    fields: Fields,
    puzzle: Markup,
    /// Which domains may register; nothing when all may.
    domains: String,
    languages: Vec<Choice>,
    sign_in: String,
}

/// `GET /account/register`.
async fn show_register(page: Page, network: Network, Query(asked): Query<Asked>) -> Answer {
    let path = asked.path();
    let tongue = Tongue::of(&page, asked.lang.as_deref(), REGISTER, path.as_ref())?;
    let fields = page.blank().fill("language", tongue.words.code);
    register_page(&page, &network, tongue, fields, (StatusCode::OK, path.as_ref())).await
}

async fn register_page(
    page: &Page,
    network: &Network,
    tongue: Tongue,
    fields: Fields,
    (status, path): (StatusCode, Option<&OwnPath>),
) -> Answer {
    let Tongue { words, chooser } = tongue;
    let shown = ShowRegister {
        t: words,
        chooser,
        fields: with_path(fields, path).spoken(words.forms),
        puzzle: puzzle::asked(page, network.as_str(), words).await?,
        domains: match page.app().settings::<Settings>().registration_domains.join(", ") {
            all if all.is_empty() => all,
            some => (words.steps.puzzle.domains)(&some),
        },
        languages: LANGUAGES.iter().map(|(code, name)| Choice::new(*code, *name)).collect(),
        sign_in: with_return("/account/sign-in", path),
    };
    page.show_as(status, words.create, &shown)
}

/// `POST /account/register`: the answer is the same whether the address was known or not.
async fn register(page: Page, network: Network, form: Form) -> Answer {
    let path = carried(&form);
    match try_to_register(&page, &network, &form, path.clone()).await {
        Ok(()) => page.to(with_return("/account/registered", path.as_ref())),
        Err(error) => {
            let tongue = Tongue::of(&page, None, REGISTER, path.as_ref())?;
            let (fields, status) = page.again(&form, tongue.said(error))?;
            register_page(&page, &network, tongue, fields, (status, path.as_ref())).await
        }
    }
}

async fn try_to_register(
    page: &Page,
    network: &Network,
    form: &Form,
    return_to: Option<OwnPath>,
) -> Result<()> {
    let mut read = form.read();
    let address = read.address("address");
    let language = read.choice("language", &LANGUAGES.map(|(code, _)| code));
    read.done()?;
    let address = Address::read(&address.take()).ok_or_else(not_an_address)?;
    let domains = &page.app().settings::<Settings>().registration_domains;
    domain::may_register(&address, domains).map_err(|why| Error::invalid("address", why))?;
    ask_for_mail(page, network, form).await?;
    page.execute(&TakeTry::mail(&address.normal)).await?;
    page.execute_once_unseen(form, &Register { address, language: language.take(), return_to })
        .await
}

/// Counts a mail that a form asks for; after a few of one network it takes a solved puzzle.
pub(crate) async fn ask_for_mail(page: &Page, network: &Network, form: &Form) -> Result<()> {
    let (network, solved) = (network.as_str(), puzzle::solved(page, form));
    page.execute(&AskForMail { network, solved, form: form.key() }).await
}

/// What is said of a text that mail cannot go to.
pub(crate) fn not_an_address() -> Error {
    Error::invalid("address", "enter an e-mail address with an @, such as name@example.org")
}

#[derive(Template)]
#[template(path = "accounts/registered.html")]
struct ShowRegistered {
    t: &'static Words,
    chooser: Markup,
    again: String,
    sign_in: String,
    /// Whether they were on the way to somewhere.
    going_on: bool,
    /// Whether mails can be read on a page of this site.
    mailbox: bool,
}

/// `GET /account/registered`: the same page for everybody.
async fn show_registered(page: Page, Query(asked): Query<Asked>) -> Answer {
    let path = asked.path();
    let tongue = Tongue::of(&page, asked.lang.as_deref(), "/account/registered", path.as_ref())?;
    let shown = ShowRegistered {
        t: tongue.words,
        chooser: tongue.chooser,
        again: with_return("/account/register", path.as_ref()),
        sign_in: with_return("/account/sign-in", path.as_ref()),
        going_on: path.is_some(),
        mailbox: is_demonstration(&page),
    };
    page.show(shown.t.mail.look, &shown)
}

/// What a link with a code is asked with.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct WithCode {
    #[serde(default)]
    pub(crate) code: String,
    /// The language the page is to be in.
    pub(crate) lang: Option<String>,
}

#[derive(Template)]
#[template(path = "accounts/confirm.html")]
struct ShowConfirm {
    t: &'static Words,
    chooser: Markup,
    fields: Fields,
    address: String,
    /// The button that makes a passkey; nothing where there can be none.
    passkey: Option<Ceremony>,
    /// What is accepted with it.
    texts: Vec<Text>,
}

#[derive(Template)]
#[template(path = "accounts/code_refused.html")]
struct ShowCodeRefused {
    t: &'static Words,
    chooser: Markup,
    why: String,
    used: bool,
    /// The form that sends another code, when the old one is only too old.
    another: Option<Fields>,
    again: &'static str,
}

/// `GET /account/confirm?code=…`: looks, and leaves the code as it is; mail scanners open links.
async fn show_confirm(page: Page, Query(asked): Query<WithCode>) -> Answer {
    let tongue = Tongue::of_link(&page, asked.lang.as_deref(), CONFIRM, &asked.code)?;
    confirm_page(&page, tongue, page.blank(), StatusCode::OK, &asked.code).await
}

pub(crate) async fn confirm_page(
    page: &Page,
    tongue: Tongue,
    fields: Fields,
    status: StatusCode,
    code: &str,
) -> Answer {
    match whose(page, Purpose::Confirm, code).await? {
        Ok(address) => {
            let Tongue { words, chooser } = tongue;
            let texts = in_force(page).await?;
            let passkey = passkeys::to_confirm(page, code, &texts, words).await?;
            let fields = terms::carrying(fields.with("code", code), &texts).spoken(words.forms);
            let shown = ShowConfirm { t: words, chooser, fields, address, passkey, texts };
            page.show_as(status, words.steps.confirm.title, &shown)
        }
        Err(refusal) => code_refused(page, &tongue, Purpose::Confirm, refusal, code),
    }
}

/// The terms in force today.
async fn in_force(page: &Page) -> Result<Vec<Text>> {
    let versions = page.read(async |tx: &Tx| term_rows::all(tx).await).await?;
    Ok(term_rules::in_force(&versions, page.today()).into_iter().map(Text::of).collect())
}

/// The address that a code went to, while it works.
pub(crate) async fn whose(
    page: &Page,
    purpose: Purpose,
    code: &str,
) -> Result<Result<String, Refusal>> {
    let person = match look_at(page, purpose, code).await? {
        Ok(code) => code.person_id,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let account = page.read(async |tx: &Tx| tables::existing(tx, person).await).await?;
    Ok(Ok(account.address.written))
}

/// Whether a code works now; the code stays as it is.
pub(crate) async fn look_at(
    page: &Page,
    purpose: Purpose,
    code: &str,
) -> Result<Result<Code, Refusal>> {
    let (hash, now) = (fingerprint::of(code), page.now());
    let found = page.read(async |tx: &Tx| code_rows::with_hash(tx, purpose, &hash).await).await?;
    Ok(codes::usable(found, now))
}

/// The page that says why a link does not work, and what to do.
pub(crate) fn code_refused(
    page: &Page,
    tongue: &Tongue,
    purpose: Purpose,
    why: Refusal,
    code: &str,
) -> Answer {
    let renewable = purpose == Purpose::Confirm && why == Refusal::Expired;
    let shown = ShowCodeRefused {
        t: tongue.words,
        chooser: tongue.chooser.clone(),
        why: tongue.sentence(&why.to_string()),
        used: why == Refusal::Used,
        another: renewable.then(|| page.blank().with("code", code)),
        again: match purpose {
            Purpose::Confirm => "/account/register",
            Purpose::Reset => "/account/forgotten",
        },
    };
    page.show_as(StatusCode::GONE, shown.t.steps.link.title, &shown)
}

/// The refusal of a code, when the error is one.
pub(crate) fn refusal_of(error: &Error) -> Option<Refusal> {
    [Refusal::Unknown, Refusal::Used, Refusal::Expired]
        .into_iter()
        .find(|refusal| refusal.code() == error.code())
}

/// `POST /account/confirm`: uses the code up. The password is chosen here and not while registering:
/// anybody can register an address, only who reads its mail holds the code.
async fn confirm(page: Page, form: Form) -> Answer {
    let code = form.value("code").unwrap_or_default();
    match try_confirm(&page, &form, code).await {
        Ok(return_to) => {
            let path = OwnPath::read_option(return_to.as_deref());
            page.to(with_return("/account/sign-in?notice=confirmed", path.as_ref()))
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

async fn try_confirm(page: &Page, form: &Form, code: &str) -> Result<Option<String>> {
    let password_hash = chosen(page, form, Purpose::Confirm, code).await?;
    let password_hash = password_hash.as_deref();
    let terms = &terms::carried(form.value("texts"));
    page.execute_once(form, &Confirm { code, password_hash, terms }).await
}

/// `POST /account/confirm/another`: a new code in the place of one that is too old.
async fn send_another(page: Page, form: Form) -> Answer {
    let code = form.value("code").unwrap_or_default();
    match page.execute_once(&form, &SendAnother { code }).await {
        Ok(()) => page.to("/account/registered"),
        Err(error) => match refusal_of(&error) {
            Some(refusal) => {
                let tongue = Tongue::of_link(&page, None, CONFIRM, code)?;
                code_refused(&page, &tongue, Purpose::Confirm, refusal, code)
            }
            None => Err(error.into()),
        },
    }
}
