//! The account as a program of its owner reads it.

use chassis::api::AccountRead;
use chassis::{Answer, Api, Routes, Tx};
use contracts::PersonId;
use serde::Serialize;

use super::tables;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/api/identity/me", me).limit(120)
}

/// What a program learns of its owner's account.
#[derive(Serialize)]
struct Me {
    person_id: PersonId,
    address: String,
    state: &'static str,
    /// The language they read (BCP 47).
    language: String,
    /// Their name, once membership told it.
    name: Option<String>,
}

/// `GET /api/identity/me`.
async fn me(api: Api<AccountRead>) -> Answer {
    let person = api.person();
    let account = api.read(async |tx: &Tx| tables::existing(tx, person).await).await?;
    api.json(Me {
        person_id: account.person_id,
        address: account.address.written,
        state: account.state.as_str(),
        language: account.language,
        name: api.reader().name.clone(),
    })
}
