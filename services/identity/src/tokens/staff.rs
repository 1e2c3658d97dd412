//! The tokens of machines, in the console: a list, a form, revoking.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use chassis::api::Holders;
use chassis::{
    Answer, Asked, Cell, Choice, Column, Error, Failure, Fields, Form, List, Page, Result, Routes,
    Staff, StaffIdentity, Tx,
};
use serde::Deserialize;
use uuid::Uuid;

use super::commands::{MakeForMachine, RevokeOfMachine};
use super::domain::{DAYS, Holder, Standing};
use super::pages::{day_choices, made_page, read_wish, revoking, scope_choices, standing};
use super::tables::{self, Listed};
use crate::clients::tables as clients;

type Console = Page<Staff<StaffIdentity>>;

const PATH: &str = "/staff/identity/tokens";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get(PATH, list_tokens)
        .post(PATH, make)
        .get("/staff/identity/tokens/new", show_new)
        .get("/staff/identity/tokens/{id}/revoke", show_revoke)
        .post("/staff/identity/tokens/{id}/revoke", revoke)
}

/// `GET /staff/identity/tokens`.
async fn list_tokens(page: Console, asked: Asked) -> Answer {
    let (site, now) = (page.app().site(), page.now());
    let name = move |listed: &Listed| match listed.token.standing(now) {
        Standing::Living => {
            Cell::link(format!("{PATH}/{}/revoke", listed.token.id), listed.token.name.as_str())
        }
        _ => Cell::text(listed.token.name.as_str()),
    };
    let machine = |listed: &Listed| match &listed.token.holder {
        Holder::Machine { client_id, .. } => Cell::text(client_id.as_str()),
        Holder::Person(_) => Cell::text("a person"),
    };
    let state = move |listed: &Listed| {
        let (tone, word) = standing(listed.token.standing(now));
        Cell::state(tone, word)
    };
    let used = |listed: &Listed| match listed.used_at {
        Some(at) => Cell::time(site, at),
        None => Cell::text("never"),
    };
    let list = List::new("machine-tokens", "Tokens of machines", PATH)
        .search("Token or client")
        .column(
            Column::new("Token", name).sorted("name", |one: &Listed| one.token.name.to_lowercase()),
        )
        .column(Column::id("Client", machine))
        .column(Column::id("Scopes", |one: &Listed| Cell::text(one.token.scopes.join(" "))))
        .column(Column::new("State", state))
        .column(Column::id("Last used", used))
        .column(
            Column::id("Made", |one: &Listed| Cell::time(site, one.token.made_at))
                .sorted("made", |one: &Listed| one.token.made_at),
        )
        .column(
            Column::id("Ends", |one: &Listed| Cell::time(site, one.token.expires_at))
                .sorted("ends", |one: &Listed| one.token.expires_at),
        )
        .identified(|one| one.token.id)
        .sorted_by("-made")
        .act("Make a token", "/staff/identity/tokens/new")
        .empty(
            "No token matches",
            "A machine that calls our API needs one; people make their own on their account page.",
        );
    page.list(&list, &asked, async |tx: &Tx, wanted| tables::list(tx, wanted).await).await
}

/// What the form is asked with.
#[derive(Debug, Default, Deserialize)]
struct AskedFor {
    /// The client to begin with.
    #[serde(default)]
    client: String,
}

#[derive(Template)]
#[template(path = "staff/new_token.html")]
struct ShowNew {
    fields: Fields,
    clients: Vec<Choice>,
    scopes: Vec<Choice>,
    days: Vec<Choice>,
}

/// `GET /staff/identity/tokens/new`: with a fresh proof.
async fn show_new(page: Console, Query(asked): Query<AskedFor>) -> Answer {
    page.fresh()?;
    let fields = page.blank().fill("days", DAYS[2]).fill("client", asked.client);
    new_page(&page, fields, StatusCode::OK).await
}

async fn new_page(page: &Console, fields: Fields, status: StatusCode) -> Answer {
    let machines = page.read(async |tx: &Tx| clients::open_machines(tx).await).await?;
    let choice = |client: crate::clients::domain::Client| {
        Choice::new(&client.id, format!("{} ({})", client.name, client.id))
    };
    let shown = ShowNew {
        fields,
        clients: machines.into_iter().map(choice).collect(),
        scopes: scope_choices(Holders::Machines),
        days: day_choices(),
    };
    page.show_as(status, "Make a token for a machine", &shown)
}

/// `POST /staff/identity/tokens`.
async fn make(page: Console, form: Form) -> Answer {
    page.fresh()?;
    match try_to_make(&page, &form).await {
        Ok(id) => {
            let read = page.read(async |tx: &Tx| tables::of_machine(tx, id).await);
            let (token, _) = read.await?;
            made_page(&page, token, PATH).await
        }
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            new_page(&page, fields, status).await
        }
    }
}

async fn try_to_make(page: &Console, form: &Form) -> Result<Uuid> {
    let client_id = form.value("client").unwrap_or_default();
    let known = page.read(async |tx: &Tx| clients::load(tx, client_id).await).await?;
    if known.is_none() {
        return Err(Error::invalid("client", "choose one of the registered machines"));
    }
    let wish = &read_wish(form, Holders::Machines)?;
    let command = MakeForMachine { client_id, wish, by: page.person() };
    page.execute_once(form, &command).await
}

/// `GET /staff/identity/tokens/{id}/revoke`.
async fn show_revoke(page: Console, Path(id): Path<Uuid>) -> Answer {
    ask_to_revoke(&page, id, page.blank(), StatusCode::OK).await
}

async fn ask_to_revoke(page: &Console, id: Uuid, fields: Fields, status: StatusCode) -> Answer {
    let (token, _) = page.read(async |tx: &Tx| tables::of_machine(tx, id).await).await?;
    if token.standing(page.now()) != Standing::Living && status == StatusCode::OK {
        return page.to(PATH);
    }
    let mut confirm = revoking(&token, format!("{PATH}/{id}/revoke"))
        .crumb("/staff/identity", "Accounts")
        .crumb(PATH, "Tokens of machines")
        .back(PATH);
    if let Holder::Machine { client_id, .. } = &token.holder {
        confirm = confirm.fact("Client", client_id.as_str());
    }
    page.confirm_as(status, &confirm, &fields)
}

/// `POST /staff/identity/tokens/{id}/revoke`.
async fn revoke(page: Console, Path(id): Path<String>, form: Form) -> Answer {
    // Read as text, so that a form of another site is refused whatever its path says.
    let token_id = id.parse().map_err(|_| Error::not_found("token", &id))?;
    match page.execute_once(&form, &RevokeOfMachine { token_id }).await {
        Ok(()) => page.to(PATH),
        Err(error) => {
            let (fields, status) = page.again(&form, Failure::from(error))?;
            ask_to_revoke(&page, token_id, fields, status).await
        }
    }
}
