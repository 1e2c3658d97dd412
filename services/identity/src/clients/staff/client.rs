//! One client: what it is, where it sends people, what it may ask for, what happened.

use askama::Template;
use axum::extract::{Path, Query};
use chassis::page::Known;
use chassis::ui::{When, day};
use chassis::{Answer, History, Markup, Page, Tone, Tx, state};
use uuid::Uuid;

use super::{AskedOf, Console, existing, kind_label, path_of};
use crate::clients::domain::{Client, Kind};
use crate::clients::registration;
use crate::consents::tables as consents;
use crate::roles::domain::ADMIN;

#[derive(Template)]
#[template(path = "clients/client.html")]
struct ShowClient {
    path: String,
    notice: &'static str,
    client: Client,
    kind: &'static str,
    since: When,
    scopes: Vec<Scope>,
    /// How many people signed in there, or could see it on their account's page.
    people: i64,
    /// Where its developers read everything else.
    discovery: String,
    /// Whether whoever asks may change it.
    admin: bool,
    history: History,
}

impl ShowClient {
    fn state(&self) -> Markup {
        if self.client.open { state(Tone::Ok, "open") } else { state(Tone::Off, "closed") }
    }

    fn is_machine(&self) -> bool {
        self.client.kind == Kind::Machine
    }

    fn has_secret(&self) -> bool {
        self.client.kind != Kind::Public
    }

    fn may_change(&self) -> bool {
        self.admin && !self.client.from_settings
    }
}

/// What it may ask for.
struct Scope {
    word: String,
    meaning: &'static str,
}

/// `GET /staff/identity/clients/{id}`.
pub(super) async fn show_client(
    page: Console,
    Path(id): Path<Uuid>,
    Query(asked): AskedOf,
) -> Answer {
    let client = existing(&page, id).await?;
    show(&page, client, sentence(&asked.notice)).await
}

async fn show<R: Known>(page: &Page<R>, client: Client, notice: &'static str) -> Answer {
    let site = page.app().site();
    let (people, history) = page
        .read(async |tx: &Tx| {
            let history = History::read(tx, site, "client", &[client.entity]).await?;
            Ok((consents::count_of(tx, &client.id).await?, history))
        })
        .await?;
    let scope = |word: &String| Scope {
        word: word.clone(),
        meaning: registration::meaning(word).unwrap_or("no longer in use"),
    };
    let shown = ShowClient {
        path: path_of(client.entity),
        notice,
        kind: kind_label(client.kind),
        since: day(site.day(client.made_at)),
        scopes: client.scopes.iter().map(scope).collect(),
        people,
        discovery: format!("{}/.well-known/openid-configuration", site.origin),
        admin: page.reader().has_role(ADMIN),
        history,
        client,
    };
    let title = shown.client.name.clone();
    page.show(&title, &shown)
}

/// The sentence for what happened just before; words we do not know say nothing.
fn sentence(notice: &str) -> &'static str {
    match notice {
        "registered" => "It is registered and can be used at once.",
        "changed" => "The change is saved and holds from now on.",
        "closed" => "It is closed: nobody is signed in through it any more.",
        "opened" => "It is open again.",
        "shown" => "The secret was shown once already. If nobody kept it, renew it.",
        _ => "",
    }
}
