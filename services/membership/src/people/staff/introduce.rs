//! Introducing somebody who was met outside the website.

use askama::Template;
use axum::http::StatusCode;
use chassis::{Answer, Fields, Form, Result, Routes};

use crate::desk::Desk;
use crate::people::commands::IntroducePerson;

const TITLE: &str = "Introduce a person";

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/staff/membership/introduce", show_introduce)
        .post("/staff/membership/introduce", introduce)
}

#[derive(Template)]
#[template(path = "people/introduce.html")]
struct Introduce {
    fields: Fields,
}

/// `GET /staff/membership/introduce`: the form for somebody met outside the website.
async fn show_introduce(page: Desk) -> Answer {
    page.show_as(StatusCode::OK, TITLE, &Introduce { fields: page.blank() })
}

/// `POST /staff/membership/introduce`: mints the person; identity makes them a dormant account.
async fn introduce(page: Desk, form: Form) -> Answer {
    let outcome = page.execute_read(&form, read_introduction(&form)).await;
    match outcome {
        Ok(id) => page.to(format!("/staff/membership/people/{id}")),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            page.show_as(status, TITLE, &Introduce { fields })
        }
    }
}

fn read_introduction(form: &Form) -> Result<IntroducePerson> {
    let mut read = form.read();
    let name = read.text("name", 1..=120);
    let address = read.address("address");
    read.done()?;
    Ok(IntroducePerson { name: name.take(), address: address.take() })
}
