//! What is decided about an attempt to pay: started, opened, captured, declined, asked about.

use chassis::{Command, Error, Result, Tx};
use contracts::OrderId;
use contracts::commerce::{OrderState, PaymentFailed};
use serde_json::json;
use uuid::Uuid;

use super::domain::{
    News, Payment, ProviderEvent, ProviderPayment, QUESTIONS, Session, Stage, news_of,
    next_question,
};
use super::jobs::{AskLater, Doubt};
use super::remote::{AskSession, OpenSession, Question, Wish};
use super::tables;
use crate::charges::domain::Charge;
use crate::orders::commands::{locked, take_money};
use crate::orders::domain::{Fate, Order};
use crate::{ledger, refunds, tasks};

/// Starts an attempt: the provider is asked for a session after the commit, under one key.
pub(crate) async fn start(tx: &Tx, order: &Order, charges: &[Charge], number: i64) -> Result<()> {
    let payment = Payment::new(tx.id(), order.id, number, tx.now());
    tables::insert(tx, &payment).await?;
    let lines = charges.iter().flat_map(|charge| &charge.lines);
    let texts: Vec<&str> = lines.map(|line| line.text.as_str()).collect();
    let wish = Wish {
        payment: payment.id,
        order: order.id,
        description: texts.join(", ").chars().take(200).collect(),
        amount: order.total.minor,
        currency: order.total.currency.to_string(),
    };
    tx.effect::<OpenSession>(&wish).await?;
    ask_later(tx, &payment).await
}

async fn ask_later(tx: &Tx, payment: &Payment) -> Result<()> {
    let due = tx.now() + next_question(payment.asked);
    tx.at::<AskLater>(due, payment.id, &Doubt { payment: payment.id }).await
}

async fn load(tx: &Tx, id: Uuid) -> Result<Payment> {
    tables::load(tx, id).await?.ok_or_else(|| Error::not_found("payment", id))
}

/// The provider opened the session of an attempt.
pub(super) async fn opened(tx: &Tx, id: Uuid, session: Session) -> Result<()> {
    let payment = load(tx, id).await?;
    tables::save(tx, payment.opened(session)).await.map(drop)
}

/// The provider would not open a session: the payer may try again, staff look why.
pub(super) async fn refused(tx: &Tx, id: Uuid, said: &str) -> Result<()> {
    let payment = load(tx, id).await?;
    let order = payment.order_id;
    decline(tx, payment, "provider_refused").await?;
    tasks::task(tx, "session_refused", None, Some(order), json!({ "said": said })).await
}

/// What the provider says of an attempt takes effect; the same news again changes nothing.
async fn hear(tx: &Tx, payment: Payment, news: News) -> Result<()> {
    match news {
        News::Captured(money) => take_capture(tx, payment, &money).await,
        News::Declined(code) => decline(tx, payment, &code).await,
        News::Refunded(refund) => refunds::commands::confirm(tx, &refund).await,
        News::Nothing => Ok(()),
    }
}

/// Money arrived: counted once per payment of the provider, and it pays an order once.
async fn take_capture(tx: &Tx, payment: Payment, money: &ProviderPayment) -> Result<()> {
    let (order, charges) = locked(tx, payment.order_id).await?;
    let amount = money.money();
    let fate = order.fate_of(&amount);
    if !tables::count(tx, &payment, money, fate).await? {
        return Ok(());
    }
    tx.cancel::<AskLater>(payment.id).await?;
    tables::save(tx, payment.captured()).await?;
    let posted = ledger::domain::capture(&money.id, &amount, fate, &charges);
    ledger::tables::post(tx, &order, &posted.map_err(Error::internal)?).await?;
    match fate {
        Fate::Applied => take_money(tx, order, charges, money).await,
        Fate::Surplus => refunds::commands::give_surplus_back(tx, &order, &money.id).await,
        Fate::Unmatched => {
            let detail = json!({ "payment": money.id, "arrived": amount, "asked": order.total });
            tasks::task(tx, "amount_does_not_match", None, Some(order.id), detail).await
        }
    }
}

/// The attempt failed. Publishes `commerce.payment.failed` while the order waits for money.
async fn decline(tx: &Tx, payment: Payment, code: &str) -> Result<()> {
    if !payment.is_running() {
        return Ok(());
    }
    let (order, charges) = locked(tx, payment.order_id).await?;
    tx.cancel::<AskLater>(payment.id).await?;
    tables::save(tx, payment.failed(code)).await?;
    if order.state != OrderState::Open {
        return Ok(());
    }
    let order = crate::orders::tables::save(tx, order).await?;
    tx.audit("order", order.id, "payment_failed", json!({ "code": code })).await?;
    tx.publish(PaymentFailed { order: order.public(&charges), code: code.to_owned() });
    Ok(())
}

/// A webhook of the provider takes effect.
pub(super) struct TakeEvent {
    pub(super) event: ProviderEvent,
}

impl Command for TakeEvent {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        // Unknown as long as our own note of the session is not written: the provider comes again.
        let payment = tables::of_session(tx, &self.event.session).await?;
        let payment = payment.ok_or_else(|| Error::not_found("session", &self.event.session))?;
        let news = self.event.clone().news();
        let news = news.map_err(|part| Error::invalid(part, "is missing or cannot be used"))?;
        hear(tx, payment, news).await
    }
}

/// The payer came back from the provider's page: it is asked at once how it went.
pub(crate) struct NoteReturn {
    pub(crate) order: OrderId,
}

impl Command for NoteReturn {
    type Out = ();

    async fn run(&self, tx: &Tx) -> Result<()> {
        let Some(payment) = tables::latest(tx, self.order).await? else { return Ok(()) };
        if payment.stage != Stage::Started {
            return Ok(());
        }
        let payment = Payment { returned_at: Some(tx.now()), ..payment };
        let payment = if payment.asking { payment } else { ask(tx, payment).await? };
        tables::save(tx, payment).await.map(drop)
    }
}

/// Asks the provider about a session; one question at a time.
async fn ask(tx: &Tx, payment: Payment) -> Result<Payment> {
    let Some(session) = payment.session.clone() else { return Ok(payment) };
    tx.effect::<AskSession>(&Question { payment: payment.id, session }).await?;
    Ok(Payment { asking: true, ..payment })
}

/// The provider answered a question about a session.
pub(super) async fn answered(tx: &Tx, id: Uuid, session: &Session) -> Result<()> {
    let payment = load(tx, id).await?;
    tables::save(tx, Payment { asking: false, ..payment }).await?;
    for news in news_of(session) {
        // Loaded anew: each piece of news saves the attempt.
        hear(tx, load(tx, id).await?, news).await?;
    }
    Ok(())
}

/// The provider does not know the session, or refuses to speak of it.
pub(super) async fn not_answered(tx: &Tx, id: Uuid, said: &str) -> Result<()> {
    let payment = load(tx, id).await?;
    let order = payment.order_id;
    tables::save(tx, Payment { asking: false, ..payment }).await?;
    tasks::task(tx, "question_refused", None, Some(order), json!({ "said": said })).await
}

/// An attempt is still without an answer: ask, and look again later; at the end staff look.
pub(super) async fn look_again(tx: &Tx, id: Uuid) -> Result<()> {
    let payment = load(tx, id).await?;
    if !payment.is_running() {
        return Ok(());
    }
    if payment.asked >= QUESTIONS {
        // An open session that nobody ever paid needs no one; a question without answer does.
        if !payment.asking && payment.stage == Stage::Started {
            return Ok(());
        }
        let detail = json!({ "attempt": payment.number });
        return tasks::task(tx, "payment_in_doubt", None, Some(payment.order_id), detail).await;
    }
    let payment = if payment.asking { payment } else { ask(tx, payment).await? };
    let payment = Payment { asked: payment.asked + 1, ..payment };
    let payment = tables::save(tx, payment).await?;
    ask_later(tx, &payment).await
}
