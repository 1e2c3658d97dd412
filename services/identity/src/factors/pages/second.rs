//! The step of a sign-in at which the second factor is given.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use chassis::{Answer, Error, Fields, Form, Markup, Page, Result, Routes, Tx};
use webauthn_rs::prelude::PublicKeyCredential;

use crate::accounts::domain::Account;
use crate::audits::commands::NoteFailure;
use crate::authenticators::commands::read;
use crate::authenticators::domain::Typed;
use crate::factors::commands::{GiveSecond, Given, counted_as, held};
use crate::factors::domain::Held;
use crate::own_path::OwnPath;
use crate::passkeys::pages::ceremony::{self, Answered, Ceremony, Look};
use crate::passkeys::pages::noting;
use crate::passkeys::tables as passkeys;
use crate::signins::commands::TakeTry;
use crate::signins::pages::network::Network;
use crate::signins::pages::{Asked, cookies};
use crate::steps::commands::Begun;
use crate::steps::cookies as steps;
use crate::steps::domain::{Pending, Step};
use crate::tongue::{Tongue, Words};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get(HERE, show)
        .limit(60)
        .post(HERE, give_code)
        .limit(30)
        .post(PASSKEY, give_passkey)
        .limit(30)
}

const HERE: &str = "/account/sign-in/second";
const PASSKEY: &str = "/account/sign-in/second/passkey";

/// What a passkey's answer here is good for: this sign-in alone.
fn purpose(pending: &Pending) -> String {
    format!("second {}", pending.id)
}

/// Reads the code that was typed.
pub(super) fn typed(form: &Form) -> Result<Typed> {
    let mut fields = form.read();
    let code = fields.text("code", 1..=40);
    fields.done()?;
    read(&code.take()).map_err(|why| Error::invalid("code", why))
}

#[derive(Template)]
#[template(path = "factors/second.html")]
struct ShowSecond {
    t: &'static Words,
    chooser: Markup,
    fields: Fields,
    held: Held,
    passkey: Option<Ceremony>,
}

/// `GET /account/sign-in/second`.
async fn show(page: Page, Query(asked): Query<Asked>) -> Answer {
    match steps::at(&page, Step::Second).await? {
        Some((pending, account)) => {
            let to = pending.return_to.as_deref();
            let tongue = Tongue::at_step(&page, asked.lang.as_deref(), HERE, to)?;
            let shown = (page.blank(), StatusCode::OK);
            second_page(&page, tongue, &pending, &account, shown).await
        }
        None => page.to("/account/sign-in"),
    }
}

async fn second_page(
    page: &Page,
    Tongue { words, chooser }: Tongue,
    pending: &Pending,
    account: &Account,
    (fields, status): (Fields, StatusCode),
) -> Answer {
    let (held, has) = page
        .read(async |tx: &Tx| {
            let has = passkeys::of_person(tx, account.person_id).await?;
            Ok((held(tx, account).await?, has))
        })
        .await?;
    let look = Look {
        action: PASSKEY.to_owned(),
        label: words.steps.second.passkey,
        words: &words.steps.passkeys,
        plain: held.authenticator,
        offered: false,
    };
    let passkey = if has.is_empty() {
        None
    } else {
        ceremony::ask(page, page.blank(), &purpose(pending), &has, look)?
    };
    let fields = fields.spoken(words.forms);
    let shown = ShowSecond { t: words, chooser, fields, held, passkey };
    page.show_as(status, words.steps.second.title, &shown)
}

/// `POST /account/sign-in/second`: a code of the app, or a recovery code.
async fn give_code(page: Page, network: Network, form: Form) -> Answer {
    let Some((pending, account)) = steps::at(&page, Step::Second).await? else {
        return page.to("/account/sign-in");
    };
    let secret = cookies::secret(page.app());
    let given = try_code(&page, &network, &form, &account, &secret).await;
    answer(&page, &form, (&pending, &account), given, &secret).await
}

async fn try_code(
    page: &Page,
    network: &Network,
    form: &Form,
    account: &Account,
    secret: &str,
) -> Result<Begun> {
    let typed = typed(form)?;
    let begun = async {
        page.execute(&TakeTry::proof(&counted_as(&account.address.normal))).await?;
        let pending = &steps::pending_secret(page).unwrap_or_default();
        page.execute(&GiveSecond { pending, given: &Given::Typed(&typed), secret }).await
    };
    NoteFailure::of_second(account, network.as_str()).noted(page, begun.await).await
}

/// `POST /account/sign-in/second/passkey`.
async fn give_passkey(page: Page, network: Network, form: Form) -> Answer {
    let Some((pending, account)) = steps::at(&page, Step::Second).await? else {
        return page.to("/account/sign-in");
    };
    let secret = cookies::secret(page.app());
    let failure = NoteFailure::of_second(&account, network.as_str());
    let given = try_passkey(&page, &form, &pending, failure, &secret).await;
    answer(&page, &form, (&pending, &account), given, &secret).await
}

async fn try_passkey(
    page: &Page,
    form: &Form,
    pending: &Pending,
    failure: NoteFailure<'_>,
    secret: &str,
) -> Result<Begun> {
    let answered: Answered<PublicKeyCredential> =
        ceremony::answered(page, form, &purpose(pending))?;
    let pending = &steps::pending_secret(page).unwrap_or_default();
    let given = &Given::Passkey(&answered.given());
    let begun = page.execute(&GiveSecond { pending, given, secret }).await;
    failure.noted(page, noting(page, &answered, begun).await).await
}

/// Goes on, or shows the step again with what was wrong.
async fn answer(
    page: &Page,
    form: &Form,
    (pending, account): (&Pending, &Account),
    given: Result<Begun>,
    secret: &str,
) -> Answer {
    match given {
        Ok(begun) => {
            let path = OwnPath::read_option(pending.return_to.as_deref());
            steps::go_on(page, &begun, secret, path.as_ref(), "/account").await
        }
        Err(error) => {
            let tongue = Tongue::at_step(page, None, HERE, pending.return_to.as_deref())?;
            let again = page.again(form, tongue.said(error))?;
            second_page(page, tongue, pending, account, again).await
        }
    }
}
