//! Calls to the payment provider: open a session, ask about one. The effect's id is the
//! idempotency key, so that a call whose answer was lost is asked again, never made twice.

use chassis::{Call, Db, Effect, Error, Fault, Outcome, Settled, Tx};
use contracts::OrderId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::commands;
use super::domain::{Session, SessionWish};
use crate::remote::{Said, Verb, call};
use crate::settings::Outside;

/// What an attempt wants of the provider.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Wish {
    pub(super) payment: Uuid,
    pub(super) order: OrderId,
    pub(super) description: String,
    pub(super) amount: i64,
    pub(super) currency: String,
}

/// Asks the provider to open a session.
pub(crate) struct OpenSession;

impl Effect for OpenSession {
    const NAME: &'static str = "payments.open_session";

    type Payload = Wish;

    async fn execute(&self, at: &Call<Wish>) -> Outcome {
        let outside = match Outside::of(&at.db) {
            Ok(outside) => outside,
            Err(why) => return Outcome::Later(why.chain()),
        };
        let (origin, wish) = (&outside.site.origin, &at.payload);
        let asked = SessionWish {
            reference: wish.payment,
            description: wish.description.clone(),
            amount: wish.amount,
            currency: wish.currency.clone(),
            return_url: format!("{origin}/checkout/orders/{}/return", wish.order),
            webhook_url: format!("{origin}/checkout/hooks/sandbox"),
        };
        let verb = Verb::Post { path: "sessions", key: at.id, body: serde_json::json!(asked) };
        outcome(call(&outside, verb).await)
    }

    async fn settle(&self, tx: &Tx, _: Uuid, wish: &Wish, end: &Settled) -> Result<(), Fault> {
        match end {
            Settled::Ok(answer) => Ok(commands::opened(tx, wish.payment, read(answer)?).await?),
            Settled::Failed(code) => Ok(commands::refused(tx, wish.payment, code).await?),
        }
    }
}

/// Which session is asked about.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Question {
    pub(super) payment: Uuid,
    pub(super) session: String,
    /// The clock asks no more after this one.
    #[serde(default)]
    pub(super) last: bool,
}

/// Asks the provider how a session stands.
pub(crate) struct AskSession;

impl Effect for AskSession {
    const NAME: &'static str = "payments.ask_session";

    type Payload = Question;

    async fn execute(&self, at: &Call<Question>) -> Outcome {
        outcome(ask(&at.db, &at.payload.session).await)
    }

    async fn settle(&self, tx: &Tx, _: Uuid, asked: &Question, end: &Settled) -> Result<(), Fault> {
        match end {
            Settled::Ok(answer) => Ok(commands::answered(tx, asked, &read(answer)?).await?),
            Settled::Failed(code) => Ok(commands::not_answered(tx, asked.payment, code).await?),
        }
    }
}

async fn ask(db: &Db, session: &str) -> Said {
    match Outside::of(db) {
        Ok(outside) => call(&outside, Verb::Get { path: &format!("sessions/{session}") }).await,
        Err(why) => Said::Later(why.chain()),
    }
}

/// An answer that is no session is tried again: a half-deployed provider is no reason to give up.
fn outcome(said: Said) -> Outcome {
    match said {
        Said::Yes(answer) => match serde_json::from_value::<Session>(answer.clone()) {
            Ok(_) => Outcome::Ok(answer),
            Err(why) => Outcome::Unknown(format!("the answer is no session: {why}")),
        },
        Said::No(code) => Outcome::Failed(code),
        Said::Later(why) => Outcome::Later(why),
        Said::Unknown(why) => Outcome::Unknown(why),
    }
}

fn read(answer: &serde_json::Value) -> Result<Session, Fault> {
    Ok(serde_json::from_value(answer.clone()).map_err(Error::internal)?)
}
