//! Where one is signed in: every browser with its network, how it was proved, since when; and how to
//! end one of them, or all.

use askama::Template;
use axum::extract::{Path, Query};
use chassis::signin::TOKEN_HOURS;
use chassis::ui::{When, short_instant};
use chassis::{Answer, Error, Fields, Form, Page, Routes, SignedIn, Tx};
use contracts::SignInId;
use serde::Deserialize;

use super::cookies;
use crate::signins::commands::EndSignIn;
use crate::signins::domain::{SignIn, in_words};
use crate::signins::tables;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/account/sign-ins", show).post("/account/sign-ins/{id}/end", end)
}

/// What happened just before, as a word.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    notice: Option<String>,
}

#[derive(Template)]
#[template(path = "signins/list.html")]
struct Show {
    ended: bool,
    signins: Vec<Line>,
    everywhere: Fields,
}

/// One browser that is signed in.
struct Line {
    device: String,
    network: String,
    how: String,
    since: When,
    seen: When,
    this_one: bool,
    end: String,
    fields: Fields,
}

impl Line {
    fn of(page: &Page<SignedIn>, signin: SignIn, this_one: Option<SignInId>) -> Self {
        let this_one = this_one == Some(signin.id);
        let site = page.app().site();
        Self {
            since: short_instant(site, signin.started_at),
            seen: short_instant(site, signin.last_seen_at),
            how: in_words(&signin.how),
            network: signin.network,
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

/// `GET /account/sign-ins`.
async fn show(page: Page<SignedIn>, Query(asked): Query<Asked>) -> Answer {
    let (person, now) = (page.person(), page.now());
    let signins = page.read(async |tx: &Tx| tables::open_of(tx, person, now).await).await?;
    let this_one = cookies::living(&page).await?.map(|signin| signin.id);
    let shown = Show {
        ended: asked.notice.as_deref() == Some("ended"),
        signins: signins.into_iter().map(|signin| Line::of(&page, signin, this_one)).collect(),
        everywhere: page.blank(),
    };
    page.show("Where you are signed in", &shown)
}

/// `POST /account/sign-ins/{id}/end`: one's own only; somebody else's is not found.
async fn end(page: Page<SignedIn>, Path(id): Path<String>, form: Form) -> Answer {
    // Read as text, so that a form of another site is refused whatever its path says.
    let signin_id = id.parse().map_err(|_| Error::not_found("sign-in", &id))?;
    page.execute_once(&form, &EndSignIn { person_id: page.person(), signin_id }).await?;
    page.to("/account/sign-ins?notice=ended")
}
