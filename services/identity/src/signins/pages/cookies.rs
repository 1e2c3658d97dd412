//! The two cookies of a sign-in: the token that every service reads, and identity's own longer
//! one, from which `/account/continue` makes the next token.

use chassis::page::Role;
use chassis::signin::{self, CONTINUE_COOKIE, SESSION_COOKIE};
use chassis::{Answer, AnswerExt as _, App, Page, Result, Tx};

use super::network::Network;
use crate::accounts::domain::State;
use crate::accounts::tables as accounts;
use crate::fingerprint;
use crate::keys::commands as keys;
use crate::signins::commands::{NoteSeen, Started};
use crate::signins::domain::{self, REMEMBERED_SECONDS, SignIn};
use crate::signins::tables;
use crate::steps::domain::Browser;

/// A fresh longer cookie: 256 random bits, of which only the fingerprint is stored.
pub(crate) fn secret(app: &App) -> String {
    fingerprint::hex(&app.ids().bytes::<32>())
}

/// The browser that asks.
pub(crate) fn browser<R: Role>(page: &Page<R>, network: &Network) -> Browser {
    let device = domain::device_label(page.header("user-agent").unwrap_or_default());
    Browser { device, network: network.as_str().to_owned() }
}

/// The sign-in that the browser's longer cookie brings back, if it still lives.
pub(crate) async fn living<R: Role>(page: &Page<R>) -> Result<Option<SignIn>> {
    let Some(secret) = page.cookie(CONTINUE_COOKIE) else { return Ok(None) };
    let hash = fingerprint::of(&secret);
    let now = page.now();
    page.read(async |tx: &Tx| {
        let Some(signin) = tables::with_secret(tx, &hash).await? else { return Ok(None) };
        let account = accounts::load(tx, signin.person_id).await?;
        let living = account.is_some_and(|account| {
            account.state == State::Active && signin.is_living(account.generation, now)
        });
        Ok(living.then_some(signin))
    })
    .await
}

/// Goes on to `path`, signed in: both cookies.
pub(crate) async fn signed_in<R: Role>(
    page: &Page<R>,
    started: &Started,
    secret: &str,
    path: &str,
) -> Answer {
    let site = page.app().site();
    let longer = secret.to_owned();
    let longer = signin::with_age(site, CONTINUE_COOKIE, longer, Some(REMEMBERED_SECONDS));
    given(page, &started.signin, path).await.with_cookie(&longer)
}

/// Goes on to `path` with a fresh token of a sign-in that goes on, and notes that it was seen.
pub(crate) async fn renewed<R: Role>(page: &Page<R>, signin: &SignIn, path: &str) -> Answer {
    page.execute(&NoteSeen { signin_id: signin.id }).await?;
    given(page, signin, path).await
}

async fn given<R: Role>(page: &Page<R>, signin: &SignIn, path: &str) -> Answer {
    let token = keys::sign(page.app(), signin).await?;
    page.to(path).with_cookie(&signin::cookie(page.app().site(), token))
}

/// Goes on to `path`, signed out: both cookies removed.
pub(crate) fn signed_out<R: Role>(page: &Page<R>, path: &str) -> Answer {
    let site = page.app().site();
    page.to(path)
        .with_cookie(&signin::removed(site, SESSION_COOKIE))
        .with_cookie(&signin::removed(site, CONTINUE_COOKIE))
}
