//! What stands before a sign-in: terms that were published and not accepted.

use askama::Template;
use axum::extract::Query;
use chassis::{Answer, Error, Fields, Form, Markup, Page, Result, Routes, Tx};

use super::{Text, agreed, carried, carrying};
use crate::actions::pages::{SIGN_IN, filled, is_over, lead_on};
use crate::signins::pages::{Asked, cookies as signin_cookies};
use crate::steps::commands::Begun;
use crate::steps::cookies as step_cookies;
use crate::steps::domain::{Pending, Refusal as StepRefusal, Step};
use crate::terms::commands::{AcceptAndGoOn, to_accept};
use crate::terms::domain::{Kind, Version};
use crate::tongue::{Tongue, Words};

const HERE: &str = "/account/sign-in/terms";

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get(HERE, show).limit(60).post(HERE, accept).limit(30)
}

#[derive(Template)]
#[template(path = "terms/step.html")]
struct Show {
    t: &'static Words,
    chooser: Markup,
    texts: Vec<Shown>,
    fields: Fields,
}

/// A text, with what it is and from when on, in the language of the page.
struct Shown {
    text: Text,
    kind: &'static str,
    from: String,
}

/// `GET /account/sign-in/terms`.
async fn show(page: Page, Query(asked): Query<Asked>) -> Answer {
    step_page(&page, asked.lang.as_deref(), None).await
}

async fn step_page(page: &Page, lang: Option<&str>, wrong: Option<(&Form, Error)>) -> Answer {
    let Some((pending, _)) = step_cookies::at(page, Step::Terms).await? else {
        return page.to(SIGN_IN);
    };
    let person = pending.person_id;
    let open = page.read(async |tx: &Tx| to_accept(tx, person).await).await?;
    let tongue = Tongue::at_step(page, lang, HERE, pending.return_to.as_deref())?;
    let (fields, status) = filled(page, &tongue, wrong)?;
    let Tongue { words, chooser } = tongue;
    let texts: Vec<Text> = open.iter().map(Text::of).collect();
    let fields = carrying(fields, &texts);
    let in_words = |(version, text): (&Version, Text)| Shown {
        text,
        kind: match version.kind {
            Kind::Terms => words.steps.terms.of_use,
            Kind::Privacy => words.steps.terms.privacy,
        },
        from: (words.steps.terms.from)(version.from),
    };
    let texts = open.iter().zip(texts).map(in_words).collect();
    page.show_as(status, words.steps.terms.crumb, &Show { t: words, chooser, texts, fields })
}

/// `POST /account/sign-in/terms`.
async fn accept(page: Page, form: Form) -> Answer {
    let secret = signin_cookies::secret(page.app());
    match try_accept(&page, &form, &secret).await {
        Ok((begun, pending)) => lead_on(&page, &begun, &secret, &pending).await,
        Err(error) if is_over(&error) => page.to(SIGN_IN),
        Err(error) => step_page(&page, None, Some((&form, error))).await,
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
