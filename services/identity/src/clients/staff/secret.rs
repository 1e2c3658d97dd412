//! A client's secret: shown once, when it is made or renewed.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use chassis::{Answer, Confirm, Fields, Form, Result};
use uuid::Uuid;

use super::edit::Registered;
use super::{Administration, LIST, existing, fresh_when_opened, path_of};
use crate::clients::commands::RenewSecret;
use crate::clients::domain::{Client, Kind};
use crate::fingerprint;
use crate::signins::pages::cookies;

#[derive(Template)]
#[template(path = "clients/secret.html")]
struct ShowSecret<'a> {
    path: String,
    id: &'a str,
    name: &'a str,
    secret: &'a str,
}

/// Shows a fresh secret, this once. A form that was sent twice made only one secret, which the first
/// answer showed; its second answer says so.
pub(super) fn show_once(
    page: &Administration,
    client: &Registered,
    fresh: &str,
    done: &str,
) -> Answer {
    let path = path_of(client.entity);
    match &client.secret_hash {
        None => page.to(format!("{path}?notice={done}")),
        Some(stored) if *stored == fingerprint::of(fresh) => {
            let (id, name) = (client.id.as_str(), client.name.as_str());
            page.show("Keep this secret", &ShowSecret { path, id, name, secret: fresh })
        }
        Some(_) => page.to(format!("{path}?notice=shown")),
    }
}

/// `GET …/secret`.
pub(super) async fn show_renew(page: Administration, Path(id): Path<Uuid>) -> Answer {
    page.fresh()?;
    let client = existing(&page, id).await?;
    if client.from_settings || client.kind == Kind::Public || !client.open {
        return page.to(path_of(id));
    }
    ask(&page, &client, page.blank(), StatusCode::OK)
}

fn ask(page: &Administration, client: &Client, fields: Fields, status: StatusCode) -> Answer {
    let path = path_of(client.entity);
    let confirm = Confirm::new(
        format!("Renew the secret of {}?", client.name),
        format!("{path}/secret"),
    )
    .says("The old secret stops working at once. The new one is shown once, on the next page.")
    .says("Until its keepers have put the new one in place, nobody is signed in through it.")
    .crumb(LIST, "Systems")
    .crumb(path.as_str(), &client.name)
    .fact("System", &client.name)
    .fact("Name in the protocol", &client.id)
    .act("Renew the secret")
    .danger()
    .back(path);
    page.confirm_as(status, &confirm, &fields.with("version", client.version))
}

/// `POST …/secret`.
pub(super) async fn renew(page: Administration, Path(id): Path<Uuid>, form: Form) -> Answer {
    fresh_when_opened(&page)?;
    let client = existing(&page, id).await?;
    let fresh = cookies::secret(page.app());
    match try_renew(&page, &client, &form, &fresh).await {
        Ok(secret_hash) => {
            let Client { entity, id, name, .. } = client;
            show_once(&page, &Registered { entity, id, name, secret_hash }, &fresh, "shown")
        }
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            ask(&page, &client, fields, status)
        }
    }
}

async fn try_renew(
    page: &Administration,
    client: &Client,
    form: &Form,
    secret: &str,
) -> Result<Option<String>> {
    let mut read = form.read();
    let version = read.number("version", 1..=i64::MAX);
    read.done()?;
    let command = RenewSecret { id: &client.id, version: version.take(), secret };
    page.execute_once(form, &command).await
}
