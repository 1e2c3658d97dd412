//! The console's page of the signing keys, and making a new one at once.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use chassis::page::StaffAdmin;
use chassis::ui::{When, short_instant};
use chassis::{
    Answer, Confirm, Fields, Form, History, Markup, Page, Routes, Site, Staff, Tone, Tx, state,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::commands::Rotate;
use super::domain::{self, Duty, Key};
use super::tables;
use crate::oidc;
use crate::settings::Settings;

const PATH: &str = "/staff/identity/keys";
const ROTATE: &str = "/staff/identity/keys/rotate";

type Administration = Page<Staff<StaffAdmin>>;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get(PATH, show_keys).get(ROTATE, show_rotate).post(ROTATE, rotate)
}

#[derive(Template)]
#[template(path = "keys/keys.html")]
struct ShowKeys {
    keys: Vec<Line>,
    /// After how many days a key is replaced by itself; 0: never.
    rotate_days: u32,
    notice: bool,
    history: History,
}

struct Line {
    id: String,
    made: When,
    state: Markup,
    /// What comes of it, and when.
    next: String,
}

#[derive(Debug, Default, Deserialize)]
struct AskedWith {
    notice: Option<String>,
}

/// `GET /staff/identity/keys`.
async fn show_keys(page: Administration, Query(asked): Query<AskedWith>) -> Answer {
    let (now, site) = (page.now(), page.app().site());
    let (keys, history) = page
        .read(async |tx: &Tx| {
            let keys = tables::all(tx).await?;
            let ids: Vec<_> = keys.iter().map(|key| key.id).collect();
            Ok((keys, History::read(tx, site, "signing_key", &ids).await?))
        })
        .await?;
    let shown = ShowKeys {
        keys: keys.iter().map(|key| line(site, &keys, key, now)).collect(),
        rotate_days: page.app().settings::<Settings>().keys.rotate_days,
        notice: asked.notice.as_deref() == Some("rotated"),
        history,
    };
    page.show("Signing keys", &shown)
}

fn line(site: &Site, keys: &[Key], key: &Key, now: DateTime<Utc>) -> Line {
    let at = |at: DateTime<Utc>| short_instant(site, at).text().to_owned();
    let until = key.retires_at.map(at);
    let (tone, word, next) = match domain::duty(keys, key, now) {
        Duty::Announced => (Tone::Wait, "made known", format!("signs from {}", at(key.signs_from))),
        Duty::Signs => (Tone::Live, "signs", "everything new is signed with it".to_owned()),
        Duty::Serves => (
            Tone::Ok,
            "still counts",
            until.map_or("until its last token runs out".to_owned(), |at| format!("until {at}")),
        ),
        Duty::Retired => (Tone::Off, "retired", "nothing it signed counts".to_owned()),
    };
    Line {
        id: key.id.to_string(),
        made: short_instant(site, key.made_at),
        state: state(tone, word),
        next,
    }
}

/// `GET /staff/identity/keys/rotate`: the proof first; what was decided is then done with one button.
async fn show_rotate(page: Administration) -> Answer {
    page.fresh()?;
    confirm(&page, &page.blank(), StatusCode::OK)
}

fn confirm(page: &Administration, fields: &Fields, status: StatusCode) -> Answer {
    let confirm = Confirm::new("Make a new signing key?", ROTATE)
        .says("It is made known to all services at once, and signs a minute later.")
        .says("Nobody is signed out: what the old key signed counts until it runs out by itself.")
        .act("Make a new key")
        .back(PATH)
        .crumb("/staff/identity", "Accounts")
        .crumb(PATH, "Signing keys");
    page.confirm_as(status, &confirm, fields)
}

/// `POST /staff/identity/keys/rotate`.
async fn rotate(page: Administration, form: Form) -> Answer {
    page.fresh()?;
    let rotated = match page.execute_once(&form, &Rotate).await {
        // Of the systems that sign their users in here as well: one act, all keys.
        Ok(()) => oidc::keys::rotate(page.app().db(), &page.actor()).await.map(drop),
        Err(error) => Err(error),
    };
    match rotated {
        Ok(()) => page.to(format!("{PATH}?notice=rotated")),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            confirm(&page, &fields, status)
        }
    }
}
