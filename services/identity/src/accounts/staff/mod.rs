//! The console's pages of accounts: a list to search, one account, its roles, its lock.

mod list;
mod account;
mod roles;
mod lock;

use axum::extract::Query;
use chassis::page::{Known as KnownRole, StaffAdmin};
use chassis::{Page, Result, Routes, Staff, StaffIdentity, Tone, Tx};
use contracts::PersonId;
use serde::Deserialize;

use super::domain::{Account, State};
use super::tables;
use crate::roles::domain::{ADMIN, RoleSet};
use crate::roles::tables as role_rows;

type Console = Page<Staff<StaffIdentity>>;
type Administration = Page<Staff<StaffAdmin>>;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/staff/identity", list::list_accounts)
        .get("/staff/identity/accounts/{id}", account::show_account)
        .get("/staff/identity/accounts/{id}/grant", roles::show_grant)
        .post("/staff/identity/accounts/{id}/grant", roles::grant)
        .get("/staff/identity/accounts/{id}/revoke", roles::show_revoke)
        .post("/staff/identity/accounts/{id}/revoke", roles::revoke)
        .get("/staff/identity/accounts/{id}/lock", lock::show_lock)
        .post("/staff/identity/accounts/{id}/lock", lock::lock)
        .get("/staff/identity/accounts/{id}/unlock", lock::show_unlock)
        .post("/staff/identity/accounts/{id}/unlock", lock::unlock)
}

/// What the pages of one account are asked with.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    /// The role that a page is about.
    #[serde(default)]
    role: String,
    /// What happened just before, as a word.
    #[serde(default)]
    notice: String,
}

type AskedOf = Query<Asked>;

/// An account with its roles, as the pages that change them show it.
struct Subject {
    account: Account,
    roles: RoleSet,
}

async fn subject<R: KnownRole>(page: &Page<R>, id: PersonId) -> Result<Subject> {
    page.read(async |tx: &Tx| {
        Ok(Subject {
            account: tables::existing(tx, id).await?,
            roles: role_rows::load(tx, id).await?.unwrap_or_else(|| RoleSet::none(id)),
        })
    })
    .await
}

/// The shape that stands before the word of a state.
fn tone(state: State) -> Tone {
    match state {
        State::Dormant => Tone::Off,
        State::Unverified => Tone::Wait,
        State::Active => Tone::Ok,
        State::Locked => Tone::Bad,
    }
}

/// The page of an account in the console.
pub(crate) fn path_of(id: PersonId) -> String {
    format!("/staff/identity/accounts/{id}")
}

fn is_admin<R: KnownRole>(page: &Page<R>) -> bool {
    page.reader().has_role(ADMIN)
}
