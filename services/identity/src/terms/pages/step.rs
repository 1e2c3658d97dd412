//! What stands before a sign-in: terms that were published and not accepted.

use askama::Template;
use axum::http::StatusCode;
use chassis::{Answer, Fields, Form, Page, Result, Routes, Tx};

use super::{Text, agreed, carried, carrying};
use crate::actions::pages::{SIGN_IN, is_over, lead_on};
use crate::signins::pages::cookies as signin_cookies;
use crate::steps::commands::Begun;
use crate::steps::cookies as step_cookies;
use crate::steps::domain::{Pending, Refusal as StepRefusal, Step};
use crate::terms::commands::{AcceptAndGoOn, to_accept};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/account/sign-in/terms", show)
        .limit(60)
        .post("/account/sign-in/terms", accept)
        .limit(30)
}

#[derive(Template)]
#[template(path = "terms/step.html")]
struct Show {
    texts: Vec<Text>,
    fields: Fields,
}

/// `GET /account/sign-in/terms`.
async fn show(page: Page) -> Answer {
    step_page(&page, page.blank(), StatusCode::OK).await
}

async fn step_page(page: &Page, fields: Fields, status: StatusCode) -> Answer {
    let Some((pending, _)) = step_cookies::at(page, Step::Terms).await? else {
        return page.to(SIGN_IN);
    };
    let person = pending.person_id;
    let open = page.read(async |tx: &Tx| to_accept(tx, person).await).await?;
    let texts: Vec<Text> = open.iter().map(Text::of).collect();
    let shown = Show { fields: carrying(fields, &texts), texts };
    page.show_as(status, "New terms", &shown)
}

/// `POST /account/sign-in/terms`.
async fn accept(page: Page, form: Form) -> Answer {
    let secret = signin_cookies::secret(page.app());
    match try_accept(&page, &form, &secret).await {
        Ok((begun, pending)) => lead_on(&page, &begun, &secret, &pending).await,
        Err(error) if is_over(&error) => page.to(SIGN_IN),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            step_page(&page, fields, status).await
        }
    }
}

async fn try_accept(page: &Page, form: &Form, secret: &str) -> Result<(Begun, Pending)> {
    let at = step_cookies::at(page, Step::Terms).await?;
    let (pending, _) = at.ok_or(StepRefusal::Over)?;
    agreed(form.read())?;
    let cookie = step_cookies::pending_secret(page).ok_or(StepRefusal::Over)?;
    let shown = carried(form.value("texts"));
    let command = AcceptAndGoOn { pending: &cookie, shown: &shown, secret };
    Ok((page.execute(&command).await?, pending))
}
