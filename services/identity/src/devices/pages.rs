//! `/account/device`: somebody types the code that their device shows, sees what asks, and answers.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use chassis::ui::{When, instant};
use chassis::{Answer, Error, Fields, Form, Page, Result, Routes, SignedIn, Tx};
use serde::Deserialize;

use super::commands::{self, Answer as AnswerDevice};
use super::domain::{Device, Refusal, UserCode};
use crate::clients::domain::Client;
use crate::clients::registration::meaning;
use crate::own_path::{OwnPath, encoded, with_return};

const DEVICE: &str = "/account/device";

pub(crate) fn routes(routes: Routes) -> Routes {
    // Limits, so that nobody guesses a code among those that wait.
    routes
        .get(DEVICE, show_device)
        .limit(30)
        .post(DEVICE, type_code)
        .limit(20)
        .post("/account/device/allow", allow)
        .limit(20)
        .post("/account/device/refuse", refuse)
        .limit(20)
}

/// What the page is asked with.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    /// The code, from a link that the device shows.
    user_code: Option<String>,
    /// What happened just before, as a word.
    #[serde(default)]
    notice: String,
}

#[derive(Template)]
#[template(path = "devices/code.html")]
struct ShowCode {
    fields: Fields,
    notice: &'static str,
}

#[derive(Template)]
#[template(path = "devices/ask.html")]
struct ShowAsk {
    allow: Fields,
    refuse: Fields,
    code: String,
    name: String,
    may: Vec<&'static str>,
    network: String,
    since: When,
}

/// `GET /account/device`: looks; only the button of the page that opens changes anything.
async fn show_device(page: Page<SignedIn>, Query(asked): Query<Asked>) -> Answer {
    let Some(typed) = asked.user_code.as_deref() else {
        return code_page(&page, page.blank(), StatusCode::OK, sentence(&asked.notice));
    };
    match asked_for(&page, Some(typed)).await {
        Ok((device, client)) => ask_page(&page, &device, &client),
        Err(error) => {
            let fields = page.blank().fill("user_code", typed).said(error.to_string());
            code_page(&page, fields, StatusCode::CONFLICT, "")
        }
    }
}

fn sentence(notice: &str) -> &'static str {
    match notice {
        "allowed" => "It is allowed. Go back to your device: it goes on within seconds.",
        "refused" => {
            "It is refused, and learns nothing. If it was not yours, nothing is to be done."
        }
        _ => "",
    }
}

fn code_page(
    page: &Page<SignedIn>,
    fields: Fields,
    status: StatusCode,
    notice: &'static str,
) -> Answer {
    page.show_as(status, "Connect a device", &ShowCode { fields, notice })
}

/// The device that waits with this code, and its client.
async fn asked_for(page: &Page<SignedIn>, typed: Option<&str>) -> Result<(Device, Client)> {
    let code = typed.and_then(UserCode::read).ok_or(Refusal::Unknown)?;
    page.read(async |tx: &Tx| commands::asked_for(tx, &code).await).await
}

fn ask_page(page: &Page<SignedIn>, device: &Device, client: &Client) -> Answer {
    let code = device.user_code.shown();
    if client.strong && !page.reader().strong {
        let back = OwnPath::read(&path_of(&code));
        return page.to(with_return("/account/again?strong=1", back.as_ref()));
    }
    let shown = ShowAsk {
        allow: page.blank().with("user_code", &code),
        refuse: page.blank().with("user_code", &code),
        name: client.name.clone(),
        may: device.scopes.iter().filter_map(|scope| meaning(scope)).collect(),
        network: device.network.clone(),
        since: instant(page.app().site(), device.started_at),
        code,
    };
    page.show("Is this your device?", &shown)
}

fn path_of(code: &str) -> String {
    format!("{DEVICE}?user_code={}", encoded(code))
}

/// `POST /account/device`: the code that somebody typed leads to the question.
async fn type_code(page: Page<SignedIn>, form: Form) -> Answer {
    match asked_for(&page, form.value("user_code")).await {
        Ok((device, _)) => page.to(path_of(&device.user_code.shown())),
        Err(error) => refused(&page, &form, error),
    }
}

fn refused(page: &Page<SignedIn>, form: &Form, error: Error) -> Answer {
    let (fields, status) = page.again(form, error)?;
    code_page(page, fields, status, "")
}

/// `POST /account/device/allow`.
async fn allow(page: Page<SignedIn>, form: Form) -> Answer {
    answer(&page, &form, true).await
}

/// `POST /account/device/refuse`.
async fn refuse(page: Page<SignedIn>, form: Form) -> Answer {
    answer(&page, &form, false).await
}

async fn answer(page: &Page<SignedIn>, form: &Form, allow: bool) -> Answer {
    match try_answer(page, form, allow).await {
        Ok(Answered::Done) => {
            let word = if allow { "allowed" } else { "refused" };
            page.to(format!("{DEVICE}?notice={word}"))
        }
        Ok(Answered::NeedsMore(code)) => page.to(path_of(&code)),
        Err(error) => refused(page, form, error),
    }
}

/// What became of an answer.
enum Answered {
    Done,
    /// The client asks for a stronger proof first: back to the question, which leads there.
    NeedsMore(String),
}

async fn try_answer(page: &Page<SignedIn>, form: &Form, allow: bool) -> Result<Answered> {
    let typed = form.value("user_code").unwrap_or_default();
    let code = UserCode::read(typed).ok_or(Refusal::Unknown)?;
    if allow
        && let Ok((device, client)) = asked_for(page, Some(typed)).await
        && client.strong
        && !page.reader().strong
    {
        return Ok(Answered::NeedsMore(device.user_code.shown()));
    }
    let signin_id = page.reader().signin.ok_or(Error::Unauthenticated)?;
    let command = AnswerDevice { code: &code, person_id: page.person(), signin_id, allow };
    page.execute_once(form, &command).await?;
    Ok(Answered::Done)
}
