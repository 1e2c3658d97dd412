//! The question whether a client may sign the person in, and what it learns.

use askama::Template;
use axum::extract::RawQuery;
use chassis::page::Role;
use chassis::{Answer, Fields, Form, Page};
use openidconnect::core::CoreAuthErrorResponseType as Kind;

use super::authorize::{Request, not_ours};
use super::{IN_A_VIEW, Known, in_a_view, known};
use crate::oidc::domain::asked::{self, Asked, Next, Refused};
use crate::oidc::domain::params::Params;
use crate::oidc::domain::scopes;
use crate::own_path::with_return;
use crate::signins::commands::EndSignIn;
use crate::signins::pages::cookies;

/// The field that carries the client's request through our forms.
const ASKED: &str = "asked";

#[derive(Template)]
#[template(path = "oidc/consent.html")]
struct ShowConsent<'a> {
    client: &'a str,
    /// The host that the browser goes back to.
    host: String,
    address: &'a str,
    name: Option<&'a str>,
    learns: Vec<&'static str>,
    /// The client waits for somebody else: there is nothing to say yes to.
    for_another: bool,
    fields: Fields,
}

/// What stands between the request and its code, once the person was asked.
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
enum Asking {
    /// Only the answer.
    Answer { known: Known, asked: Asked, for_another: bool },
    /// Something else: the request decides anew.
    Elsewhere,
    /// The client is told at once.
    Refuse(Refused),
}

async fn asking(page: &Page, request: &Request) -> chassis::Result<Asking> {
    let asked = match request.asked() {
        Ok(asked) => asked,
        Err(refused) => return Ok(Asking::Refuse(refused)),
    };
    let Some(known) = known(page).await? else { return Ok(Asking::Elsewhere) };
    let hinted = request.hinted(page).await?;
    let here = known.here();
    // As if the person had said yes to everything: what is left then is no question of consent.
    let mut settled = asked.clone();
    (settled.prompt.consent, settled.prompt.account) = (false, false);
    Ok(match asked::decide(&settled, Some(&here), hinted.as_deref(), true, page.now()) {
        Err(refused) => Asking::Refuse(refused),
        Ok(Next::Give) => Asking::Answer { known, asked, for_another: false },
        Ok(Next::Ask) => Asking::Answer { known, asked, for_another: true },
        Ok(Next::SignIn | Next::Prove { .. }) => Asking::Elsewhere,
    })
}

/// Begins the request anew: what it needs first may have changed while the page stood open.
fn anew(page: &Page, request: &Request) -> Answer {
    match Request::path(&request.params) {
        Some(path) => page.to(path.as_str()),
        None => page.to("/account"),
    }
}

/// `GET /oidc/consent`.
pub(super) async fn ask(page: Page, RawQuery(query): RawQuery) -> Answer {
    if in_a_view(&page) {
        return not_ours(&page, IN_A_VIEW);
    }
    let request = match Request::read(&page, &query.unwrap_or_default()).await? {
        Ok(request) => request,
        Err(why) => return not_ours(&page, why),
    };
    let (known, asked, for_another) = match asking(&page, &request).await? {
        Asking::Answer { known, asked, for_another } => (known, asked, for_another),
        Asking::Elsewhere => return anew(&page, &request),
        Asking::Refuse(refused) => return request.refuse(&page, &refused),
    };
    let host = url::Url::parse(&request.redirect_uri).ok();
    let host = host.and_then(|url| url.host_str().map(str::to_owned));
    let shown = ShowConsent {
        client: &request.client.name,
        host: host.unwrap_or_else(|| request.redirect_uri.clone()),
        address: &known.account.address.written,
        name: page.reader().name.as_deref(),
        learns: scopes::sentences(&asked.scopes),
        for_another,
        fields: page.blank().with(ASKED, request.params.query()),
    };
    page.show(&format!("Sign in to {}", request.client.name), &shown)
}

/// The request that a form of ours carried.
async fn carried<R: Role>(
    page: &Page<R>,
    form: &Form,
) -> chassis::Result<Result<Request, &'static str>> {
    Request::read(page, form.value(ASKED).unwrap_or_default()).await
}

/// `POST /oidc/consent`: the person says yes.
pub(super) async fn allow(page: Page, form: Form) -> Answer {
    let request = match carried(&page, &form).await? {
        Ok(request) => request,
        Err(why) => return not_ours(&page, why),
    };
    match asking(&page, &request).await? {
        Asking::Answer { known, asked, for_another: false } => {
            request.give(&page, &asked, &known, true).await
        }
        Asking::Answer { .. } => {
            let why = "somebody else is signed in";
            request.refuse(&page, &Refused::new(Kind::LoginRequired, why))
        }
        Asking::Elsewhere => anew(&page, &request),
        Asking::Refuse(refused) => request.refuse(&page, &refused),
    }
}

/// `POST /oidc/consent/refuse`: the person says no.
pub(super) async fn refuse(page: Page, form: Form) -> Answer {
    match carried(&page, &form).await? {
        Ok(request) => {
            let refused = Refused::new(Kind::AccessDenied, "the person said no");
            request.refuse(&page, &refused)
        }
        Err(why) => not_ours(&page, why),
    }
}

/// `POST /oidc/consent/other`: signs out here, and in as somebody else.
pub(super) async fn other_account(page: Page, form: Form) -> Answer {
    let request = match carried(&page, &form).await? {
        Ok(request) => request,
        Err(why) => return not_ours(&page, why),
    };
    if let Some(Known { signin, .. }) = known(&page).await? {
        let (person_id, signin_id) = (signin.person_id, signin.id);
        page.execute(&EndSignIn { person_id, signin_id }).await?;
    }
    let back = Request::path(&without_account(request.params));
    cookies::signed_out(&page, &with_return("/account/sign-in", back.as_ref()))
}

/// Whoever signs in next was chosen: they are not asked who they are once more.
fn without_account(params: Params) -> Params {
    let kept: Vec<String> =
        params.words("prompt").into_iter().filter(|word| word != "select_account").collect();
    params.with("prompt", (!kept.is_empty()).then(|| kept.join(" ")))
}
