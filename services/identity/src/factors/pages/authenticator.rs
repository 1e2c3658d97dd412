//! Setting up an authenticator app, and removing it.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use chassis::page::Role;
use chassis::ui::Markup;
use chassis::{Answer, Confirm, Error, Fields, Form, Page, Result, Routes, SignedIn};

use super::{Asked, HERE, codes, renewed, subject, to_prove};
use crate::accounts::domain::Account;
use crate::authenticators::commands::{opened_setup, sealed_setup};
use crate::authenticators::domain::{self, Secret};
use crate::authenticators::qr;
use crate::factors::commands::{Add, New, RemoveAuthenticator};
use crate::own_path::{OwnPath, with_return};
use crate::signins::domain::Refusal;
use crate::signins::pages::network::Network;
use crate::signins::pages::{carried, cookies, with_path};
use crate::tongue::{ENGLISH, Steps, Words};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get(SET_UP, show)
        .post(SET_UP, set_up)
        .limit(30)
        .get(REMOVE, show_remove)
        .post(REMOVE, remove)
}

const SET_UP: &str = "/account/factors/authenticator";
const REMOVE: &str = "/account/factors/authenticator/remove";

/// The picture to scan, the same to type, and the field for the code that the app then shows.
#[derive(Template)]
#[template(path = "factors/setup.html")]
pub(super) struct Setup {
    w: &'static Steps,
    fields: Fields,
    action: &'static str,
    picture: String,
    uri: String,
    spelled: String,
}

impl askama::filters::HtmlSafe for Setup {}

impl Setup {
    /// With the secret that came back, when `form` is one of ours, else with a fresh one.
    pub(super) fn new<R: Role>(
        page: &Page<R>,
        (account, whose): (&Account, &str),
        (action, words): (&'static str, &'static Words),
        fields: Fields,
        form: Option<&Form>,
    ) -> Result<Self> {
        let app = page.app();
        let secret = match form.map(|form| secret_of(page, whose, form)) {
            Some(Ok(secret)) => secret,
            _ => app.ids().bytes(),
        };
        let setup = sealed_setup(app.sealer(), whose, &secret, app.ids().bytes())?;
        let uri = domain::uri(&secret, &app.site().name, &account.address.written);
        let uri = uri.ok_or_else(|| Error::internal("an app's address could not be made"))?;
        Ok(Self {
            w: &words.steps,
            fields: fields.with("setup", setup),
            action,
            picture: qr::svg(&uri)?,
            spelled: domain::spelled(&secret),
            uri,
        })
    }
}

/// The secret that went through the page.
pub(super) fn secret_of<R: Role>(page: &Page<R>, whose: &str, form: &Form) -> Result<Secret> {
    opened_setup(page.app().sealer(), whose, form.value("setup").unwrap_or_default())
}

/// The code that the app shows, as it was typed.
pub(super) fn code_of(form: &Form) -> Result<String> {
    let mut read = form.read();
    let code = read.text("code", 1..=20);
    read.done()?;
    Ok(code.take().chars().filter(|c| !c.is_whitespace() && *c != '-').collect())
}

#[derive(Template)]
#[template(path = "factors/authenticator.html")]
struct ShowSetup {
    /// What is wrong.
    said: Markup,
    setup: Setup,
}

/// `GET /account/factors/authenticator`.
async fn show(page: Page<SignedIn>, Query(asked): Query<Asked>) -> Answer {
    let (account, held) = subject(&page).await?;
    let path = asked.path();
    if held.authenticator {
        return page.to(with_return(HERE, path.as_ref()));
    }
    if let Some(prove) = to_prove(&page, &held, &with_return(SET_UP, path.as_ref())) {
        return page.to(prove);
    }
    setup_page(&page, &account, page.blank(), StatusCode::OK, (path.as_ref(), None))
}

fn setup_page(
    page: &Page<SignedIn>,
    account: &Account,
    fields: Fields,
    status: StatusCode,
    (path, form): (Option<&OwnPath>, Option<&Form>),
) -> Answer {
    let said = fields.summary();
    let whose = account.person_id.to_string();
    let fields = with_path(fields, path);
    let setup = Setup::new(page, (account, whose.as_str()), (SET_UP, &ENGLISH), fields, form)?;
    page.show_as(status, "Set up an authenticator app", &ShowSetup { said, setup })
}

/// `POST /account/factors/authenticator`.
async fn set_up(page: Page<SignedIn>, network: Network, form: Form) -> Answer {
    let (account, held) = subject(&page).await?;
    let path = carried(&form);
    if let Some(prove) = to_prove(&page, &held, &with_return(SET_UP, path.as_ref())) {
        return page.to(prove);
    }
    match try_set_up(&page, &network, &form).await {
        Ok(made) => {
            let next = path.as_ref().map_or("/account/factors?notice=app", OwnPath::as_str);
            added(&page, made.as_deref(), next).await
        }
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            setup_page(&page, &account, fields, status, (path.as_ref(), Some(&form)))
        }
    }
}

/// Goes on after a factor was added: over the recovery codes, when some were made with it.
pub(super) async fn added(page: &Page<SignedIn>, made: Option<&str>, next: &str) -> Answer {
    match made {
        Some(sealed) => {
            let answer = renewed(page, &codes::path_to_show(next)).await;
            codes::carrying(page, answer, sealed)
        }
        None => renewed(page, next).await,
    }
}

async fn try_set_up(
    page: &Page<SignedIn>,
    network: &Network,
    form: &Form,
) -> Result<Option<String>> {
    let code = code_of(form)?;
    let secret = secret_of(page, &page.person().to_string(), form)?;
    add(page, network, form, &New::Authenticator { secret: &secret, code: &code }).await
}

/// Adds a factor to the account of whoever is signed in.
pub(super) async fn add(
    page: &Page<SignedIn>,
    network: &Network,
    form: &Form,
    new: &New<'_>,
) -> Result<Option<String>> {
    let signin_id = page.reader().signin.ok_or(Refusal::Ended)?;
    let browser = &cookies::browser(page, network);
    page.execute_once(form, &Add { person_id: page.person(), signin_id, new, browser }).await
}

/// `GET /account/factors/authenticator/remove`.
async fn show_remove(page: Page<SignedIn>) -> Answer {
    let (_, held) = subject(&page).await?;
    if !held.authenticator {
        return page.to(HERE);
    }
    if let Some(path) = to_prove(&page, &held, REMOVE) {
        return page.to(path);
    }
    ask_to_remove(&page, &page.blank(), StatusCode::OK)
}

fn ask_to_remove(page: &Page<SignedIn>, fields: &Fields, status: StatusCode) -> Answer {
    let confirm = Confirm::new("Remove the authenticator app?", REMOVE)
        .says("Its codes stop working at once. Without another second factor your password alone signs in, for you and for whoever learns it.")
        .crumb("/account", "Your account")
        .crumb(HERE, "How you sign in")
        .act("Remove the app")
        .danger()
        .back(HERE);
    page.confirm_as(status, &confirm, fields)
}

/// `POST /account/factors/authenticator/remove`.
async fn remove(page: Page<SignedIn>, network: Network, form: Form) -> Answer {
    let (_, held) = subject(&page).await?;
    if let Some(path) = to_prove(&page, &held, REMOVE) {
        return page.to(path);
    }
    let browser = &cookies::browser(&page, &network);
    let command = RemoveAuthenticator { person_id: page.person(), browser };
    match page.execute_once(&form, &command).await {
        Ok(()) => page.to("/account/factors?notice=app-removed"),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            ask_to_remove(&page, &fields, status)
        }
    }
}
