//! `/account/invitation`: looks at an invitation, and accepts it.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use chassis::{Answer, Error, Fields, Form, Markup, Page, Result, Routes, Tx};

use super::commands::{self, Accept, AcceptFirst, SendAnother};
use super::domain::{Invitation, Refusal};
use crate::accounts::domain::{Account, LONGEST_PASSWORD, SHORTEST_PASSWORD, State};
use crate::accounts::pages::WithCode;
use crate::own_path::{OwnPath, encoded, with_return};
use crate::passwords::choosing;
use crate::signins::pages::Asked;
use crate::tongue::{Tongue, Words};

const PAGE: &str = "/account/invitation";
const SENT: &str = "/account/invitation/sent";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get(PAGE, show_invitation)
        .limit(60)
        .post(PAGE, accept)
        .limit(30)
        .post("/account/invitation/first", accept_first)
        .limit(30)
        .post("/account/invitation/another", send_another)
        .limit(20)
        .get(SENT, show_sent)
        .limit(60)
}

#[derive(Template)]
#[template(path = "invitations/invitation.html")]
struct ShowInvitation {
    t: &'static Words,
    chooser: Markup,
    fields: Fields,
    out: Fields,
    society: String,
    title: String,
    /// Of the title.
    language: String,
    address: String,
    way: Way,
    /// Where whoever has a password signs in and comes back here.
    sign_in: String,
    /// Who is signed in instead.
    other: Option<String>,
}

/// How this browser can accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The account has no password yet: one is chosen.
    First,
    /// Its owner is signed in here.
    Here,
    /// Its owner has to sign in first.
    SignIn,
}

impl ShowInvitation {
    fn is_first(&self) -> bool {
        self.way == Way::First
    }

    fn is_here(&self) -> bool {
        self.way == Way::Here
    }
}

#[derive(Template)]
#[template(path = "invitations/refused.html")]
struct ShowRefused {
    t: &'static Words,
    chooser: Markup,
    why: String,
    /// Whether it was accepted: there is something to go on with.
    accepted: bool,
    /// The form that sends another link, when the old one is only too old.
    another: Option<Fields>,
}

/// `GET /account/invitation?code=…`: looks, and leaves the code as it is; mail scanners open links.
async fn show_invitation(page: Page, Query(asked): Query<WithCode>) -> Answer {
    let tongue = Tongue::of_link(&page, asked.lang.as_deref(), PAGE, &asked.code)?;
    show(&page, tongue, page.blank(), StatusCode::OK, &asked.code).await
}

async fn show(
    page: &Page,
    tongue: Tongue,
    fields: Fields,
    status: StatusCode,
    code: &str,
) -> Answer {
    let (invitation, account) = match invited(page, code).await {
        Ok(invited) => invited,
        Err(error) => return refused(page, tongue, error, code),
    };
    let reader = page.reader();
    let way = match account.state {
        State::Active if reader.person.is_some_and(|_| reader.is(account.person_id)) => Way::Here,
        State::Active => Way::SignIn,
        State::Dormant | State::Unverified | State::Locked => Way::First,
    };
    let back = OwnPath::read(&format!("{PAGE}?code={}", encoded(code)));
    let address = encoded(&account.address.written);
    let other = match reader.person.filter(|_| way != Way::Here) {
        Some(person) => page.read(async |tx: &Tx| commands::address_of(tx, person).await).await?,
        None => None,
    };
    let Tongue { words, chooser } = tongue;
    let shown = ShowInvitation {
        t: words,
        chooser,
        fields: fields.with("code", code).spoken(words.forms),
        out: page.blank(),
        society: page.app().site().name.clone(),
        title: invitation.title,
        language: invitation.language,
        sign_in: with_return(&format!("/account/sign-in?address={address}"), back.as_ref()),
        address: account.address.written,
        way,
        other,
    };
    page.show_as(status, words.steps.invited.title, &shown)
}

async fn invited(page: &Page, code: &str) -> Result<(Invitation, Account)> {
    page.read(async |tx: &Tx| commands::invited(tx, code).await).await
}

/// Which refusal of a link an error is.
fn of_link(error: &Error) -> Option<Refusal> {
    Refusal::OF_LINK.into_iter().find(|refusal| refusal.code() == error.code())
}

/// Whether an error is that the link does not work.
fn is_of_link(error: &Error) -> bool {
    let locked = error.code() == crate::accounts::domain::Refusal::Locked.code();
    locked || of_link(error).is_some()
}

/// The page that says why a link does not work; what is no refusal of a link stays an error.
fn refused(page: &Page, tongue: Tongue, error: Error, code: &str) -> Answer {
    if !is_of_link(&error) {
        return Err(error.into());
    }
    let known = of_link(&error);
    let why = tongue.sentence(&error.to_string());
    let Tongue { words, chooser } = tongue;
    let shown = ShowRefused {
        t: words,
        chooser,
        why,
        accepted: known == Some(Refusal::Accepted),
        another: (known == Some(Refusal::OldLink)).then(|| page.blank().with("code", code)),
    };
    page.show_as(StatusCode::GONE, words.steps.link.title, &shown)
}

/// `POST /account/invitation`: its owner, signed in here, accepts.
async fn accept(page: Page, form: Form) -> Answer {
    let code = form.value("code").unwrap_or_default();
    let Some(person_id) = page.reader().person else {
        return page.to(format!("{PAGE}?code={}", encoded(code)));
    };
    match page.execute_once(&form, &Accept { code, person_id }).await {
        Ok(path) => page.to(path),
        Err(error) => again(&page, &form, code, error).await,
    }
}

/// `POST /account/invitation/first`: whoever reads the mail accepts, and chooses a password.
async fn accept_first(page: Page, form: Form) -> Answer {
    let code = form.value("code").unwrap_or_default();
    match try_first(&page, &form, code).await {
        Ok(path) => {
            let path = OwnPath::read(&path);
            page.to(with_return("/account/sign-in?notice=confirmed", path.as_ref()))
        }
        Err(error) => again(&page, &form, code, error).await,
    }
}

async fn again(page: &Page, form: &Form, code: &str, error: Error) -> Answer {
    let tongue = Tongue::of_link(page, None, PAGE, code)?;
    if is_of_link(&error) {
        return refused(page, tongue, error, code);
    }
    let (fields, status) = page.again(form, tongue.said(error))?;
    show(page, tongue, fields, status, code).await
}

async fn try_first(page: &Page, form: &Form, code: &str) -> Result<String> {
    let password_hash = chosen(page, form, code).await?;
    let password_hash = password_hash.as_deref();
    page.execute_once(form, &AcceptFirst { code, password_hash }).await
}

/// The hash of the password that was chosen; nothing when the invitation was accepted already, so
/// that the same form sent twice is answered as it was the first time.
async fn chosen(page: &Page, form: &Form, code: &str) -> Result<Option<String>> {
    let account = match invited(page, code).await {
        Ok((_, account)) => account,
        Err(error) if error.code() == Refusal::Accepted.code() => return Ok(None),
        Err(error) => return Err(error),
    };
    if account.state == State::Active {
        return Err(Refusal::Changed.into());
    }
    let mut read = form.read();
    let password = read.secret("password", SHORTEST_PASSWORD..=LONGEST_PASSWORD);
    read.done()?;
    let password = password.take();
    choosing::strong(page, &account, &password).await?;
    Ok(Some(choosing::fresh(page, &account, &password).await?))
}

/// `POST /account/invitation/another`: a new link in the place of one that is too old.
async fn send_another(page: Page, form: Form) -> Answer {
    let code = form.value("code").unwrap_or_default();
    match page.execute_once(&form, &SendAnother { code }).await {
        Ok(()) => page.to(SENT),
        Err(error) => refused(&page, Tongue::of_link(&page, None, PAGE, code)?, error, code),
    }
}

#[derive(Template)]
#[template(path = "invitations/sent.html")]
struct ShowSent {
    t: &'static Words,
    chooser: Markup,
}

/// `GET /account/invitation/sent`.
async fn show_sent(page: Page, Query(asked): Query<Asked>) -> Answer {
    let Tongue { words, chooser } = Tongue::of(&page, asked.lang.as_deref(), SENT, None)?;
    page.show(words.mail.look, &ShowSent { t: words, chooser })
}
