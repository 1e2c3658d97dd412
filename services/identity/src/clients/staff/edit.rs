//! Registering a client, and changing what is said of one.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use chassis::{Answer, Choice, Error, Fields, Form, Result};
use uuid::Uuid;

use super::{Administration, LIST, existing, fresh_when_opened, kind_label, path_of, secret};
use crate::clients::commands::{Change, Register};
use crate::clients::domain::{Client, Kind};
use crate::clients::registration::{MACHINE_SCOPES, Registration, USER_SCOPES};
use crate::signins::pages::cookies;

#[derive(Template)]
#[template(path = "clients/edit.html")]
struct ShowEdit {
    fields: Fields,
    action: String,
    back: String,
    title: String,
    /// Set of a client that is changed; none of one that is registered.
    name: Option<String>,
    /// Whether it signs people in: no address is asked of a machine.
    people: bool,
    kinds: Vec<Choice>,
    scopes: Vec<Choice>,
}

/// `GET /staff/identity/clients/new`.
pub(super) async fn show_new(page: Administration) -> Answer {
    page.fresh()?;
    let fields = page.blank().fill("kind", Kind::Confidential.as_str()).fill("scopes", "openid");
    new_page(&page, fields, StatusCode::OK)
}

fn new_page(page: &Administration, fields: Fields, status: StatusCode) -> Answer {
    let hint = |kind| match kind {
        Kind::Confidential => "Runs on a server and keeps a secret: a forum, a course player.",
        Kind::Public => "Runs where its users can look inside: a phone app, a command-line tool.",
        Kind::Machine => "Calls our API for itself and signs nobody in.",
    };
    let kind = |kind: Kind| Choice::new(kind.as_str(), kind_label(kind)).hinted(hint(kind));
    let kinds = [Kind::Confidential, Kind::Public, Kind::Machine].map(kind);
    let shown = ShowEdit {
        fields,
        action: format!("{LIST}/new"),
        back: LIST.to_owned(),
        title: "Register a system".to_owned(),
        name: None,
        people: true,
        kinds: kinds.into(),
        scopes: USER_SCOPES.iter().chain(&MACHINE_SCOPES).map(scope).collect(),
    };
    page.show_as(status, "Register a system", &shown)
}

fn scope((word, meaning): &(&str, &str)) -> Choice {
    Choice::new(word, *word).hinted(*meaning)
}

/// `POST /staff/identity/clients/new`.
pub(super) async fn register(page: Administration, form: Form) -> Answer {
    fresh_when_opened(&page)?;
    let fresh = cookies::secret(page.app());
    match try_register(&page, &form, &fresh).await {
        Ok(client) => secret::show_once(&page, &client, &fresh, "registered"),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            new_page(&page, fields, status)
        }
    }
}

async fn try_register(page: &Administration, form: &Form, secret: &str) -> Result<Registered> {
    let mut read = form.read();
    let kind = read.choice("kind", &Kind::ALL.map(Kind::as_str));
    read.done()?;
    let kind = Kind::from_word(&kind.take()).unwrap_or(Kind::Confidential);
    let id = form.value("id").unwrap_or_default().trim().to_owned();
    let registration = said(form, id, kind)?;
    let command = Register { registration: &registration, secret };
    let (entity, secret_hash) = page.execute_once(form, &command).await?;
    Ok(Registered { entity, id: registration.id, name: registration.name, secret_hash })
}

/// A client that has a fresh secret, perhaps.
pub(super) struct Registered {
    pub(super) entity: Uuid,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) secret_hash: Option<String>,
}

/// What a form says of a client.
fn said(form: &Form, id: String, kind: Kind) -> Result<Registration> {
    let line = |name: &str| form.value(name).unwrap_or_default().trim().to_owned();
    let some = |name: &str| Some(line(name)).filter(|text| !text.is_empty());
    let lines = |name: &str| -> Vec<String> {
        let all = form.value(name).unwrap_or_default().lines().map(str::trim);
        all.filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    let registration = Registration {
        id,
        name: line("name"),
        kind,
        redirect_uris: lines("redirect_uris"),
        sign_out_uris: lines("sign_out_uris"),
        back_channel: some("back_channel"),
        scopes: form.values("scopes").map(str::to_owned).collect(),
        devices: form.value("devices").is_some(),
        strong: form.value("strong").is_some(),
        trusted: form.value("trusted").is_some(),
        colour: some("colour"),
    };
    let mut read = form.read();
    for (field, why) in registration.wrong() {
        read.wrong(field, why);
    }
    read.done()?;
    Ok(registration)
}

/// `GET …/edit`.
pub(super) async fn show_edit(page: Administration, Path(id): Path<Uuid>) -> Answer {
    page.fresh()?;
    let client = existing(&page, id).await?;
    if client.from_settings {
        return page.to(path_of(id));
    }
    let fields = filled(page.blank(), &client);
    edit_page(&page, &client, fields, StatusCode::OK)
}

fn filled(fields: Fields, client: &Client) -> Fields {
    let mut fields = fields
        .with("version", client.version)
        .fill("name", &client.name)
        .fill("redirect_uris", client.redirect_uris.join("\n"))
        .fill("sign_out_uris", client.sign_out_uris.join("\n"))
        .fill("back_channel", client.back_channel.as_deref().unwrap_or_default())
        .fill("colour", client.colour.as_deref().unwrap_or_default());
    for scope in &client.scopes {
        fields = fields.fill("scopes", scope);
    }
    let ticks =
        [("devices", client.devices), ("strong", client.strong), ("trusted", client.trusted)];
    for (name, _) in ticks.into_iter().filter(|(_, ticked)| *ticked) {
        fields = fields.fill(name, "yes");
    }
    fields
}

fn edit_page(page: &Administration, client: &Client, fields: Fields, status: StatusCode) -> Answer {
    let machine = client.kind == Kind::Machine;
    let scopes: &[(&str, &str)] = if machine { &MACHINE_SCOPES } else { &USER_SCOPES };
    let path = path_of(client.entity);
    let title = format!("Change {}", client.name);
    let shown = ShowEdit {
        fields,
        action: format!("{path}/edit"),
        back: path,
        title: title.clone(),
        name: Some(client.name.clone()),
        people: !machine,
        kinds: Vec::new(),
        scopes: scopes.iter().map(scope).collect(),
    };
    page.show_as(status, &title, &shown)
}

/// `POST …/edit`.
pub(super) async fn change(page: Administration, Path(id): Path<Uuid>, form: Form) -> Answer {
    fresh_when_opened(&page)?;
    let client = existing(&page, id).await?;
    match try_change(&page, &client, &form).await {
        Ok(()) => page.to(format!("{}?notice=changed", path_of(id))),
        Err(error) => {
            // A stale form is shown with the version that is there now: sent again, it holds.
            let (fields, status) = page.again(&form, error)?;
            edit_page(&page, &client, fields.with("version", client.version), status)
        }
    }
}

async fn try_change(page: &Administration, client: &Client, form: &Form) -> Result<()> {
    let mut read = form.read();
    let version = read.number("version", 1..=i64::MAX);
    read.done().map_err(|_| Error::Conflict)?;
    let registration = said(form, client.id.clone(), client.kind)?;
    let command = Change { registration: &registration, version: version.take() };
    page.execute_once(form, &command).await
}
