//! Signing out from a client (OpenID Connect RP-Initiated Logout 1.0): at once where the client
//! proves by its ID token that it means whoever is here; otherwise the person is asked.

use axum::extract::RawQuery;
use chassis::page::Role;
use chassis::signin::{self, CONTINUE_COOKIE, SESSION_COOKIE};
use chassis::{Answer, AnswerExt as _, Confirm, Form, Page, Tx};

use super::authorize::not_ours;
use super::leaving::{self, leave};
use super::{IN_A_VIEW, Known, in_a_view, known};
use crate::clients::domain::Client;
use crate::clients::tables as clients;
use crate::oidc::claims::{self, Hint};
use crate::oidc::domain::params::Params;
use crate::signins::commands::EndSignIn;

/// The field that carries the request through our form.
const ASKED: &str = "asked";

/// A request to sign out.
struct Request {
    params: Params,
    hint: Option<Hint>,
    client: Option<Client>,
    /// Where the browser goes afterwards; home otherwise.
    to: Option<String>,
}

impl Request {
    /// Reads one; a sentence for the person when it cannot be trusted.
    async fn read<R: Role>(
        page: &Page<R>,
        query: &str,
    ) -> chassis::Result<Result<Self, &'static str>> {
        let params = Params::of_query(query);
        if params.each_once().is_err() {
            return Ok(Err("The request says something twice."));
        }
        let hint = match params.get("id_token_hint") {
            Some(text) => claims::hint(page.app().db(), text).await?,
            None => None,
        };
        let named = params.get("client_id");
        if let (Some(hint), Some(named)) = (&hint, named)
            && hint.client_id != named
        {
            return Ok(Err("The request comes from two websites at once."));
        }
        let id = named.or(hint.as_ref().map(|hint| hint.client_id.as_str()));
        let client = match id {
            Some(id) => page.read(async |tx: &Tx| clients::load(tx, id).await).await?,
            None => None,
        };
        let client = client.filter(|client| client.open);
        let to = params.get("post_logout_redirect_uri").map(str::to_owned);
        let registered =
            |uri: &String| client.as_ref().is_some_and(|client| client.sign_out_uris.contains(uri));
        if to.as_ref().is_some_and(|uri| !registered(uri)) {
            let why = "The website that sent you wants you at an address that it did not register. \
                       You were not sent there, and are not signed out.";
            return Ok(Err(why));
        }
        Ok(Ok(Self { params, hint, client, to }))
    }

    /// Whether the client holds an ID token of this very sign-in.
    fn means(&self, known: &Known) -> bool {
        self.hint.as_ref().is_some_and(|hint| hint.signin == known.signin.id)
    }

    /// Goes on, signed out.
    fn go_on<R: Role>(&self, page: &Page<R>) -> Answer {
        let site = page.app().site();
        let answer = match (&self.to, &self.client) {
            (Some(to), Some(client)) => {
                let url = leaving::with(to, &[("state", self.params.get("state"))])?;
                leave(page, &client.name, &url)
            }
            _ => page.to("/account/sign-in?notice=out"),
        };
        answer
            .with_cookie(&signin::removed(site, SESSION_COOKIE))
            .with_cookie(&signin::removed(site, CONTINUE_COOKIE))
    }
}

/// `GET /oidc/sign-out`.
pub(super) async fn begin(page: Page, RawQuery(query): RawQuery) -> Answer {
    if in_a_view(&page) {
        return not_ours(&page, IN_A_VIEW);
    }
    let request = match Request::read(&page, &query.unwrap_or_default()).await? {
        Ok(request) => request,
        Err(why) => return not_ours(&page, why),
    };
    let Some(known) = known(&page).await? else { return request.go_on(&page) };
    if request.means(&known) {
        end(&page, &known).await?;
        return request.go_on(&page);
    }
    let from = request.client.as_ref().map_or("A website", |client| client.name.as_str());
    let confirm = Confirm::new("Sign out here?", "/oidc/sign-out/confirm")
        .says(format!(
            "{from} asks us to sign you out. You would be signed out of this website in this \
             browser, and of the websites that you signed in to from here."
        ))
        .fact("Signed in as", &known.account.address.written)
        .act("Sign out")
        .back("/account");
    let fields = page.blank().with(ASKED, request.params.query());
    page.confirm(&confirm, &fields)
}

/// `POST /oidc/sign-out/confirm`.
pub(super) async fn confirm(page: Page, form: Form) -> Answer {
    let request = match Request::read(&page, form.value(ASKED).unwrap_or_default()).await? {
        Ok(request) => request,
        Err(why) => return not_ours(&page, why),
    };
    if let Some(known) = known(&page).await? {
        end(&page, &known).await?;
    }
    request.go_on(&page)
}

async fn end(page: &Page, known: &Known) -> chassis::Result<()> {
    let (person_id, signin_id) = (known.account.person_id, known.signin.id);
    page.execute(&EndSignIn { person_id, signin_id }).await
}
