//! What the sandbox provider is asked: open a session, pay it one way or another, give money back.

use chassis::{Command, Error, Result, Tx};
use chrono::TimeDelta;
use uuid::Uuid;

use super::domain::{
    Behaviour, EventBody, LATE_SECONDS, Payment, PaymentBody, RefundBody, RefundRequest, Script,
    Session, SessionRequest, Told, confirmed, script,
};
use super::jobs::{Confirm, Confirmation, Deliver, Delivery};
use super::tables;

/// An id as the provider writes them: `ses_…`.
fn fresh(tx: &Tx, prefix: &str) -> String {
    format!("{prefix}_{}", hex::encode(tx.bytes::<12>()))
}

fn same(stored: &str, hash: &str) -> Result<()> {
    if stored == hash {
        return Ok(());
    }
    Err(Error::refused("idempotency_key_reused", "this key came with another request before"))
}

/// Opens a session; the same key gives the same session.
pub(super) struct OpenSession {
    pub(super) key: String,
    pub(super) hash: String,
    pub(super) asked: SessionRequest,
}

impl Command for OpenSession {
    type Out = String;

    async fn run(&self, tx: &Tx) -> Result<String> {
        if let Some((hash, session)) = tables::opened_with(tx, &self.key).await? {
            same(&hash, &self.hash)?;
            return Ok(session.id);
        }
        let id = fresh(tx, "ses");
        tables::insert_session(tx, &id, (&self.key, &self.hash), &self.asked).await?;
        Ok(id)
    }
}

/// A button of the payment page was pressed.
pub(super) struct Press {
    pub(super) session: String,
    pub(super) behaviour: Behaviour,
    pub(super) delay_seconds: Option<i64>,
}

impl Command for Press {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let session = tables::session(tx, &self.session).await?;
        let session = session.ok_or_else(|| Error::not_found("session", &self.session))?;
        if session.state != "open" {
            return Err(Error::refused("session_closed", "this payment was already answered"));
        }
        let session = Session { behaviour: self.behaviour.as_str().to_owned(), ..session };
        if self.behaviour == Behaviour::Late {
            let seconds = self.delay_seconds.unwrap_or(LATE_SECONDS);
            let due = tx.now() + TimeDelta::seconds(seconds);
            let confirmation = Confirmation { session: session.id.clone() };
            tx.at::<Confirm>(due, tx.id::<Uuid>(), &confirmation).await?;
        }
        play(tx, session, &script(self.behaviour)).await
    }
}

/// The delay of a late payment is over: now it counts.
pub(super) async fn confirm_late(tx: &Tx, id: &str) -> Result<()> {
    let Some(session) = tables::session(tx, id).await? else { return Ok(()) };
    if session.state == "processing" { play(tx, session, &confirmed()).await } else { Ok(()) }
}

/// Plays a script: state, money, webhooks.
async fn play(tx: &Tx, session: Session, script: &Script) -> Result<()> {
    let state = script.state.to_owned();
    let session = Session { state, code: script.code.map(str::to_owned), ..session };
    tables::save_session(tx, &session).await?;
    let mut payments = Vec::with_capacity(script.payments);
    for _ in 0..script.payments {
        let payment = Payment {
            id: fresh(tx, "pay"),
            session: session.id.clone(),
            amount: session.amount,
            currency: session.currency.clone(),
            refunded: 0,
            captured_at: tx.now(),
            version: 1,
        };
        tables::insert_payment(tx, &payment).await?;
        payments.push(payment);
    }
    for (told, delays) in &script.webhooks {
        match told {
            Told::Captured => {
                for payment in &payments {
                    tell_captured(tx, &session, payment, delays).await?;
                }
            }
            Told::Declined => {
                let code = session.code.as_deref().or(Some("card_declined"));
                let told = Telling { kind: told.as_str(), payment: None, refund: None, code };
                tell(tx, &session, &told, delays).await?;
            }
        }
    }
    Ok(())
}

async fn tell_captured(
    tx: &Tx,
    session: &Session,
    payment: &Payment,
    delays: &[i64],
) -> Result<()> {
    let kind = Told::Captured.as_str();
    let told = Telling { kind, payment: Some(payment), refund: None, code: None };
    tell(tx, session, &told, delays).await
}

struct Telling<'a> {
    kind: &'a str,
    payment: Option<&'a Payment>,
    refund: Option<RefundBody<'a>>,
    code: Option<&'a str>,
}

/// Writes an event down and sends it after each of the delays, in seconds.
async fn tell(tx: &Tx, session: &Session, told: &Telling<'_>, delays: &[i64]) -> Result<()> {
    let id = fresh(tx, "evt");
    let body = EventBody {
        id: &id,
        r#type: told.kind,
        created_at: tx.now(),
        session: &session.id,
        reference: &session.reference,
        payment: told.payment.map(PaymentBody::from),
        refund: told.refund,
        code: told.code,
    };
    let body = serde_json::to_string(&body)?;
    tables::insert_event(tx, &id, &session.id, told.kind, &body).await?;
    for delay in delays {
        let due = tx.now() + TimeDelta::seconds(*delay);
        let (url, body) = (session.webhook_url.clone(), body.clone());
        let delivery = Delivery { url, body, created_at: tx.now() };
        tx.at::<Deliver>(due, tx.id::<Uuid>(), &delivery).await?;
    }
    Ok(())
}

/// Gives money back; the same key gives the same refund.
pub(super) struct MakeRefund {
    pub(super) key: String,
    pub(super) hash: String,
    pub(super) asked: RefundRequest,
}

impl Command for MakeRefund {
    type Out = String;

    async fn run(&self, tx: &Tx) -> Result<String> {
        if let Some((hash, id)) = tables::refunded_with(tx, &self.key).await? {
            same(&hash, &self.hash)?;
            return Ok(id);
        }
        let payment = tables::payment(tx, &self.asked.payment).await?;
        let payment = payment.ok_or_else(|| Error::not_found("payment", &self.asked.payment))?;
        let left = payment.amount - payment.refunded;
        if self.asked.amount < 1 || self.asked.amount > left {
            let why = format!("at most {left} of this payment can be given back");
            return Err(Error::refused("more_than_captured", why));
        }
        let id = fresh(tx, "re");
        tables::insert_refund(tx, &id, (&self.key, &self.hash), &self.asked).await?;
        let refunded = payment.refunded + self.asked.amount;
        let payment = Payment { refunded, ..payment };
        tables::save_payment(tx, &payment).await?;
        self.tell(tx, &id, &payment).await?;
        Ok(id)
    }
}

impl MakeRefund {
    async fn tell(&self, tx: &Tx, id: &str, payment: &Payment) -> Result<()> {
        let session = tables::session(tx, &payment.session).await?;
        let session = session.ok_or_else(|| Error::internal("a payment without its session"))?;
        if session.behaviour == Behaviour::Silent.as_str() {
            return Ok(());
        }
        let (amount, reference) = (self.asked.amount, self.asked.reference.as_str());
        let refund = RefundBody { id, payment: &payment.id, amount, reference };
        let kind = "refund.succeeded";
        let told = Telling { kind, payment: None, refund: Some(refund), code: None };
        tell(tx, &session, &told, &[0]).await?;
        if session.behaviour == Behaviour::Reordered.as_str() {
            // As if the news of the payment had been held up: a new event of the same payment.
            tell_captured(tx, &session, payment, &[1]).await?;
        }
        Ok(())
    }
}
