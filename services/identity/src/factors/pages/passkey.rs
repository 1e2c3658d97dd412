//! Adding a passkey.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use chassis::page::Role;
use chassis::ui::Markup;
use chassis::{Answer, Fields, Form, Page, Result, Routes, SignedIn, Tx};

use super::authenticator::{add, added};
use super::{Asked, subject, to_prove};
use crate::accounts::domain::Account;
use crate::factors::commands::New;
use crate::own_path::{OwnPath, with_return};
use crate::passkeys::pages::ceremony::{self, Ceremony, Look};
use crate::passkeys::pages::own::device;
use crate::passkeys::tables as passkeys;
use crate::signins::pages::network::Network;
use crate::signins::pages::{carried, with_path};
use crate::tongue::{ENGLISH, Words};

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get(ADD, show).post(ADD, add_passkey).limit(30)
}

const ADD: &str = "/account/factors/passkey";

/// What a passkey made for this account is good for.
fn purpose(account: &Account) -> String {
    format!("new {}", account.person_id)
}

#[derive(Template)]
#[template(path = "factors/passkey.html")]
struct ShowAdd {
    /// What is wrong.
    said: Markup,
    /// Nothing where there can be none.
    passkey: Option<Ceremony>,
}

/// The button that makes one for this account.
pub(super) async fn making<R: Role>(
    page: &Page<R>,
    account: &Account,
    purpose: &str,
    fields: Fields,
    (action, words): (&str, &'static Words),
) -> Result<Option<Ceremony>> {
    let person = account.person_id;
    let has = page.read(async |tx: &Tx| passkeys::of_person(tx, person).await).await?;
    let words = &words.steps.passkeys;
    let look =
        Look { action: action.to_owned(), label: words.add, words, plain: false, offered: false };
    let fields = fields.fill("name", device(page));
    ceremony::make(page, fields, purpose, (account, &has), look)
}

/// `GET /account/factors/passkey`.
async fn show(page: Page<SignedIn>, Query(asked): Query<Asked>) -> Answer {
    let (account, held) = subject(&page).await?;
    let path = asked.path();
    if let Some(prove) = to_prove(&page, &held, &with_return(ADD, path.as_ref())) {
        return page.to(prove);
    }
    add_page(&page, &account, page.blank(), StatusCode::OK, path.as_ref()).await
}

async fn add_page(
    page: &Page<SignedIn>,
    account: &Account,
    fields: Fields,
    status: StatusCode,
    path: Option<&OwnPath>,
) -> Answer {
    let said = fields.summary();
    let fields = with_path(fields, path);
    let passkey = making(page, account, &purpose(account), fields, (ADD, &ENGLISH)).await?;
    page.show_as(status, "Add a passkey", &ShowAdd { said, passkey })
}

/// `POST /account/factors/passkey`.
async fn add_passkey(page: Page<SignedIn>, network: Network, form: Form) -> Answer {
    let (account, held) = subject(&page).await?;
    let path = carried(&form);
    if let Some(prove) = to_prove(&page, &held, &with_return(ADD, path.as_ref())) {
        return page.to(prove);
    }
    match try_to_add(&page, &account, &network, &form).await {
        Ok(made) => {
            let next = path.as_ref().map_or("/account/factors?notice=passkey", OwnPath::as_str);
            added(&page, made.as_deref(), next).await
        }
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            add_page(&page, &account, fields, status, path.as_ref()).await
        }
    }
}

async fn try_to_add(
    page: &Page<SignedIn>,
    account: &Account,
    network: &Network,
    form: &Form,
) -> Result<Option<String>> {
    let answered = ceremony::made(page, form, &purpose(account))?;
    add(page, network, form, &New::Passkey(&answered.made())).await
}
