//! What happened with one's account, and all that identity knows of one as a file.

use askama::Template;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use chassis::ui::{Asked, Cell, Column, List};
use chassis::{Answer, Error, Page, Result, Routes, SignedIn, Tx, readers};
use contracts::PersonId;
use serde_json::{Value as Json, json};

use super::domain::Event;
use super::tables;
use crate::accounts::tables as accounts;
use crate::addresses::tables as addresses;
use crate::alerts::tables as alerts;
use crate::authenticators::tables as authenticators;
use crate::consents::tables as consents;
use crate::passkeys::tables as passkeys;
use crate::roles::tables as roles;
use crate::signins::tables as signins;
use crate::terms::tables as terms;
use crate::tokens::tables as tokens;
use crate::views::tables as views;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/account/history", show_history)
        .get("/account/data", show_data)
        .get("/account/data/file", download)
        .limit(20)
}

/// `GET /account/history`.
async fn show_history(page: Page<SignedIn>, asked: Asked) -> Answer {
    let (person, site) = (page.person(), page.app().site());
    let list = List::new("account-history", "What happened with your account", "/account/history")
        .column(Column::new("What", |event: &Event| Cell::text(event.what()).sub(event.more())))
        .column(Column::new("Who", move |event: &Event| Cell::text(event.who(person))))
        .column(
            Column::id("When", |event: &Event| Cell::time(site, event.at))
                .sorted("at", |event: &Event| event.at),
        )
        .identified(|event| event.id)
        .sorted_by("-at")
        .empty("Nothing yet", "What happens with your account is listed here.");
    let fetch = async move |tx: &_, wanted: &_| tables::page(tx, person, wanted).await;
    page.list(&list, &asked, fetch).await
}

#[derive(Template)]
#[template(path = "own/data.html")]
struct ShowData;

/// `GET /account/data`.
async fn show_data(page: Page<SignedIn>) -> Answer {
    page.show("Your data", &ShowData)
}

/// `GET /account/data/file`: for whoever proved a short while ago who they are.
async fn download(page: Page<SignedIn>) -> Answer {
    // Whoever only looks with the eyes of the person takes nothing along.
    if page.reader().viewed_by.is_some() {
        return Err(Error::Forbidden.into());
    }
    page.fresh()?;
    let (person, now) = (page.person(), page.now());
    let known = page.read(async |tx: &Tx| all_of(tx, person).await).await?;
    let file = json!({ "person_id": person, "written_at": now, "identity": known });
    let text = serde_json::to_string_pretty(&file).map_err(Error::internal)?;
    let headers = [
        (CONTENT_TYPE, "application/json; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"account.json\""),
        (CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, text).into_response())
}

/// All that identity knows of a person. What they prove themselves with is not in it: passwords,
/// codes and the texts of tokens are kept as fingerprints or not at all, keys and secrets stay here.
async fn all_of(tx: &Tx, person: PersonId) -> Result<Json> {
    let account = accounts::existing(tx, person).await?;
    let roles = roles::load(tx, person).await?.map(|set| set.words).unwrap_or_default();
    Ok(json!({
        "account": {
            "address": account.address.written,
            "state": account.state.as_str(),
            "language": account.language,
            "registered_at": account.registered_at,
            "has_password": account.password_hash.is_some(),
        },
        "staff_roles": roles,
        "sign_ins": sign_ins(tx, person).await?,
        "seen_browsers": seen(tx, person).await?,
        "changes_of_address": changes(tx, person).await?,
        "accepted_terms": accepted(tx, person).await?,
        "passkeys": passkeys_of(tx, person).await?,
        "authenticator_app": authenticators::load(tx, person).await?
            .map(|app| json!({ "added_at": app.added_at })),
        "recovery_codes_left": authenticators::codes_left(tx, person).await?,
        "access_tokens": tokens_of(tx, person).await?,
        "looked_at_by_staff": looked(tx, person).await?,
        "connected_apps": apps(tx, person).await?,
        "history": history(tx, person).await?,
    }))
}

async fn sign_ins(tx: &Tx, person: PersonId) -> Result<Vec<Json>> {
    let open = signins::open_of(tx, person, tx.now()).await?;
    let one = |one: crate::signins::domain::SignIn| {
        json!({ "browser": one.device, "network": one.network, "how": one.how.as_str(),
                "started_at": one.started_at, "last_seen_at": one.last_seen_at })
    };
    Ok(open.into_iter().map(one).collect())
}

async fn seen(tx: &Tx, person: PersonId) -> Result<Vec<Json>> {
    let seen = alerts::of(tx, person).await?;
    let one = |one: crate::alerts::domain::Seen| {
        json!({ "browser": one.browser.device, "network": one.browser.network,
                "last_signed_in_at": one.at })
    };
    Ok(seen.into_iter().map(one).collect())
}

async fn changes(tx: &Tx, person: PersonId) -> Result<Vec<Json>> {
    let changes = addresses::of(tx, person).await?;
    let one = |one: crate::addresses::domain::Change| {
        json!({ "from": one.old.written, "to": one.new.written, "asked_at": one.asked_at,
                "confirmed_at": one.confirmed_at, "taken_back_at": one.undone_at })
    };
    Ok(changes.into_iter().map(one).collect())
}

async fn accepted(tx: &Tx, person: PersonId) -> Result<Vec<Json>> {
    let versions = terms::all(tx).await?;
    let accepted = terms::accepted_by(tx, person).await?;
    let one = |one: &crate::terms::domain::Accepted| {
        let version = versions.iter().find(|version| version.id == one.terms_id)?;
        Some(json!({ "title": version.title, "kind": version.kind.as_str(),
                     "counts_from": version.from, "accepted_at": one.at }))
    };
    Ok(accepted.iter().filter_map(one).collect())
}

async fn passkeys_of(tx: &Tx, person: PersonId) -> Result<Vec<Json>> {
    let passkeys = passkeys::of_person(tx, person).await?;
    let one = |one: crate::passkeys::domain::Passkey| json!({ "name": one.name, "added_at": one.added_at, "last_used_at": one.last_used_at });
    Ok(passkeys.into_iter().map(one).collect())
}

async fn tokens_of(tx: &Tx, person: PersonId) -> Result<Vec<Json>> {
    let tokens = tokens::of_person(tx, person).await?;
    let one = |tokens::Listed { token, used_at }| {
        json!({ "name": token.name, "may": token.scopes, "made_at": token.made_at,
                "ends_at": token.expires_at, "revoked_at": token.revoked_at,
                "last_used_at": used_at })
    };
    Ok(tokens.into_iter().map(one).collect())
}

async fn looked(tx: &Tx, person: PersonId) -> Result<Vec<Json>> {
    let mut looked = Vec::new();
    for view in views::of_person(tx, person).await? {
        looked.push(json!({
            "who": readers::name_of(tx, view.by).await?, "reason": view.reason,
            "from": view.started_at, "until": view.ended_at.unwrap_or(view.expires_at),
        }));
    }
    Ok(looked)
}

async fn history(tx: &Tx, person: PersonId) -> Result<Vec<Json>> {
    let events = tables::all(tx, person).await?;
    let one = |event: &Event| {
        json!({ "at": event.at, "what": event.what(), "details": event.more(),
                "who": event.who(person) })
    };
    Ok(events.iter().map(one).collect())
}

async fn apps(tx: &Tx, person: PersonId) -> Result<Vec<Json>> {
    let apps = consents::of_person(tx, person).await?;
    let one = |one: consents::Consent| {
        json!({ "client": one.client_id, "may": one.scopes, "allowed_at": one.given_at,
                "last_used_at": one.used_at })
    };
    Ok(apps.into_iter().map(one).collect())
}
