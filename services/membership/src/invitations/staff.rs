//! The office invites somebody, and takes an invitation back.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use chassis::{Answer, Confirm, Error, Fields, Form, Result, Routes};
use uuid::Uuid;

use super::commands::{InviteSomebody, TakeBack};
use super::tables;
use crate::desk::Desk;
use crate::people::tables as people;

const TITLE: &str = "Invite somebody";
const PAGE: &str = "/staff/membership/invite";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get(PAGE, show_invite)
        .post(PAGE, invite)
        .get("/staff/membership/invitations/{id}/withdraw", show_withdraw)
        .post("/staff/membership/invitations/{id}/withdraw", withdraw)
}

#[derive(Template)]
#[template(path = "invitations/invite.html")]
struct Invite {
    fields: Fields,
}

/// `GET /staff/membership/invite`.
async fn show_invite(page: Desk) -> Answer {
    let fields = page.blank().fill("title", "the society");
    page.show_as(StatusCode::OK, TITLE, &Invite { fields })
}

/// `POST /staff/membership/invite`: mints the person; identity makes the account and sends the link.
async fn invite(page: Desk, form: Form) -> Answer {
    let outcome = page.execute_read(&form, read_invitation(&form)).await;
    match outcome {
        Ok(id) => page.to(format!("/staff/membership/people/{id}")),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            page.show_as(status, TITLE, &Invite { fields })
        }
    }
}

fn read_invitation(form: &Form) -> Result<InviteSomebody> {
    let mut read = form.read();
    let name = read.text("name", 1..=120);
    let address = read.address("address");
    let title = read.text("title", 3..=100);
    read.done()?;
    Ok(InviteSomebody { name: name.take(), address: address.take(), title: title.take() })
}

/// `GET /staff/membership/invitations/{id}/withdraw`.
async fn show_withdraw(page: Desk, Path(id): Path<Uuid>) -> Answer {
    let (invitation, name) = page
        .read(async |tx| {
            let found = tables::load(tx, id).await?;
            let found = found.ok_or_else(|| Error::not_found("invitation", id))?;
            let person = people::load(tx, found.person_id).await?;
            let name = person.map(|person| person.shown_name().to_owned());
            Ok((found, name.unwrap_or_default()))
        })
        .await?;
    let path = format!("/staff/membership/people/{}", invitation.person_id);
    if !invitation.is_living(page.now()) {
        return page.to(path);
    }
    let action = format!("/staff/membership/invitations/{id}/withdraw");
    let confirm = Confirm::new("Take the invitation back?", action)
        .says("The link in the mail stops working. Their record stays.")
        .crumb("/staff/membership", "People")
        .crumb(path.as_str(), &name)
        .fact("Person", &name)
        .fact("Invited to", invitation.title)
        .act("Take it back")
        .danger()
        .back(path);
    page.confirm(&confirm, &page.blank())
}

/// `POST /staff/membership/invitations/{id}/withdraw`.
async fn withdraw(page: Desk, Path(id): Path<Uuid>, form: Form) -> Answer {
    let person = page.execute_once(&form, &TakeBack { id }).await?;
    page.to(format!("/staff/membership/people/{person}"))
}
