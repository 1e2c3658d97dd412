//! Closing a client and opening it again: a page that says what it means and asks for the reason.

use axum::extract::Path;
use axum::http::StatusCode;
use chassis::{Answer, Confirm, Fields, Form, Result};
use uuid::Uuid;

use super::{Administration, LIST, existing, fresh_when_opened, path_of};
use crate::clients::commands::{Close, Reopen};
use crate::clients::domain::Client;

/// `GET …/close`.
pub(super) async fn show_close(page: Administration, Path(id): Path<Uuid>) -> Answer {
    show(&page, id, true).await
}

/// `GET …/reopen`.
pub(super) async fn show_reopen(page: Administration, Path(id): Path<Uuid>) -> Answer {
    show(&page, id, false).await
}

async fn show(page: &Administration, id: Uuid, closing: bool) -> Answer {
    page.fresh()?;
    let client = existing(page, id).await?;
    if client.from_settings || client.open != closing {
        return page.to(path_of(id));
    }
    ask(page, &client, closing, page.blank(), StatusCode::OK)
}

fn ask(
    page: &Administration,
    client: &Client,
    closing: bool,
    fields: Fields,
    status: StatusCode,
) -> Answer {
    let (name, path) = (client.name.as_str(), path_of(client.entity));
    let confirm = if closing {
        Confirm::new(format!("Close {name}?"), format!("{path}/close"))
            .says("Nobody is signed in through it from now on, and its tokens are renewed no more.")
            .says("What people allowed it is kept, in case it is opened again.")
            .act(format!("Close {name}"))
            .danger()
    } else {
        Confirm::new(format!("Open {name} again?"), format!("{path}/reopen"))
            .says("It works again as it did, with the secret it had.")
            .act(format!("Open {name} again"))
    };
    let confirm = confirm
        .crumb(LIST, "Systems")
        .crumb(path.as_str(), name)
        .fact("System", name)
        .fact("Name in the protocol", &client.id)
        .asks("reason", "Reason", "Stands in the history of the system, for colleagues only.")
        .back(path);
    page.confirm_as(status, &confirm, &fields.with("version", client.version))
}

/// `POST …/close`.
pub(super) async fn close(page: Administration, Path(id): Path<Uuid>, form: Form) -> Answer {
    answer(&page, id, true, &form).await
}

/// `POST …/reopen`.
pub(super) async fn reopen(page: Administration, Path(id): Path<Uuid>, form: Form) -> Answer {
    answer(&page, id, false, &form).await
}

async fn answer(page: &Administration, id: Uuid, closing: bool, form: &Form) -> Answer {
    fresh_when_opened(page)?;
    let client = existing(page, id).await?;
    match try_it(page, &client, closing, form).await {
        Ok(()) => {
            let word = if closing { "closed" } else { "opened" };
            page.to(format!("{}?notice={word}", path_of(id)))
        }
        Err(error) => {
            let (fields, status) = page.again(form, error)?;
            ask(page, &client, closing, fields, status)
        }
    }
}

async fn try_it(page: &Administration, client: &Client, closing: bool, form: &Form) -> Result<()> {
    let mut read = form.read();
    let version = read.number("version", 1..=i64::MAX);
    let reason = read.text("reason", 3..=300);
    read.done()?;
    let (id, version, reason) = (client.id.as_str(), version.take(), reason.take());
    let reason = reason.as_str();
    if closing {
        page.execute_once(form, &Close { id, version, reason }).await
    } else {
        page.execute_once(form, &Reopen { id, version, reason }).await
    }
}
