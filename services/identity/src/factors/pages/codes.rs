//! Recovery codes: made on request, shown on one page.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use chassis::page::Role;
use chassis::{
    Answer, AnswerExt as _, Confirm, Fields, Form, Markup, Page, Routes, SignedIn, signin,
};

use super::{Asked, HERE, subject, to_prove};
use crate::authenticators::commands::codes_to_show;
use crate::factors::commands::MakeCodes;
use crate::own_path::{OwnPath, with_return};
use crate::signins::pages::network::Network;
use crate::signins::pages::{carried, cookies, with_path};
use crate::tongue::{Tongue, Words};

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get(MAKE, show_make)
        .post(MAKE, make)
        .get(SHOWN, show_codes)
        .limit(60)
        .post("/account/factors/codes/kept", kept)
        .limit(60)
}

const MAKE: &str = "/account/factors/codes";
const SHOWN: &str = "/account/factors/codes/shown";

/// Carries the codes, sealed, to the page that shows them.
const COOKIE: &str = "scte_codes";
/// For so many seconds: a page that is loaded again by a slip still shows them.
const SHOWN_FOR_SECONDS: i64 = 600;

/// Goes to the page that shows the codes, and from there to `next`.
pub(crate) fn show<R: Role>(page: &Page<R>, sealed: &str, next: &str) -> Answer {
    carrying(page, page.to(path_to_show(next)), sealed)
}

/// The page that shows the codes; from there one goes to `next`.
pub(super) fn path_to_show(next: &str) -> String {
    with_return(SHOWN, OwnPath::read(next).as_ref())
}

/// The answer, carrying the codes there.
pub(super) fn carrying<R: Role>(page: &Page<R>, answer: Answer, sealed: &str) -> Answer {
    let (site, age) = (page.app().site(), Some(SHOWN_FOR_SECONDS));
    answer.with_cookie(&signin::with_age(site, COOKIE, sealed.to_owned(), age))
}

#[derive(Template)]
#[template(path = "factors/codes.html")]
struct ShowCodes {
    t: &'static Words,
    chooser: Markup,
    codes: Vec<String>,
    fields: Fields,
}

/// `GET /account/factors/codes/shown`: for whoever holds the cookie; it is nobody else's.
async fn show_codes(page: Page, Query(asked): Query<Asked>) -> Answer {
    let path = asked.path();
    let sealed = page.cookie(COOKIE).unwrap_or_default();
    let codes = codes_to_show(page.app().sealer(), &sealed);
    if codes.is_empty() {
        return page.to(path.as_ref().map_or(HERE, OwnPath::as_str));
    }
    let Tongue { words, chooser } = Tongue::of(&page, asked.lang.as_deref(), SHOWN, path.as_ref())?;
    let fields = with_path(page.blank(), path.as_ref());
    page.show(words.steps.codes.title, &ShowCodes { t: words, chooser, codes, fields })
}

/// `POST /account/factors/codes/kept`: the browser forgets them.
async fn kept(page: Page, form: Form) -> Answer {
    let path = carried(&form);
    let gone = signin::removed(page.app().site(), COOKIE);
    page.to(path.as_ref().map_or(HERE, OwnPath::as_str)).with_cookie(&gone)
}

/// `GET /account/factors/codes`: asks whether new ones are meant.
async fn show_make(page: Page<SignedIn>) -> Answer {
    let (_, held) = subject(&page).await?;
    if !held.has_second() {
        return page.to(HERE);
    }
    if let Some(path) = to_prove(&page, &held, MAKE) {
        return page.to(path);
    }
    ask(&page, &page.blank(), StatusCode::OK)
}

fn ask(page: &Page<SignedIn>, fields: &Fields, status: StatusCode) -> Answer {
    let confirm = Confirm::new("Make new recovery codes?", MAKE)
        .says("The codes that you have stop working at once. The new ones are shown on the next page, and never again.")
        .crumb("/account", "Your account")
        .crumb(HERE, "How you sign in")
        .act("Make new codes")
        .back(HERE);
    page.confirm_as(status, &confirm, fields)
}

/// `POST /account/factors/codes`.
async fn make(page: Page<SignedIn>, network: Network, form: Form) -> Answer {
    let (_, held) = subject(&page).await?;
    if let Some(path) = to_prove(&page, &held, MAKE) {
        return page.to(path);
    }
    let browser = &cookies::browser(&page, &network);
    let command = MakeCodes { person_id: page.person(), browser };
    match page.execute_once(&form, &command).await {
        Ok(sealed) => show(&page, &sealed, HERE),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            ask(&page, &fields, status)
        }
    }
}
