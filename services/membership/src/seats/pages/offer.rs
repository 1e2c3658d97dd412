//! Giving seats: addresses pasted, each gets an invitation.

use askama::Template;
use axum::http::StatusCode;
use chassis::{Answer, Fields, Form, Page, Result, Routes, SignedIn};

use super::who::{Administered, Sent};
use crate::seats::commands::OfferSeats;
use crate::seats::domain::guests;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/companies/{id}/invite", show_invite)
        .post("/companies/{id}/invite", invite)
        .limit(20)
}

#[derive(Template)]
#[template(path = "seats/offer.html")]
struct Offer {
    fields: Fields,
    name: String,
    path: String,
    action: String,
}

fn show(page: &Page<SignedIn>, of: Administered, fields: Fields, status: StatusCode) -> Answer {
    let (path, action) = (of.path(), format!("{}/invite", of.path()));
    let template = Offer { fields, path, action, name: of.company.name };
    page.show_as(status, "Give seats", &template)
}

/// `GET /companies/{id}/invite`.
async fn show_invite(page: Page<SignedIn>, of: Administered) -> Answer {
    let fields = page.blank();
    show(&page, of, fields, StatusCode::OK)
}

/// `POST /companies/{id}/invite`: all or none.
async fn invite(page: Page<SignedIn>, sent: Sent<Administered>) -> Answer {
    let Sent { to: of, form } = sent;
    let outcome = page.execute_read(&form, read_people(&of, &form)).await;
    match outcome {
        Ok(_) => page.to(of.path()),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            show(&page, of, fields, status)
        }
    }
}

fn read_people(of: &Administered, form: &Form) -> Result<OfferSeats> {
    let mut read = form.read();
    let typed = read.long("people", 1..=60_000);
    let people = guests(form.value("people").unwrap_or_default());
    if let Err(why) = &people
        && form.value("people").is_some_and(|typed| !typed.trim().is_empty())
    {
        read.wrong("people", why.clone());
    }
    read.done()?;
    typed.take();
    let guests = people.map_err(|why| chassis::Error::invalid("people", why))?;
    Ok(OfferSeats { company: of.company.id, guests })
}
