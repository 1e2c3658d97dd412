//! The console's pages of clients: a list, one client, what is said of it, its secret, its end.
//!
//! Whoever keeps accounts sees them; an administrator with a fresh proof changes them, for a wrong
//! address sends people's names to strangers.

mod list;
mod client;
mod edit;
mod secret;
mod close;

use axum::extract::Query;
use chassis::http::Failure;
use chassis::page::{Known, StaffAdmin};
use chassis::{Error, Page, Result, Routes, Staff, StaffIdentity, Tx};
use chrono::Duration;
use serde::Deserialize;
use uuid::Uuid;

use super::domain::{Client, Kind};
use super::tables;

type Console = Page<Staff<StaffIdentity>>;
pub(crate) type Administration = Page<Staff<StaffAdmin>>;

const LIST: &str = "/staff/identity/clients";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get(LIST, list::list_clients)
        .get("/staff/identity/clients/new", edit::show_new)
        .post("/staff/identity/clients/new", edit::register)
        .get("/staff/identity/clients/{id}", client::show_client)
        .get("/staff/identity/clients/{id}/edit", edit::show_edit)
        .post("/staff/identity/clients/{id}/edit", edit::change)
        .get("/staff/identity/clients/{id}/secret", secret::show_renew)
        .post("/staff/identity/clients/{id}/secret", secret::renew)
        .get("/staff/identity/clients/{id}/close", close::show_close)
        .post("/staff/identity/clients/{id}/close", close::close)
        .get("/staff/identity/clients/{id}/reopen", close::show_reopen)
        .post("/staff/identity/clients/{id}/reopen", close::reopen)
}

/// What happened just before, as a word.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    notice: String,
}

type AskedOf = Query<Asked>;

/// How long after a fresh proof a form that was opened then may still be sent, in minutes more: what
/// somebody typed meanwhile is not lost.
const TYPING_MINUTES: i64 = 45;

/// Goes on with a form only when it was opened after a fresh proof.
pub(crate) fn fresh_when_opened(page: &Administration) -> Result<(), Failure> {
    let opened = page.now() - Duration::minutes(TYPING_MINUTES);
    if page.reader().is_fresh(opened) { Ok(()) } else { page.fresh() }
}

async fn existing<R: Known>(page: &Page<R>, id: Uuid) -> Result<Client> {
    let client = page.read(async |tx: &Tx| tables::with_entity(tx, id).await).await?;
    client.ok_or_else(|| Error::not_found("client", id))
}

fn path_of(id: Uuid) -> String {
    format!("{LIST}/{id}")
}

/// What a client is, as people read it.
fn kind_label(kind: Kind) -> &'static str {
    match kind {
        Kind::Public => "App without a secret",
        Kind::Confidential => "System with a secret",
        Kind::Machine => "Machine",
    }
}
