//! The provider's API: bearer key, JSON, Idempotency-Key on everything that changes something.

use axum::http::StatusCode;
use chassis::{Answer, Error, Hook, Result, Routes, Tx};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::commands::{MakeRefund, OpenSession};
use super::domain::{PaymentBody, RefundRequest, SessionRequest};
use super::tables;
use crate::settings::{Settings, sandbox_is_served};

/// The routes of the API.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .post("/checkout/sandbox/api/sessions", open_session)
        .get("/checkout/sandbox/api/sessions/{session}", show_session)
        .post("/checkout/sandbox/api/refunds", make_refund)
}

/// Only who has the key is answered.
fn let_in(hook: &Hook) -> Result<()> {
    sandbox_is_served(hook.app(), hook.header("host"))?;
    let key = Settings::provider_key_of(hook.app())?;
    let given = hook.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    // Compared by their hashes, so that the time taken says nothing about the key.
    let hash = |text: &str| chassis::form::hash(&[text.as_bytes()]);
    match given {
        Some(given) if hash(given) == hash(&key) => Ok(()),
        _ => Err(Error::Unauthenticated),
    }
}

fn read<T: DeserializeOwned>(hook: &Hook) -> Result<(String, String, T)> {
    let key = hook.header("idempotency-key").unwrap_or_default();
    if !(1..=100).contains(&key.len()) {
        return Err(Error::invalid("idempotency-key", "is missing or too long"));
    }
    let asked = serde_json::from_slice(hook.body())
        .map_err(|why| Error::invalid("body", format!("cannot be read: {why}")))?;
    Ok((key.to_owned(), chassis::form::hash(&[hook.body()]), asked))
}

#[derive(Serialize)]
struct SessionBody<'a> {
    id: &'a str,
    url: String,
    reference: &'a str,
    amount: i64,
    currency: &'a str,
    state: &'a str,
    code: Option<&'a str>,
    payments: Vec<PaymentBody<'a>>,
}

/// `POST /checkout/sandbox/api/sessions`.
async fn open_session(hook: Hook) -> Answer {
    let_in(&hook)?;
    let (key, hash, asked) = read::<SessionRequest>(&hook)?;
    if let Some(field) = asked.fault() {
        return Err(Error::invalid(field, "cannot be used").into());
    }
    let command = OpenSession { key, hash, asked };
    let id = hook.app().db().execute(&hook.actor("sandbox"), &command).await?;
    tell(&hook, &id, StatusCode::CREATED).await
}

/// `GET /checkout/sandbox/api/sessions/{session}`.
async fn show_session(hook: Hook) -> Answer {
    let_in(&hook)?;
    let id = hook.path().rsplit('/').next().unwrap_or_default().to_owned();
    tell(&hook, &id, StatusCode::OK).await
}

async fn tell(hook: &Hook, id: &str, status: StatusCode) -> Answer {
    let load = async |tx: &Tx| {
        let session = tables::session(tx, id).await?;
        let session = session.ok_or_else(|| Error::not_found("session", id))?;
        Ok((session, tables::payments_of(tx, id).await?))
    };
    let (session, payments) = hook.app().db().read(load).await?;
    let origin = &hook.app().site().origin;
    let body = SessionBody {
        id: &session.id,
        url: format!("{origin}/checkout/sandbox/pay/{}", session.id),
        reference: &session.reference,
        amount: session.amount,
        currency: &session.currency,
        state: &session.state,
        code: session.code.as_deref(),
        payments: payments.iter().map(PaymentBody::from).collect(),
    };
    hook.json(status, &body)
}

/// `POST /checkout/sandbox/api/refunds`.
async fn make_refund(hook: Hook) -> Answer {
    let_in(&hook)?;
    let (key, hash, asked) = read::<RefundRequest>(&hook)?;
    let command = MakeRefund { key, hash, asked };
    let id = hook.app().db().execute(&hook.actor("sandbox"), &command).await?;
    let RefundRequest { payment, amount, reference } = &command.asked;
    let body = serde_json::json!({
        "id": id, "payment": payment, "amount": amount, "reference": reference,
        "state": "succeeded"
    });
    hook.json(StatusCode::CREATED, &body)
}
