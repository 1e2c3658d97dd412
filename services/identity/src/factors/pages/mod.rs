//! What an account is signed in to with, on pages: all of it here, then each part.

mod second;
mod again;
mod authenticator;
mod passkey;
mod enrol;
pub(crate) mod codes;

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use chassis::ui::{When, day};
use chassis::{Answer, Confirm, Fields, Form, Page, Result, Routes, SignedIn, Tx};
use serde::Deserialize;
use uuid::Uuid;

use super::commands::{RemovePassword, held, needs_second};
use super::domain::Held;
use crate::accounts::domain::Account;
use crate::accounts::tables as accounts;
use crate::authenticators::domain::FEW_CODES;
use crate::authenticators::tables as authenticators;
use crate::own_path::{OwnPath, with_return};
use crate::passkeys::domain::Passkey;
use crate::passkeys::party::Party;
use crate::passkeys::tables as passkeys;
use crate::signins::pages::cookies;
use crate::signins::tables as signin_rows;

pub(crate) fn routes(routes: Routes) -> Routes {
    let routes = routes
        .get("/account/factors", show)
        .get("/account/factors/password/remove", show_remove_password)
        .post("/account/factors/password/remove", remove_password);
    let routes = second::routes(routes);
    let routes = again::routes(routes);
    let routes = authenticator::routes(routes);
    let routes = passkey::routes(routes);
    let routes = enrol::routes(routes);
    codes::routes(routes)
}

/// The page of all of it.
const HERE: &str = "/account/factors";

/// What these pages are asked with.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    return_to: Option<String>,
    /// The language the page is to be in.
    lang: Option<String>,
    /// What happened just before, as a word.
    #[serde(default)]
    notice: String,
    /// Present when what comes next asks for two factors.
    need: Option<String>,
}

impl Asked {
    fn path(&self) -> Option<OwnPath> {
        OwnPath::read_option(self.return_to.as_deref())
    }
}

/// The account of whoever is signed in, and what it has.
pub(crate) async fn subject(page: &Page<SignedIn>) -> Result<(Account, Held)> {
    let person = page.person();
    page.read(async |tx: &Tx| {
        let account = accounts::existing(tx, person).await?;
        let held = held(tx, &account).await?;
        Ok((account, held))
    })
    .await
}

/// Where to prove again who one is before this is changed; afterwards `back`. Whoever has a second
/// factor proves it with one.
pub(crate) fn to_prove(page: &Page<SignedIn>, held: &Held, back: &str) -> Option<String> {
    let reader = page.reader();
    let enough = reader.is_fresh(page.now()) && (reader.strong || !held.has_second());
    let again = if held.has_second() { "/account/again?strong=1" } else { "/account/again" };
    (!enough).then(|| with_return(again, OwnPath::read(back).as_ref()))
}

/// Goes on to `path` with a token that says what was proved since.
async fn renewed(page: &Page<SignedIn>, path: &str) -> Answer {
    let id = page.reader().signin;
    let signin = page
        .read(async |tx: &Tx| match id {
            Some(id) => signin_rows::load(tx, id).await,
            None => Ok(None),
        })
        .await?;
    match signin {
        Some(signin) => cookies::renewed(page, &signin, path).await,
        None => page.to(path),
    }
}

#[derive(Template)]
#[template(path = "factors/all.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is a part of the page")]
struct ShowFactors {
    held: Held,
    passkeys: Vec<Line>,
    /// Since when there is an app.
    since: Option<When>,
    notice: &'static str,
    /// What comes next asks for two factors.
    need: bool,
    /// A role asks for two factors.
    asked: bool,
    /// Whether there can be passkeys here.
    possible: bool,
    few: bool,
    add_app: String,
    add_passkey: String,
}

/// A passkey.
struct Line {
    id: Uuid,
    name: String,
    added: When,
    used: Option<When>,
}

/// `GET /account/factors`.
async fn show(page: Page<SignedIn>, Query(asked): Query<Asked>) -> Answer {
    let (account, held) = subject(&page).await?;
    let (site, path) = (page.app().site(), asked.path());
    let (app, passkeys, role_asks) = page
        .read(async |tx: &Tx| {
            let app = authenticators::load(tx, account.person_id).await?;
            let passkeys = passkeys::of_person(tx, account.person_id).await?;
            Ok((app, passkeys, needs_second(tx, account.person_id).await?))
        })
        .await?;
    let line = |passkey: Passkey| Line {
        id: passkey.id,
        name: passkey.name,
        added: day(site.day(passkey.added_at)),
        used: passkey.last_used_at.map(|at| day(site.day(at))),
    };
    let shown = ShowFactors {
        held,
        passkeys: passkeys.into_iter().map(line).collect(),
        since: app.map(|app| day(site.day(app.added_at))),
        notice: sentence(&asked.notice),
        need: asked.need.is_some() && !held.has_second(),
        asked: role_asks,
        possible: Party::of(site).is_some(),
        few: held.codes.is_some_and(|left| left <= FEW_CODES),
        add_app: with_return("/account/factors/authenticator", path.as_ref()),
        add_passkey: with_return("/account/factors/passkey", path.as_ref()),
    };
    page.show("How you sign in", &shown)
}

/// The sentence for what happened just before; words we do not know say nothing.
fn sentence(notice: &str) -> &'static str {
    match notice {
        "app" => "The app is set up: we ask for its code when you sign in with your password.",
        "app-removed" => "The app is removed; delete its entry for this site on your phone too.",
        "passkey" => "The passkey is added: it signs you in without address and password.",
        "passkey-removed" => "The passkey is removed here; remove it from the device too.",
        "renamed" => "The passkey has its new name.",
        "password-removed" => "The password is removed; you sign in with a passkey from now on.",
        _ => "",
    }
}

const REMOVE_PASSWORD: &str = "/account/factors/password/remove";

/// `GET /account/factors/password/remove`.
async fn show_remove_password(page: Page<SignedIn>) -> Answer {
    let (_, held) = subject(&page).await?;
    if !held.password {
        return page.to(HERE);
    }
    if let Some(path) = to_prove(&page, &held, REMOVE_PASSWORD) {
        return page.to(path);
    }
    ask_to_remove_password(&page, &page.blank(), StatusCode::OK)
}

fn ask_to_remove_password(page: &Page<SignedIn>, fields: &Fields, status: StatusCode) -> Answer {
    let confirm = Confirm::new("Remove your password?", REMOVE_PASSWORD)
        .says("From now on you sign in with a passkey alone. Nobody can guess or steal a password that is not there.")
        .says("Should you lose every passkey, you set a new password by mail and give one of your recovery codes.")
        .crumb("/account", "Your account")
        .crumb(HERE, "How you sign in")
        .act("Remove the password")
        .danger()
        .back(HERE);
    page.confirm_as(status, &confirm, fields)
}

/// `POST /account/factors/password/remove`.
async fn remove_password(page: Page<SignedIn>, form: Form) -> Answer {
    let (_, held) = subject(&page).await?;
    if let Some(path) = to_prove(&page, &held, REMOVE_PASSWORD) {
        return page.to(path);
    }
    match page.execute_once(&form, &RemovePassword { person_id: page.person() }).await {
        Ok(()) => page.to("/account/factors?notice=password-removed"),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            ask_to_remove_password(&page, &fields, status)
        }
    }
}
