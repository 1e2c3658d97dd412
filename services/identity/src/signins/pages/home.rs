//! The account's own page: its address, where it is signed in, and how to end that.

use askama::Template;
use axum::extract::{Path, Query};
use chassis::ui::{When, day, instant};
use chassis::{Answer, Error, Fields, Form, Page, Routes, SignedIn, Tx};
use contracts::SignInId;
use serde::Deserialize;

use super::cookies;
use crate::accounts::domain::LANGUAGES;
use crate::accounts::tables as accounts;
use crate::signins::commands::EndSignIn;
use crate::signins::domain::SignIn;
use crate::signins::tables;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/account", show_home).post("/account/sign-ins/{id}/end", end_sign_in)
}

/// What happened just before, as a word.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    notice: Option<String>,
}

#[derive(Template)]
#[template(path = "signins/home.html")]
struct ShowHome {
    address: String,
    name: Option<String>,
    language: String,
    since: When,
    roles: String,
    notice: &'static str,
    signins: Vec<Line>,
    everywhere: Fields,
}

/// One browser that is signed in.
struct Line {
    device: String,
    since: When,
    this_one: bool,
    end: String,
    fields: Fields,
}

impl Line {
    fn of(page: &Page<SignedIn>, signin: SignIn, this_one: Option<SignInId>) -> Self {
        let this_one = this_one == Some(signin.id);
        Self {
            since: instant(page.app().site(), signin.started_at),
            this_one,
            // Ending this one takes the cookies along.
            end: if this_one {
                "/account/sign-out".to_owned()
            } else {
                format!("/account/sign-ins/{}/end", signin.id)
            },
            device: signin.device,
            fields: page.blank(),
        }
    }
}

/// `GET /account`.
async fn show_home(page: Page<SignedIn>, Query(asked): Query<Asked>) -> Answer {
    let (person, now) = (page.person(), page.now());
    let (account, signins) = page
        .read(async |tx: &Tx| {
            let account = accounts::existing(tx, person).await?;
            Ok((account, tables::open_of(tx, person, now).await?))
        })
        .await?;
    let this_one = cookies::living(&page).await?.map(|signin| signin.id);
    let language = LANGUAGES.iter().find(|(code, _)| *code == account.language);
    let shown = ShowHome {
        address: account.address.written,
        name: page.reader().name.clone(),
        since: day(page.app().site().day(account.registered_at)),
        roles: page.reader().roles.join(" "),
        language: language.map_or(account.language, |(_, name)| (*name).to_owned()),
        notice: match asked.notice.as_deref() {
            Some("changed") => "Your password is changed; every other sign-in has ended.",
            Some("ended") => "The sign-in has ended.",
            _ => "",
        },
        signins: signins.into_iter().map(|signin| Line::of(&page, signin, this_one)).collect(),
        everywhere: page.blank(),
    };
    page.show("Your account", &shown)
}

/// `POST /account/sign-ins/{id}/end`: one's own only; somebody else's is not found.
async fn end_sign_in(page: Page<SignedIn>, Path(id): Path<String>, form: Form) -> Answer {
    // Read as text, so that a form of another site is refused whatever its path says.
    let signin_id = id.parse().map_err(|_| Error::not_found("sign-in", &id))?;
    page.execute_once(&form, &EndSignIn { person_id: page.person(), signin_id }).await?;
    page.to("/account?notice=ended")
}
