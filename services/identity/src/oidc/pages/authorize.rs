//! A client's request: answered at once, or after signing in, a further proof, or a question.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use chassis::page::Role;
use chassis::{Answer, Page, Tx};
use chrono::{DateTime, Utc};
use openidconnect::core::CoreAuthErrorResponseType as Kind;

use super::leaving::{self, leave};
use super::{IN_A_VIEW, Known, in_a_view, known};
use crate::clients::domain::{Client, Kind as ClientKind};
use crate::clients::tables as clients;
use crate::consents::commands as consents;
use crate::oidc::claims;
use crate::oidc::commands::Allow;
use crate::oidc::domain::asked::{self, Asked, Here, Next, Refused};
use crate::oidc::domain::params::Params;
use crate::own_path::{OwnPath, encoded, with_return};

/// Where requests come in.
const PATH: &str = "/oidc/authorize";

#[derive(Template)]
#[template(path = "oidc/refused.html")]
struct ShowRefused<'a> {
    why: &'a str,
}

/// Why nobody can be told but the person: the client, or where to answer it, is not known.
pub(super) fn not_ours<R: Role>(page: &Page<R>, why: &str) -> Answer {
    page.show_as(StatusCode::BAD_REQUEST, "This cannot go on", &ShowRefused { why })
}

/// A request of a client that is known, with an address to answer it at.
pub(super) struct Request {
    pub(super) params: Params,
    pub(super) client: Client,
    pub(super) redirect_uri: String,
}

impl Request {
    /// Reads a request; a sentence for the person when there is nobody else to tell.
    pub(super) async fn read<R: Role>(
        page: &Page<R>,
        query: &str,
    ) -> chassis::Result<Result<Self, &'static str>> {
        let params = Params::of_query(query);
        if params.each_once().is_err() {
            // Which of two client_ids or addresses is meant, nobody can say.
            let of_old = ["client_id", "redirect_uri"];
            let twice = |name: &&str| {
                let named = |(key, _): &(std::borrow::Cow<'_, str>, _)| key == name;
                url::form_urlencoded::parse(query.as_bytes()).filter(named).count() > 1
            };
            if of_old.iter().any(twice) {
                return Ok(Err("The request names its sender, or where to go on, twice."));
            }
        }
        let Some(id) = params.get("client_id") else {
            return Ok(Err("The request does not say which website sent you."));
        };
        let found = page.read(async |tx: &Tx| clients::load(tx, id).await).await?;
        let signs_in = |client: &Client| client.open && client.kind != ClientKind::Machine;
        let Some(client) = found.filter(signs_in) else {
            return Ok(Err("The website that sent you is not known here, or no longer is."));
        };
        let redirect_uri = params.get("redirect_uri").filter(|uri| client.redirects_to(uri));
        let Some(redirect_uri) = redirect_uri.map(str::to_owned) else {
            let why = "The website that sent you wants you back at an address that it did not \
                       register. Nothing was sent there.";
            return Ok(Err(why));
        };
        Ok(Ok(Self { params, client, redirect_uri }))
    }

    /// What is asked for.
    pub(super) fn asked(&self) -> Result<Asked, Refused> {
        asked::read(&self.params, &self.client, &self.redirect_uri)
    }

    /// Whose ID token the client holds, when one of ours that it was given.
    pub(super) async fn hinted<R: Role>(&self, page: &Page<R>) -> chassis::Result<Option<String>> {
        let Some(text) = self.params.get("id_token_hint") else { return Ok(None) };
        let hint = claims::hint(page.app().db(), text).await?;
        Ok(hint.filter(|hint| hint.client_id == self.client.id).map(|hint| hint.person))
    }

    /// The path that brings this very request here again.
    pub(super) fn path(params: &Params) -> Option<OwnPath> {
        OwnPath::read(&format!("{PATH}?{}", params.query()))
    }

    /// Sends the browser back with an error.
    pub(super) fn refuse<R: Role>(&self, page: &Page<R>, refused: &Refused) -> Answer {
        let pairs = [
            ("error", Some(refused.error.as_ref())),
            ("error_description", Some(refused.why.as_str())),
        ];
        self.answer(page, &pairs)
    }

    /// Sends the browser back. Every answer says who gives it (RFC 9207): a client that talks to
    /// several providers is not to take one's for another's.
    fn answer<R: Role>(&self, page: &Page<R>, pairs: &[(&str, Option<&str>)]) -> Answer {
        let site = page.app().site();
        let always = [("state", self.params.get("state")), ("iss", Some(site.origin.as_str()))];
        let pairs: Vec<_> = pairs.iter().copied().chain(always).collect();
        leave(page, &self.client.name, &leaving::with(&self.redirect_uri, &pairs)?)
    }

    /// Sends the browser back with a code.
    pub(super) async fn give(
        &self,
        page: &Page,
        asked: &Asked,
        known: &Known,
        consented_now: bool,
    ) -> Answer {
        let allow = Allow { client: &self.client, asked, signin: &known.signin, consented_now };
        let code = page.execute(&allow).await?;
        self.answer(page, &[("code", Some(code.as_str()))])
    }

    /// By way of signing in, and back here.
    fn sign_in(&self, page: &Page, now: DateTime<Utc>) -> Answer {
        let Some(back) = Self::path(&asked::after_proof(self.params.clone(), now)) else {
            return self.refuse(page, &too_long());
        };
        let mut path = with_return("/account/sign-in", Some(&back));
        for (ours, theirs) in [("address", "login_hint"), ("ui_locales", "ui_locales")] {
            if let Some(value) = self.params.get(theirs) {
                path.extend(["&", ours, "=", &encoded(value)]);
            }
        }
        page.to(path)
    }

    /// By way of a further proof, and back here.
    fn prove(&self, page: &Page, strong: bool, now: DateTime<Utc>) -> Answer {
        let Some(back) = Self::path(&asked::after_proof(self.params.clone(), now)) else {
            return self.refuse(page, &too_long());
        };
        let path = if strong { "/account/again?strong=1" } else { "/account/again" };
        page.to(with_return(path, Some(&back)))
    }
}

fn too_long() -> Refused {
    Refused { error: Kind::InvalidRequest, why: "the request is too long".to_owned() }
}

/// `GET /oidc/authorize`.
pub(super) async fn decide(page: Page, RawQuery(query): RawQuery) -> Answer {
    if in_a_view(&page) {
        return not_ours(&page, IN_A_VIEW);
    }
    let query = query.unwrap_or_default();
    let request = match Request::read(&page, &query).await? {
        Ok(request) => request,
        Err(why) => return not_ours(&page, why),
    };
    let asked = match request.asked() {
        Ok(asked) => asked,
        Err(refused) => return request.refuse(&page, &refused),
    };
    let (known, hinted) = (known(&page).await?, request.hinted(&page).await?);
    let here = known.as_ref().map(Known::here);
    let consented = has_consented(&page, &request.client, &asked, here.as_ref()).await?;
    let now = page.now();
    match asked::decide(&asked, here.as_ref(), hinted.as_deref(), consented, now) {
        Err(refused) => request.refuse(&page, &refused),
        Ok(Next::SignIn) => request.sign_in(&page, now),
        Ok(Next::Prove { strong }) => request.prove(&page, strong, now),
        Ok(Next::Ask) => page.to(format!("/oidc/consent?{}", request.params.query())),
        Ok(Next::Give) => match known {
            Some(known) => request.give(&page, &asked, &known, false).await,
            None => request.sign_in(&page, now),
        },
    }
}

/// Whether whoever is here need not be asked.
async fn has_consented(
    page: &Page,
    client: &Client,
    asked: &Asked,
    here: Option<&Here>,
) -> chassis::Result<bool> {
    let Some(person) = here.map(|here| here.person) else { return Ok(false) };
    page.read(async |tx: &Tx| consents::covers(tx, person, client, &asked.scopes).await).await
}
