//! A passkey's own page: what it is called, when it was used, and removing it.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use chassis::page::Role;
use chassis::ui::{When, day, instant};
use chassis::{Answer, Error, Fields, Form, Page, Result, Routes, SignedIn, Tx};
use uuid::Uuid;

use crate::factors::pages::{subject, to_prove};
use crate::passkeys::commands::{Remove, Rename};
use crate::passkeys::domain::{LONGEST_NAME, Passkey};
use crate::passkeys::tables;
use crate::signins::domain::device_label;
use crate::signins::pages::cookies;
use crate::signins::pages::network::Network;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/account/factors/passkeys/{id}", show)
        .post("/account/factors/passkeys/{id}", rename)
        .post("/account/factors/passkeys/{id}/remove", remove)
}

/// What a new passkey is called unless its owner says otherwise.
pub(crate) fn device<R: Role>(page: &Page<R>) -> String {
    device_label(page.header("user-agent").unwrap_or_default())
}

#[derive(Template)]
#[template(path = "passkeys/own.html")]
struct ShowPasskey {
    path: String,
    remove: String,
    name: String,
    added: When,
    used: Option<When>,
    fields: Fields,
    removing: Fields,
}

fn path_of(id: Uuid) -> String {
    format!("/account/factors/passkeys/{id}")
}

/// The passkey of whoever asks; somebody else's is not found.
async fn own(page: &Page<SignedIn>, id: &str) -> Result<Passkey> {
    let read = id.parse().map_err(|_| Error::not_found("passkey", id))?;
    let person = page.person();
    page.read(async |tx: &Tx| tables::own(tx, person, read).await).await
}

/// `GET /account/factors/passkeys/{id}`.
async fn show(page: Page<SignedIn>, Path(id): Path<String>) -> Answer {
    let passkey = own(&page, &id).await?;
    passkey_page(&page, &passkey, page.blank(), StatusCode::OK)
}

fn passkey_page(
    page: &Page<SignedIn>,
    passkey: &Passkey,
    fields: Fields,
    status: StatusCode,
) -> Answer {
    let site = page.app().site();
    let shown = ShowPasskey {
        path: path_of(passkey.id),
        remove: format!("{}/remove", path_of(passkey.id)),
        name: passkey.name.clone(),
        added: day(site.day(passkey.added_at)),
        used: passkey.last_used_at.map(|at| instant(site, at)),
        fields: fields.fill("name", &passkey.name),
        removing: page.blank(),
    };
    page.show_as(status, &passkey.name, &shown)
}

/// `POST /account/factors/passkeys/{id}`: calls it something else.
async fn rename(page: Page<SignedIn>, Path(id): Path<String>, form: Form) -> Answer {
    let passkey = own(&page, &id).await?;
    match try_rename(&page, passkey.id, &form).await {
        Ok(()) => page.to("/account/factors?notice=renamed"),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            passkey_page(&page, &passkey, fields, status)
        }
    }
}

async fn try_rename(page: &Page<SignedIn>, id: Uuid, form: &Form) -> Result<()> {
    let mut read = form.read();
    let name = read.text("name", 1..=LONGEST_NAME);
    read.done()?;
    page.execute_once(form, &Rename { person_id: page.person(), id, name: &name.take() }).await
}

/// `POST /account/factors/passkeys/{id}/remove`: with a fresh proof.
async fn remove(
    page: Page<SignedIn>,
    Path(id): Path<String>,
    network: Network,
    form: Form,
) -> Answer {
    let id = id.parse().map_err(|_| Error::not_found("passkey", &id))?;
    let (_, held) = subject(&page).await?;
    if let Some(path) = to_prove(&page, &held, &path_of(id)) {
        return page.to(path);
    }
    let browser = &cookies::browser(&page, &network);
    let command = Remove { person_id: page.person(), id, browser };
    match page.execute_once(&form, &command).await {
        Ok(()) => page.to("/account/factors?notice=passkey-removed"),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            let passkey = own(&page, &id.to_string()).await?;
            passkey_page(&page, &passkey, fields, status)
        }
    }
}
