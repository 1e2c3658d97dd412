//! What browsers are sent here for: signing in to a client, saying yes or no, signing out. Read in
//! this order.

mod leaving;
mod authorize;
mod consent;
mod sign_out;

use axum::http::StatusCode;
use chassis::{Answer, Hook, Page, Routes, Tx};

use crate::accounts::domain::{Account, State};
use crate::accounts::tables as accounts;
use crate::oidc::domain::asked::Here;
use crate::oidc::domain::params::Params;
use crate::signins::domain::SignIn;
use crate::signins::pages::cookies;
use crate::signins::tables as signins;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/oidc/authorize", authorize::decide)
        .limit(120)
        .post("/oidc/authorize", as_query)
        .limit(120)
        .get("/oidc/consent", consent::ask)
        .limit(120)
        .post("/oidc/consent", consent::allow)
        .limit(60)
        .post("/oidc/consent/refuse", consent::refuse)
        .limit(60)
        .post("/oidc/consent/other", consent::other_account)
        .limit(60)
        .get("/oidc/sign-out", sign_out::begin)
        .limit(120)
        .post("/oidc/sign-out", as_query)
        .limit(120)
        .post("/oidc/sign-out/confirm", sign_out::confirm)
        .limit(60)
}

/// A client may post its request. The browser of another website sends no cookie of ours along, so
/// it asks again, with the same parameters in the address.
async fn as_query(hook: Hook) -> Answer {
    let params = Params::new(hook.form()?);
    let path = format!("{}?{}", hook.path(), params.query());
    leaving::redirected(StatusCode::SEE_OTHER, &path)
}

/// Whoever is signed in at this browser, by what our own tables say now.
struct Known {
    signin: SignIn,
    account: Account,
}

impl Known {
    fn here(&self) -> Here {
        Here {
            person: self.account.person_id,
            authenticated_at: self.signin.authenticated_at,
            strong: self.signin.how.is_strong(),
        }
    }
}

/// What a colleague is told who looks with the eyes of a member: whose sign-in would it be?
const IN_A_VIEW: &str = "You look with the eyes of a member, and no other website is signed in to or \
                         out of that way. End the view first.";

/// Whether a colleague looks with the eyes of a member.
fn in_a_view(page: &Page) -> bool {
    page.reader().viewed_by.is_some()
}

/// Looks the sign-in of this browser up: by its token, else by the longer cookie.
async fn known(page: &Page) -> chassis::Result<Option<Known>> {
    let (by_token, now) = (page.reader().signin, page.now());
    let by_cookie = cookies::living(page).await?;
    page.read(async |tx: &Tx| {
        let signin = match by_token {
            Some(id) => signins::load(tx, id).await?,
            None => by_cookie,
        };
        let Some(signin) = signin else { return Ok(None) };
        let account = accounts::load(tx, signin.person_id).await?;
        Ok(account
            .filter(|account| {
                account.state == State::Active && signin.is_living(account.generation, now)
            })
            .map(|account| Known { signin, account }))
    })
    .await
}
