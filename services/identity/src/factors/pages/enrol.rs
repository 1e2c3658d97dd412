//! The step of a sign-in at which a second factor is set up, because a role asks for it.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use chassis::ui::Markup;
use chassis::{Answer, Fields, Form, Page, Result, Routes};

use super::authenticator::{Setup, code_of, secret_of};
use super::{codes, passkey};
use crate::accounts::domain::Account;
use crate::factors::commands::{Enrol, New};
use crate::own_path::OwnPath;
use crate::passkeys::pages::ceremony::{self, Ceremony};
use crate::signins::pages::{Asked, cookies};
use crate::steps::commands::Begun;
use crate::steps::cookies as steps;
use crate::steps::domain::{Pending, Step};
use crate::tongue::{Tongue, Words};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get(ENROL, show)
        .limit(60)
        .post(ENROL, enrol_app)
        .limit(30)
        .post(PASSKEY, enrol_passkey)
        .limit(30)
}

const ENROL: &str = "/account/sign-in/enrol";
const PASSKEY: &str = "/account/sign-in/enrol/passkey";

/// What is set up here is set up for: this sign-in alone.
fn purpose(pending: &Pending) -> String {
    format!("enrol {}", pending.id)
}

#[derive(Template)]
#[template(path = "factors/enrol.html")]
struct ShowEnrol {
    t: &'static Words,
    chooser: Markup,
    /// What is wrong.
    said: Markup,
    setup: Setup,
    /// Nothing where there can be none.
    passkey: Option<Ceremony>,
}

/// `GET /account/sign-in/enrol`.
async fn show(page: Page, Query(asked): Query<Asked>) -> Answer {
    match steps::at(&page, Step::Enrol).await? {
        Some((pending, account)) => {
            let to = pending.return_to.as_deref();
            let tongue = Tongue::at_step(&page, asked.lang.as_deref(), ENROL, to)?;
            let whose = (&pending, &account);
            enrol_page(&page, tongue, whose, (page.blank(), StatusCode::OK), None).await
        }
        None => page.to("/account/sign-in"),
    }
}

async fn enrol_page(
    page: &Page,
    Tongue { words, chooser }: Tongue,
    (pending, account): (&Pending, &Account),
    (fields, status): (Fields, StatusCode),
    form: Option<&Form>,
) -> Answer {
    let purpose = purpose(pending);
    let fields = fields.spoken(words.forms);
    let said = fields.summary();
    let setup = Setup::new(page, (account, &purpose), (ENROL, words), fields, form)?;
    let passkey = passkey::making(page, account, &purpose, page.blank(), (PASSKEY, words)).await?;
    let shown = ShowEnrol { t: words, chooser, said, setup, passkey };
    page.show_as(status, words.steps.enrol.title, &shown)
}

/// `POST /account/sign-in/enrol`: with an app.
async fn enrol_app(page: Page, form: Form) -> Answer {
    let Some((pending, account)) = steps::at(&page, Step::Enrol).await? else {
        return page.to("/account/sign-in");
    };
    let secret = cookies::secret(page.app());
    let done = try_app(&page, &form, &pending, &secret).await;
    answer(&page, &form, (&pending, &account), done, &secret).await
}

async fn try_app(page: &Page, form: &Form, pending: &Pending, secret: &str) -> Result<Done> {
    let code = code_of(form)?;
    let shared = secret_of(page, &purpose(pending), form)?;
    enrol(page, &New::Authenticator { secret: &shared, code: &code }, secret).await
}

/// `POST /account/sign-in/enrol/passkey`.
async fn enrol_passkey(page: Page, form: Form) -> Answer {
    let Some((pending, account)) = steps::at(&page, Step::Enrol).await? else {
        return page.to("/account/sign-in");
    };
    let secret = cookies::secret(page.app());
    let done = try_passkey(&page, &form, &pending, &secret).await;
    answer(&page, &form, (&pending, &account), done, &secret).await
}

async fn try_passkey(page: &Page, form: &Form, pending: &Pending, secret: &str) -> Result<Done> {
    let answered = ceremony::made(page, form, &purpose(pending))?;
    enrol(page, &New::Passkey(&answered.made()), secret).await
}

/// What became of the sign-in, and the recovery codes that were made.
type Done = (Begun, Option<String>);

async fn enrol(page: &Page, new: &New<'_>, secret: &str) -> Result<Done> {
    let pending = &steps::pending_secret(page).unwrap_or_default();
    page.execute(&Enrol { pending, new, secret }).await
}

/// Goes on over the recovery codes, or shows the step again with what was wrong.
async fn answer(
    page: &Page,
    form: &Form,
    (pending, account): (&Pending, &Account),
    done: Result<Done>,
    secret: &str,
) -> Answer {
    match done {
        Ok((begun, made)) => {
            let next = OwnPath::read_option(pending.return_to.as_deref());
            let next = next.as_ref().map_or("/account", OwnPath::as_str);
            let path = match &made {
                Some(_) => codes::path_to_show(next),
                None => next.to_owned(),
            };
            let path = OwnPath::read(&path);
            let answer = steps::go_on(page, &begun, secret, path.as_ref(), "/account").await;
            match &made {
                Some(sealed) => codes::carrying(page, answer, sealed),
                None => answer,
            }
        }
        Err(error) => {
            let tongue = Tongue::at_step(page, None, ENROL, pending.return_to.as_deref())?;
            let again = page.again(form, tongue.said(error))?;
            enrol_page(page, tongue, (pending, account), again, Some(form)).await
        }
    }
}
