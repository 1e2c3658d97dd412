//! `/account/apps`: which systems know whoever is signed in, and taking that away.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use chassis::ui::{When, day, short_instant};
use chassis::{Answer, Confirm, Error, Fields, Form, Page, Result, Routes, SignedIn, Tx};
use serde::Deserialize;
use uuid::Uuid;

use super::commands::Withdraw;
use super::tables::{self, Consent};
use crate::clients::domain::Client;
use crate::clients::registration::meaning;
use crate::clients::tables as clients;

const APPS: &str = "/account/apps";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get(APPS, show_apps)
        .get("/account/apps/{id}/end", show_end)
        .post("/account/apps/{id}/end", end)
}

/// What happened just before, as a word.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    notice: String,
}

#[derive(Template)]
#[template(path = "consents/apps.html")]
struct ShowApps {
    notice: &'static str,
    apps: Vec<App>,
}

/// A system that knows the person.
struct App {
    name: String,
    /// Whether it is one of ours, which asks nobody.
    ours: bool,
    open: bool,
    may: Vec<&'static str>,
    since: When,
    used: When,
    end: String,
}

/// `GET /account/apps`.
async fn show_apps(page: Page<SignedIn>, Query(asked): Query<Asked>) -> Answer {
    let (person, site) = (page.person(), page.app().site());
    let known = page
        .read(async |tx: &Tx| {
            let mut known = Vec::new();
            for consent in tables::of_person(tx, person).await? {
                if let Some(client) = clients::load(tx, &consent.client_id).await? {
                    known.push((client, consent));
                }
            }
            Ok(known)
        })
        .await?;
    let app = |(client, consent): (Client, Consent)| App {
        end: end_path(client.entity),
        name: client.name,
        ours: client.trusted,
        open: client.open,
        may: consent.scopes.iter().filter_map(|scope| meaning(scope)).collect(),
        since: day(site.day(consent.given_at)),
        used: short_instant(site, consent.used_at),
    };
    let notice = match asked.notice.as_str() {
        "ended" => {
            "It is taken away. What the app learned before it may still keep; ask its owner."
        }
        _ => "",
    };
    page.show("Connected apps", &ShowApps { notice, apps: known.into_iter().map(app).collect() })
}

fn end_path(id: Uuid) -> String {
    format!("{APPS}/{id}/end")
}

/// An app that the person uses; any other is not found.
async fn own(page: &Page<SignedIn>, id: Uuid) -> Result<Option<Client>> {
    let person = page.person();
    page.read(async |tx: &Tx| {
        let Some(client) = clients::with_entity(tx, id).await? else {
            return Err(Error::not_found("app", id));
        };
        let known = tables::load(tx, person, &client.id).await?.is_some();
        Ok(known.then_some(client))
    })
    .await
}

/// `GET /account/apps/{id}/end`.
async fn show_end(page: Page<SignedIn>, Path(id): Path<Uuid>) -> Answer {
    match own(&page, id).await? {
        Some(client) => ask(&page, &client, &page.blank(), StatusCode::OK),
        None => page.to(APPS),
    }
}

fn ask(page: &Page<SignedIn>, client: &Client, fields: &Fields, status: StatusCode) -> Answer {
    let name = client.name.as_str();
    let confirm = Confirm::new(format!("Take {name} its access?"), end_path(client.entity))
        .says(format!(
            "{name} can no longer ask us about you, and signs you in only after you allowed it anew."
        ))
        .says("What it learned before it may still keep; to have that removed, ask its owner.")
        .crumb("/account", "Your account")
        .crumb(APPS, "Connected apps")
        .act("Take the access away")
        .danger()
        .back(APPS);
    page.confirm_as(status, &confirm, fields)
}

/// `POST /account/apps/{id}/end`.
async fn end(page: Page<SignedIn>, Path(id): Path<Uuid>, form: Form) -> Answer {
    if let Some(client) = own(&page, id).await? {
        let command = Withdraw { person_id: page.person(), client: &client };
        if let Err(error) = page.execute_once(&form, &command).await {
            let (fields, status) = page.again(&form, error)?;
            return ask(&page, &client, &fields, status);
        }
    }
    // Taken away already is what was asked for.
    page.to(format!("{APPS}?notice=ended"))
}
