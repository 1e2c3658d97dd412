//! The provider's page: a plain test card, a button per behaviour, open to everybody.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use chassis::ui::{Markup, Tone, state};
use chassis::{Answer, Anyone, Error, Fields, Form, Page, Result, Routes};
use contracts::{Currency, Money};

use super::commands::Press;
use super::domain::{BEHAVIOURS, Behaviour, Session};
use super::tables;
use crate::settings::sandbox_is_served;

/// The routes of the page.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/checkout/sandbox/pay/{session}", show_session)
        .post("/checkout/sandbox/pay/{session}", press)
        .limit(120)
}

#[derive(Template)]
#[template(path = "sandbox/pay.html")]
struct ShowSession {
    session: Session,
    description: String,
    amount: String,
    pay: String,
    action: String,
    buttons: Vec<Button>,
    state: Markup,
    fields: Fields,
}

/// One outcome to choose.
struct Button {
    word: &'static str,
    label: &'static str,
    says: &'static str,
}

async fn find(page: &Page<Anyone>, id: &str) -> Result<Session> {
    sandbox_is_served(page.app(), page.header("host"))?;
    let found = page.read(async |tx| tables::session(tx, id).await).await?;
    found.ok_or_else(|| Error::not_found("session", id))
}

/// `GET /checkout/sandbox/pay/{session}`.
async fn show_session(page: Page<Anyone>, Path(id): Path<String>) -> Answer {
    let session = find(&page, &id).await?;
    let fields = page.blank();
    show(&page, session, fields, StatusCode::OK)
}

fn show(page: &Page<Anyone>, session: Session, fields: Fields, status: StatusCode) -> Answer {
    let currency = Currency::from(session.currency.as_str());
    let amount = Money { minor: session.amount, currency }.to_string();
    let view = ShowSession {
        description: session.description.clone(),
        pay: format!("Pay {amount}"),
        amount,
        action: format!("/checkout/sandbox/pay/{}", session.id),
        buttons: BEHAVIOURS.iter().map(button).collect(),
        state: answered(&session.state),
        session,
        fields,
    };
    page.show_as(status, "Sandbox payment", &view)
}

fn button((behaviour, word, label): &(Behaviour, &'static str, &'static str)) -> Button {
    Button { word, label, says: behaviour.says() }
}

fn answered(word: &str) -> Markup {
    let tone = match word {
        "paid" => Tone::Ok,
        "declined" => Tone::Bad,
        _ => Tone::Wait,
    };
    state(tone, word)
}

fn read(session: &str, form: &Form) -> Result<Press> {
    let mut read = form.read();
    let behaviour = read.text("behaviour", 1..=30);
    read.done()?;
    let behaviour = Behaviour::of(&behaviour.take())
        .ok_or_else(|| Error::invalid("behaviour", "choose one of the buttons"))?;
    let delay_seconds = match form.value("delay_seconds") {
        None | Some("") => None,
        Some(typed) => match typed.parse::<i64>() {
            Ok(seconds) if (0..=864_000).contains(&seconds) => Some(seconds),
            _ => return Err(Error::invalid("delay_seconds", "from 0 to 864000 seconds")),
        },
    };
    Ok(Press { session: session.to_owned(), behaviour, delay_seconds })
}

/// `POST /checkout/sandbox/pay/{session}`: the button, then back to the shop.
async fn press(page: Page<Anyone>, Path(id): Path<String>, form: Form) -> Answer {
    let session = find(&page, &id).await?;
    let outcome = page.execute_read(&form, read(&id, &form)).await;
    match outcome {
        Ok(()) => page.leave(&session.return_url),
        Err(error) => {
            let (fields, status) = page.again(&form, error)?;
            let session = find(&page, &id).await?;
            show(&page, session, fields, status)
        }
    }
}
