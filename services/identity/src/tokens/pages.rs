//! The tokens of one's own programs: a list, a form, the text that is shown once.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use chassis::api::{Holders, scopes_for};
use chassis::page::Known;
use chassis::ui::{When, day, instant};
use chassis::{
    Answer, Choice, Confirm, Error, Failure, Fields, Form, Markup, Page, Result, Routes, SignedIn,
    Tone, Tx, state,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::commands::{MakeOwn, RevokeOwn};
use super::domain::{self, DAYS, Standing, Wish};
use super::tables::Listed;
use super::{keys, tables};
use crate::signins::pages::cookies;
use crate::signins::pages::network::Network;

const PATH: &str = "/account/tokens";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get(PATH, show_own)
        .post(PATH, make)
        .get("/account/tokens/new", show_new)
        .get("/account/tokens/{id}/revoke", show_revoke)
        .post("/account/tokens/{id}/revoke", revoke)
}

/// What happened just before, as a word.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    notice: Option<String>,
}

#[derive(Template)]
#[template(path = "tokens/own.html")]
struct ShowOwn {
    tokens: Vec<Line>,
    revoked: bool,
}

/// A token in the list.
struct Line {
    name: String,
    scopes: String,
    made: When,
    ends: When,
    used: Option<When>,
    state: Markup,
    /// Where it is revoked; none for one that ended.
    revoke: Option<String>,
}

/// The word for where a token stands, with its shape.
pub(super) fn standing(standing: Standing) -> (Tone, &'static str) {
    match standing {
        Standing::Living => (Tone::Ok, "works"),
        Standing::Revoked => (Tone::Bad, "revoked"),
        Standing::Expired => (Tone::Off, "run out"),
    }
}

/// `GET /account/tokens`.
async fn show_own(page: Page<SignedIn>, Query(asked): Query<Asked>) -> Answer {
    let (person, now) = (page.person(), page.now());
    let tokens = page.read(async |tx: &Tx| tables::of_person(tx, person).await).await?;
    let shown = ShowOwn {
        tokens: tokens.into_iter().map(|listed| line(&page, listed, now)).collect(),
        revoked: asked.notice.as_deref() == Some("revoked"),
    };
    page.show("Access tokens", &shown)
}

fn line(page: &Page<SignedIn>, Listed { token, used_at }: Listed, now: DateTime<Utc>) -> Line {
    let site = page.app().site();
    let stands = token.standing(now);
    let (tone, word) = standing(stands);
    Line {
        scopes: token.scopes.join(" "),
        made: day(site.day(token.made_at)),
        ends: day(site.day(token.expires_at)),
        used: used_at.map(|at| instant(site, at)),
        state: state(tone, word),
        revoke: (stands == Standing::Living).then(|| format!("{PATH}/{}/revoke", token.id)),
        name: token.name,
    }
}

#[derive(Template)]
#[template(path = "tokens/new.html")]
struct ShowNew {
    fields: Fields,
    scopes: Vec<Choice>,
    days: Vec<Choice>,
}

/// The scopes to choose from.
pub(super) fn scope_choices(holders: Holders) -> Vec<Choice> {
    scopes_for(holders)
        .map(|scope| Choice::new(scope.name, scope.name).hinted(scope.allows))
        .collect()
}

/// How long a token can be made for.
pub(super) fn day_choices() -> Vec<Choice> {
    let words = |days: i64| if days == 365 { "a year".to_owned() } else { format!("{days} days") };
    DAYS.iter().map(|days| Choice::new(days, words(*days))).collect()
}

/// `GET /account/tokens/new`: with a fresh proof, because what is made works for long.
async fn show_new(page: Page<SignedIn>) -> Answer {
    page.fresh()?;
    new_page(&page, page.blank().fill("days", DAYS[1]), StatusCode::OK)
}

fn new_page(page: &Page<SignedIn>, fields: Fields, status: StatusCode) -> Answer {
    let shown = ShowNew { fields, scopes: scope_choices(Holders::People), days: day_choices() };
    page.show_as(status, "Make an access token", &shown)
}

/// Reads what a new token is to be.
pub(super) fn read_wish(form: &Form, holders: Holders) -> Result<Wish> {
    let mut read = form.read();
    let name = read.text("name", 1..=60);
    let days =
        read.choice("days", &DAYS.map(|days| days.to_string()).each_ref().map(String::as_str));
    let scopes = domain::read_scopes(form.values("scopes"), holders);
    if let Err(why) = &scopes {
        read.wrong("scopes", why.as_str());
    }
    read.done()?;
    let days = days.take().parse().map_err(Error::internal)?;
    Ok(Wish { name: name.take(), scopes: scopes.unwrap_or_default(), days })
}

/// `POST /account/tokens`.
async fn make(page: Page<SignedIn>, network: Network, form: Form) -> Answer {
    page.fresh()?;
    match try_to_make(&page, &network, &form).await {
        Ok(id) => {
            let person = page.person();
            let token = page.read(async |tx: &Tx| tables::own(tx, id, person).await).await?;
            made_page(&page, token, PATH).await
        }
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            new_page(&page, fields, status)
        }
    }
}

async fn try_to_make(page: &Page<SignedIn>, network: &Network, form: &Form) -> Result<Uuid> {
    let wish = &read_wish(form, Holders::People)?;
    let (person_id, browser) = (page.person(), &cookies::browser(page, network));
    page.execute_once(form, &MakeOwn { person_id, wish, browser }).await
}

#[derive(Template)]
#[template(path = "tokens/made.html")]
struct ShowMade {
    name: String,
    text: String,
    ends: When,
    scopes: String,
    /// The list it is found in from now on.
    list: &'static str,
    of_staff: bool,
    example: String,
}

/// Shows the text of a token that was just made; the page that is sent again by the back button
/// shows it again, no other does.
pub(super) async fn made_page<R: Known>(
    page: &Page<R>,
    token: domain::Token,
    list: &'static str,
) -> Answer {
    let site = page.app().site();
    let (path, of_staff) = match &token.holder {
        domain::Holder::Person(_) if token.scopes.iter().any(|scope| scope == "account:read") => {
            ("/api/identity/me", false)
        }
        domain::Holder::Person(_) => ("/api/membership/me", false),
        domain::Holder::Machine { .. } => ("/api/membership/members", true),
    };
    let shown = ShowMade {
        text: keys::sign(page.app(), &token).await?,
        ends: day(site.day(token.expires_at)),
        scopes: token.scopes.join(" "),
        example: format!("{}{path}", site.origin),
        name: token.name,
        list,
        of_staff,
    };
    page.show("Your new token", &shown)
}

/// `GET /account/tokens/{id}/revoke`.
async fn show_revoke(page: Page<SignedIn>, Path(id): Path<Uuid>) -> Answer {
    ask_to_revoke(&page, id, page.blank(), StatusCode::OK).await
}

async fn ask_to_revoke(
    page: &Page<SignedIn>,
    id: Uuid,
    fields: Fields,
    status: StatusCode,
) -> Answer {
    let person = page.person();
    let token = page.read(async |tx: &Tx| tables::own(tx, id, person).await).await?;
    if token.standing(page.now()) != Standing::Living && status == StatusCode::OK {
        return page.to(PATH);
    }
    let confirm = revoking(&token, format!("{PATH}/{id}/revoke"))
        .crumb("/account", "Your account")
        .crumb(PATH, "Access tokens")
        .back(PATH);
    page.confirm_as(status, &confirm, &fields)
}

/// The question before a token is revoked.
pub(super) fn revoking(token: &domain::Token, action: String) -> Confirm {
    Confirm::new(format!("Revoke {}?", token.name), action)
        .says("The program that has it is let in no more, from its next request on.")
        .fact("Token", token.name.as_str())
        .fact("Scopes", token.scopes.join(" "))
        .act("Revoke the token")
        .danger()
}

/// `POST /account/tokens/{id}/revoke`: one's own only; somebody else's is not found.
async fn revoke(page: Page<SignedIn>, Path(id): Path<String>, form: Form) -> Answer {
    // Read as text, so that a form of another site is refused whatever its path says.
    let token_id = id.parse().map_err(|_| Error::not_found("token", &id))?;
    let command = RevokeOwn { person_id: page.person(), token_id };
    match page.execute_once(&form, &command).await {
        Ok(()) => page.to(format!("{PATH}?notice=revoked")),
        Err(error) => {
            let (fields, status): (Fields, StatusCode) = page.again(&form, Failure::from(error))?;
            ask_to_revoke(&page, token_id, fields, status).await
        }
    }
}
