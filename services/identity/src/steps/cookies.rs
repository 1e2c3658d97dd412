//! The cookie of a sign-in that is not complete, and where the browser goes on.

use chassis::page::Role;
use chassis::signin;
use chassis::{Answer, AnswerExt as _, Page, Result, Tx};

use super::commands::{self, Begun};
use super::domain::{COMPLETED_WITHIN_SECONDS, Pending, Step};
use crate::accounts::domain::Account;
use crate::own_path::OwnPath;
use crate::signins::pages::cookies as signin_cookies;

/// Goes on with a sign-in that is not complete.
const PENDING_COOKIE: &str = "scte_pending";

/// The secret of the sign-in that this browser goes on with.
pub(crate) fn pending_secret<R: Role>(page: &Page<R>) -> Option<String> {
    page.cookie(PENDING_COOKIE)
}

/// The sign-in that this browser goes on with, if it is at this step.
pub(crate) async fn at<R: Role>(page: &Page<R>, step: Step) -> Result<Option<(Pending, Account)>> {
    let Some(secret) = pending_secret(page) else { return Ok(None) };
    page.read(async |tx: &Tx| {
        let Ok((pending, account)) = commands::living(tx, &secret).await else { return Ok(None) };
        let next = commands::waits_for(tx, &pending, &account).await?;
        Ok((next == Some(step)).then_some((pending, account)))
    })
    .await
}

/// Goes on after a proof or a step: to `home` or where the person was going when signed in, else to
/// what comes next.
pub(crate) async fn go_on<R: Role>(
    page: &Page<R>,
    begun: &Begun,
    secret: &str,
    return_to: Option<&OwnPath>,
    home: &str,
) -> Answer {
    let site = page.app().site();
    match begun {
        Begun::Started(started) => {
            let to = return_to.map_or(home, OwnPath::as_str);
            let answer = signin_cookies::signed_in(page, started, secret, to).await;
            answer.with_cookie(&signin::removed(site, PENDING_COOKIE))
        }
        Begun::Waits(step) => {
            let (secret, age) = (secret.to_owned(), Some(COMPLETED_WITHIN_SECONDS));
            let cookie = signin::with_age(site, PENDING_COOKIE, secret, age);
            page.to(step.path()).with_cookie(&cookie)
        }
    }
}
