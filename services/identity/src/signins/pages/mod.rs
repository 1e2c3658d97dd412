//! Signing in, going on with the longer cookie, comparing a password, signing out.

pub(crate) mod cookies;
pub(crate) mod home;
pub(crate) mod list;
pub(crate) mod network;

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use chassis::{Answer, Error, Fields, Form, Markup, Mode, Page, Result, Routes, SignedIn, Tx};
use contracts::PersonId;
use serde::Deserialize;

use super::commands::{EndSignIn, SignOutEverywhere, TakeTry};
use super::domain::Refusal;
use crate::accounts::domain::{Address, LONGEST_PASSWORD, State};
use crate::accounts::tables as accounts;
use crate::audits::commands::NoteFailure;
use crate::demo;
use crate::oidc;
use crate::own_path::{OwnPath, encoded, with_return};
use crate::passkeys::pages as passkeys;
use crate::passkeys::pages::ceremony::Ceremony;
use crate::passwords::commands::Rehash;
use crate::passwords::hashing;
use crate::steps::commands::{BeginWithPassword, Begun};
use crate::steps::cookies as steps;
use crate::tongue::{Tongue, Words};
use network::Network;

/// Where one goes after signing in without having been anywhere.
pub(crate) const HOME: &str = "/account";
pub(crate) const SIGN_IN: &str = "/account/sign-in";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/account/sign-in", show_sign_in)
        .post("/account/sign-in", sign_in)
        .limit(30)
        .get("/account/continue", go_on)
        .post("/account/sign-out", sign_out)
        .limit(60)
        .post("/account/sign-out-everywhere", sign_out_everywhere)
}

/// What the pages of signing in are asked with.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    pub(crate) return_to: Option<String>,
    /// The language the page is to be in.
    pub(crate) lang: Option<String>,
    /// What happened just before, as a word.
    pub(crate) notice: Option<String>,
    /// An address to begin with.
    address: Option<String>,
    /// Present when who is signed in already has to prove it again.
    fresh: Option<String>,
}

impl Asked {
    pub(crate) fn path(&self) -> Option<OwnPath> {
        OwnPath::read_option(self.return_to.as_deref())
    }

    /// The sentence for the word; words we do not know say nothing.
    fn sentence(&self, words: &Words) -> &'static str {
        match self.notice.as_deref() {
            Some("confirmed") => words.notices.confirmed,
            Some("address_back") => words.notices.address_back,
            Some("passkey") => words.notices.passkey,
            Some("reset") => words.notices.reset,
            Some("out") => words.notices.out,
            Some("everywhere") => words.notices.everywhere,
            _ => "",
        }
    }
}

#[derive(Template)]
#[template(path = "signins/sign_in.html")]
struct ShowSignIn {
    t: &'static Words,
    /// The system that they are on the way to, and its colour.
    client: Option<String>,
    colour: Option<String>,
    chooser: Markup,
    fields: Fields,
    notice: &'static str,
    /// Whether they were on the way to somewhere.
    going_on: bool,
    register: String,
    forgotten: String,
    /// The button of passkeys; nothing where there can be none.
    passkey: Option<Ceremony>,
    /// Who can sign in, and what they are; of a demonstration only.
    demonstration: Vec<Printed>,
    password: &'static str,
}

/// Somebody of the demonstration.
struct Printed {
    address: &'static str,
    who: &'static str,
    /// This page, with the address filled in.
    path: String,
}

impl Printed {
    /// All of them, where there is a demonstration.
    fn all(page: &Page, words: &Words, return_to: Option<&OwnPath>) -> Vec<Self> {
        let who = words.steps.demo.people;
        let printed = |(address, who): (&&'static str, &'static str)| Self {
            address,
            who,
            path: with_return(&format!("/account/sign-in?address={}", encoded(address)), return_to),
        };
        let all = demo::PRINTED.iter().filter(|_| is_demonstration(page));
        all.zip(who).map(printed).collect()
    }
}

/// `GET /account/sign-in`.
async fn show_sign_in(page: Page, Query(asked): Query<Asked>) -> Answer {
    let path = asked.path();
    if page.reader().is_signed_in() {
        if asked.fresh.is_some() {
            return page.to(with_return("/account/again", path.as_ref()));
        }
        return page.to(path.as_ref().map_or(HOME, OwnPath::as_str));
    }
    // Pages for everybody show a token that ran out as signed out: whoever then asks to sign in is
    // still known here, and need not type anything.
    if let Some(signin) = cookies::living(&page).await? {
        let to = path.as_ref().map_or(HOME, OwnPath::as_str);
        return cookies::renewed(&page, &signin, to).await;
    }
    let address = asked.address.as_deref().and_then(Address::read);
    let fields = page.blank().fill("address", address.map_or_else(String::new, |it| it.written));
    let tongue = Tongue::of(&page, asked.lang.as_deref(), SIGN_IN, path.as_ref())?;
    let notice = asked.sentence(tongue.words);
    sign_in_page(&page, tongue, fields, StatusCode::OK, path.as_ref(), notice).await
}

pub(crate) async fn sign_in_page(
    page: &Page,
    tongue: Tongue,
    fields: Fields,
    status: StatusCode,
    path: Option<&OwnPath>,
    notice: &'static str,
) -> Answer {
    let Tongue { words, chooser } = tongue;
    let to = path.map(OwnPath::as_str).unwrap_or_default();
    let client = page.read(async |tx: &Tx| oidc::asking(tx, to).await).await?;
    let shown = ShowSignIn {
        t: words,
        chooser,
        colour: client.as_ref().and_then(|client| client.colour.clone()),
        client: client.map(|client| client.name),
        fields: with_path(fields, path).spoken(words.forms),
        notice,
        going_on: path.is_some(),
        register: with_return("/account/register", path),
        forgotten: with_return("/account/forgotten", path),
        passkey: passkeys::to_sign_in(page, path, words)?,
        demonstration: Printed::all(page, words, path),
        password: demo::PASSWORD,
    };
    page.show_as(status, words.sign_in, &shown)
}

/// Whether this is a demonstration that nobody but its owner can reach.
pub(crate) fn is_demonstration(page: &Page) -> bool {
    let site = page.app().site();
    site.mode == Mode::Demo && site.loopback
}

/// Carries the path along as a hidden field.
pub(crate) fn with_path(fields: Fields, path: Option<&OwnPath>) -> Fields {
    match path {
        Some(path) => fields.with("return_to", path.as_str()),
        None => fields,
    }
}

/// The path that a form carried along.
pub(crate) fn carried(form: &Form) -> Option<OwnPath> {
    OwnPath::read_option(form.value("return_to"))
}

/// `POST /account/sign-in`.
async fn sign_in(page: Page, network: Network, form: Form) -> Answer {
    let path = carried(&form);
    let secret = cookies::secret(page.app());
    match try_to_sign_in(&page, &network, &form, &secret).await {
        Ok(begun) => steps::go_on(&page, &begun, &secret, path.as_ref(), HOME).await,
        Err(error) => {
            let tongue = Tongue::of(&page, None, SIGN_IN, path.as_ref())?;
            let (fields, status) = page.again(&form, tongue.said(error))?;
            sign_in_page(&page, tongue, fields, status, path.as_ref(), "").await
        }
    }
}

async fn try_to_sign_in(
    page: &Page,
    network: &Network,
    form: &Form,
    secret: &str,
) -> Result<Begun> {
    let mut read = form.read();
    let address = read.text("address", 1..=254);
    let password = read.secret("password", 1..=LONGEST_PASSWORD);
    read.done()?;
    let (address, password) = (address.take(), password.take());
    // What is no address has no account; it is told the same as a wrong password.
    let address = Address::read(&address).ok_or(Refusal::WrongCredentials(None))?;
    let normal = address.normal.as_str();
    let account = page.read(async |tx: &Tx| accounts::with_address(tx, normal).await).await?;
    let failure = NoteFailure::of_sign_in(normal, account.as_ref(), network.as_str());
    let begun = async {
        let left = page.execute(&TakeTry::sign_in(normal, network.as_str())).await?;
        let account = account.as_ref().filter(|account| account.state == State::Active);
        let stored = account.and_then(|account| account.password_hash.as_deref());
        let right = hashing::is_right(page.app().site().mode, &password, stored).await?;
        let (Some(account), Some(compared_with), true) = (account, stored, right) else {
            return Err(Refusal::WrongCredentials(Some(left)).into());
        };
        let (person_id, browser) = (account.person_id, &cookies::browser(page, network));
        let return_to = carried(form).map(|path| path.as_str().to_owned());
        let compared_with = &rehashed(page, person_id, compared_with, &password).await?;
        let command = BeginWithPassword { person_id, compared_with, browser, return_to, secret };
        page.execute(&command).await
    };
    failure.noted(page, begun.await).await
}

/// The hash of a right password, made anew when hashes cost more by now than when it was made.
async fn rehashed(
    page: &Page,
    person_id: PersonId,
    compared_with: &str,
    password: &str,
) -> Result<String> {
    let mode = page.app().site().mode;
    if hashing::is_current(mode, compared_with)? {
        return Ok(compared_with.to_owned());
    }
    let password_hash = hashing::hash(mode, password).await?;
    let command = Rehash { person_id, compared_with, password_hash: &password_hash };
    page.execute(&command).await?;
    Ok(password_hash)
}

/// `GET /account/continue`: a token ran out; the longer cookie makes the next one, or one signs in.
async fn go_on(page: Page, Query(asked): Query<Asked>) -> Answer {
    let path = asked.path();
    match cookies::living(&page).await? {
        Some(signin) => {
            let to = path.as_ref().map_or(HOME, OwnPath::as_str);
            cookies::renewed(&page, &signin, to).await
        }
        None => cookies::signed_out(&page, &with_return("/account/sign-in", path.as_ref())),
    }
}

/// Compares the password of whoever is signed in; gives the hash it was compared with.
pub(crate) async fn compare_own(
    page: &Page<SignedIn>,
    password: &str,
    field: &str,
) -> Result<String> {
    let person = page.person();
    let account = page.read(async |tx: &Tx| accounts::existing(tx, person).await).await?;
    let failure = NoteFailure::of_proof(&account);
    let compared = async {
        // A counter of their own: whoever is signed in does not wait because strangers guessed.
        page.execute(&TakeTry::proof(&account.address.normal)).await?;
        let stored = account.password_hash.as_deref();
        let right = hashing::is_right(page.app().site().mode, password, stored).await?;
        match stored.filter(|_| right) {
            Some(stored) => Ok(stored.to_owned()),
            None => Err(Error::invalid(field, "this is not the password of your account")),
        }
    };
    failure.noted(page, compared.await).await
}

/// `POST /account/sign-out`: ends the sign-in of this browser, everywhere.
async fn sign_out(page: Page, _form: Form) -> Answer {
    if let Some(signin) = cookies::living(&page).await? {
        let (person_id, signin_id) = (signin.person_id, signin.id);
        page.execute(&EndSignIn { person_id, signin_id }).await?;
    }
    cookies::signed_out(&page, "/account/sign-in?notice=out")
}

/// `POST /account/sign-out-everywhere`.
async fn sign_out_everywhere(page: Page<SignedIn>, form: Form) -> Answer {
    page.execute_once(&form, &SignOutEverywhere { person_id: page.person() }).await?;
    cookies::signed_out(&page, "/account/sign-in?notice=everywhere")
}
