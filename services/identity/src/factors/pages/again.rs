//! A proof that whoever is signed in is still the same person, before something grave.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use chassis::ui::{When, instant};
use chassis::{Answer, Fields, Form, Page, Result, Routes, SignedIn, Tx};
use webauthn_rs::prelude::PublicKeyCredential;

use super::second::typed;
use super::subject;
use crate::accounts::domain::LONGEST_PASSWORD;
use crate::audits::commands::NoteFailure;
use crate::factors::commands::{Given, ProveWith, counted_as};
use crate::factors::domain::Held;
use crate::own_path::{OwnPath, with_return};
use crate::passkeys::pages::ceremony::{self, Answered, Ceremony, Look};
use crate::passkeys::pages::noting;
use crate::passkeys::tables as passkeys;
use crate::signins::commands::{ProveAgain, Started, TakeTry};
use crate::signins::domain::Refusal;
use crate::signins::pages::network::Network;
use crate::signins::pages::{self as signins, carried, compare_own, cookies, with_path};
use crate::steps::commands::{BeginWithPassword, Begun};
use crate::steps::cookies as steps;
use crate::tongue::ENGLISH;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get(AGAIN, show)
        .post(AGAIN, by_password)
        .limit(30)
        .post(CODE, by_code)
        .limit(30)
        .post(PASSKEY, by_passkey)
        .limit(30)
}

const AGAIN: &str = "/account/again";
const CODE: &str = "/account/again/code";
const PASSKEY: &str = "/account/again/passkey";

/// What the page is asked with.
#[derive(Debug, Default, serde::Deserialize)]
struct Asked {
    return_to: Option<String>,
    /// Present when a password is not enough.
    strong: Option<String>,
}

/// What a proof is for: where one goes on, and whether a password is enough.
struct Wanted {
    path: Option<OwnPath>,
    strong: bool,
}

impl Wanted {
    fn of(form: &Form) -> Self {
        Self { path: carried(form), strong: form.value("strong").is_some() }
    }

    fn carried(&self, fields: Fields) -> Fields {
        let fields = with_path(fields, self.path.as_ref());
        if self.strong { fields.with("strong", "1") } else { fields }
    }

    fn to(&self) -> &str {
        self.path.as_ref().map_or(signins::HOME, OwnPath::as_str)
    }
}

#[derive(Template)]
#[template(path = "factors/again.html")]
struct ShowAgain {
    said: chassis::Markup,
    fields: Fields,
    address: String,
    held: Held,
    /// A password is not enough.
    strong: bool,
    passkey: Option<Ceremony>,
    /// When it was proved last.
    proved: Option<When>,
    forgotten: String,
    out: Fields,
}

/// `GET /account/again`: what comes next asks for a fresh proof.
async fn show(page: Page<SignedIn>, Query(asked): Query<Asked>) -> Answer {
    let path = OwnPath::read_option(asked.return_to.as_deref());
    let wanted = Wanted { path, strong: asked.strong.is_some() };
    again_page(&page, page.blank(), StatusCode::OK, &wanted).await
}

async fn again_page(
    page: &Page<SignedIn>,
    fields: Fields,
    status: StatusCode,
    wanted: &Wanted,
) -> Answer {
    let (account, held) = subject(page).await?;
    if wanted.strong && !held.has_second() {
        return page.to(with_return("/account/factors?need=1", wanted.path.as_ref()));
    }
    let person = account.person_id;
    let has = page.read(async |tx: &Tx| passkeys::of_person(tx, person).await).await?;
    let look = Look {
        action: PASSKEY.to_owned(),
        label: ENGLISH.steps.second.passkey,
        words: &ENGLISH.steps.passkeys,
        plain: false,
        offered: false,
    };
    let passkey = if has.is_empty() {
        None
    } else {
        let own = wanted.carried(page.blank());
        ceremony::ask(page, own, &purpose(page), &has, look)?
    };
    let site = page.app().site();
    let shown = ShowAgain {
        said: fields.summary(),
        fields: wanted.carried(fields),
        address: account.address.written,
        held,
        strong: wanted.strong,
        passkey,
        proved: page.reader().signed_in_at.map(|at| instant(site, at)),
        forgotten: with_return("/account/forgotten", wanted.path.as_ref()),
        out: page.blank(),
    };
    page.show_as(status, "Is it still you?", &shown)
}

/// What a passkey's answer here is good for: for this person alone.
fn purpose(page: &Page<SignedIn>) -> String {
    format!("again {}", page.person())
}

/// The page again, with what was wrong.
async fn refused(page: &Page<SignedIn>, form: &Form, error: chassis::Error) -> Answer {
    let (fields, status) = page.again(form, error)?;
    again_page(page, fields, status, &Wanted::of(form)).await
}

/// `POST /account/again/code`: with the code of an app, or a recovery code.
async fn by_code(page: Page<SignedIn>, network: Network, form: Form) -> Answer {
    match try_code(&page, &network, &form).await {
        Ok(started) => cookies::renewed(&page, &started.signin, Wanted::of(&form).to()).await,
        Err(error) => refused(&page, &form, error).await,
    }
}

async fn try_code(page: &Page<SignedIn>, network: &Network, form: &Form) -> Result<Started> {
    let typed = typed(form)?;
    let (account, _) = subject(page).await?;
    let proved = async {
        page.execute(&TakeTry::proof(&counted_as(&account.address.normal))).await?;
        prove(page, network, &Given::Typed(&typed)).await
    };
    NoteFailure::of_proof(&account).noted(page, proved.await).await
}

/// `POST /account/again/passkey`.
async fn by_passkey(page: Page<SignedIn>, network: Network, form: Form) -> Answer {
    match try_passkey(&page, &network, &form).await {
        Ok(started) => cookies::renewed(&page, &started.signin, Wanted::of(&form).to()).await,
        Err(error) => refused(&page, &form, error).await,
    }
}

async fn try_passkey(page: &Page<SignedIn>, network: &Network, form: &Form) -> Result<Started> {
    let answered: Answered<PublicKeyCredential> = ceremony::answered(page, form, &purpose(page))?;
    let (account, _) = subject(page).await?;
    let proved = prove(page, network, &Given::Passkey(&answered.given())).await;
    let proved = noting(page, &answered, proved).await;
    NoteFailure::of_proof(&account).noted(page, proved).await
}

async fn prove(page: &Page<SignedIn>, network: &Network, given: &Given<'_>) -> Result<Started> {
    let signin_id = page.reader().signin.ok_or(Refusal::Ended)?;
    let browser = &cookies::browser(page, network);
    page.execute(&ProveWith { person_id: page.person(), signin_id, given, browser }).await
}

/// `POST /account/again`: with the password.
async fn by_password(page: Page<SignedIn>, network: Network, form: Form) -> Answer {
    let wanted = Wanted::of(&form);
    let secret = cookies::secret(page.app());
    match try_password(&page, &network, &form, &secret).await {
        Ok(Again::Same(started)) => cookies::renewed(&page, &started.signin, wanted.to()).await,
        Ok(Again::New(begun)) => {
            steps::go_on(&page, &begun, &secret, wanted.path.as_ref(), signins::HOME).await
        }
        Err(error) => refused(&page, &form, error).await,
    }
}

/// How the proof is kept.
enum Again {
    /// With the sign-in of this browser.
    Same(Started),
    /// The browser lost its longer cookie: it is a sign-in of its own from now on.
    New(Begun),
}

async fn try_password(
    page: &Page<SignedIn>,
    network: &Network,
    form: &Form,
    secret: &str,
) -> Result<Again> {
    let mut read = form.read();
    let password = read.secret("password", 1..=LONGEST_PASSWORD);
    read.done()?;
    let compared_with = compare_own(page, &password.take(), "password").await?;
    let (person_id, compared_with) = (page.person(), compared_with.as_str());
    let living = cookies::living(page).await?;
    if let Some(signin) = living.filter(|signin| signin.person_id == person_id) {
        let command = ProveAgain { person_id, compared_with, signin_id: signin.id };
        return Ok(Again::Same(page.execute(&command).await?));
    }
    let browser = &cookies::browser(page, network);
    let return_to = carried(form).map(|path| path.as_str().to_owned());
    let command = BeginWithPassword { person_id, compared_with, browser, return_to, secret };
    Ok(Again::New(page.execute(&command).await?))
}
